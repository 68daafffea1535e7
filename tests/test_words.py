"""One vocabulary: what people read on pages and in messages is written in the words of docs/vocabulary.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
FORBIDDEN = {
    "node": r"\bnodes?\b",
    "graph": r"\b(?:sub)?graphs?\b",
    "DAG": r"\bDAGs?\b",
    "pipeline": r"\bpipelines?\b",
    "artifact": r"\bartifacts?\b",
    "revision": r"\brevisions?\b",
    "job": r"\bjobs?\b",
    "a token of no kind": r"\b(?:API|access|bearer|auth) (?:tokens?|keys?)\b",
    "a version of nothing": r"(?<!data )(?<!model )(?<!workflow )(?<!step )\bversion (?:\d|VALUE)",
    "traceback": r"\btracebacks?\b",
    "superuser": r"\bsuperusers?\b",
    "holdout": r"\bhold-?outs?\b",
    "notification": r"\bnotifications?\b",
}
SHOWN_ATTRIBUTES = r"(?:aria-label|title|placeholder|alt|label|data-confirm|data-confirm-yes|note|text|action|parent)"
FOR_OPERATORS = ("templates/admin/",)
FOR_PROGRAMS = re.compile(
    r"/tests/|/migrations/|/management/|/api[^/]*\.py$|/serializers\.py$|/admin\.py$|/export/|/operations/scripts\.py$"
)
A_LOGS_FIRST_LINE = "Traceback (most recent call last):"
SENTENCE = re.compile(r"^[A-ZV“'‘].*\s.*", re.DOTALL)


def offences(text: str) -> list[str]:
    """The forbidden words in a text. A single word in quotes names a field of a file, as the file has it."""
    text = re.sub(r"'\w+'", "", text)
    return [name for name, pattern in FORBIDDEN.items() if re.search(pattern, text, re.IGNORECASE)]


def visible(source: str) -> Iterator[tuple[int, str]]:
    """(line, text) of what a template shows: words between tags, and attributes that are read out or shown."""
    blank = re.sub(r"\{#.*?#\}", "", source)
    blank = re.sub(r"\{\{.*?\}\}", "VALUE", blank)
    shown = re.compile(rf'\b{SHOWN_ATTRIBUTES}="([^"]*)"')
    for number, line in enumerate(blank.splitlines(), 1):
        for attribute in shown.finditer(line):
            yield number, re.sub(r"\{%.*?%\}", " ", attribute[1])
        yield number, re.sub(r"<[^>]*>", " ", re.sub(r"\{%.*?%\}", "", line))


def templates() -> list[Path]:
    found = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "templates").rglob("*.txt")]
    return [path for path in sorted(found) if not str(path.relative_to(ROOT)).startswith(FOR_OPERATORS)]


def modules() -> list[Path]:
    found = [*(ROOT / "apps").rglob("*.py"), *(ROOT / "flowza" / "engine").rglob("*.py"), ROOT / "flowza" / "views.py"]
    return [path for path in sorted(found) if not FOR_PROGRAMS.search(str(path))]


def sentences(source: str) -> Iterator[tuple[int, str]]:
    """(line, text) of each string of a module that reads like a sentence; docstrings are for programmers."""
    tree = ast.parse(source)
    silent: set[ast.AST] = set()
    for place in ast.walk(tree):
        if isinstance(place, ast.Expr) and isinstance(place.value, ast.Constant):
            silent.add(place.value)
        elif isinstance(place, ast.JoinedStr):
            silent.update(place.values)
        elif isinstance(place, ast.Call) and named(place.func) in ("RuntimeError", "TypeError", "warning", "exception"):
            # What a programmer or the log reads.
            silent.update(ast.walk(place))
    for place in ast.walk(tree):
        if place in silent:
            continue
        if isinstance(place, ast.Constant) and isinstance(place.value, str):
            text = place.value
        elif isinstance(place, ast.JoinedStr):
            text = "".join(str(one.value) if isinstance(one, ast.Constant) else "VALUE" for one in place.values)
        else:
            continue
        if SENTENCE.match(text) and text != A_LOGS_FIRST_LINE:
            yield place.lineno, text


def named(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_every_template_speaks_in_the_words_of_the_vocabulary() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name} in “{text.strip()[:100]}”"
        for path in templates()
        for line, text in visible(path.read_text())
        for name in offences(text)
    ]
    assert found == []


def test_every_message_and_every_sentence_of_the_engine_does_too() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name} in “{text[:100]}”"
        for path in modules()
        for line, text in sentences(path.read_text())
        for name in offences(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("<p>Choose a node</p>", "node"),
        ('<a class="node" aria-label="Delete the node">x</a>', "node"),
        ("<p>version {{ version.number }}</p>", "a version of nothing"),
        ("<p>{% if a %}Version 3{% endif %}</p>", "a version of nothing"),
        ('{% include "x.html" with title="Your API tokens" %}', "a token of no kind"),
    ],
)
def test_the_test_finds_what_it_looks_for(template: str, name: str) -> None:
    assert name in [found for _, text in visible(template) for found in offences(text)]


@pytest.mark.parametrize(
    "template",
    [
        '<p class="node" data-node="{{ node.id }}">{{ node.label }}</p>',
        "{% for node in nodes %}data version {{ node }}{% endfor %}",
        "{# the node of the graph #}<p>Model version 3</p>",
    ],
)
def test_code_in_templates_may_use_the_words_of_the_code(template: str) -> None:
    assert [found for _, text in visible(template) for found in offences(text)] == []


def test_the_vocabulary_lists_every_word_that_is_tested() -> None:
    words = (ROOT / "docs" / "vocabulary.md").read_text()
    assert [
        word for word in ("node", "graph", "DAG", "pipeline", "artifact", "revision", "job") if word not in words
    ] == []
