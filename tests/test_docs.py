"""The documentation is true of the code: links, commands, settings, addresses, generated pages."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.core.management import get_commands
from django.urls import resolve

from scripts.node_reference import stale

ROOT = Path(settings.BASE_DIR)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")
SETTING = re.compile(r"\b(?:FLOWZA_[A-Z0-9_]+|DATABASE_URL)\b")
LARGEST_PICTURE = 250_000

each_page = pytest.mark.parametrize("document", PAGES, ids=lambda document: document.name)


def outside_of_code(text: str) -> str:
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)


def code_of(text: str) -> str:
    """All that stands as code, in blocks and in lines."""
    blocks = re.findall(r"```\w*\n(.*?)```", text, flags=re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return "\n".join([*blocks, *inline])


def anchors_of(page: Path) -> set[str]:
    """The anchors of a page, as GitHub makes them, and those that it sets by itself."""
    text = page.read_text()
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


@each_page
def test_every_link_leads_somewhere(document: Path) -> None:
    for groups in LINK.findall(outside_of_code(document.read_text())):
        target = unquote(next(filter(None, groups)))
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        linked = (document.parent / path).resolve() if path else document
        assert linked.is_file(), f"{document.name} links to {target}"
        assert linked.is_relative_to(ROOT), f"{document.name} links out of the repository: {target}"
        if anchor:
            assert anchor in anchors_of(linked), f"{document.name} links to {target}"


@each_page
def test_every_command_of_manage_py_exists(document: Path) -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", document.read_text()))
    assert named <= set(get_commands()), document.name


@each_page
def test_every_make_target_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"^make ([a-z-]+)", code_of(document.read_text()), flags=re.MULTILINE))
    assert named <= targets, document.name


@each_page
def test_every_file_that_code_marks_name_is_there(document: Path) -> None:
    named = re.findall(r"`((?:flowza|apps|scripts|tests|static|templates)/[\w/.-]+)`", document.read_text())
    missing = [name for name in named if not (ROOT / name).exists()]
    assert not missing, document.name


def test_every_setting_is_explained() -> None:
    offered = set(SETTING.findall((ROOT / ".env.example").read_text()))
    explained = set(SETTING.findall((ROOT / "docs" / "configuration.md").read_text()))
    assert offered == explained


def test_every_setting_that_the_code_reads_is_offered() -> None:
    source = (ROOT / "flowza" / "settings.py").read_text()
    read = set(re.findall(r"env\.\w+\(\s*\"(\w+)\"", source))
    assert read == set(SETTING.findall((ROOT / ".env.example").read_text()))


def test_every_address_of_the_api_page_exists() -> None:
    text = (ROOT / "docs" / "api.md").read_text()
    addresses = re.findall(r"\$FLOWZA(/[\w/.-]+)", text)
    assert len(addresses) > 10
    for address in addresses:
        resolve(address)


def test_every_code_of_a_refused_csv_is_told() -> None:
    sources = (ROOT / "flowza" / "engine" / "operations").glob("*.py")
    raised = {code for source in [*sources, ROOT / "apps/datasets/actions.py"] for code in codes_in(source.read_text())}
    told = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "csv.md").read_text()))
    assert raised
    assert raised <= told


def codes_in(source: str) -> list[str]:
    return re.findall(r"TableRefused\((?:(?!TableRefused\().)*?code=\"(\w+)\"", source, flags=re.DOTALL)


def test_the_pages_made_from_the_code_are_current() -> None:
    assert stale() == [], "run python scripts/node_reference.py"


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "docs" / "pictures").glob("*.png"))
    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size > LARGEST_PICTURE] == []
