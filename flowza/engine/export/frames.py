"""Statements that make frames: sources, stateless steps, row steps, target and split.

States of frames form a tree, because branches share their first actions. A state's variable is used again by the state
that follows it, unless somebody else still reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from flowza.engine.export.outline import Entry, Outline
from flowza.engine.export.writer import NotExportable, Writer
from flowza.engine.formula import parse
from flowza.engine.operations.csv_cells import parse_columns
from flowza.engine.operations.formula import apply_formula
from flowza.engine.operations.scripts import change_columns
from flowza.engine.operations.splits import latest_rows
from flowza.engine.recipe import LoadAction, RowStep, SplitAction, StatelessStep, TargetAction


@dataclass(eq=False)
class State:
    """A frame, or its two parts, after some actions. `used`: somebody reads it beside the state that follows."""

    entry: Entry
    parent: State | None
    sample: pd.DataFrame
    target: str | None = None
    children: dict[str, State] = field(default_factory=dict)
    used: bool = False
    owned: bool = True
    written: bool = False
    frame: str = ""
    parts: tuple[str, str] | None = None

    @property
    def node(self) -> str:
        return self.entry.action.origin.node

    @property
    def train(self) -> str:
        return self.parts[0] if self.parts else self.frame

    @property
    def test(self) -> str:
        return self.parts[1] if self.parts else ""

    @property
    def whole(self) -> str:
        """An expression for all rows in their order."""
        return f"pd.concat([{self.parts[0]}, {self.parts[1]}]).sort_index()" if self.parts else self.frame


class Frames:
    """The tree of states of one script."""

    def __init__(self) -> None:
        self.roots: dict[str, State] = {}

    def state(self, outline: Outline) -> State:
        """The state in which the outline's tail begins; equal actions give the same state."""
        found: State | None = None
        sample = outline.sample
        for entry in outline.entries:
            siblings = self.roots if found is None else found.children
            if entry.key not in siblings:
                siblings[entry.key] = State(entry, found, sample)
            found = siblings[entry.key]
            sample = sampled(entry, found.sample)
        if found is None:
            raise AssertionError("a table without a source")
        return found


def sampled(entry: Entry, sample: pd.DataFrame) -> pd.DataFrame:
    """The sample rows after an action; `State.sample` holds those before it."""
    return entry.action.apply(sample) if isinstance(entry.action, StatelessStep) else sample


def write_state(writer: Writer, state: State) -> None:
    """Write the state's statements, after those of the states before it."""
    if state.written:
        return
    state.written = True
    if state.parent is not None:
        write_state(writer, state.parent)
        state.frame, state.parts = state.parent.frame, state.parent.parts
        state.owned = state.parent.owned and len(state.parent.children) == 1 and not state.parent.used
    action = state.entry.action
    if isinstance(action, LoadAction):
        write_load(writer, state, action)
    elif isinstance(action, StatelessStep):
        write_stateless(writer, state, action)
    elif isinstance(action, RowStep):
        write_rows(writer, state, action)
    elif isinstance(action, TargetAction):
        write_target(writer, state, action)
    elif isinstance(action, SplitAction):
        write_split(writer, state, action)


def write_load(writer: Writer, state: State, action: LoadAction) -> None:
    found = writer.data.get(action.key)
    if found is None:
        raise NotExportable(f"The rows of '{state.node}' are not at hand, so they cannot be put beside the script.")
    state.frame = writer.claimed("frame", f"frame {state.node}")
    writer.data_used.append(found)
    writer.imports.module("hashlib")
    constant = found.constant
    digest = constant.replace("DATA", "DIGEST")
    message = f"{{{constant}}} is not the table that this workflow ran on."
    writer.add(
        state.node,
        f'if hashlib.sha256({constant}.read_bytes()).hexdigest() != {digest}:\n    raise SystemExit(f"{message}")',
        f"{state.frame} = {found.read}",
    )
    if found.parse:
        writer.add(state.node, f"{state.frame} = {writer.named(parse_columns)}({state.frame}{found.parse})")
    writer.imports.module("pandas", "pd")


# Assigning


def assign(writer: Writer, state: State) -> None:
    """Choose the variables that the state's statements assign to."""
    if state.owned:
        return
    if state.parts is None:
        state.frame = writer.names.variable(f"frame {state.node}")
    else:
        state.parts = (writer.names.variable(f"train {state.node}"), writer.names.variable(f"test {state.node}"))
    state.owned = True


def write_stateless(writer: Writer, state: State, step: StatelessStep) -> None:
    before, parts = state.frame, state.parts
    assign(writer, state)
    if parts is None or state.parts is None:
        writer.add(state.node, f"{state.frame} = {stateless(writer, step, before, state.sample)}")
        return
    names = f"{state.parts[0]}, {state.parts[1]}"
    expression = stateless(writer, step, "part", state.sample)
    writer.add(state.node, f"{names} = ({expression} for part in ({parts[0]}, {parts[1]}))")


def stateless(writer: Writer, step: StatelessStep, frame: str, sample: pd.DataFrame) -> str:
    """The frame after a stateless step, as one expression. sample: rows before it."""
    if step.function is apply_formula:
        return formula(writer, step, frame, sample)
    if step.effect != "map":
        return f"{writer.named(step.function)}({frame}{writer.arguments(step.arguments)})"
    made = step.function(sample[list(step.reads)], **step.arguments)
    if "self" in made.columns:
        return changed(writer, step, frame)
    gone = [name for name in step.reads if name not in made.columns]
    rest = f"{frame}.drop(columns={writer.columns(gone)})" if gone else frame
    inner = f"{frame}[{writer.columns(step.reads)}]{writer.arguments(step.arguments)}"
    return f"{rest}.assign(**{writer.named(step.function)}({inner}))"


def changed(writer: Writer, step: StatelessStep, frame: str) -> str:
    function, arguments = writer.named(step.function), writer.literal(dict(step.arguments))
    return f"{writer.named(change_columns)}({frame}, {function}, {writer.columns(step.reads)}, {arguments})"


def formula(writer: Writer, step: StatelessStep, frame: str, sample: pd.DataFrame) -> str:
    """`frame.assign(column=…)` with the formula as pandas code."""
    parsed, like = parse(step.arguments["expression"]), sample.iloc[:0]
    for function in parsed.functions_used(like):
        writer.named(function)
    code = parsed.to_python(frame, like)
    if "np." in code:
        writer.imports.module("numpy", "np")
    if "pd." in code:
        writer.imports.module("pandas", "pd")
    name = step.arguments["name"]
    plain = name.isidentifier() and name.isascii() and not is_keyword(name)
    given = f"{name}={code}" if plain else f"**{{{writer.literal(name)}: {code}}}"
    return f"{frame}.assign({given})"


def is_keyword(name: str) -> bool:
    import keyword

    return keyword.iskeyword(name) or name == "self"


# Rows


def write_rows(writer: Writer, state: State, action: RowStep) -> None:
    before, parts, whole = state.frame, state.parts, state.whole
    seen_columns = [str(name) for name in state.sample.columns]
    assign(writer, state)
    if parts is None or state.parts is None:
        source, columns = on_the_side(writer, state, before, seen_columns)
        writer.add(state.node, f"{state.frame} = {rows_kept(writer, action, before, source, columns)}")
    elif action.only == "all":
        writer.imports.module("pandas", "pd")
        source, _ = on_the_side(writer, state, whole, seen_columns)
        both = f"part.loc[part.index.isin(kept)] for part in ({parts[0]}, {parts[1]})"
        kept = f"kept = {chosen(writer, action, source)}.index"
        writer.add(state.node, kept, f"{state.parts[0]}, {state.parts[1]} = ({both})")
    else:
        place = 0 if action.only == "train" else 1
        source, columns = on_the_side(writer, state, parts[place], seen_columns)
        writer.add(state.node, f"{state.parts[place]} = {rows_kept(writer, action, parts[place], source, columns)}")
        other = 1 - place
        if state.parts[other] != parts[other]:
            writer.add(state.node, f"{state.parts[other]} = {parts[other]}")


def on_the_side(writer: Writer, state: State, frame: str, columns: list[str]) -> tuple[str, list[str]]:
    """The frame with columns that later steps make, in a variable of its own; the frame itself where none is needed."""
    if not state.entry.side:
        return frame, columns
    writer.add(state.node, f"seen = {frame}")
    sample = state.sample
    for step in state.entry.side:
        writer.add(state.node, f"seen = {stateless(writer, step, 'seen', sample)}")
        sample = step.apply(sample)
    return "seen", []


def rows_kept(writer: Writer, action: RowStep, frame: str, source: str, columns: list[str]) -> str:
    """The frame's rows that the step keeps. columns: those of the source, when it is the frame itself."""
    if source == frame and (list(action.reads) == columns or knows_columns(action)):
        return f"{writer.named(action.function)}({frame}{writer.arguments(action.arguments)})"
    return f"{frame}.loc[{chosen(writer, action, source)}.index]"


def chosen(writer: Writer, action: RowStep, source: str) -> str:
    looked_at = f"{source}[{writer.columns(action.reads)}]"
    return f"{writer.named(action.function)}({looked_at}{writer.arguments(action.arguments)})"


def knows_columns(action: RowStep) -> bool:
    """Whether the function looks at no column but those that its arguments name."""
    return set(action.reads) <= set(texts_in(list(action.arguments.values())))


def texts_in(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return texts_in([*value.keys(), *value.values()])
    return [text for item in value for text in texts_in(item)] if isinstance(value, list | tuple) else []


# Target and split


def write_target(writer: Writer, state: State, action: TargetAction) -> None:
    constant = writer.target(action.target)
    if not action.dropped:
        return
    before, parts = state.frame, state.parts
    assign(writer, state)
    names = (
        [(before, state.frame)] if parts is None or state.parts is None else list(zip(parts, state.parts, strict=True))
    )
    for source, name in names:
        seen, _ = on_the_side(writer, state, source, [])
        kept = f"{source}.dropna(subset=[{constant}])" if seen == source else f"{source}.loc[seen[{constant}].notna()]"
        writer.add(state.node, f"{name} = {kept}")


def write_split(writer: Writer, state: State, action: SplitAction) -> None:
    if "column" in action.arguments:
        write_time_split(writer, state, action)
        return
    unknown = set(action.arguments) - {"test_size", "shuffle", "stratify", "seed"}
    if unknown:
        raise NotExportable(f"The split '{state.node}' divides rows in a way that scripts cannot print.")
    writer.imported("sklearn.model_selection", "train_test_split")
    given = f"test_size={writer.literal(action.arguments['test_size'])}"
    if not action.arguments.get("shuffle", True):
        given += ", shuffle=False"
    else:
        given += f", {writer.literals.argument('random_state', action.arguments['seed'])}"
    if (labels := action.arguments.get("stratify")) is not None:
        source, _ = on_the_side(writer, state, state.frame, [])
        given += f", stratify={source}[{writer.target(labels)}]"
    claim_parts(writer, state)
    writer.add(
        state.node,
        f"parts = train_test_split({state.frame}, {given})",
        f"{state.train}, {state.test} = (part.sort_index() for part in parts)",
    )


def claim_parts(writer: Writer, state: State) -> None:
    state.parts = (
        writer.claimed("train", f"train {state.node}"),
        writer.claimed("test", f"test {state.node}"),
    )
    state.owned = True


def write_time_split(writer: Writer, state: State, action: SplitAction) -> None:
    source, _ = on_the_side(writer, state, state.frame, [])
    before = state.frame
    claim_parts(writer, state)
    times = f"{source}[{writer.literal(action.arguments['column'])}]"
    writer.add(
        state.node,
        f"later = {writer.named(latest_rows)}({times}, {writer.literal(action.arguments['test_size'])})",
        f"{state.train}, {state.test} = {before}[~later], {before}[later]",
    )
