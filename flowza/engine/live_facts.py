"""Live facts: in a few words what every step makes of the sample, while somebody edits.

One look gives what it finds out within `BUDGET_SECONDS`, the steps nearest to the chosen one first, and says whether
there is more; the next look goes on where this one stopped. Facts are kept by preview keys, so only what changed is
computed again. Rules about training and test rows are those of the dry run and of the steps themselves.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from typing import Any

from flowza.engine.context import Context, Resources
from flowza.engine.dry_run import SAMPLE_ROWS, Walk, finished_steps, is_looked_at
from flowza.engine.errors import Cancelled, NodeError, Problem
from flowza.engine.graph import Graph, incomplete, parse
from flowza.engine.live_figure import MEASURED, Limit, QuickFigure, TookTooLong, quick_figure
from flowza.engine.live_learned import learned_at
from flowza.engine.node import Node, SourceNode
from flowza.engine.preview_memory import PreviewMemory, preview_keys
from flowza.engine.row_nodes import SplitNode
from flowza.engine.table import Table
from flowza.engine.train_node import TrainNode

BUDGET_SECONDS = 0.1
"""After this time nothing new is begun in a look that has found out something."""


@dataclass(frozen=True)
class StepFacts:
    """What a step makes of the sample.

    rows, columns: of the table that it makes; of a train step of what it learns from. train, test: how many of the
    rows have which role, behind a Split. sampled: whether a source behind it was cut to the sample. problem: why it
    cannot be done, as {message, column, hint, code}; unsure: the whole data may not have it. guilty: the step whose
    problem it is, where that is another one. slow: it was stopped, because it takes too long on the sample.
    """

    rows: int | None = None
    columns: int | None = None
    train: int | None = None
    test: int | None = None
    sampled: bool = False
    problem: dict[str, Any] | None = None
    unsure: bool = False
    guilty: str = ""
    slow: bool = False


@dataclass(frozen=True)
class LiveFacts:
    """Step -> its facts and its quick figure, for those that are known. more: another look would find out more."""

    steps: dict[str, StepFacts]
    figures: dict[str, QuickFigure]
    more: bool

    def as_dict(self) -> dict[str, Any]:
        return {
            "steps": {name: asdict(facts) for name, facts in self.steps.items()},
            "figures": {name: figure.as_dict() for name, figure in self.figures.items()},
            "more": self.more,
        }


def live_facts(
    raw: dict[str, Any],
    resources: Resources,
    *,
    chosen: str = "",
    rows: int = SAMPLE_ROWS,
    memory: PreviewMemory | None = None,
    cancelled: Callable[[], bool] | None = None,
    limited: Limit = nullcontext,
    budget: float = BUDGET_SECONDS,
) -> LiveFacts:
    """Look at the steps of this graph JSON on at most `rows` rows of each source.

    chosen: the step to begin with. budget: in seconds. limited: holds the time of one step or fit. Raises GraphError
    for JSON that is no graph, Cancelled between two steps when `cancelled` says so.
    """
    graph = parse(raw, complete=False)
    look = Look(graph, resources, rows, PreviewMemory() if memory is None else memory, cancelled, limited, budget)
    near = nearest_first(graph, chosen)
    look.look_at_steps(near)
    look.look_at_figures(near)
    return look.result()


def nearest_first(graph: Graph, chosen: str) -> list[str]:
    """All steps, by how many wires they are from the chosen one; those that no wire leads to last."""
    if chosen not in graph.nodes:
        return list(graph.order)
    found, waiting = {chosen: None}, deque([chosen])
    while waiting:
        name = waiting.popleft()
        beside = [*(edge.source for edge in graph.into(name)), *(edge.target for edge in graph.out_of(name))]
        new = [one for one in beside if one not in found]
        found |= dict.fromkeys(new)
        waiting += dict.fromkeys(new)
    return [*found, *(name for name in graph.order if name not in found)]


def splits_behind(graph: Graph) -> dict[str, str]:
    """Step -> the first Split behind it, which teaches what it learned again; Splits themselves have none."""
    found: dict[str, str] = {}
    for name in graph.order:
        if isinstance(graph.nodes[name], SplitNode):
            for before in graph.ancestors(name):
                found.setdefault(before, name)
    return {name: split for name, split in found.items() if not isinstance(graph.nodes[name], SplitNode)}


class Look:
    """One look on its way: what is known already is taken, the rest is found out until the time is over."""

    def __init__(
        self,
        graph: Graph,
        resources: Resources,
        rows: int,
        memory: PreviewMemory,
        cancelled: Callable[[], bool] | None,
        limited: Limit,
        budget: float,
    ) -> None:
        self.graph, self.resources, self.limited, self.cancelled = graph, resources, limited, cancelled
        self.end = time.monotonic() + budget
        self.finished = finished_steps(graph)
        self.splits = {name: split for name, split in splits_behind(graph).items() if split in self.finished}
        names = [name for name in graph.order if name in self.finished]
        self.keys = preview_keys(graph, names, resources, rows)
        self.walk = Walk(graph, resources, rows, memory, self.keys)
        self.memory = memory.facts
        self.visited: set[str] = set()
        self.guilty: dict[str, tuple[str, NodeError, bool]] = {}
        self.steps: dict[str, StepFacts] = {}
        self.figures: dict[str, QuickFigure] = {}
        self.found_out = 0
        self.more = False

    def result(self) -> LiveFacts:
        """Problems stand with the step that has them, also where another one met them."""
        steps = dict(self.steps)
        for facts in self.steps.values():
            own = steps.get(facts.guilty)
            if facts.problem and facts.guilty and (own is None or own.problem is None):
                steps[facts.guilty] = StepFacts(problem=facts.problem, unsure=facts.unsure)
        for name, facts in steps.items():
            if facts.guilty:
                steps[name] = StepFacts()
        for problem in incomplete(dict(self.graph.nodes), list(self.graph.edges)):
            if problem.node:
                steps.setdefault(problem.node, StepFacts(problem=told(problem)))
        return LiveFacts(steps, self.figures, self.more)

    # Rows and columns

    def look_at_steps(self, near: Iterable[str]) -> None:
        unknown = []
        for name in near:
            if name in self.finished and is_looked_at(self.graph.nodes[name]):
                known = self.memory.get(self.key_of(name))
                if known is None:
                    unknown.append(name)
                else:
                    self.steps[name] = known
        for name in unknown:
            if self.is_over():
                self.more = True
                return
            self.settle(name)

    def settle(self, name: str) -> None:
        """Find out about a step, with what it reads from and the Split that teaches it."""
        split = self.splits.get(name)
        self.visit({name, *self.graph.ancestors(name)})
        table = self.walk.found.tables.get(name)
        if split is not None and table is not None and table.has_learned():
            self.visit({split, *self.graph.ancestors(split)})
        self.steps[name] = facts = self.facts_of(name, split)
        self.found_out += 1
        if name in self.keys:
            self.memory.put(self.key_of(name), facts)

    def visit(self, names: Collection[str]) -> None:
        for name in self.graph.order:
            if name in names and name not in self.visited and not self.is_slow(name):
                if self.cancelled is not None and self.cancelled():
                    raise Cancelled
                self.visited.add(name)
                self.visit_one(name)

    def visit_one(self, name: str) -> None:
        found = self.walk.found
        before = len(found.errors), len(found.unsure)
        try:
            with self.limited():
                self.walk.visit(name)
        except TookTooLong:
            self.memory.put(self.key_of(name), StepFacts(slow=True))
        for errors, count, unsure in ((found.errors, before[0], False), (found.unsure, before[1], True)):
            if len(errors) > count:
                guilty, error = next(reversed(errors.items()))
                self.guilty[name] = (guilty, error, unsure)

    def is_slow(self, name: str) -> bool:
        """Whether an earlier look had to stop it; it is not tried again."""
        known = self.memory.get(self.key_of(name)) if name in self.keys else None
        return known is not None and known.slow

    def facts_of(self, name: str, split: str | None) -> StepFacts:
        found, node = self.walk.found, self.graph.nodes[name]
        if name in found.trained:
            table = found.trained[name]
            return StepFacts(len(table.train), len(table.features), sampled=self.is_sampled(name))
        if name in found.tables:
            return self.facts_of_table(name, found.tables[name], split, node)
        if name in self.guilty:
            guilty, error, unsure = self.guilty[name]
            return StepFacts(problem=told(error), unsure=unsure, guilty="" if guilty == name else guilty)
        return StepFacts(slow=self.is_slow(name))

    def facts_of_table(self, name: str, table: Table, split: str | None, node: Node) -> StepFacts:
        after = None if split is None else self.walk.found.tables.get(split)
        frame = learned_at(self.graph, table, name, after, split, node).frame
        roles = table.role_counts or {}
        return StepFacts(
            len(frame), len(frame.columns), roles.get("train"), roles.get("test"), sampled=self.is_sampled(name)
        )

    def is_sampled(self, name: str) -> bool:
        found = self.walk.found
        return any(
            found.totals[one] > len(found.tables[one].source.frame)
            for one in {name, *self.graph.ancestors(name)}
            if isinstance(self.graph.nodes[one], SourceNode) and one in found.totals
        )

    def key_of(self, name: str) -> str:
        """What a step makes depends on what it reads from and, where it learns, on the Split behind it."""
        split = self.splits.get(name)
        return f"facts/{self.keys.get(name)}/{self.keys.get(split, '') if split else ''}"

    # Figures

    def look_at_figures(self, near: Iterable[str]) -> None:
        for name in near:
            trainer = self.trainer_of(name)
            if trainer is None or name not in self.keys:
                continue
            facts = self.steps.get(trainer.id)
            if facts is None or facts.rows is None:
                continue
            key = self.figure_key(name, trainer)
            known = self.memory.get(key)
            if known is None:
                if self.is_over():
                    self.more = True
                    return
                known = self.measure(name, trainer)
                if known is None:
                    continue
                self.memory.put(key, known)
            self.figures[name] = known

    def trainer_of(self, name: str) -> TrainNode | None:
        """The step that trains the model of which this step has a figure."""
        node = self.graph.nodes[name]
        if name not in self.finished:
            return None
        if isinstance(node, TrainNode):
            return node
        if node.kind not in MEASURED:
            return None
        return next(
            (one for edge in self.graph.into(name) if isinstance(one := self.graph.nodes[edge.source], TrainNode)), None
        )

    def figure_key(self, name: str, trainer: TrainNode) -> str:
        """Evaluate and Cluster report say what is known of the model when it is trained."""
        shared = self.graph.nodes[name].kind != "cross_validate"
        return f"figure/{self.keys[trainer.id if shared else name]}"

    def measure(self, name: str, trainer: TrainNode) -> QuickFigure | None:
        self.visit(self.graph.ancestors(trainer.id))
        (source,) = (edge.source for edge in self.graph.into(trainer.id))
        table = self.walk.found.tables.get(source)
        if table is None:
            return None
        self.found_out += 1
        context = Context(self.resources, seed=self.graph.seed, cancelled=self.cancelled)
        found = quick_figure(self.graph.nodes[name], trainer, table, context, self.limited)
        return replace(found, sampled=self.is_sampled(source))

    def is_over(self) -> bool:
        return self.found_out > 0 and time.monotonic() > self.end


def told(error: NodeError | Problem) -> dict[str, Any]:
    return {
        "message": error.message,
        "column": getattr(error, "column", ""),
        "hint": error.hint,
        "code": error.code,
    }
