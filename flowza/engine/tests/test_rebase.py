"""Operations on an older graph, where a database gave its objects back with their keys in another order."""

from __future__ import annotations

from typing import Any

from flowza.engine.rebase import rebase


def graph(*edges: dict[str, str]) -> dict[str, Any]:
    nodes = [{"id": name, "kind": kind, "params": {}} for name, kind in (("data", "csv"), ("fill", "impute"))]
    return {"format": 1, "seed": 0, "nodes": nodes, "edges": list(edges)}


def test_a_step_whose_wires_only_stand_in_another_order_of_keys_was_not_changed() -> None:
    wire = {"from": "data", "from_port": "table", "to": "fill", "to_port": "table"}
    turned = {name: wire[name] for name in ("to", "from", "to_port", "from_port")}
    delete = {"op": "delete_node", "id": "fill"}
    assert rebase(graph(wire), graph(turned), [delete]) == ([(0, delete)], [])


def test_a_step_that_got_a_wire_meanwhile_is_not_deleted() -> None:
    wire = {"from": "data", "from_port": "table", "to": "fill", "to_port": "table"}
    kept, clashes = rebase(graph(), graph(wire), [{"op": "delete_node", "id": "fill"}])
    assert kept == [] and clashes[0].reason == "'Impute' was changed meanwhile, so it was not deleted."
