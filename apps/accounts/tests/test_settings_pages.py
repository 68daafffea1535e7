import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import ApiToken
from apps.accounts.tests.people import PASSWORD, make_user, signed_in

pytestmark = pytest.mark.django_db
TOKENS = "/settings/tokens/"


def test_the_profile_is_saved() -> None:
    user = make_user()
    form = {"username": "alice2", "email": "new@example.org", "first_name": "Alice", "last_name": "Liddell"}
    answer = signed_in(user).post("/settings/", form, follow=True)
    user.refresh_from_db()
    assert (user.username, user.email, user.display_name, user.initials) == (
        "alice2",
        "new@example.org",
        "Alice Liddell",
        "AL",
    )
    assert "Your profile is saved." in answer.text


def test_a_refused_profile_changes_nothing_on_the_page_but_the_form() -> None:
    make_user("bob")
    client = signed_in(make_user("alice"))
    answer = client.post("/settings/", {"username": "bob", "email": "alice@example.org"})
    assert "This user name is taken." in answer.text
    assert "<strong>alice</strong>" in answer.text


def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one() -> None:
    user = make_user()
    here, elsewhere = signed_in(user), signed_in(user)
    new = "a wholly new sentence"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    here.post("/settings/password/", form)
    assert here.get("/settings/").status_code == 200
    assert elsewhere.get("/settings/").status_code == 302


def test_a_new_tokens_secret_is_shown_once_and_kept_as_a_digest() -> None:
    client = signed_in(make_user())
    answer = client.post(TOKENS, {"name": "nightly upload", "lifetime": "90"})
    secret = re.search(r'value="(flz_p_[\w-]{43})"', answer.text)
    assert secret
    token = ApiToken.objects.get()
    assert secret[1] not in (token.digest, token.prefix)
    assert secret[1].startswith(token.prefix)
    assert token.expires and 89 <= (token.expires - token.created).days <= 90
    assert "no-store" in answer.headers["Cache-Control"]
    assert secret[1] not in client.get(TOKENS).text


def test_a_token_may_have_no_end() -> None:
    signed_in(make_user()).post(TOKENS, {"name": "robot", "lifetime": "never"})
    assert ApiToken.objects.get().expires is None


def test_a_token_needs_a_name() -> None:
    answer = signed_in(make_user()).post(TOKENS, {"name": "", "lifetime": "90"})
    assert "This field is required." in answer.text
    assert not ApiToken.objects.exists()


def test_a_revoked_token_stays_in_the_list_without_a_button() -> None:
    user = make_user()
    token, _ = ApiToken.issue(user, "robot")
    client = signed_in(user)
    answer = client.post(reverse("accounts:settings_token_revoke", args=[token.pk]), follow=True)
    assert 'data-state="revoked"' in answer.text
    assert "data-confirm=" not in answer.text
    token.refresh_from_db()
    first = token.revoked
    client.post(reverse("accounts:settings_token_revoke", args=[token.pk]))
    token.refresh_from_db()
    assert token.revoked == first


def test_the_list_of_tokens_asks_the_same_number_of_queries_for_any_length(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    user = make_user()
    client = signed_in(user)
    for number in range(20):
        ApiToken.issue(user, f"robot {number}")
    with django_assert_num_queries(3):
        client.get(TOKENS)


def test_names_are_shown_as_text(client: Client) -> None:
    user = make_user()
    ApiToken.issue(user, "<script>alert(1)</script>")
    assert "<script>alert" not in signed_in(user).get(TOKENS).text
