"""The script that trains one model again, from what the model itself remembers."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from flowza.engine.catalogue import catalogue
from flowza.engine.codec_actions import made_node
from flowza.engine.codec_models import model_origin
from flowza.engine.export.collect import RunOutputs
from flowza.engine.export.script import Script, export_script
from flowza.engine.graph import Graph
from flowza.engine.graph_edges import Edge
from flowza.engine.model import Model
from flowza.engine.node import Node, Output
from flowza.engine.recipe import SplitAction

JUDGE = {"classification": "evaluate", "regression": "evaluate", "clustering": "cluster_report"}


def export_model_script(model: Model, name: str, folder: Path | None = None) -> Script:
    """Trains the model and prints its metrics. Its table is written into the folder, if one is given.

    Raises NotExportable for a step that has no source in a script.
    """
    trained: Node = made_node(model_origin(model))
    steps: list[Node] = [made_node(action.origin) for action in model.table.history]
    line = list({step.id: step for step in steps if step.id != trained.id}.values())
    cls = catalogue()[JUDGE[model.task]]
    judge = cls(free_id("evaluate", {step.id for step in [*line, trained]}), cls.Params())
    nodes = [*line, trained, judge]
    edges = tuple(wired(one, other) for one, other in pairwise(nodes) if other.inputs)
    graph = Graph({node.id: node for node in nodes}, edges, tuple(node.id for node in nodes), seed_of(model))
    outputs: dict[str, Output] = {line[-1].id: model.table.table(), trained.id: model}
    return export_script(RunOutputs(graph, outputs), name, folder)


def wired(one: Node, other: Node) -> Edge:
    leaving = one.outputs[0]
    entering = next(port for port in other.inputs if port.type == leaving.type)
    return Edge(one.id, leaving.name, other.id, entering.name)


def seed_of(model: Model) -> int:
    """The workflow's seed as the Split and the estimator remember it; 0 where nothing was left to chance."""
    for action in model.table.history:
        if isinstance(action, SplitAction):
            return int(action.arguments["seed"])
    return int(getattr(model.estimator_template, "random_state", None) or 0)


def free_id(wish: str, taken: set[str]) -> str:
    return wish if wish not in taken else free_id(f"{wish}_", taken)
