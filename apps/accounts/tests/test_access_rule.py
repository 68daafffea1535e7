import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError
from django.test import RequestFactory
from pytest_django import Settings

from apps.accounts.client_address import client_address
from apps.accounts.models import ApiToken, User
from apps.accounts.tests.people import make_user

pytestmark = pytest.mark.django_db


def test_people_see_their_own_rows_and_superusers_see_no_more() -> None:
    alice, charlie = make_user("alice"), make_user("charlie", is_superuser=True)
    token, _ = ApiToken.issue(alice, "robot")
    assert list(ApiToken.objects.for_user(alice)) == [token]
    assert not ApiToken.objects.for_user(charlie)
    assert not ApiToken.objects.for_user(AnonymousUser())


@pytest.mark.parametrize(
    "twin", [{"name": "ALICE", "email": "x@example.org"}, {"name": "x", "email": "Alice@Example.org"}]
)
def test_the_database_refuses_a_second_account_that_differs_in_capitals_only(twin: dict[str, str]) -> None:
    make_user("alice")
    with pytest.raises(IntegrityError):
        make_user(twin["name"], email=twin["email"])


def test_accounts_without_an_address_do_not_stand_in_each_others_way() -> None:
    make_user("alice", email="")
    make_user("bob", email="")
    assert User.objects.count() == 2


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (0, "6.6.6.6", "10.0.0.1"),
        (1, "6.6.6.6, 7.7.7.7", "7.7.7.7"),
        (2, "6.6.6.6, 7.7.7.7", "6.6.6.6"),
        (1, "", "10.0.0.1"),
    ],
)
def test_only_trusted_proxies_say_where_a_request_comes_from(
    settings: Settings, proxies: int, header: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": header})
    assert client_address(request) == address


def test_the_demo_user_is_made_once_and_its_login_printed(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("demo_user")
    first = capsys.readouterr().out
    call_command("demo_user")
    assert capsys.readouterr().out == first
    password = first.strip().rpartition(" ")[2]
    assert User.objects.get(username="demo").check_password(password)


def test_the_demo_user_is_never_made_on_a_deployment(settings: Settings) -> None:
    settings.LOCAL = False
    with pytest.raises(CommandError):
        call_command("demo_user")
    assert not User.objects.exists()
