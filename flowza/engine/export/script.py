"""A workflow as a Python script that prints what ran, without Flowza."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from flowza.engine.export.assemble import Parts, parts_of, script_text
from flowza.engine.export.collect import RunOutputs
from flowza.engine.export.data import DataFormat, write_data
from flowza.engine.export.frames import Frames, State
from flowza.engine.export.learning import Learned, write_model, write_table
from flowza.engine.export.names import identifier
from flowza.engine.export.outline import Outline, outline_of
from flowza.engine.export.reports import MODEL_WRITERS, NOTES, write_export_dataset, write_predict
from flowza.engine.export.writer import NotExportable, Writer
from flowza.engine.graph import Graph
from flowza.engine.model import Model
from flowza.engine.node import Node
from flowza.engine.recipe import LoadAction
from flowza.engine.report import Report
from flowza.engine.table import Table
from flowza.engine.train_node import TrainNode

PREDICT = "predict"


@dataclass
class Script:
    """text: the Python source. files: what lies beside it, in the folder given. tables: end node -> its variable."""

    text: str
    files: list[str]
    tables: Mapping[str, str] = field(default_factory=dict)


def export_script(run: RunOutputs, name: str, folder: Path | None = None, *, data: DataFormat = "parquet") -> Script:
    """The script of a run; its tables are written into the folder, if one is given.

    Raises NotExportable for a step that has no source in a script.
    """
    with folder_or_temporary(folder) as place:
        exporter = Exporter(run, name, place, data)
        parts = exporter.parts("Path(__file__).resolve().parent")
    files = [item.file for item in dict.fromkeys(exporter.writer.data_used)]
    return Script(script_text(parts), files, exporter.writer.tables)


@contextmanager
def folder_or_temporary(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        yield folder
        return
    with tempfile.TemporaryDirectory() as temporary:
        yield Path(temporary)


class Exporter:
    """Writes the sections of all nodes: first who reads which frame, then the statements."""

    def __init__(self, run: RunOutputs, name: str, folder: Path, data: DataFormat, *, figures: bool = False) -> None:
        self.run = run
        self.graph: Graph = run.graph
        self.title = name
        steps = {
            node: (run.labels.get(node) or type(self.graph.nodes[node]).label, self.graph.nodes[node].kind)
            for node in self.graph.order
        }
        files = write_data(self.sources(), run.originals, identifier(name).replace("_", "-"), folder, data)
        self.writer = Writer(self.graph.seed, steps, files)
        self.writer.with_figures = figures
        self.writer.reported = {
            node: [metric.name for metric in output.metrics]
            for node, output in run.outputs.items()
            if isinstance(output, Report)
        }
        self.frames = Frames()
        self.outlines: dict[str, Outline] = {}
        self.states: dict[str, State] = {}
        self.learned: dict[str, Learned] = {}

    def parts(self, here: str) -> Parts:
        for name in self.graph.order:
            self.prepare(self.graph.nodes[name])
        for name in self.graph.order:
            self.write(self.graph.nodes[name])
        return parts_of(self.writer, self.title, here)

    # Inputs

    def sources(self) -> dict[str, tuple[str, pd.DataFrame]]:
        """Key -> (node, rows) of the sources that scripts read from files."""
        found: dict[str, tuple[str, pd.DataFrame]] = {}
        for name in self.graph.order:
            output = self.run.outputs.get(name)
            table = output.table.table() if isinstance(output, Model) else output
            if isinstance(table, Table):
                action = table.history[0]
                if isinstance(action, LoadAction) and action.origin.kind != PREDICT:
                    found.setdefault(action.key, (action.origin.node, table.source.frame))
        return found

    def inputs(self, node: Node, port: str) -> list[str]:
        return [edge.source for edge in self.graph.into(node.id) if edge.target_port == port]

    def table_in(self, node: Node) -> Table:
        """The table that a node reads; at a train node with the target that it sets."""
        output = self.run.outputs[self.inputs(node, "table")[0]]
        if not isinstance(output, Table):
            raise AssertionError("a dataset wire carries a table")
        if isinstance(node, TrainNode) and node.task != "clustering":
            from flowza.engine.node import apply_target

            return apply_target(node, output)
        return output

    def models_in(self, node: Node) -> list[tuple[Model, Learned]]:
        port = next(port.name for port in node.inputs if port.type == "model")
        names = self.inputs(node, port)
        return [(self.model(name), self.learned[name]) for name in names]

    def model(self, name: str) -> Model:
        output = self.run.outputs[name]
        if not isinstance(output, Model):
            raise AssertionError("a model wire carries a model")
        return output

    # First who reads what, then the statements

    def prepare(self, node: Node) -> None:
        if self.reads_table(node):
            table = self.table_in(node)
        elif self.is_end(node):
            output = self.run.outputs[node.id]
            if not isinstance(output, Table):
                return
            table = output
        else:
            return
        self.outlines[node.id] = outline_of(table)
        state = self.frames.state(self.outlines[node.id])
        state.used = True
        self.states[node.id] = state

    def reads_table(self, node: Node) -> bool:
        return isinstance(node, TrainNode) or node.kind in (PREDICT, "export_dataset")

    def is_end(self, node: Node) -> bool:
        """Whether nobody reads the table that this node gives."""
        return not self.graph.out_of(node.id) and node.outputs[0].type == "dataset"

    def write(self, node: Node) -> None:
        writer, outline, state = self.writer, self.outlines.get(node.id), self.states.get(node.id)
        if isinstance(node, TrainNode) and outline is not None and state is not None:
            estimator = self.model(node.id).estimator_template
            supervised = node.task != "clustering"
            self.learned[node.id] = write_model(writer, node.id, estimator, outline, state, supervised)
        elif node.kind in MODEL_WRITERS:
            MODEL_WRITERS[node.kind](writer, node, self.models_in(node))
        elif node.kind in NOTES:
            writer.sections[node.id].note = NOTES[node.kind]
        elif node.kind == "export_dataset" and outline is not None and state is not None:
            rows = write_table(writer, node.id, outline, state)
            write_export_dataset(writer, node, rows, state.parts[1] if state.parts else None)
            writer.tables[node.id] = rows
        elif node.kind == PREDICT and outline is not None and state is not None:
            self.write_predict(node, outline, state)
        elif node.role in ("validate", "deliver", "train"):
            raise NotExportable(f"Scripts cannot hold the step '{node.id}' ({type(node).label}) yet.")
        elif outline is not None and state is not None:
            writer.tables[node.id] = write_table(writer, node.id, outline, state)

    def write_predict(self, node: Node, outline: Outline, state: State) -> None:
        """The rows with the model's answers; they are the source of the tables that follow."""
        model, learned = self.models_in(node)[0]
        table = self.table_in(node)
        rows = write_table(self.writer, node.id, outline, state)
        same_source = model.table.source.key == table.source.key
        result = write_predict(self.writer, node, model, learned, rows, table.columns, same_source)
        output = self.run.outputs[node.id]
        if isinstance(output, Table):
            self.follow(output.history[0], result)
        if self.is_end(node):
            self.writer.tables[node.id] = result

    def follow(self, action: Any, variable: str) -> None:
        """Tables whose source are these rows begin with the variable."""
        for state in self.frames.roots.values():
            if state.entry.action == action and not state.written:
                state.frame, state.written, state.owned = variable, True, True
