"""Two people in one workflow at once, and one who may only look, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.accounts.models import User
from apps.workflows.tests.sharing import make_people
from tests.browser.conftest import SIZES, Window

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SLOW = 15_000


def session_of(user: User) -> str:
    """The cookie of somebody who has signed in. To be made before any window is open: the database is one for all."""
    client = Client()
    client.force_login(user, backend="apps.accounts.backends.NameOrEmailBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@contextmanager
def window_of(browser: Browser, live_server: LiveServer, session: str, size: str = "desk") -> Iterator[Window]:
    """A window of a person who has signed in, with storage and cookies of its own."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height})
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    context.set_default_timeout(SLOW)
    try:
        yield Window(context)
    finally:
        context.close()


def look_again(page: Page) -> None:
    """What the page does when its window is chosen again: it asks what others did."""
    page.evaluate("window.dispatchEvent(new Event('focus'))")


def test_two_people_change_one_workflow_and_see_each_other(browser: Browser, live_server: LiveServer) -> None:
    cache.clear()
    people = make_people(see=("bob",))
    address = live_server.url + reverse("workflows:detail", args=[people.workflow.pk])
    alice, bob = session_of(people.alice), session_of(people.bob)
    with window_of(browser, live_server, alice) as hers, window_of(browser, live_server, bob) as his:
        his.page.goto(f"{address}?view=outline&step=split")
        hers.page.goto(f"{address}?view=outline")
        expect(hers.page.locator("#people-here")).to_contain_text("bob is here")
        name = his.page.locator("#step-label")
        name.fill("Bob's split")
        name.press("Enter")
        expect(his.page.locator("#draft")).to_have_text("draft 2")
        look_again(hers.page)
        expect(hers.page.locator("#step-split .step-label")).to_have_text("Bob's split")
        assert hers.complaints == his.complaints == []


def test_a_workflow_is_shared_in_a_dialog_and_who_may_only_look_changes_nothing(
    browser: Browser, live_server: LiveServer
) -> None:
    cache.clear()
    people = make_people()
    people.workflow.shares.get(user=people.vera).delete()
    address = live_server.url + reverse("workflows:detail", args=[people.workflow.pk])
    alice, vera, charlie = (session_of(one) for one in (people.alice, people.vera, people.charlie))
    with window_of(browser, live_server, alice) as hers:
        page = hers.page
        page.goto(address)
        page.locator("#share-button").click()
        dialog = page.locator("#share-dialog")
        dialog.get_by_label("Share with").fill("nobody")
        dialog.get_by_role("button", name="Share", exact=True).click()
        expect(dialog.get_by_text("There is no account “nobody” here.")).to_be_visible()
        dialog.get_by_label("Share with").fill("vera")
        dialog.get_by_role("button", name="Share", exact=True).click()
        expect(dialog.get_by_text("vera can look now.")).to_be_visible()
        dialog.get_by_role("button", name="Make a link").click()
        link = dialog.locator("#share-address").input_value()
        assert hers.overflow() == 0
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        assert [one for one in hers.complaints if "422" not in one] == []
    for size in SIZES:
        with window_of(browser, live_server, vera, size) as theirs:
            page = theirs.page
            page.goto(f"{address}?view=canvas&step=split")
            expect(page.locator(".read-only-strip")).to_contain_text("You can look at this workflow. Ask alice")
            expect(page.locator("#canvas")).to_have_attribute("data-read-only", "")
            expect(page.locator("#step-label")).to_be_disabled()
            expect(page.locator("#settings input:not([type=hidden])").first).to_be_disabled()
            expect(page.locator("form[data-run]:visible")).to_have_count(0)
            page.goto(f"{address}?view=outline")
            expect(page.locator(".step-tools:visible, .add-here:visible, .add-last:visible")).to_have_count(0)
            assert theirs.overflow() == 0
            assert theirs.complaints == []
    with window_of(browser, live_server, charlie) as stranger:
        stranger.page.goto(link)
        expect(stranger.page.locator(".read-only-strip")).to_be_visible()
        stranger.page.locator(".read-only-strip").get_by_role("button", name="Make a copy").click()
        expect(stranger.page.get_by_text("Choose the data for")).to_be_visible()
        assert stranger.complaints == []


def test_who_loses_the_workflow_keeps_the_page_and_is_told_once(browser: Browser, live_server: LiveServer) -> None:
    cache.clear()
    people = make_people()
    address = live_server.url + reverse("workflows:detail", args=[people.workflow.pk])
    bob = session_of(people.bob)
    with window_of(browser, live_server, bob) as his:
        page, errors = his.page, list[str]()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        expect(page.locator("#draft")).to_have_text("draft 1")
        people.workflow.shares.get(user=people.bob).delete()
        for _ in range(2):
            with page.expect_response(lambda answer: "/parts/" in answer.url and answer.status == 404):
                look_again(page)
        expect(page.locator("#toasts")).to_contain_text("not shared with you any more")
        expect(page.locator(".toast-note")).to_have_count(1)
        expect(page.locator("#canvas")).to_be_visible()
        assert errors == []
