"""Nodes: one class, one declaration. The base class of each role does what must not go wrong; an author fills small
hooks.

An author of a learned step hands over an unfitted transformer, of a stateless or row step a plain function of
`flowza.engine.operations`; rows, roles and targets are the engine's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
import pandas as pd

from flowza.engine.columns import Columns, ColumnType, quoted
from flowza.engine.errors import NodeError
from flowza.engine.model import Model
from flowza.engine.params import Params, param
from flowza.engine.recipe import (
    FrameFunction,
    LearnedStep,
    Origin,
    RowStep,
    SplitAction,
    StatelessStep,
    TrainingRowsStep,
)
from flowza.engine.report import Report
from flowza.engine.table import ROLE_NAMES, TEST, TRAIN, Source, Table
from flowza.engine.versions import ground

PortType = Literal["dataset", "model", "report"]
Output = Table | Model | Report
Inputs = Mapping[str, list[Any]]


@dataclass(frozen=True)
class Port:
    """A typed place for wires. `many` inputs take several wires; an `optional` one may stay open."""

    name: str
    type: PortType
    label: str
    many: bool = False
    optional: bool = False


DATASET_IN = Port("table", "dataset", "Dataset")
DATASET_OUT = Port("table", "dataset", "Dataset")
MODEL_IN = Port("model", "model", "Model")
MODEL_OUT = Port("model", "model", "Model")
REPORT_OUT = Port("report", "report", "Report")


@dataclass(frozen=True)
class DatasetSource:
    """A stored dataset as the run's process finds it. `settings` are the import settings of a CSV file."""

    name: str
    path: Path
    format: Literal["csv", "parquet"]
    digest: str
    settings: Mapping[str, Any]


class Resources(Protocol):
    """What a graph names but cannot know: stored datasets."""

    def dataset(self, reference: str) -> DatasetSource: ...


@dataclass(frozen=True)
class Effect:
    """Something to be done outside the engine when the run has finished. Files lie in the outbox."""

    kind: Literal["register_model", "export_file"]
    node: str
    payload: dict[str, Any]


class Context:
    """What a node may ask for while it runs."""

    def __init__(
        self,
        resources: Resources,
        *,
        seed: int = 0,
        log: Callable[[str, str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        effect: Callable[[Effect], None] | None = None,
        outbox: Path | None = None,
    ) -> None:
        self.resources = resources
        self.seed = seed
        self.outbox = outbox
        self.key = ""
        self._log = log
        self._cancelled = cancelled
        self._effect = effect

    def log(self, text: str, level: str = "info") -> None:
        if self._log is not None:
            self._log(text, level)

    def check_cancelled(self) -> None:
        """Raise Cancelled when the person asked to stop; to be called now and then in long loops."""
        from flowza.engine.errors import Cancelled

        if self._cancelled is not None and self._cancelled():
            raise Cancelled

    def effect(self, effect: Effect) -> None:
        if self._effect is not None:
            self._effect(effect)


class LazyTypes(Mapping[str, ColumnType]):
    """Column name -> type of the table that comes in, computed only when a step asks."""

    def __init__(self, table: Table) -> None:
        self._table = table

    @cached_property
    def _types(self) -> dict[str, ColumnType]:
        return self._table.types()

    def __getitem__(self, name: str) -> ColumnType:
        return self._types[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._types)

    def __len__(self) -> int:
        return len(self._types)

    @property
    def target(self) -> str | None:
        return self._table.target


class Node:
    """Base of all nodes. `version` is raised when the same parameters would give another result."""

    kind: ClassVar[str]
    version: ClassVar[int] = 1
    label: ClassVar[str]
    category: ClassVar[str]
    icon: ClassVar[str]
    summary: ClassVar[str]
    role: ClassVar[Literal["source", "stateless", "learned", "rows", "split", "train", "validate", "deliver"]]
    replaces: ClassVar[tuple[str, ...]] = ()
    inputs: ClassVar[tuple[Port, ...]] = (DATASET_IN,)
    outputs: ClassVar[tuple[Port, ...]] = (DATASET_OUT,)
    uses_openmp: ClassVar[bool] = False
    heavy: ClassVar[bool] = False
    has_effect: ClassVar[bool] = False
    Params: ClassVar[type[Params]] = Params

    def __init__(self, id: str, params: Any) -> None:
        self.id = id
        self.params: Any = params

    @property
    def origin(self) -> Origin:
        return Origin(self.id, self.kind, self.version, self.params.model_dump_json(exclude_defaults=True))

    def key_material(self, resources: Resources) -> str:
        """What the result depends on beside parameters and inputs: for a source the digest of its content."""
        return ""

    @property
    def answers_at_once(self) -> bool:
        """Whether it can be tried out while somebody waits; a source that asks the internet cannot."""
        return True

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        """Do the work: port name -> output. Raises NodeError for what a person can mend."""
        raise NotImplementedError

    def error(self, message: str, *, column: str = "", hint: str = "", code: str = "node") -> NodeError:
        return NodeError(message, node=self.id, column=column, hint=hint, code=code)


class TargetParams(Params):
    """Parameters of nodes that may say what is to be predicted."""

    target: str = param("", label="Column to predict", help="Leave empty when another step sets it.", column="any")
    positive: str = param(
        "",
        label="Positive class",
        help="The class that metrics speak of. Empty: the rarer of two.",
        advanced=True,
    )


def apply_target(node: Node, table: Table) -> Table:
    """Set the target that the node's parameters name, if any."""
    if not node.params.target:
        return table
    return table.with_target(node.params.target, node.params.positive or None, node.origin)


@dataclass(frozen=True)
class SampledRows:
    """Some rows of a source in their order, labelled by their positions; `total` counts all that the source has."""

    frame: pd.DataFrame
    total: int
    notices: list[str]


class SourceNode(Node):
    """Brings rows in. Hooks: `load` (frame with a RangeIndex), `key_material`, and where they differ `targeted` and
    `sample`.
    """

    role = "source"
    inputs = ()

    def load(self, context: Context) -> tuple[pd.DataFrame, list[str]]:
        """The rows and notices for the person."""
        raise NotImplementedError

    def source_key(self, context: Context) -> str:
        """Names the content of `load`, whatever the target."""
        import hashlib

        params = {key: value for key, value in self.params.changed().items() if key not in ("target", "positive")}
        text = (
            f"{ground()}/{self.kind}/{self.version}/{sorted(params.items())!r}/{self.key_material(context.resources)}"
        )
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def content_key(self, context: Context) -> str:
        """Names what is read, whichever step reads it by whichever reference."""
        import hashlib

        text = f"{self.kind}/{self.key_material(context.resources)}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        frame, notices = self.load(context)
        for notice in notices:
            context.log(notice, "warning")
        source = Source(
            self.source_key(context),
            lambda: self.load(context)[0],
            frame=frame,
            name=self.id,
            content=self.content_key(context),
        )
        return {"table": self.targeted(Table.load(source, self.origin))}

    def targeted(self, table: Table) -> Table:
        """The table with the target that is known here, if any."""
        return apply_target(self, table)

    def sample(self, context: Context, rows: int) -> SampledRows:
        """At most `rows` of the rows, chosen over the whole table by the workflow's seed."""
        frame, notices = self.load(context)
        if len(frame) <= rows:
            return SampledRows(frame, len(frame), notices)
        chosen = np.sort(np.random.default_rng(context.seed).choice(len(frame), rows, replace=False))
        return SampledRows(frame.iloc[chosen], len(frame), notices)


class StatelessNode(Node):
    """Makes columns row by row. Hook: `steps`, the plain functions to apply."""

    role = "stateless"

    def steps(self, types: Mapping[str, ColumnType]) -> list[StatelessStep]:
        """The steps for a table with these columns. Read `types` only when the parameters leave columns open."""
        raise NotImplementedError

    def step(
        self,
        function: FrameFunction,
        arguments: Mapping[str, Any],
        *,
        effect: Literal["select", "rename", "map"] = "map",
        reads: tuple[str, ...] = (),
        makes: tuple[str, ...] = (),
        columnwise: bool = False,
    ) -> StatelessStep:
        return StatelessStep(self.origin, function, dict(arguments), effect, reads, makes, columnwise)

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        table: Table = inputs["table"][0]
        for step in self.steps(LazyTypes(table)):
            table = table.with_step(step)
        return {"table": table}


class LearnedNode(Node):
    """Learns something from training rows. Hooks: `transformer` (not fitted) and `columns` (names or a Selector)."""

    role = "learned"
    accepts: ClassVar[frozenset[ColumnType]] = frozenset({"number", "flag", "boolean", "text"})
    columnwise: ClassVar[bool] = True
    cross_fitted: ClassVar[bool] = False
    allows_missing: ClassVar[bool] = True
    needs_target: ClassVar[bool] = False

    def transformer(self, seed: int) -> Any:
        """A scikit-learn transformer, not fitted."""
        raise NotImplementedError

    def columns(self) -> Columns:
        raise NotImplementedError

    @staticmethod
    def output_counts(transformer: Any) -> list[int]:
        """How many columns the fitted transformer makes of each of its inputs; columnwise steps only."""
        return [1] * int(transformer.n_features_in_)

    @staticmethod
    def taught(transformer: Any) -> dict[str, str]:
        """Column -> in a few words what the fitted transformer learned of it, for people who look at the step."""
        return {}

    @staticmethod
    def learned_notes(transformer: Any) -> list[str]:
        """Sentences for the log about what the fitted transformer learned."""
        return []

    def learned_steps(self, seed: int) -> list[LearnedStep]:
        """One step; nodes that treat several kinds of columns give several."""
        return [self.learned_step(self.kind, self.transformer(seed), self.columns())]

    def learned_step(self, name: str, transformer: Any, columns: Columns) -> LearnedStep:
        return LearnedStep(
            self.origin,
            name,
            transformer,
            columns,
            self.accepts,
            self.columnwise,
            self.cross_fitted,
            self.output_counts,
            self.allows_missing,
            self.uses_openmp,
        )

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        table: Table = inputs["table"][0]
        if self.needs_target and table.target is None:
            raise self.error(
                "This step learns from the column to predict, which is not known here.",
                hint="Choose the target at the data source or at a Split before this step.",
                code="no_target",
            )
        for step in self.learned_steps(context.seed):
            table = table.with_step(step)
        return {"table": table}


@dataclass(frozen=True)
class RowChoice:
    """A row node's wish: `function(frame[reads], **arguments)` gives back the rows to keep, index kept.

    reads: None means all columns. only: on which role it acts after a Split.
    """

    function: FrameFunction
    arguments: Mapping[str, Any]
    reads: tuple[str, ...] | None = None
    only: Literal["all", "train", "test"] = "all"


class RowsNode(Node):
    """Changes which rows there are; never replayed at prediction. Hook: `choice`."""

    role = "rows"

    def choice(self, types: Mapping[str, ColumnType], seed: int) -> RowChoice:
        raise NotImplementedError

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        table: Table = inputs["table"][0]
        choice = self.choice(LazyTypes(table), context.seed)
        reads = tuple(table.columns) if choice.reads is None else choice.reads
        if table.has_learned() and (learned := table.learned_columns().intersection(reads)):
            return {"table": self._training_rows(table, choice, reads, learned, context)}
        kept = self._kept(table.all_rows, choice, reads, table.roles)
        action = RowStep(self.origin, choice.function, dict(choice.arguments), reads, choice.only)
        result = table.with_rows(action, kept)
        self._say(table, result, context)
        return {"table": result}

    def _kept(
        self, frame: pd.DataFrame, choice: RowChoice, reads: tuple[str, ...], roles: np.ndarray | None
    ) -> np.ndarray:
        missing = [name for name in reads if name not in frame.columns]
        if missing:
            from flowza.engine.recipe import missing_columns

            raise missing_columns(missing, frame, self.id)
        acts = np.ones(len(frame), dtype=bool)
        if choice.only != "all" and roles is not None:
            acts = roles == (TRAIN if choice.only == "train" else TEST)
        part = frame if acts.all() else frame[acts]
        chosen = choice.function(part[list(reads)], **choice.arguments)
        kept = ~acts
        if len(chosen) == len(part):
            kept[acts] = True
        else:
            kept[frame.index.get_indexer(chosen.index)] = True
        return kept

    def _training_rows(
        self, table: Table, choice: RowChoice, reads: tuple[str, ...], learned: set[str], context: Context
    ) -> Table:
        if table.roles is None:
            raise self.error(
                f"This step looks at {quoted(sorted(learned))}, which an earlier step learned from the data.",
                column=sorted(learned)[0],
                hint="Put it before that step, or after a Train/test split.",
                code="rows_before_split",
            )
        result = table.with_step(TrainingRowsStep(self.origin, choice.function, dict(choice.arguments), reads))
        gone = len(table.train) - len(result.train)
        context.log(f"Removed {gone} of {len(table.train)} training rows; test rows were left alone.")
        return result

    def _say(self, before: Table, after: Table, context: Context) -> None:
        if not before.rows:
            raise self.error("No rows come in.", hint="Look at the steps before this one.", code="no_rows")
        gone = before.rows - after.rows
        text = f"Removed {gone} of {before.rows} rows"
        if before.roles is not None and after.roles is not None:
            test = int((before.roles == TEST).sum() - (after.roles == TEST).sum())
            text += f", {test} of them test rows"
        context.log(text + ".")
        if not after.rows:
            raise self.error(f"This step removed all {before.rows} rows.", hint="Loosen its condition.", code="no_rows")


class SplitNode(Node):
    """Gives each row a role. Hook: `roles`; it sees the narrow columns it names and the target, never learned ones."""

    role = "split"

    def roles(self, table: Table, seed: int) -> tuple[np.ndarray, dict[str, Any]]:
        """int8 of shape (rows,) with TRAIN or TEST, and the arguments to record."""
        raise NotImplementedError

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        table: Table = inputs["table"][0]
        if table.roles is not None:
            raise self.error("The rows were split already.", hint="Remove one of the two splits.", code="split_twice")
        before = table.rows
        table = apply_target(self, table)
        if table.rows < before:
            context.log(f"{before - table.rows} rows without '{table.target}' were left out.", "warning")
        roles, arguments = self.roles(table, context.seed)
        result = table.with_roles(roles, SplitAction(self.origin, {**arguments, "seed": context.seed}))
        counts = {name: int((roles == role).sum()) for role, name in ROLE_NAMES.items()}
        context.log(f"{counts['train']:,} training rows, {counts['test']:,} test rows.")
        if table.has_learned():
            context.log(f"Steps before the split learn again, on the {counts['train']:,} training rows alone.")
        return {"table": result}
