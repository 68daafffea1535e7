"""The inbox: what a person should know, written there in any case and sent by mail where a mail server is set."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Message, User

logger = logging.getLogger(__name__)
TITLE_LENGTH = 200


def notify(
    user: User,
    title: str,
    text: str = "",
    *,
    kind: str = Message.Kind.NOTE,
    link: str = "",
    by_mail: bool = True,
) -> Message:
    """Write a message to this person's inbox; once that is in the database, send it by mail, too.

    link: a path of this Flowza. by_mail: False for what is not worth a mail.
    """
    with transaction.atomic():
        message = Message.objects.create(owner=user, kind=kind, title=title[:TITLE_LENGTH], text=text, link=link)
        count_unread(user.pk)
    if by_mail and settings.EMAIL_CONFIGURED and user.email:
        transaction.on_commit(lambda: send(message, user.email), robust=True)
    return message


def send(message: Message, address: str) -> None:
    """The message as a mail. A mail server that does not answer is noted in the log: the inbox has the message."""
    parts = [message.text, f"{settings.SITE_URL}{message.link}" if message.link else ""]
    subject = " ".join(message.title.split())
    try:
        send_mail(f"Flowza: {subject}", "\n\n".join(part for part in parts if part), None, [address])
    except (SMTPException, OSError) as error:
        logger.warning("The mail about message %s could not be sent (%s).", message.pk, error)


def mark_read(user: User, *keys: int) -> int:
    """Mark these messages of the person as read, or all of them without keys. How many were unread."""
    messages = Message.objects.for_user(user).unread()
    with transaction.atomic():
        marked = (messages.filter(pk__in=keys) if keys else messages).update(read=timezone.now())
        count_unread(user.pk)
    return marked


def count_unread(user: int) -> None:
    """Count anew what the badge shows. It stands with the person, so that no page needs a query for it."""
    with transaction.atomic():
        # The row lock makes two messages at once count one after the other.
        person = User.objects.select_for_update().get(pk=user)
        User.objects.filter(pk=user).update(unread=person.messages.unread().count())
