"""Run a graph: what is stored is kept, what is not is computed, stored and freed after its last reader."""

from __future__ import annotations

import time
import traceback
import uuid
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from flowza.engine import branches
from flowza.engine.cache import Store, node_keys
from flowza.engine.codec import decode, encode, is_whole
from flowza.engine.codec_tables import Blobs, describe_columns, store_fits
from flowza.engine.context import Context, Effect, Resources
from flowza.engine.errors import Cancelled, NodeError, StoreError
from flowza.engine.events import METRIC_FIELDS, node_event, system_error
from flowza.engine.graph import Graph
from flowza.engine.model import Model
from flowza.engine.node import LearnedNode, Node, Output
from flowza.engine.recipe import StatelessStep
from flowza.engine.row_nodes import SplitNode
from flowza.engine.table import Table

Emit = Callable[[dict[str, Any]], None]


class NodeFailed(Exception):
    """A node failed and was reported; the run ends."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.error = error


@dataclass
class Executor:
    """One run of one graph. Reports every change by `emit` (see docs/architecture.md for the events)."""

    graph: Graph
    store: Store
    resources: Resources
    emit: Emit
    cancelled: Callable[[], bool] = lambda: False
    outbox: Path | None = None
    processes: int = 1
    keys: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)
    manifests: dict[str, dict[str, Any]] = field(default_factory=dict)
    readers: dict[str, int] = field(default_factory=dict)
    deferred: dict[str, Table] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    openmp_used: bool = False
    in_branch: bool = False

    def run(self) -> dict[str, Any]:
        """Run all of it; gives (and emits) the `finished` event."""
        error: dict[str, Any] | None = None
        state = "succeeded"
        try:
            self.keys = node_keys(self.graph, self.resources)
            needed = self.plan()
            self.run_nodes([name for name in self.graph.order if name in needed])
            self.close_rest()
        except Cancelled:
            state = "cancelled"
        except NodeFailed as failed:
            state, error = "failed", failed.error
        except NodeError as failed:
            state, error = "failed", self.fail_before_start(failed)
        finished = {"event": "finished", "state": state, "error": error, "metrics": self.metrics()}
        self.emit(finished)
        return finished

    def plan(self) -> set[str]:
        """Report what is kept; gives the nodes that have to run and counts who reads what."""
        kept = {name: self.stored_manifest(name) for name in self.graph.order}
        needed = {name for name, manifest in kept.items() if manifest is None}
        for name in self.graph.order:
            manifest = kept[name]
            if manifest is not None:
                self.manifests[name] = manifest
                self.report_done(name, "kept", manifest, seconds=0.0)
        for name in needed:
            for edge in self.graph.into(name):
                self.readers[edge.source] = self.readers.get(edge.source, 0) + 1
        return needed

    def stored_manifest(self, name: str) -> dict[str, Any] | None:
        if self.graph.nodes[name].has_effect:
            return None
        manifest = self.store.manifest(self.keys[name])
        if manifest is None or manifest.get("context") not in (None, *self.keys.values()):
            # It waited for training rows that this graph does not have: it waits again.
            return None
        return manifest if is_whole(manifest, self.store) else None

    def run_nodes(self, names: list[str]) -> None:
        """Run nodes given in the graph's order; of those whose inputs are there, heavy ones side by side."""
        waiting = dict.fromkeys(names)
        missing = {name: {edge.source for edge in self.graph.into(name)} & waiting.keys() for name in names}
        ready = [name for name in names if not missing[name]]
        while waiting:
            self.check_cancelled(waiting)
            parallel = branches.worth_forking(self, ready)
            if parallel:
                done = branches.run_branches(self, parallel, list(waiting))
            else:
                self.run_node(ready[0], waiting)
                done = {ready[0]}
            for name in done:
                del waiting[name]
            ready = [name for name in ready if name not in done]
            for follower in dict.fromkeys(edge.target for name in done for edge in self.graph.out_of(name)):
                if follower in waiting:
                    missing[follower] -= done
                    if not missing[follower]:
                        ready.append(follower)

    def check_cancelled(self, waiting: Iterable[str]) -> None:
        if self.cancelled():
            for name in waiting:
                self.emit(node_event(name, "cancelled"))
            raise Cancelled

    # One node

    def run_node(self, name: str, waiting: Iterable[str]) -> None:
        node = self.graph.nodes[name]
        started = time.perf_counter()
        self.emit(node_event(name, "running"))
        try:
            output = self.compute(node)
            manifest, blobs = self.keep(node, output)
        except Cancelled:
            self.emit(node_event(name, "cancelled", seconds=time.perf_counter() - started))
            raise
        except NodeError as error:
            self.fail(error, name, waiting, time.perf_counter() - started)
        except (StoreError, MemoryError, OSError) as error:
            self.fail(system_error(error, name), name, waiting, time.perf_counter() - started)
        except Exception:
            self.fail_bug(name, waiting, time.perf_counter() - started)
        self.openmp_used = self.openmp_used or node.uses_openmp
        self.report_done(name, "done", manifest, seconds=time.perf_counter() - started, blobs=blobs)
        self.free(name)

    def compute(self, node: Node) -> Output:
        context = Context(
            self.resources,
            seed=self.graph.seed,
            log=lambda text, level: self.log(node.id, text, level),
            cancelled=self.cancelled,
            effect=self.effect,
            outbox=self.outbox,
        )
        context.key = self.keys[node.id]
        inputs: dict[str, list[Any]] = {port.name: [] for port in node.inputs}
        for edge in self.graph.into(node.id):
            inputs[edge.target_port].append(self.output(edge.source))
            if self.readers.get(edge.source) == 1:
                # This is the last reader, which may let go of it as soon as it can.
                self.outputs.pop(edge.source, None)
        # Numeric overflow is no news: what it gives (infinity, NaN) is refused in words where it matters.
        with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
            warnings.simplefilter("always")
            warnings.simplefilter("ignore", RuntimeWarning)
            warnings.filterwarnings("ignore", "The number of unique classes is greater than 50%")
            made = node.run(inputs, context)
            (output,) = made.values()
            if isinstance(output, Table) and not self.is_deferred(node, output):
                output.evaluation  # noqa: B018 - computed here, so that its errors are this node's
        for text in dict.fromkeys(str(warning.message).split("\n")[0] for warning in caught):
            self.log(node.id, text, "warning")
        return output

    def is_deferred(self, node: Node, table: Table) -> bool:
        """A learned step before a Split need not be computed here: it learns again behind the Split."""
        if table.roles is not None or not table.has_learned():
            return False
        return any(isinstance(self.graph.nodes[name], SplitNode) for name in self.graph.descendants(node.id))

    def output(self, name: str) -> Output:
        if name not in self.outputs:
            found = decode(self.manifests[name], self.store)
            if isinstance(found, Model):
                found.node = name  # an equal step of another workflow may have trained it
            self.outputs[name] = found
        return self.outputs[name]

    def keep(self, node: Node, output: Output) -> tuple[dict[str, Any], Blobs]:
        """Store an output under the node's key; gives its manifest and the blobs that were written."""
        key = self.keys[node.id]
        if isinstance(output, Model):
            output.key = key
        manifest, blobs = encode(output, key, self.store, self.graph.seed)
        if isinstance(output, Table):
            manifest |= {
                "rows": output.rows,
                "roles_count": output.role_counts,
                "columns": None,
                "context": None,
            }
            if self.is_deferred(node, output):
                manifest["context"] = "open"
                self.deferred[node.id] = output
            else:
                blobs += store_fits(output, self.store)
                self.tell_learned(node.id, output)
                manifest["columns"] = [{"name": column, "type": kind} for column, kind in output.types().items()]
                self.close_deferred(node.id, output)
        self.store.put_manifest(key, manifest)
        self.manifests[node.id] = manifest
        self.outputs[node.id] = output
        return manifest, blobs

    def close_deferred(self, name: str, table: Table) -> None:
        """Steps that waited for this table's training rows now have their columns."""
        waiting = self.graph.ancestors(name) & self.deferred.keys() if self.deferred else set()
        if not waiting:
            return
        columns = columns_after_steps(table, max(len(self.deferred[earlier].program) for earlier in waiting))
        for earlier in waiting:
            steps = len(self.deferred.pop(earlier).program)
            self.tell_learned(earlier, table)
            manifest = self.manifests[earlier]
            manifest |= {"columns": columns[steps], "context": self.keys[name]}
            self.store.put_manifest(self.keys[earlier], manifest)
            note = f"Learned again on the {len(table.train):,} training rows, so nothing leaks."
            self.report_done(earlier, "done", manifest, seconds=None, note=note)

    def close_rest(self) -> None:
        """Close what still waits for a Split whose stored table was kept."""
        for name in self.graph.order:
            manifest = self.manifests.get(name, {})
            if not self.deferred:
                return
            split = manifest.get("output") == "table" and manifest["roles"]
            if split and self.graph.ancestors(name) & self.deferred.keys():
                table = self.output(name)
                if isinstance(table, Table):
                    self.close_deferred(name, table)

    def tell_learned(self, name: str, table: Table) -> None:
        """Log what the node's steps have to say of what they learned in this table."""
        node = self.graph.nodes[name]
        if not isinstance(node, LearnedNode):
            return
        for fitted in table.evaluation.fitted:
            if fitted is not None and fitted.transformer is not None and fitted.step.origin.node == name:
                for note in node.learned_notes(fitted.transformer):
                    self.log(name, note)

    def free(self, name: str) -> None:
        """Drop what nobody reads any more."""
        for edge in self.graph.into(name):
            self.readers[edge.source] -= 1
            if self.readers[edge.source] == 0:
                self.outputs.pop(edge.source, None)
        if not self.readers.get(name):
            self.outputs.pop(name, None)

    # Telling

    def log(self, node: str | None, text: str, level: str = "info") -> None:
        self.emit({"event": "log", "node": node, "level": level, "text": text})

    def effect(self, effect: Effect) -> None:
        self.emit({"event": "effect", "kind": effect.kind, "node": effect.node, "payload": effect.payload})

    def rows_in(self, name: str) -> int | None:
        counts = [
            self.manifests[edge.source].get("rows") for edge in self.graph.into(name) if edge.source in self.manifests
        ]
        known = [count for count in counts if count is not None]
        return sum(known) if known else None

    def report_done(
        self,
        name: str,
        state: str,
        manifest: dict[str, Any],
        *,
        seconds: float | None,
        blobs: Blobs | None = None,
        note: str | None = None,
    ) -> None:
        columns = manifest.get("columns")
        self.emit(
            node_event(
                name,
                state,
                seconds=seconds,
                rows_in=self.rows_in(name),
                rows_out=manifest.get("rows"),
                columns=None if columns is None else len(columns),
                key=self.keys[name],
                output=manifest["output"],
                manifest=manifest,
                blobs=[blob.as_dict() for blob in blobs or []],
                note=note,
            )
        )

    def fail(self, error: NodeError, name: str, waiting: Iterable[str], seconds: float) -> None:
        """Report a failure at the node that caused it. Raises NodeFailed."""
        guilty = error.node if error.node in self.graph.nodes else name
        said = {**error.as_dict(), "node": guilty, "reference": ""}
        if guilty != name:
            self.emit(node_event(name, "skipped", seconds=seconds))
        self.emit(node_event(guilty, "failed", seconds=seconds, error=said))
        self.log(guilty, " ".join(part for part in (error.message, error.hint) if part), "error")
        self.skip_rest(waiting, {name, guilty})
        raise NodeFailed(said)

    def fail_before_start(self, error: NodeError) -> dict[str, Any]:
        """Report a failure that was found before any node ran, such as a dataset that is gone."""
        guilty = error.node if error.node in self.graph.nodes else ""
        said = {**error.as_dict(), "node": guilty, "reference": ""}
        if guilty:
            self.emit(node_event(guilty, "failed", error=said))
        self.log(guilty or None, " ".join(part for part in (error.message, error.hint) if part), "error")
        self.skip_rest(self.graph.order, {guilty})
        return said

    def fail_bug(self, name: str, waiting: Iterable[str], seconds: float) -> None:
        reference = uuid.uuid4().hex[:8]
        said = {
            "message": f"Flowza made a mistake in this step. Reference {reference}.",
            "node": name,
            "column": "",
            "hint": "The worker's log has the details; other steps and stored results are safe.",
            "code": "bug",
            "reference": reference,
        }
        self.emit(node_event(name, "failed", seconds=seconds, error=said))
        self.log(name, f"Reference {reference}\n{traceback.format_exc()}", "error")
        self.skip_rest(waiting, {name})
        raise NodeFailed(said)

    def skip_rest(self, waiting: Iterable[str], but: set[str]) -> None:
        for name in waiting:
            if name not in but:
                self.emit(node_event(name, "skipped"))

    def metrics(self) -> list[dict[str, Any]]:
        """The metrics of all reports, in the graph's order."""
        found = []
        for name in self.graph.order:
            manifest = self.manifests.get(name)
            if manifest is not None and manifest["output"] == "report":
                found += [
                    {"node": name, **{field: metric[field] for field in METRIC_FIELDS}}
                    for metric in manifest["metrics"]
                ]
        return found


def columns_after_steps(table: Table, count: int) -> list[list[dict[str, str]]]:
    """Names and types of a table's columns before any step, after its first step and so on to the step `count`.

    Made of one row: types do not depend on values.
    """
    first = slice(0, 1) if table.positions is None else table.positions[:1]
    frame = table.source.frame.iloc[first]
    found = [describe_columns(frame)]
    for step, fitted in zip(table.program[:count], table.evaluation.fitted[:count], strict=True):
        if fitted is not None:
            frame = fitted.apply(frame)
        elif isinstance(step, StatelessStep):
            frame = step.apply(frame)
        found.append(describe_columns(frame))
    return found
