"""Runs of a workflow as one table: what they were told differently, what they read, what came out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from django.db.models import prefetch_related_objects

from apps.runs.comparable import Measured, differences
from apps.runs.models import Metric, NodeRun, Run, RunInput
from apps.runs.progress import SHOWN_METRICS, state_of
from apps.runs.querysets import RunQuerySet
from apps.runs.withholding import bare_label
from apps.workflows.models import WorkflowVersion
from apps.workflows.told import PRESENT, Place, Setting, differing, settings_of, title_of, words_at

MOST_RUNS = 500
MAIN = ("auc", "f1_macro", "r2", "rmse", "accuracy", "silhouette")
"""Metrics by which models are ranked, the best to have first."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Column:
    """key: as the address names it. aside: not shown unless a person asks for it."""

    key: str
    label: str
    kind: Literal["fact", "setting", "metric"]
    numeric: bool = False
    aside: bool = False
    higher_is_better: bool | None = None


OUTCOME = (Column("state", "State", "fact"), Column("rows", "Test rows", "fact"))
DATA = Column("data", "Data version", "fact")
CIRCUMSTANCES = (
    Column("seconds", "Seconds", "fact", numeric=True),
    Column("started", "Started", "fact", numeric=True),
    Column("tags", "Tags", "fact"),
    Column("note", "Note", "fact"),
)


class MetricRow(NamedTuple):
    """What the table needs of a Metric: there are thousands, too many to make models of."""

    run_id: int
    node_id: str
    name: str
    label: str
    value: float | None
    baseline: float | None
    higher_is_better: bool | None


@dataclass(frozen=True)
class Cell:
    """value: to sort by and for files; None where the run has none. words: for people, of texts."""

    column: Column
    value: Any
    words: str = ""
    best: bool = False


@dataclass
class Line:
    """One run. letter: runs with the same letter measured the same rows; why: what differs from those of `first`."""

    run: Run
    settings: Mapping[Place, Setting]
    metrics: Mapping[str, MetricRow]
    measured: Measured | None
    letter: str = ""
    first: Line | None = None

    @cached_property
    def why(self) -> Sequence[str]:
        if self.first is None or self.first.measured is None or self.measured is None:
            return ()
        inputs = list(self.first.run.inputs.all()), list(self.run.inputs.all())
        return differences(self.first.measured, self.measured, *inputs)

    @property
    def state(self) -> str:
        return state_of(self.run)

    @property
    def data(self) -> str:
        return ", ".join(str(one) for one in self.run.inputs.all())

    @property
    def tags(self) -> list[str]:
        return [tag.word for tag in self.run.tags.all()]


@dataclass(frozen=True)
class RunTable:
    """lines: sorted, newest first unless asked otherwise. columns: those that there are. best: see best_values."""

    columns: Sequence[Column]
    lines: Sequence[Line]
    groups: int
    best: Mapping[tuple[str, str], float]

    def cells(self, line: Line, shown: Iterable[Column]) -> list[Cell]:
        return [cell_of(column, line, self.best) for column in shown]

    def column(self, key: str) -> Column | None:
        return next((column for column in self.columns if column.key == key), None)

    def shown(self, wanted: Sequence[str]) -> list[Column]:
        """The columns that the address names; without any those that are not set aside."""
        if not wanted:
            return [column for column in self.columns if not column.aside]
        return [column for column in self.columns if column.key in wanted]


BESIDE = ("inputs", "tags")


def run_table(runs: RunQuerySet, sort: str = "") -> RunTable:
    """The newest MOST_RUNS of the runs, sorted by a column's key ("-key": highest first). A fixed number of queries.

    What lies beside the runs, such as tags, is read for those that `read_beside` is told of.
    """
    lines = read(runs)
    letter_test_rows(lines)
    if sort.removeprefix("-") in ("data", "tags"):
        read_beside(lines)
    data = [DATA] if RunInput.objects.filter(run__in=[line.run.pk for line in lines]).exists() else []
    columns = [*OUTCOME, *metric_columns(lines), *setting_columns(lines), *data, *CIRCUMSTANCES]
    groups = len({line.letter for line in lines if line.letter})
    return RunTable(columns, sorted_lines(lines, columns, sort), groups, best_values(columns, lines))


def read_beside(lines: Iterable[Line]) -> None:
    """Read inputs and tags of these lines' runs, and of the run that their test rows are compared with."""
    compared = [line.first.run for line in lines if line.first is not None]
    prefetch_related_objects([*{run.pk: run for run in (*(line.run for line in lines), *compared)}.values()], *BESIDE)


def read(runs: RunQuerySet) -> list[Line]:
    """Newest first."""
    found = list(runs.defer("error").order_by("-pk")[:MOST_RUNS])
    graphs = WorkflowVersion.objects.filter(pk__in={run.version_id for run in found}).values_list("pk", "graph")
    settings = {version: settings_of(graph) for version, graph in graphs}
    # Which rows were measured, and the classes that labels name, are for those who may read the data.
    hidden = {run.pk for run in found if run.data_hidden}
    measured: dict[int, Measured] = {}
    told = NodeRun.objects.filter(run__in=found, measured__isnull=False).order_by("run", "position")
    for run, rows in told.values_list("run", "measured"):
        if run not in hidden:
            measured.setdefault(run, rows or {})
    metrics: dict[int, dict[str, MetricRow]] = {run.pk: {} for run in found}
    rows_of_metrics = Metric.objects.filter(run__in=found).order_by("id").values_list(*MetricRow._fields)
    for metric in map(MetricRow._make, rows_of_metrics):
        if metric.run_id in hidden:
            metric = metric._replace(label=bare_label(metric.name, metric.label))
        metrics[metric.run_id][f"{metric.node_id}.{metric.name}"] = metric
    return [Line(run, settings[run.version_id], metrics[run.pk], measured.get(run.pk)) for run in found]


def letter_test_rows(lines: Iterable[Line]) -> None:
    """A, B, C … for runs that measured the same rows, the newest run's first, and what makes the others differ."""
    first: Line | None = None
    letters: dict[str, str] = {}
    for line in lines:
        if line.measured is None:
            continue
        first = first or line
        digest = line.measured["digest"]
        if digest not in letters:
            place = len(letters)
            letters[digest] = LETTERS[place] if place < len(LETTERS) else str(place + 1)
        line.letter, line.first = letters[digest], first


def setting_columns(lines: Sequence[Line]) -> list[Column]:
    every = list({line.run.version_id: line.settings for line in lines}.values())
    return [
        Column(f"p:{place[0]}.{place[1]}", title_of(place, every), "setting", numeric=numbers(place, every))
        for place in differing(every)
    ]


def numbers(place: Place, every: Iterable[Mapping[Place, Setting]]) -> bool:
    values = [settings[place].value for settings in every if place in settings]
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def metric_columns(lines: Sequence[Line]) -> list[Column]:
    """Those of the newest run first, of each step its main one first; all but the first ones of a step stand aside."""
    found: dict[str, MetricRow] = {}
    for line in lines:
        for key, metric in line.metrics.items():
            found.setdefault(key, metric)
    steps = list(dict.fromkeys(metric.node_id for metric in found.values()))
    return [column for step in steps for column in columns_of_step(step, found, lines, len(steps) > 1)]


def columns_of_step(step: str, found: Mapping[str, MetricRow], lines: Sequence[Line], several: bool) -> list[Column]:
    metrics = {key: metric for key, metric in found.items() if metric.node_id == step}
    main = next((key for name in MAIN for key, metric in metrics.items() if metric.name == name), None)
    keys = sorted(metrics, key=lambda key: key != main)
    named = next((line.settings[step, PRESENT].step for line in lines if (step, PRESENT) in line.settings), step)
    return [
        Column(
            f"m:{key}",
            f"{metrics[key].label} ({named})" if several else metrics[key].label,
            "metric",
            numeric=True,
            aside=place >= SHOWN_METRICS,
            higher_is_better=metrics[key].higher_is_better,
        )
        for place, key in enumerate(keys)
    ]


def best_values(columns: Iterable[Column], lines: Sequence[Line]) -> dict[tuple[str, str], float]:
    """(metric, letter) -> the best value of the runs that measured the same rows, where these are not all the same."""
    values: dict[tuple[str, str], set[float]] = {}
    higher = {column.key: column.higher_is_better for column in columns if column.kind == "metric"}
    for line in lines:
        for key, metric in line.metrics.items():
            if line.letter and metric.value is not None and higher[f"m:{key}"] is not None:
                values.setdefault((f"m:{key}", line.letter), set()).add(metric.value)
    return {place: max(found) if higher[place[0]] else min(found) for place, found in values.items() if len(found) > 1}


def cell_of(column: Column, line: Line, best: Mapping[tuple[str, str], float]) -> Cell:
    if column.kind == "metric":
        metric = line.metrics.get(column.key[2:])
        value = None if metric is None else metric.value
        return Cell(column, value, best=value is not None and best.get((column.key, line.letter)) == value)
    if column.kind == "setting":
        node, _, name = column.key[2:].rpartition(".")
        words = words_at((node, name), line.settings)
        number = line.settings[node, name].value if column.numeric and words is not None else None
        return Cell(column, words if number is None else number, words or "")
    return Cell(column, FACT_VALUES[column.key](line))


FACT_VALUES: dict[str, Callable[[Line], Any]] = {
    "state": lambda line: line.state,
    "started": lambda line: line.run.created,
    "seconds": lambda line: line.run.seconds,
    "data": lambda line: line.data or None,
    "rows": lambda line: line.letter or None,
    "tags": lambda line: ", ".join(line.tags) or None,
    "note": lambda line: line.run.note or None,
}


def sorted_lines(lines: list[Line], columns: Sequence[Column], sort: str) -> list[Line]:
    """By one column, runs without a value last; by "run" and by nothing known: newest first."""
    key, falling = sort.removeprefix("-"), sort.startswith("-")
    if key == "run" and not falling:
        return lines[::-1]
    column = next((column for column in columns if column.key == key), None)
    if column is None:
        return lines
    valued = [(cell_of(column, line, {}).value, line) for line in lines]
    known = sorted((one for one in valued if one[0] is not None), key=lambda one: one[0], reverse=falling)
    return [line for _, line in known] + [line for value, line in valued if value is None]
