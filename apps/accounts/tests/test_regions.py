import re
from datetime import UTC, datetime

import pytest
from django import forms
from django.conf import settings
from django.utils import timezone

from apps.accounts.forms import RegionForm
from apps.accounts.regions import NARROW_SPACE, NumberFormat, region, zones
from apps.accounts.templatetags.flowza import ago, duration, file_size, number
from apps.accounts.tests.people import make_user, signed_in

APPEARANCE = "/settings/appearance/"
REGION = "/settings/region/"


@pytest.mark.parametrize(
    ("chosen", "written"),
    [
        (NumberFormat.COMMA, ["2,201,000", "0.7853", "12,345.7", "-1,500", "3.4 MB", "1.2 s"]),
        (NumberFormat.POINT, ["2.201.000", "0,7853", "12.345,7", "-1.500", "3,4 MB", "1,2 s"]),
        (
            NumberFormat.SPACE,
            [
                f"2{NARROW_SPACE}201{NARROW_SPACE}000",
                "0,7853",
                f"12{NARROW_SPACE}345,7",
                f"-1{NARROW_SPACE}500",
                "3,4 MB",
                "1,2 s",
            ],
        ),
        (NumberFormat.APOSTROPHE, ["2'201'000", "0.7853", "12'345.7", "-1'500", "3.4 MB", "1.2 s"]),
    ],
)
def test_numbers_are_written_as_their_reader_writes_them(chosen: str, written: list[str]) -> None:
    with region("", chosen):
        found = [number(2_201_000), number(0.78534), number(12345.678), number(-1500), file_size(3_400_000)]
        assert [*found, duration(1.23)] == written


def test_a_large_number_ends_without_a_nought_that_says_nothing() -> None:
    assert [number(59566.04), number(59566.06), number(-1000.01)] == ["59,566", "59,566.1", "-1,000"]


def test_after_a_request_numbers_and_times_are_plain_again() -> None:
    with pytest.raises(RuntimeError), region("Asia/Tokyo", NumberFormat.POINT):
        raise RuntimeError
    assert number(1234.5) == "1,234.5"
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "29 March 2026, 01:59:00"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "29 March 2026, 03:00:00"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "25 October 2026, 02:30:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "25 October 2026, 02:30:00"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "1 January 2027, 00:30:00"),
    ],
)
def test_times_follow_the_persons_zone_through_summer_and_winter(moment: datetime, shown: str) -> None:
    with region("Europe/Berlin", ""):
        said = str(ago(moment))
    assert f'title="{shown}' in said


def test_the_hour_that_comes_twice_is_told_apart_by_its_offset() -> None:
    with region("Europe/Berlin", ""):
        first, second = (str(ago(datetime(2026, 10, 25, hour, 30, tzinfo=UTC))) for hour in (0, 1))
    assert "02:30:00+02:00" in first
    assert "02:30:00+01:00" in second


@pytest.mark.parametrize(("zone", "form"), [("Mars/Olympus", "roman"), ("", "")])
def test_what_is_not_known_counts_as_not_chosen(zone: str, form: str) -> None:
    with region(zone, form):
        assert number(1234.5) == "1,234.5"
        assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.django_db
def test_pages_follow_the_choice() -> None:
    user = make_user(time_zone="Asia/Kolkata", number_format=NumberFormat.POINT)
    client = signed_in(user)
    page = client.get(APPEARANCE).text
    assert "1.234,5 rows" in page
    assert 'data-number-marks=".,"' in page
    client.post("/settings/tokens/", {"name": "robot", "lifetime": "90"})
    assert "+05:30" in client.get("/settings/tokens/").text


@pytest.mark.django_db
def test_a_form_takes_and_shows_numbers_in_the_plain_form_only() -> None:
    class Plain(forms.Form):
        share = forms.FloatField()

    with region("", NumberFormat.POINT):
        assert Plain({"share": "0.25"}).is_valid()
        assert not Plain({"share": "1.234,5"}).is_valid()
        assert 'value="1234.5"' in str(Plain(initial={"share": 1234.5}))


@pytest.mark.django_db
def test_the_choice_is_made_in_the_settings() -> None:
    user = make_user()
    answer = signed_in(user).post(
        APPEARANCE, {"number_format": "apostrophe", "time_zone": "Europe/Zurich"}, follow=True
    )
    user.refresh_from_db()
    assert (user.number_format, user.time_zone) == ("apostrophe", "Europe/Zurich")
    assert "1&#x27;234.5 rows" in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize("form", [{"number_format": "roman", "time_zone": "UTC"}, {"time_zone": "Mars/Olympus"}])
def test_an_unknown_choice_is_refused(form: dict[str, str]) -> None:
    user = make_user()
    answer = signed_in(user).post(APPEARANCE, {"number_format": "comma", **form})
    assert "Select a valid choice" in answer.text
    user.refresh_from_db()
    assert user.time_zone == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"time_zone": "Europe/Berlin", "number_format": "point"}, ("Europe/Berlin", "point")),
        ({"time_zone": "Mars/Olympus"}, ("UTC", "comma")),
        ({}, ("UTC", "comma")),
    ],
)
def test_the_browser_tells_its_region_once(sent: dict[str, str], kept: tuple[str, str]) -> None:
    user = make_user()
    client = signed_in(user)
    assert f'data-region="{REGION}"' in client.get(APPEARANCE).text
    assert client.post(REGION, sent).status_code == 204
    user.refresh_from_db()
    assert (user.time_zone, user.number_format) == kept
    assert "data-region" not in client.get(APPEARANCE).text
    client.post(REGION, {"time_zone": "Asia/Tokyo", "number_format": "space"})
    user.refresh_from_db()
    assert (user.time_zone, user.number_format) == kept


@pytest.mark.django_db
def test_a_zone_that_the_list_leaves_out_stays_in_the_form_of_whoever_has_it() -> None:
    assert "Etc/GMT+5" in zones()
    form = RegionForm(instance=make_user(time_zone="Etc/GMT+5"))
    assert 'value="Etc/GMT+5" selected' in str(form["time_zone"])


def test_no_template_writes_a_localised_number_where_a_program_reads_it() -> None:
    offence = re.compile(
        r"""(?:value|min|max|step|data-[\w-]+|href|width|x|y|d)="[^"]*\|(?:number|duration|file_size)"""
    )
    found = [
        f"{path}:{line}"
        for path in (settings.BASE_DIR / "templates").rglob("*.html")
        for line, text in enumerate(path.read_text().splitlines(), 1)
        if offence.search(text)
    ]
    assert found == []
