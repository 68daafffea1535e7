"""People, their personal tokens and the messages in their inbox."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from apps.accounts.access import OwnedQuerySet
from apps.accounts.regions import NumberFormat, known_zone
from apps.accounts.token_kinds import PERSONAL

SEEN_EVERY = timedelta(minutes=1)

username_characters = RegexValidator(r"^[\w.+-]+\Z", "Use letters, digits and the characters . + - _ in a user name.")


class PeopleManager(UserManager["User"]):
    def by_name_or_email(self, given: str) -> "User | None":
        """The person with this user name or e-mail address, in any capitals."""
        column = "email__iexact" if "@" in given else "username__iexact"
        return self.filter(**{column: given.strip()}).first()


class User(AbstractUser):
    """A person. User names and e-mail addresses are unique without regard to capitals.

    A user name holds no @, so that what is typed at sign-in is never both.
    """

    username = models.CharField(
        "user name",
        max_length=150,
        unique=True,
        validators=[username_characters],
        help_text="Letters, digits and . + - _",
        error_messages={"unique": "This user name is taken."},
    )
    email = models.EmailField("e-mail address", blank=True)
    time_zone = models.CharField(
        max_length=64, blank=True, validators=[known_zone], help_text="Times are shown in it; empty: UTC."
    )
    number_format = models.CharField(max_length=10, blank=True, choices=NumberFormat.choices)
    unread = models.PositiveIntegerField(
        default=0, editable=False, help_text="Messages that were not read yet, counted whenever one comes or is read."
    )

    objects: ClassVar[PeopleManager] = PeopleManager()

    class Meta:
        verbose_name = "user"
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="accounts_username_any_case",
                violation_error_message="This user name is taken.",
            ),
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_email_any_case",
                condition=~Q(email=""),
                violation_error_message="There is an account with this e-mail address already.",
            ),
        ]

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username

    @property
    def initials(self) -> str:
        words = self.display_name.split()
        return "".join(word[0] for word in words[:2]).upper()


class ApiTokenQuerySet(OwnedQuerySet["ApiToken"]):
    def usable(self) -> "ApiTokenQuerySet":
        """Neither revoked nor expired."""
        return self.filter(Q(expires=None) | Q(expires__gt=timezone.now()), revoked=None)


class ApiToken(models.Model):
    """A personal token: what a program shows instead of a password.

    256 random bits, shown once; at rest only their SHA-256. A plain digest is enough because nobody
    can try 2^256 secrets. The first characters stay readable so that a person can tell tokens apart.
    """

    owner = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(auto_now_add=True)
    last_used = models.DateTimeField(null=True, blank=True)
    expires = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "personal token"
        ordering = ("-created", "-pk")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @classmethod
    def issue(cls, owner: User, name: str, expires: datetime | None = None) -> "tuple[ApiToken, str]":
        """A new token and its secret, which cannot be had again."""
        secret = PERSONAL.prefix + secrets.token_urlsafe(32)
        row = cls(
            owner=owner, name=name, prefix=secret[: len(PERSONAL.prefix) + 6], digest=digest_of(secret), expires=expires
        )
        row.save()
        return row, secret

    @property
    def state(self) -> str:
        if self.revoked:
            return "revoked"
        if self.expires and self.expires <= timezone.now():
            return "expired"
        return "active"

    def revoke(self) -> None:
        """End the token now; a token that has ended stays as it was."""
        if self.revoked is None:
            self.revoked = timezone.now()
            self.save(update_fields=["revoked"])

    def note_use(self) -> None:
        """Remember the use, at most once a minute: a write a request costs more than the answer."""
        now = timezone.now()
        if self.last_used is None or now - self.last_used > SEEN_EVERY:
            type(self).objects.filter(pk=self.pk).update(last_used=now)
            self.last_used = now


class MessageQuerySet(OwnedQuerySet["Message"]):
    def unread(self) -> "MessageQuerySet":
        """Messages that their owner has not read."""
        return self.filter(read=None)


class Message(models.Model):
    """Something that a person should know, kept in their inbox until they have read it, and after."""

    class Kind(models.TextChoices):
        RUN_SUCCEEDED = "run_succeeded", "Run succeeded"
        RUN_FAILED = "run_failed", "Run failed"
        PASSWORD = "password", "Password"
        NOTE = "note", "Note"

    owner = models.ForeignKey(User, models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.NOTE)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    link = models.CharField(max_length=500, blank=True, help_text="A path of this Flowza.")
    created = models.DateTimeField(auto_now_add=True)
    read = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ("-created", "-pk")
        indexes = (models.Index(fields=("owner", "-created"), name="message_owner_newest"),)

    def __str__(self) -> str:
        return self.title


def digest_of(secret: str) -> str:
    """SHA-256 of a token's secret, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()
