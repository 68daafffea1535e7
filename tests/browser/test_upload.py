"""Bringing a file: dropped, refused where it was dropped, cancelled, cut off; and the questions that it may raise."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from apps.accounts.models import User
from apps.accounts.tests.people import PASSWORD, make_user
from apps.datasets.models import Dataset, DatasetVersion
from apps.datasets.tests.factories import imported
from tests.browser.accessibility import barriers
from tests.browser.conftest import Window

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DROP = """([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  const zone = document.querySelector("form[data-upload]");
  for (const kind of ["dragenter", "dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}"""
PEOPLE = "name,age\nZoë,31\nPaul,40\n"
DOUBTFUL = "when,price,answer,n\n" + "".join(
    f'{i % 12 + 1:02}/0{i % 9 + 1}/2024,"${i}.50",{("Yes", "yes ", "no")[i % 3]},{i}\n' for i in range(60)
)


def sign_in(page: Page, server: str) -> None:
    page.goto(f"{server}/sign-in/")
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{server}/")


def drop(page: Page, name: str, text: str) -> None:
    page.evaluate(DROP, [name, text])


@pytest.fixture
def alice() -> User:
    return make_user("alice")


@pytest.fixture
def zone(window: Window, live_server: LiveServer, alice: User) -> Page:
    """The upload page, signed in."""
    sign_in(window.page, live_server.url)
    window.page.goto(f"{live_server.url}/datasets/upload/", wait_until="networkidle")
    return window.page


def test_a_dropped_file_without_doubts_becomes_a_dataset(zone: Page, window: Window) -> None:
    drop(zone, "people.csv", PEOPLE)
    expect(zone.get_by_role("heading", name="people")).to_be_visible()
    assert window.overflow() == 0
    assert window.complaints == []


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.csv", "", "The file is empty."),
        ("a.xlsx", "PK", "This is a workbook, not a CSV file."),
        ("a.csv", "a,b\n1,2,3\n", "Line 2 does not have 2 cells like the header."),
    ],
)
def test_a_file_is_refused_where_it_was_dropped(
    zone: Page, window: Window, name: str, text: str, sentence: str
) -> None:
    drop(zone, name, text)
    expect(zone.get_by_role("alert")).to_contain_text(sentence)
    assert window.overflow() == 0
    assert not Dataset.objects.exists()


def test_a_lost_connection_is_told_and_the_file_can_be_sent_again(zone: Page) -> None:
    zone.route("**/datasets/upload/", lambda route: route.abort("connectionreset"))
    drop(zone, "people.csv", PEOPLE)
    expect(zone.get_by_role("alert")).to_contain_text("The connection broke")
    zone.unroute("**/datasets/upload/")
    zone.get_by_role("button", name="Try again").click()
    expect(zone.get_by_role("heading", name="people")).to_be_visible()


def test_an_upload_shows_how_far_it_is_and_can_be_cancelled(zone: Page) -> None:
    waiting: list[Route] = []
    zone.route("**/datasets/upload/", lambda route: waiting.append(route))
    drop(zone, "people.csv", PEOPLE)
    expect(zone.get_by_text("people.csv")).to_be_visible()
    expect(zone.locator("[data-upload-state]")).to_contain_text("of 25 bytes")
    zone.get_by_role("button", name="Cancel").click()
    expect(zone.get_by_role("alert")).to_contain_text("You cancelled the upload.")
    expect(zone.get_by_text("people.csv")).to_be_hidden()
    assert waiting
    assert not Dataset.objects.exists()


def test_doubts_are_asked_after_the_upload_and_the_preview_follows_the_answer(zone: Page, window: Window) -> None:
    drop(zone, "sales.csv", DOUBTFUL)
    expect(zone.get_by_role("heading", name="Is this read right?")).to_be_visible()
    assert window.overflow() == 0
    assert barriers(zone) == []
    zone.get_by_label("day first: ").check()
    expect(zone.locator("#type-0")).to_have_value("date")
    zone.get_by_label("yes: write each of these").check()
    expect(zone.locator(".import-table td").nth(6)).to_contain_text("Yes")
    zone.get_by_role("button", name="Read the file like this").click()
    expect(zone.get_by_text("data version 2").first).to_be_visible()
    assert window.overflow() == 0
    assert window.complaints == []
    made = DatasetVersion.objects.get(number=2)
    assert [(column["name"], column["type"]) for column in made.columns] == [
        ("when", "date"),
        ("price", "number"),
        ("answer", "text"),
        ("n", "integer"),
    ]
    assert made.columns[2]["unique"] == 2


def test_the_settings_of_any_version_can_be_changed(browser: Browser, live_server: LiveServer, alice: User) -> None:
    version = imported(alice, "a,b\n1,x\nfew,y\n3,z\n", "numbers.csv")
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}{version.dataset.get_absolute_url()}")
    page.get_by_role("button", name="More about this dataset").click()
    page.get_by_role("link", name="Import settings").click()
    page.locator("#type-0").select_option("number")
    expect(page.get_by_text("1 of 3 become missing, such as “few”")).to_be_visible()
    page.locator("#missing").fill("few")
    expect(page.get_by_text("become missing")).to_be_hidden()
    page.get_by_role("button", name="Read the file like this").click()
    expect(page.get_by_text("data version 2").first).to_be_visible()
    page.context.close()
