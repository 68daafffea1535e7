"""Who may see what: the one rule every page, API view, admin count and task starts from.

A model's rows are reached by `Model.objects.for_user(user)` and never otherwise, so what is not the
person's own does not exist for them: a stranger gets 404.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Self, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.decorators import login_not_required, login_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponseBase

if TYPE_CHECKING:
    from apps.accounts.models import User

MOST_WORDS = 20
Row = TypeVar("Row", bound=models.Model)
Parameters = ParamSpec("Parameters")
View = Callable[Concatenate[HttpRequest, Parameters], HttpResponseBase]


class OwnedQuerySet(models.QuerySet[Row]):
    """Rows that belong to a person, by `owner` or by the path to the parent's owner, and may be shared.

    A child's queryset names the path: `owner_path = "workflow__owner"`.
    """

    owner_path = "owner"

    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The rows this person may see: their own and those shared with them; none for someone who has not signed in.

        Superusers get what everybody gets: only the admin shows other people's rows.
        """
        return self.filter(self.seen_by(user.pk)) if user.is_authenticated else self.none()

    def owned_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The rows this person owns: what is shared with them is not among them."""
        return self.filter(**{self.owner_path: user.pk}) if user.is_authenticated else self.none()

    def seen_by(self, person: int) -> models.Q:
        """What `for_user` lets this person see. What can be shared adds the rows that are shared.

        It is a condition on each row by itself, so that no row is found twice.
        """
        return models.Q(**{self.owner_path: person})


def search_words(text: str) -> list[str]:
    """The words that a search looks for: the first ones, because each makes the query longer."""
    return text.split()[:MOST_WORDS]


def listed_words(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    found = list(words)
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)


def public(view: "View[Parameters]") -> "View[Parameters]":
    """The view may be opened by anyone."""
    return mark(login_not_required(view), "public")


def members(view: "View[Parameters]") -> "View[Parameters]":
    """The view is for people who have signed in; others are sent to the sign-in page."""
    return mark(login_required(view), "members")


def member(request: HttpRequest) -> "User":
    """The person who has signed in. For views behind `members`; raises PermissionDenied otherwise."""
    if not request.user.is_authenticated:
        raise PermissionDenied("Sign in first.")
    return request.user


def mark(view: "View[Parameters]", audience: str) -> "View[Parameters]":
    view.audience = audience  # type: ignore[attr-defined]
    return view
