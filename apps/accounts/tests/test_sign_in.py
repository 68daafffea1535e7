import re

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.accounts.models import User
from apps.accounts.tests.people import PASSWORD, make_user, signed_in

pytestmark = pytest.mark.django_db
SIGN_IN = "/sign-in/"
FORM = {"username": "bob", "email": "Bob@example.org", "password1": PASSWORD, "password2": PASSWORD}


@pytest.mark.parametrize("given", ["alice", "ALICE", "alice@example.org", " Alice@Example.org"])
def test_a_person_signs_in_by_name_or_by_address_in_any_capitals(client: Client, given: str) -> None:
    make_user("alice")
    answer = client.post(SIGN_IN, {"username": given, "password": PASSWORD})
    assert answer.headers["Location"] == "/"


def test_a_wrong_password_gets_a_sentence_and_no_session(client: Client) -> None:
    make_user("alice")
    answer = client.post(SIGN_IN, {"username": "alice", "password": "wrong"})
    assert "No account fits this name and password" in answer.text
    assert not client.session.keys()


def test_a_switched_off_account_cannot_sign_in(client: Client) -> None:
    make_user("alice", is_active=False)
    assert client.post(SIGN_IN, {"username": "alice", "password": PASSWORD}).status_code == 200


def test_the_eleventh_attempt_is_locked_out_even_with_the_right_password(client: Client) -> None:
    make_user("alice")
    for _ in range(10):
        client.post(SIGN_IN, {"username": "alice", "password": "wrong"})
    answer = client.post(SIGN_IN, {"username": "alice", "password": PASSWORD})
    assert answer.status_code == 429
    assert "wait 15 minutes" in answer.text


def test_sign_in_goes_on_to_the_page_that_was_asked_for_and_never_to_another_site(client: Client) -> None:
    make_user("alice")
    form = {"username": "alice", "password": PASSWORD}
    assert client.post(SIGN_IN, form | {"next": "/settings/"}).headers["Location"] == "/settings/"
    client.logout()
    assert client.post(SIGN_IN, form | {"next": "https://evil.example/"}).headers["Location"] == "/"


def test_signing_out_needs_a_post() -> None:
    client = signed_in(make_user())
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").headers["Location"] == "/"
    assert not client.session.keys()


def test_sign_up_makes_an_account_and_signs_it_in(client: Client) -> None:
    assert client.post("/sign-up/", FORM).headers["Location"] == "/"
    user = User.objects.get()
    assert (user.username, user.email, user.is_staff) == ("bob", "Bob@example.org", False)
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"email": "ALICE@example.org"}, "There is an account with this e-mail address already."),
        ({"username": "Alice"}, "This user name is taken."),
        ({"username": "bob@home"}, "Use letters, digits"),
        ({"email": ""}, "This field is required."),
        ({"password2": "another one entirely"}, "The two password fields didn"),
        ({"password1": "12345678", "password2": "12345678"}, "too common"),
    ],
)
def test_a_sign_up_that_cannot_be_says_why(client: Client, change: dict[str, str], sentence: str) -> None:
    make_user("alice")
    answer = client.post("/sign-up/", FORM | change)
    assert answer.status_code == 200
    assert sentence in answer.text
    assert User.objects.count() == 1


def test_sign_up_can_be_switched_off(client: Client, settings: Settings) -> None:
    settings.SIGNUP_OPEN = False
    answer = client.post("/sign-up/", FORM)
    assert answer.status_code == 403
    assert not User.objects.exists()
    assert "Sign up" not in client.get("/").text


def test_a_forgotten_password_is_set_anew_by_the_link_in_the_mail(client: Client, settings: Settings) -> None:
    settings.EMAIL_CONFIGURED = True
    make_user("alice")
    client.post("/password/", {"email": "alice@example.org"})
    (message,) = mail.outbox
    link = re.search(r"http://testserver(/password/\S+)", str(message.body))
    assert link
    form = client.get(link[1], follow=True)
    path = form.redirect_chain[-1][0]
    new = "a wholly new sentence"
    answer = client.post(path, {"new_password1": new, "new_password2": new})
    assert answer.headers["Location"] == reverse("accounts:password_reset_done")
    assert client.post(SIGN_IN, {"username": "alice", "password": new}).status_code == 302
    assert "This link has ended" in client.get(link[1], follow=True).text


def follow_reset_link(client: Client, link: str, password: str) -> None:
    path = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(path, {"new_password1": password, "new_password2": password})


def test_without_a_mail_server_operators_are_asked_once_and_nobody_else(client: Client) -> None:
    alice, operator = make_user("alice"), make_user("root", is_staff=True, is_superuser=True)
    answer = client.post("/password/", {"email": "alice@example.org"}, follow=True)
    client.post("/password/", {"email": "alice@example.org"})
    unknown = client.post("/password/", {"email": "nobody@example.org"}, follow=True)
    assert "The operator was asked" in answer.text
    assert "The operator was asked" in unknown.text
    assert mail.outbox == []
    assert not alice.messages.exists()
    (message,) = operator.messages.all()
    assert message.title == "alice has forgotten the password"
    assert message.link == reverse("admin:accounts_user_change", args=[alice.pk])
    assert signed_in(operator).get(message.link).status_code == 200


def test_an_operator_makes_a_link_that_sets_a_password_once(client: Client) -> None:
    alice, operator = make_user("alice"), make_user("root", is_staff=True, is_superuser=True)
    form = {"action": "make_reset_link", "_selected_action": [alice.pk]}
    page = signed_in(operator).post(reverse("admin:accounts_user_changelist"), form)
    link = re.search(r"http://testserver(/password/[^\"]+)", page.text)
    assert link
    follow_reset_link(client, link[1], "a wholly new sentence")
    assert client.post(SIGN_IN, {"username": "alice", "password": "a wholly new sentence"}).status_code == 302
    client.logout()
    assert "This link has ended" in client.get(link[1], follow=True).text


def test_only_a_superuser_makes_a_link_for_an_operator() -> None:
    root = make_user("root", is_staff=True, is_superuser=True)
    helper = make_user("helper", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    form = {"action": "make_reset_link", "_selected_action": [root.pk]}
    page = signed_in(helper).post(reverse("admin:accounts_user_changelist"), form)
    assert "/password/" not in page.text
    assert "only superusers may make links for operators" in page.text


def test_the_administration_tells_others_kindly_whom_it_is_for(client: Client) -> None:
    page = signed_in(make_user()).get("/admin/", follow=True)
    assert "This part is for operators" in page.text
    assert 'name="password"' not in page.text
    assert 'name="password"' in client.get("/admin/", follow=True).text


def test_an_unknown_address_gets_the_same_answer_and_no_mail(client: Client, settings: Settings) -> None:
    settings.EMAIL_CONFIGURED = True
    answer = client.post("/password/", {"email": "nobody@example.org"}, follow=True)
    assert "If there is an account with that address" in answer.text
    assert mail.outbox == []


def test_the_page_says_so_when_there_is_no_mail_server(client: Client, settings: Settings) -> None:
    settings.EMAIL_CONFIGURED = False
    assert "has no mail server" in client.get("/password/").text
    settings.EMAIL_CONFIGURED = True
    assert "has no mail server" not in client.get("/password/").text
