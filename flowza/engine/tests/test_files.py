"""Workflows as text files: written, read and written again they are the same bytes."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from flowza.engine.errors import GraphError
from flowza.engine.files import FileDataset, from_yaml, to_yaml
from flowza.engine.graph import parse
from flowza.engine.templates import TEMPLATES
from flowza.engine.tests.contract import CASES, graph_of
from flowza.engine.tests.tables import people

TITANIC = FileDataset("Titanic passengers", "ab" * 16)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
NUMBERS = st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6, allow_nan=False)


IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,8}", fullmatch=True).filter(
    lambda name: name not in ("constructor", "prototype", "the.split")
)


@st.composite
def drafts(draw: st.DrawFn) -> dict[str, Any]:
    """Valid drafts: sources with hostile labels, parameters and places, with and without a wire."""
    nodes: list[dict[str, Any]] = []
    for name in draw(st.lists(IDS, max_size=4, unique=True)):
        params = {"dataset": draw(st.sampled_from(["3", "4", ""])), "target": draw(TEXT)}
        extra = st.fixed_dictionaries({}, optional={"label": TEXT, "note": TEXT, "x": NUMBERS, "y": NUMBERS})
        nodes.append({"id": name, "kind": "csv", "params": params, **draw(extra)})
    edges = []
    if nodes:
        edges.append({"from": nodes[0]["id"], "from_port": "table", "to": "the.split", "to_port": "table"})
        nodes.append({"id": "the.split", "kind": "split", "params": {"test_share": draw(st.floats(0.001, 0.999))}})
    return {"format": 1, "seed": draw(st.integers(0, 2**32 - 1)), "nodes": nodes, "edges": edges}


@given(graph=drafts(), name=TEXT)
@settings(max_examples=100, deadline=None)
def test_what_is_written_read_and_written_is_the_same(graph: dict[str, Any], name: str) -> None:
    datasets = {"3": TITANIC, "4": FileDataset("titanic: passengers!", "cd" * 16)}
    text = to_yaml(graph, name, datasets)
    read, title, found = from_yaml(text)
    assert title == name
    assert to_yaml(read, title, found) == text


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_kind_survives(case: Any) -> None:
    graph = graph_of(case, people())
    text = to_yaml(graph, "w", {})
    assert to_yaml(*from_yaml(text)) == text


@pytest.mark.parametrize("slug", TEMPLATES)
def test_templates_survive(slug: str) -> None:
    graph = TEMPLATES[slug].graph()
    read, name, _ = from_yaml(to_yaml(graph, slug, {}))
    assert name == slug
    assert changed_params(read) == changed_params(graph)


def changed_params(graph: dict[str, Any]) -> dict[str, Any]:
    return {name: node.params.changed() for name, node in parse(graph).nodes.items()}


def test_a_file_holds_what_matters_first_and_the_layout_last() -> None:
    graph = {
        "format": 1,
        "seed": 7,
        "nodes": [
            {"id": "split", "kind": "split", "params": {"test_share": 0.2, "stratify": "no"}, "x": 300, "y": 20.5},
            {
                "id": "csv",
                "kind": "csv",
                "params": {"dataset": "17", "target": "yes"},
                "label": "no: {a}\n# b",
                "x": 80,
                "y": 20,
            },
        ],
        "edges": [{"from": "csv", "from_port": "table", "to": "split", "to_port": "table"}],
    }
    assert to_yaml(graph, "Titanic", {"17": TITANIC}) == (
        "format: 1\n"
        "name: Titanic\n"
        "seed: 7\n"
        "datasets:\n"
        "  titanic-passengers:\n"
        "    name: Titanic passengers\n"
        f"    digest: {'ab' * 16}\n"
        "nodes:\n"
        "  - id: csv\n"
        "    type: csv\n"
        "    version: 1\n"
        "    label: |-\n      no: {a}\n      # b\n"
        "    params:\n"
        "      target: 'yes'\n"
        "      dataset: titanic-passengers\n"
        "  - id: split\n"
        "    type: split\n"
        "    version: 1\n"
        "    params:\n"
        "      stratify: 'no'\n"
        "edges:\n"
        "  - from: csv.table\n"
        "    to: split.table\n"
        "layout:\n"
        "  nodes:\n"
        "    csv: [80, 20]\n"
        "    split: [300, 20.5]\n"
    )


def test_datasets_are_named_and_come_back_by_the_name_in_the_file() -> None:
    graph = {"format": 1, "nodes": [{"id": "csv", "kind": "csv", "params": {"dataset": "17"}}], "edges": []}
    read, _, datasets = from_yaml(to_yaml(graph, "w", {"17": TITANIC}))
    assert datasets == {"titanic-passengers": TITANIC}
    assert read["nodes"][0]["params"] == {"dataset": "titanic-passengers"}


def test_words_that_older_yaml_takes_for_other_things_stay_text() -> None:
    head = "format: 1\nnodes:\n- id: a\n  type: csv\n  params: {target: %s}\nedges: []\n"
    for word in ("yes", "no", "on", "off", "2024-01-31", "12:30", "0o17", "0x1f", "1_000", "y"):
        graph, _, _ = from_yaml(head % word)
        assert graph["nodes"][0]["params"]["target"] == word


EMPTY = "format: 1\nnodes: []\nedges: []\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no workflow"),
        ("[1, 2]", "no workflow"),
        ("format: 2\nnodes: []\nedges: []\n", "format: 1"),
        ("format: true\nnodes: []\nedges: []\n", "format: 1"),
        ("format: 1\nedges: []\n", "'nodes' must be a list"),
        (EMPTY + "secret: 1\n", "no field 'secret'"),
        (EMPTY + "seed: -1\n", "seed"),
        (EMPTY + "name: [a]\n", "'name'"),
        (EMPTY + "datasets: [a]\n", "digest"),
        (EMPTY + "layout: {nodes: {a: [1, 2]}}\n", "the place of 'a'"),
        (EMPTY + "format: 1\n", "there twice"),
        (EMPTY + "1: 2\n", "a key is not text"),
        (EMPTY + "? [a]\n: 1\n", "a key is not text"),
        (EMPTY + 'name: "\\ud800"\n', "not a readable YAML"),
        (EMPTY + 'datasets: {a: {name: a, digest: "\\0"}}\n', "NUL characters"),
        ("[" + "a," * 120_001 + "]", "too many parts"),
        ("a: &x [1]\nb: *x\n", "anchors"),
        ("a: !!python/object/apply:os.system ['true']\n", "tags"),
        ("a: !!binary aGk=\n", "tags"),
        ("[" * 100 + "]" * 100, "nested deeper"),
        ("a: " + "x" * 2_000_001, "larger than 2 MB"),
        ("a: [1\n", "not a readable YAML"),
        ("a: " + "9" * 5000 + "\n", "not a readable YAML"),
        ("a: \x01\n", "not a readable YAML"),
        ("format: 1\nnodes:\n- a\nedges: []\n", "an id and a type"),
        ("format: 1\nnodes:\n- {id: a, type: csv, x: 1}\nedges: []\n", "no field 'x'"),
        ("format: 1\nnodes:\n- {id: a, type: magic}\nedges: []\n", "no kind of step 'magic'"),
        ("format: 1\nnodes: []\nedges: [{from: a, to: b}]\n", "a step and a port"),
        ("format: 1\nnodes: []\nedges: [{from: a.table, to: b.table}]\n", "does not exist"),
    ],
)
def test_what_is_no_workflow_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(GraphError) as refusal:
        from_yaml(text)
    assert reason.lower() in str(refusal.value).lower()


@given(text=st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(GraphError):
        from_yaml(text)


def test_the_file_is_plain_yaml() -> None:
    text = to_yaml(TEMPLATES["classification"].graph(), "a: b", {})
    assert yaml.safe_load(text)["name"] == "a: b"
