"""Drawings of graphs: every card in its layer, no card on another, few crossings."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from apps.workflows.drawing import LARGE, SMALL, drawing
from apps.workflows.tests.graphs import edge, titanic


def graph_of(size: int, wires: list[tuple[int, int]]) -> dict[str, object]:
    nodes = [{"id": str(number), "kind": "one_hot"} for number in range(size)]
    return {"nodes": nodes, "edges": [edge(str(one), str(other)) for one, other in wires]}


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, object]:
    size = draw(st.integers(1, 20))
    pairs = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(lambda pair: pair[0] < pair[1])
    return graph_of(size, draw(st.lists(pairs, max_size=30)) if size > 1 else [])


@given(graph=graphs())
def test_cards_never_overlap_and_wires_lead_to_the_right(graph: dict[str, list[dict[str, str]]]) -> None:
    found = drawing(graph)
    places = {card.id: (card.x, card.y) for card in found.cards}
    assert len(set(places.values())) == len(graph["nodes"])
    columns: dict[float, list[float]] = {}
    for x, y in places.values():
        columns.setdefault(x, []).append(y)
        assert 0 <= x <= found.width - LARGE.width
        assert 0 <= y <= found.height - LARGE.height
    for heights in columns.values():
        heights.sort()
        assert all(lower - upper >= LARGE.height for upper, lower in pairwise(heights))
    for wire in graph["edges"]:
        assert places[wire["from"]][0] < places[wire["to"]][0]


def test_a_chain_is_one_line() -> None:
    assert len({card.y for card in drawing(titanic(), SMALL).cards}) == 1


def test_crossed_wires_are_untangled() -> None:
    found = drawing(graph_of(6, [(0, 5), (1, 4), (2, 3)]))
    rows = {card.id: card.y for card in found.cards}
    assert [rows["5"], rows["4"], rows["3"]] == [rows["0"], rows["1"], rows["2"]]


def test_a_circle_in_an_old_draft_is_drawn_all_the_same() -> None:
    assert len(drawing(graph_of(2, [(0, 1), (1, 0)])).cards) == 2


def test_an_empty_graph_has_an_empty_drawing() -> None:
    assert drawing({"nodes": [], "edges": []}).cards == []
