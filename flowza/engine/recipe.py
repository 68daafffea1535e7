"""The actions that lead from stored rows to the present table, in the order in which they were drawn.

A table's history is a tuple of actions. Those that make columns (`StatelessStep`, `LearnedStep`) and those that drop
training rows only (`TrainingRowsStep`) form its program, which is evaluated again whenever the training rows or the
target change: that is why no order of steps can leak. A step's author hands over a function or an unfitted transformer
and never sees rows that it must not see.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from flowza.engine.columns import Columns, ColumnType, Selector, column_types, quoted
from flowza.engine.errors import NodeError

FrameFunction = Callable[..., pd.DataFrame]
Lineage = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Origin:
    """Which node made an action. The id is for messages; kind, version and params identify the work."""

    node: str
    kind: str
    version: int
    params: str = "{}"

    def spec(self) -> list[Any]:
        return [self.kind, self.version, self.params]


def function_name(function: Callable[..., Any]) -> str:
    return f"{function.__module__}:{function.__qualname__}"


@dataclass(frozen=True)
class LoadAction:
    """A new source. `key` is the content key of its rows."""

    origin: Origin
    key: str

    def spec(self) -> list[Any]:
        return ["load", self.key]


@dataclass(frozen=True)
class StatelessStep:
    """A row-wise function: what it makes of a row depends on that row alone.

    effect: `select` leaves columns away, `rename` gives them other names (`arguments["names"]`: old -> new), `map`
    gets the columns `reads` and nothing else, and gives columns back: those of an old name take its place, new ones
    are appended (all must be announced in `makes`), those not given back are gone. `columnwise`: each column given
    under a name it had comes from that column alone.
    """

    origin: Origin
    function: FrameFunction
    arguments: Mapping[str, Any] = field(hash=False)
    effect: Literal["select", "rename", "map"] = "map"
    reads: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    columnwise: bool = False

    def spec(self) -> list[Any]:
        return [
            "stateless",
            function_name(self.function),
            dict(self.arguments),
            list(self.reads),
            self.effect,
        ]

    def sources_of(self, name: str) -> tuple[str, ...]:
        """The columns before this step that `name` after it is made from, known without looking at data."""
        if self.effect == "rename":
            names = dict(self.arguments["names"])
            return tuple(old for old, new in names.items() if new == name) or (name,)
        if self.effect == "map" and (name in self.makes or (name in self.reads and not self.columnwise)):
            return self.reads
        return (name,)

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        missing = [name for name in self.reads if name not in frame.columns]
        if missing:
            raise missing_columns(missing, frame, self.origin.node)
        try:
            if self.effect != "map":
                return self.function(frame, **self.arguments)
            made = self.function(frame[list(self.reads)], **self.arguments)
            unannounced = [name for name in made.columns if name not in self.makes and name not in self.reads]
            if unannounced:
                raise AssertionError(f"{function_name(self.function)} made {unannounced} without announcing it")
            return merge_columns(frame, made, self.reads)
        except NodeError as error:
            error.node = error.node or self.origin.node
            raise
        except ValueError as error:
            # Functions that are printed into scripts know no NodeError: their ValueErrors are sentences for people.
            column = self.reads[0] if len(self.reads) == 1 else ""
            raise NodeError(str(error), node=self.origin.node, column=column, code="values") from error

    def lineage(self, after: list[str]) -> Lineage:
        """For each column after the step, the columns before it that it was made from."""
        return {name: self.sources_of(name) for name in after}


def merge_columns(frame: pd.DataFrame, made: pd.DataFrame, reads: tuple[str, ...]) -> pd.DataFrame:
    """Put a map step's columns back: in place where the name was there, at the end where it is new."""
    given = set(made.columns)
    clash = [name for name in made.columns if name in frame.columns and name not in reads]
    if clash:
        raise NodeError(
            f"A column named {quoted(clash)} is there already.", column=clash[0], hint="Choose another name."
        )
    columns: dict[str, pd.Series] = {}
    for name in frame.columns:
        if name in given:
            columns[name] = made[name]
        elif name not in reads:
            columns[name] = frame[name]
    for name in made.columns:
        columns.setdefault(name, made[name])
    return pd.DataFrame(columns, index=frame.index)


@dataclass(frozen=True)
class LearnedStep:
    """A scikit-learn transformer, not fitted, and the columns it works on.

    accepts: column types it can work with. columnwise: each output depends on one input column; `outputs` then tells
    how many outputs each input has. cross_fitted: training rows must go through `fit_transform` (target encoding).
    """

    origin: Origin
    name: str
    transformer: Any = field(hash=False, compare=False)
    columns: Columns = ()
    accepts: frozenset[ColumnType] = frozenset({"number", "flag", "boolean", "text"})
    columnwise: bool = True
    cross_fitted: bool = False
    outputs: Callable[[Any], list[int]] | None = field(default=None, hash=False, compare=False)
    allows_missing: bool = True
    uses_openmp: bool = False

    def spec(self) -> list[Any]:
        chosen = list(self.columns.types) if isinstance(self.columns, Selector) else list(self.columns)
        settings = sorted(self.transformer.get_params(deep=False).items())  # with the seed, where there is one
        return ["learned", *self.origin.spec(), self.name, chosen, isinstance(self.columns, Selector), repr(settings)]

    def chosen(self, frame: pd.DataFrame, protected: frozenset[str]) -> list[str]:
        """The columns this step works on among the frame's; never one that makes the target."""
        types = column_types(frame)
        open_types = {name: kind for name, kind in types.items() if name not in protected}
        if isinstance(self.columns, Selector):
            return self.columns.choose(open_types)
        missing = [name for name in self.columns if name not in types]
        if missing:
            raise missing_columns(missing, frame, self.origin.node)
        chosen = [name for name in self.columns if name in open_types]
        for name in chosen:
            if types[name] not in self.accepts:
                raise self._wrong_type(frame[name], types[name])
        return chosen

    def _wrong_type(self, values: pd.Series, kind: ColumnType) -> NodeError:
        where = ""
        if kind == "text" and len(present := values.dropna()):
            where = f" in row {row_number(present.index[0])} ({str(present.iloc[0])[:40]!r})"
        return NodeError(
            f"Column '{values.name}' has {kind}{where}; {self.name.replace('_', ' ')} works on "
            f"{' or '.join(sorted(self.accepts - {'flag'}))} columns.",
            node=self.origin.node,
            column=str(values.name),
            hint="Cast the column, encode it first, or leave it out of this step.",
            code="column_type",
        )


@dataclass(frozen=True)
class RowStep:
    """Which rows there are, decided once from raw or stateless columns; never replayed at prediction.

    `function(frame[reads], **arguments)` gives back some of its rows, index kept.
    """

    origin: Origin
    function: FrameFunction
    arguments: Mapping[str, Any] = field(hash=False)
    reads: tuple[str, ...] = ()
    only: Literal["all", "train", "test"] = "all"

    def spec(self) -> list[Any]:
        return ["rows", function_name(self.function), dict(self.arguments), list(self.reads), self.only]


@dataclass(frozen=True)
class TrainingRowsStep:
    """Removes training rows after a Split, from what the learned steps before it made of them; done again in every
    fold.
    """

    origin: Origin
    function: FrameFunction
    arguments: Mapping[str, Any] = field(hash=False)
    reads: tuple[str, ...] = ()

    def spec(self) -> list[Any]:
        return ["training_rows", function_name(self.function), dict(self.arguments), list(self.reads)]


@dataclass(frozen=True)
class TargetAction:
    """From here on the table knows what is to be predicted. Rows without a target were dropped."""

    origin: Origin
    target: str
    positive: Any = None
    dropped: int = 0

    def spec(self) -> list[Any]:
        return ["target", self.target, repr(self.positive)]


@dataclass(frozen=True)
class SplitAction:
    """Roles were given to rows. `arguments` are those of the function that gave them."""

    origin: Origin
    arguments: Mapping[str, Any] = field(hash=False)

    def spec(self) -> list[Any]:
        return ["split", *self.origin.spec(), dict(self.arguments)]


Step = StatelessStep | LearnedStep | TrainingRowsStep
Action = LoadAction | StatelessStep | LearnedStep | RowStep | TrainingRowsStep | TargetAction | SplitAction


def is_step(action: Action) -> bool:
    return isinstance(action, StatelessStep | LearnedStep | TrainingRowsStep)


def specification(actions: tuple[Action, ...]) -> str:
    """Canonical text of a history, for keys."""
    return json.dumps([action.spec() for action in actions], sort_keys=True, default=repr)


def row_number(label: Any) -> Any:
    """Rows are counted from 1 for people."""
    return int(label) + 1 if isinstance(label, int) or hasattr(label, "__index__") else label


def missing_columns(missing: list[str], frame: pd.DataFrame, node: str) -> NodeError:
    from difflib import get_close_matches

    close = get_close_matches(missing[0], [str(name) for name in frame.columns], n=1)
    hint = f"Did you mean '{close[0]}'?" if close else "Choose columns that the step before gives."
    noun = "Column" if len(missing) == 1 else "Columns"
    verb = "is" if len(missing) == 1 else "are"
    return NodeError(
        f"{noun} {quoted(missing)} {verb} not in the table that comes in.",
        node=node,
        column=missing[0],
        hint=hint,
        code="missing_column",
    )
