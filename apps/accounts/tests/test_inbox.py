import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from apps.accounts.inbox import mark_read, notify
from apps.accounts.models import Message
from apps.accounts.tests.people import make_user, signed_in

pytestmark = pytest.mark.django_db
INBOX = "/inbox/"


def test_a_message_is_written_and_counted_and_no_mail_is_sent_without_a_server() -> None:
    user = make_user()
    notify(user, "Run 7 failed", "Column 'Age' has text.", link="/runs/7/")
    page = signed_in(user).get(INBOX).text
    assert "Run 7 failed" in page and "Column &#x27;Age&#x27; has text." in page
    assert 'aria-label="Inbox, 1 unread"' in page
    assert mail.outbox == []


def test_with_a_mail_server_the_message_is_sent_too_once_it_is_written(
    settings: Settings, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    settings.EMAIL_CONFIGURED, settings.SITE_URL = True, "https://flowza.example"
    user = make_user()
    with django_capture_on_commit_callbacks(execute=True):
        notify(user, "Run 7\nfailed", "Why.", link="/runs/7/")
        notify(user, "Not worth a mail", by_mail=False)
        assert mail.outbox == []
    (sent,) = mail.outbox
    assert (sent.subject, sent.body, sent.to) == (
        "Flowza: Run 7 failed",
        "Why.\n\nhttps://flowza.example/runs/7/",
        ["alice@example.org"],
    )


def test_a_mail_server_that_does_not_answer_is_noted_and_the_inbox_has_the_message(
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(*_: Any) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    settings.EMAIL_CONFIGURED = True
    monkeypatch.setattr("apps.accounts.inbox.send_mail", refuse)
    user = make_user()
    with django_capture_on_commit_callbacks(execute=True):
        notify(user, "Run 7 failed")
    assert user.messages.count() == 1
    assert "could not be sent (gone)" in caplog.text


def test_opening_a_message_leads_on_and_marks_it_as_read() -> None:
    user = make_user()
    message = notify(user, "Run 7 failed", link="/runs/7/")
    answer = signed_in(user).get(reverse("accounts:inbox_open", args=[message.pk]))
    assert answer.headers["Location"] == "/runs/7/"
    user.refresh_from_db()
    assert user.unread == 0 and user.messages.get().read is not None


def test_one_message_or_all_are_marked_as_read() -> None:
    user, bob = make_user(), make_user("bob")
    first, *_ = [notify(user, f"Message {number}") for number in range(3)]
    notify(bob, "For Bob")
    client = signed_in(user)
    client.post(reverse("accounts:inbox_read", args=[first.pk]))
    user.refresh_from_db()
    assert user.unread == 2
    page = client.post(reverse("accounts:inbox_read_all"), follow=True).text
    user.refresh_from_db()
    bob.refresh_from_db()
    assert (user.unread, bob.unread) == (0, 1)
    assert "Mark all as read" not in page and 'aria-label="Inbox"' in page


def test_a_message_that_was_read_keeps_its_time() -> None:
    user = make_user()
    message = notify(user, "Hello")
    earlier = timezone.now() - timedelta(days=1)
    Message.objects.update(read=earlier)
    assert mark_read(user, message.pk) == 0
    message.refresh_from_db()
    assert message.read == earlier


def test_messages_are_searched_filtered_and_paged() -> None:
    user = make_user()
    for number in range(30):
        notify(user, f"Run {number} failed", "zebra" if number == 4 else "")
    mark_read(user, *user.messages.filter(title__contains="Run 2").values_list("pk", flat=True))
    client = signed_in(user)
    assert "1 to 25 of 30" in client.get(INBOX).text
    found = client.get(INBOX, {"q": "zebra run"}).text
    assert "Run 4 failed" in found and "Run 5 failed" not in found
    unread = client.get(INBOX, {"show": "unread"}).text
    assert "Run 3 failed" in unread and "Run 2 failed" not in unread
    assert "No such message" in client.get(INBOX, {"q": "giraffe"}).text


def test_the_badge_costs_no_query_and_the_inbox_a_fixed_number(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    user = make_user()
    client = signed_in(user)
    for number in range(30):
        notify(user, f"Message {number}")
    with django_assert_num_queries(2):
        client.get("/api/docs/")
    with django_assert_num_queries(4):
        client.get(INBOX)


def test_deleting_messages_in_the_administration_mends_the_badge() -> None:
    operator = make_user("root", is_staff=True, is_superuser=True)
    first, second = notify(operator, "One"), notify(operator, "Two")
    client = signed_in(operator)
    client.post(reverse("admin:accounts_message_delete", args=[first.pk]), {"post": "yes"})
    operator.refresh_from_db()
    assert operator.unread == 1
    form = {"action": "delete_selected", "_selected_action": [second.pk], "post": "yes"}
    client.post(reverse("admin:accounts_message_changelist"), form)
    operator.refresh_from_db()
    assert operator.unread == 0
