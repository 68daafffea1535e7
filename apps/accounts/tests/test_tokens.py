from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.api_throttles import BurstThrottle
from apps.accounts.models import ApiToken, digest_of
from apps.accounts.tests.people import make_user, signed_in
from apps.accounts.token_kinds import PERSONAL, PREDICTION, wrong_kind

pytestmark = pytest.mark.django_db
ME = "/api/v1/me/"


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_a_token_speaks_for_its_owner(client: Client) -> None:
    token, secret = ApiToken.issue(make_user("alice"), "robot")
    answer = client.get(ME, headers=bearer(secret))
    assert answer.json()["username"] == "alice"
    token.refresh_from_db()
    assert token.last_used is not None


def test_a_token_from_before_kinds_were_told_still_opens(client: Client) -> None:
    old = "flz_" + "a" * 43
    ApiToken.objects.create(owner=make_user(), name="old", prefix=old[:10], digest=digest_of(old))
    assert client.get(ME, headers=bearer(old)).status_code == 200


def test_a_token_says_what_kind_it_is_whichever_way_round_they_are_mixed_up() -> None:
    token, secret = ApiToken.issue(make_user(), "robot")
    assert secret.startswith("flz_p_") and secret.startswith(token.prefix)
    assert wrong_kind(secret, PERSONAL) == ""
    assert "This is a personal token" in wrong_kind(secret, PREDICTION)
    assert "Send a prediction token (flz_d_…) here" in wrong_kind(secret, PREDICTION)
    assert "Send a personal token (flz_p_…) here" in wrong_kind("flz_d_x", PERSONAL)


def test_two_tokens_are_never_the_same() -> None:
    user = make_user()
    assert len({ApiToken.issue(user, "robot")[1] for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("Bearer flz_nothing", "is not known"),
        ("Bearer ", "Authorization: Bearer"),
        ("Basic YWxpY2U6cGFzcw==", "Authorization: Bearer"),
        ("Bearer flz_\xe9", "is not known"),
        ("Bearer flz_d_AbC123", "This is a prediction token: it opens predictions of one deployment. Send a personal"),
    ],
)
def test_a_header_that_does_not_hold_is_refused_with_the_reason(client: Client, header: str, reason: str) -> None:
    answer = client.get(ME, headers={"Authorization": header})
    assert answer.status_code == 401
    assert reason in answer.json()["message"]


def test_revoked_and_expired_tokens_and_those_of_switched_off_accounts_are_refused(client: Client) -> None:
    user = make_user()
    revoked, revoked_secret = ApiToken.issue(user, "revoked")
    revoked.revoke()
    _, expired_secret = ApiToken.issue(user, "expired", timezone.now() - timedelta(seconds=1))
    _, secret = ApiToken.issue(make_user("bob", is_active=False), "off")
    for given, word in ((revoked_secret, "revoked"), (expired_secret, "expired"), (secret, "switched off")):
        answer = client.get(ME, headers=bearer(given))
        assert answer.status_code == 401
        assert word in answer.json()["message"]


def test_usable_tokens_are_neither_revoked_nor_expired() -> None:
    user = make_user()
    good, _ = ApiToken.issue(user, "good", timezone.now() + timedelta(days=1))
    ApiToken.issue(user, "old", timezone.now() - timedelta(days=1))
    ApiToken.issue(user, "gone")[0].revoke()
    assert list(ApiToken.objects.usable()) == [good]


def test_a_use_is_written_at_most_once_a_minute(client: Client) -> None:
    token, secret = ApiToken.issue(make_user(), "robot")
    seen = timezone.now() - timedelta(seconds=30)
    ApiToken.objects.filter(pk=token.pk).update(last_used=seen)
    client.get(ME, headers=bearer(secret))
    token.refresh_from_db()
    assert token.last_used == seen


def test_a_session_may_use_the_api_too() -> None:
    assert signed_in(make_user()).get(ME).status_code == 200


def test_too_many_requests_get_429_and_when_to_come_back(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BurstThrottle, "rate", "3/min", raising=False)
    _, secret = ApiToken.issue(make_user(), "robot")
    answers = [client.get(ME, headers=bearer(secret)) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
