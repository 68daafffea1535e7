"""2,000 made-up graphs through the parser and the API: no crash, and each refusal names a step or a field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.workflows.tests.graphs import bearer, person, titanic
from flowza.engine.catalogue import catalogue
from flowza.engine.errors import GraphError
from flowza.engine.graph import parse

THROUGH_PARSER, THROUGH_API = 1500, 500

names = st.one_of(
    st.sampled_from(["a", "b", "data", "split", "model", "__proto__", "constructor", "", "é", "a" * 65, "x\x00"]),
    st.text(max_size=8),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["dataset:1", "dataset:99999999999999999999", "../x", "=1+1", "\ud800"]),
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
    max_leaves=12,
)
kinds = st.one_of(st.sampled_from(sorted(catalogue())), names, anything)
param_names = st.sampled_from(
    sorted({name for cls in catalogue().values() for name in cls.Params.model_fields} | {"colour"})
)


def mostly(strategy: st.SearchStrategy[Any], other: st.SearchStrategy[Any] = anything) -> st.SearchStrategy[Any]:
    return st.one_of(strategy, strategy, strategy, strategy, other)


nodes = st.fixed_dictionaries(
    {"id": mostly(names), "kind": mostly(kinds)},
    optional={
        "params": mostly(st.dictionaries(param_names, anything, max_size=3)),
        "version": mostly(st.integers(0, 3)),
        "label": mostly(names),
        "x": mostly(st.floats()),
        "y": anything,
        "note": anything,
        "extra": anything,
    },
)
ports = st.sampled_from(["table", "model", "report", "nonsense"])
edges = st.fixed_dictionaries(
    {"from": mostly(names), "from_port": mostly(ports), "to": mostly(names), "to_port": mostly(ports)},
    optional={"more": anything},
)
made_up = st.fixed_dictionaries(
    {"nodes": mostly(st.lists(mostly(nodes), max_size=6)), "edges": mostly(st.lists(mostly(edges), max_size=6))},
    optional={"seed": mostly(st.integers(-1, 2**33)), "format": mostly(st.just(1)), "odd": anything},
)


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A good graph in which one place was changed."""
    graph: Any = titanic()
    place, key = graph, draw(st.sampled_from(sorted(graph)))
    while isinstance(place[key], list | dict) and place[key] and draw(st.integers(0, 3)):
        place = place[key]
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    place[key] = draw(anything)
    return graph


graphs = st.one_of(made_up, damaged(), anything)


def assert_names_what_is_wrong(problems: list[dict[str, Any]]) -> None:
    assert problems
    for problem in problems:
        assert problem["message"]
        assert problem["node"] or problem["field"], problem


@pytest.mark.slow
@settings(max_examples=THROUGH_PARSER, deadline=None, suppress_health_check=list(HealthCheck))
@given(graph=graphs)
def test_the_parser_accepts_or_says_what_is_wrong(graph: Any) -> None:
    try:
        accepted = parse(graph, complete=False)
    except GraphError as error:
        assert_names_what_is_wrong([problem.as_dict() for problem in error.problems])
    else:
        assert set(accepted.order) == set(accepted.nodes)


@pytest.mark.slow
@pytest.mark.django_db
def test_the_api_accepts_or_says_what_is_wrong() -> None:
    client = Client(headers=bearer(person("alice")))

    @settings(max_examples=THROUGH_API, deadline=None, suppress_health_check=list(HealthCheck))
    @given(graph=graphs)
    def send(graph: Any) -> None:
        cache.clear()  # the throttle counts in it
        body = json.dumps({"name": "x", "graph": graph})
        response = client.post("/api/v1/workflows/", body, content_type="application/json")
        assert response.status_code in (201, 400, 404, 413), response.content
        if response.status_code != 201:
            answer = response.json()
            assert_names_what_is_wrong(answer.get("problems") or [answer])

    send()
