"""The house itself: settings, headers, error pages, template tags, vendored files."""

import json
import logging
import os
import re
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import timezone

from apps.accounts.templatetags import flowza as tags
from flowza.logs import LineFormatter
from flowza.secret import read_or_create
from flowza.views import server_error

ROOT = settings.BASE_DIR
DEPLOYMENT = {
    "FLOWZA_HOSTS": "flowza.example",
    "FLOWZA_SECRET_KEY": "for-tests-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH",
}


def manage(*arguments: str, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("FLOWZA_", "DATABASE_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=kept | environment | {"FLOWZA_DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.slow
def test_a_deployment_passes_djangos_own_check_in_silence(tmp_path: Path) -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", data=tmp_path, **DEPLOYMENT)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.slow
def test_a_deployment_without_a_secret_key_does_not_start(tmp_path: Path) -> None:
    done = manage("check", data=tmp_path, FLOWZA_HOSTS="flowza.example")
    assert done.returncode != 0
    assert "FLOWZA_SECRET_KEY" in done.stderr


def test_the_local_secret_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret-key"
    key = read_or_create(path)
    assert len(key) > 60
    assert read_or_create(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret-key"]


def test_every_setting_of_the_environment_stands_in_the_example_file() -> None:
    source = (ROOT / "flowza" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source))
    listed = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert read == listed


def test_blas_gets_one_thread_before_numpy_is_imported(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, manage, os; print(os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules)",
        ],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if not key.endswith("_NUM_THREADS")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["1", "False"]


@pytest.mark.django_db
def test_pages_carry_a_strict_content_security_policy(client: Client) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    parts = {part.strip() for part in policy.split(";")}
    assert "default-src 'self'" in parts
    assert "img-src 'self' data: blob:" in parts
    assert {"base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'", "object-src 'none'"} <= parts
    assert "unsafe" not in policy


@pytest.mark.django_db
def test_health_answers_without_a_session(client: Client) -> None:
    answer = client.get("/health/")
    assert answer.json() == {"status": "ok"}
    assert not answer.cookies


@pytest.mark.django_db
def test_an_unknown_address_gets_a_page_in_words(client: Client) -> None:
    answer = client.get("/nothing/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_the_page_of_a_fault_needs_neither_database_nor_session() -> None:
    answer = server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert b"This is a fault in Flowza" in answer.content


def test_no_template_holds_an_inline_script_style_or_handler() -> None:
    offence = re.compile(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=\"|\|safe\b|javascript:", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "templates").rglob("*.html")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if offence.search(line) and "json_script" not in line
    ]
    assert found == []


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    sprite = finders.find(f"vendor/tabler-icons-{tags.vendor_versions()['tabler-icons']}/sprite.svg")
    assert isinstance(sprite, str)
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', Path(sprite).read_text()))
    named = {symbol for symbol, _ in tags.STATES.values()}
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        named |= set(re.findall(r'{%\s*icon "([\w-]+)"', text)) | set(re.findall(r'icon_name="([\w-]+)"', text))
        named |= set(re.findall(r'{%\s*nav_link "[\w:]+" "[^"]+" "([\w-]+)"', text))
    assert named - drawn == set()


@pytest.mark.parametrize(
    "file",
    ["tabler/tabler.min.css", "tabler/tabler.min.js", "inter/inter.css", "plotly-cartesian/plotly-cartesian.min.js"],
)
def test_vendored_files_are_where_the_tag_says(file: str) -> None:
    assert finders.find(tags.vendor(file).removeprefix("/static/"))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0, "0 s"),
        (0.01, "< 0.1 s"),
        (0.24, "0.2 s"),
        (12.4, "12 s"),
        (65, "1 min 05 s"),
        (7800, "2 h 10 min"),
    ],
)
def test_durations_read_as_people_say_them(seconds: float | None, words: str) -> None:
    assert tags.duration(seconds) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        (2201, "2,201"),
        (0.785312, "0.7853"),
        (1234.56, "1,234.6"),
        (float("nan"), "–"),
        (float("inf"), "–"),
        (3.0, "3"),
    ],
)
def test_numbers_have_grouped_thousands_and_four_digits(value: float | None, words: str) -> None:
    assert tags.number(value) == words


@pytest.mark.parametrize(
    ("size", "words"), [(None, "–"), (12, "12 B"), (1234, "1.2 kB"), (56_000, "56 kB"), (3_400_000_000, "3.4 GB")]
)
def test_sizes_have_units(size: int | None, words: str) -> None:
    assert tags.file_size(size) == words


def test_times_are_relative_with_the_exact_time_in_the_title() -> None:
    text = tags.ago(timezone.now() - timedelta(minutes=3))
    assert "3\xa0minutes ago" in text
    assert 'title="' in text
    assert tags.ago(None) == "never"


def test_a_state_is_icon_word_and_colour() -> None:
    page = Template('{% state_badge "kept" %}{% state_badge "odd_one" %}').render(Context())
    assert "#history" in page and "Kept" in page and "state-kept" in page
    assert "Odd one" in page


def test_a_fragment_that_no_app_serves_leaves_nothing_on_the_page() -> None:
    page = Template('{% fragment "no:such" %}{% fragment "health" "Health" %}').render(Context())
    assert page.count("hx-get") == 1
    assert 'hx-get="/health/"' in page


def test_a_field_ties_label_help_and_error_together() -> None:
    class Sample(forms.Form):
        name = forms.CharField(help_text="As you like.")

    page = Template("{% form_fields form %}").render(Context({"form": Sample({})}))
    assert 'for="id_name"' in page
    assert 'aria-describedby="id_name_helptext id_name_error"' in page
    assert 'id="id_name_helptext"' in page and 'id="id_name_error"' in page
    assert 'aria-invalid="true"' in page


def test_a_log_line_is_one_line_with_its_facts() -> None:
    record = logging.makeLogRecord(
        {"name": "apps.runs", "levelname": "INFO", "msg": "claimed %s", "args": ("7",), "run": 7}
    )
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO apps\.runs claimed 7 run=7", LineFormatter().format(record)
    )


def test_a_mistake_under_the_api_is_told_in_its_envelope(rf: RequestFactory) -> None:
    answer = server_error(rf.get("/api/v1/workflows/"))
    assert answer.status_code == 500
    assert json.loads(answer.content)["code"] == "bug"
    assert b"<html" in server_error(rf.get("/workflows/")).content
