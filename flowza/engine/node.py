"""Nodes: one class, one declaration. The base class of each role does what must not go wrong; an author fills small
hooks.

An author of a learned step hands over an unfitted transformer, of a stateless or row step a plain function of
`flowza.engine.operations`; rows, roles and targets are the engine's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from flowza.engine.columns import Columns, ColumnType
from flowza.engine.context import Context, Resources
from flowza.engine.errors import NodeError
from flowza.engine.model import Model
from flowza.engine.params import Params, param
from flowza.engine.ports import DATASET_IN, DATASET_OUT, Port
from flowza.engine.recipe import (
    FrameFunction,
    LearnedStep,
    Origin,
    StatelessStep,
)
from flowza.engine.report import Report
from flowza.engine.source import Source
from flowza.engine.table import Table
from flowza.engine.versions import ground

Output = Table | Model | Report
Inputs = Mapping[str, list[Any]]


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
