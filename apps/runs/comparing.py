"""Two to six runs side by side: what they were told, what came out, and whether that compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from apps.runs.comparable import differences
from apps.runs.models import NodeRun, Run
from apps.runs.progress import state_of
from apps.runs.withholding import bare_label
from apps.workflows.told import Place, Setting, differing, settings_of, title_of, words_at
from flowza.engine.figures.overlay import overlaid

FEWEST, MOST = 2, 6
OVERLAID = ("roc", "precision_recall")


@dataclass(frozen=True)
class Side:
    """One run as the head of its column shows it."""

    run: Run
    settings: Mapping[Place, Setting]
    data: Sequence[str]

    @property
    def name(self) -> str:
        return f"Run {self.run.pk}"

    @property
    def state(self) -> str:
        return state_of(self.run)


@dataclass(frozen=True)
class SettingCell:
    """words None: the run has no such step. differs: not what the first run says."""

    words: str | None
    differs: bool


@dataclass(frozen=True)
class MetricCell:
    """difference: to the first run's value; None for that run, and where the rows are not the same.

    better: whether the difference is for the better; None when there is none.
    """

    value: float | None
    baseline: float | None = None
    sentence: str = ""
    difference: float | None = None
    better: bool | None = None
    best: bool = False


@dataclass(frozen=True)
class Section:
    """What one step reported in each run. why: per run, the reasons for which it does not compare with the first."""

    title: str
    why: Sequence[Sequence[str]]
    rows: int | None
    metrics: Sequence[tuple[str, Sequence[MetricCell]]]
    overlays: Sequence[Mapping[str, Any]]
    beside: Sequence[Sequence[tuple[str, Mapping[str, Any]]]]

    @property
    def alike(self) -> bool:
        return not any(self.why)


@dataclass(frozen=True)
class Comparison:
    sides: Sequence[Side]
    settings: Sequence[tuple[str, Sequence[SettingCell]]]
    sections: Sequence[Section]


def compare(runs: Sequence[Run]) -> Comparison:
    """`runs` come with version, inputs and tags, and their steps in `node_runs`."""
    sides = [Side(run, settings_of(run.version.graph), [str(one) for one in run.inputs.all()]) for run in runs]
    every = [side.settings for side in sides]
    settings = [("Data", data_cells(sides))] if len({tuple(side.data) for side in sides}) > 1 else []
    settings += [(title_of(place, every), setting_cells(place, every)) for place in differing(every)]
    return Comparison(sides, settings, [section(sides, reports) for reports in paired_reports(runs)])


def data_cells(sides: Sequence[Side]) -> list[SettingCell]:
    return [SettingCell(", ".join(side.data) or None, side.data != sides[0].data) for side in sides]


def setting_cells(place: Place, every: Sequence[Mapping[Place, Setting]]) -> list[SettingCell]:
    return [
        SettingCell(words_at(place, settings), value_at(place, settings) != value_at(place, every[0]))
        for settings in every
    ]


def value_at(place: Place, settings: Mapping[Place, Setting]) -> tuple[bool, Any]:
    setting = settings.get(place)
    return setting is not None, setting and setting.value


def paired_reports(runs: Sequence[Run]) -> list[list[NodeRun | None]]:
    """The reports that belong together, one of each run: those of the same step, or the only one that each run has."""
    reports = [
        {
            one.node_id: numbers_of(run, one)
            for one in run.node_runs.all()
            if one.output == NodeRun.Output.REPORT and one.manifest
        }
        for run in runs
    ]
    if all(len(found) == 1 for found in reports):
        return [[next(iter(found.values())) for found in reports]]
    nodes = dict.fromkeys(node for found in reports for node in found)
    return [[found.get(node) for found in reports] for node in nodes]


def numbers_of(run: Run, report: NodeRun) -> NodeRun:
    """The report; of a run whose data is hidden from the viewer the numbers alone, and not which rows they are of."""
    if run.data_hidden:
        measured = (report.manifest or {}).get("metrics", [])
        metrics = [one | {"label": bare_label(one["name"], one["label"]), "sentence": ""} for one in measured]
        report.manifest, report.measured = {"metrics": metrics}, None
    return report


def section(sides: Sequence[Side], reports: Sequence[NodeRun | None]) -> Section:
    start, first = next((place, report) for place, report in enumerate(reports) if report is not None)
    why: list[Sequence[str]] = []
    for side, report in zip(sides, reports, strict=True):
        if report is None:
            why.append(["it has no such step"])
            continue
        inputs = list(sides[start].run.inputs.all()), list(side.run.inputs.all())
        why.append([] if report is first else differences(first.measured, report.measured, *inputs))
    manifests = [report.manifest or {} if report is not None else {} for report in reports]
    names = [
        f"{side.name} (other rows)" if reasons and manifest else side.name
        for side, reasons, manifest in zip(sides, why, manifests, strict=True)
    ]
    overlays, beside = figures_of(names, manifests)
    rows = first.measured and first.measured["rows"]
    return Section(first.label, why, rows, metric_rows(manifests, why, start), overlays, beside)


def metric_rows(
    manifests: Sequence[Mapping[str, Any]], why: Sequence[Sequence[str]], start: int
) -> list[tuple[str, list[MetricCell]]]:
    """A row for each metric that some run has. `start`: the run that the others are compared with."""
    found = [{metric["name"]: metric for metric in manifest.get("metrics", [])} for manifest in manifests]
    rows = []
    for name in dict.fromkeys(name for metrics in found for name in metrics):
        metrics = [of_run.get(name) for of_run in found]
        label = next(metric["label"] for metric in metrics if metric is not None)
        rows.append((label, metric_cells(metrics, why, start)))
    return rows


def metric_cells(
    metrics: Sequence[Mapping[str, Any] | None], why: Sequence[Sequence[str]], start: int
) -> list[MetricCell]:
    alike = [metric for metric, reasons in zip(metrics, why, strict=True) if metric is not None and not reasons]
    values = [metric["value"] for metric in alike if metric["value"] is not None]
    higher = alike[0]["higher_is_better"] if alike else None
    best = None
    if higher is not None and len(set(values)) > 1:
        best = max(values) if higher else min(values)
    reference = metrics[start]
    base = None if reference is None else reference["value"]
    cells = []
    for place, (metric, reasons) in enumerate(zip(metrics, why, strict=True)):
        if metric is None:
            cells.append(MetricCell(None))
            continue
        value = metric["value"]
        difference = None
        if not reasons and place != start and value is not None and base is not None:
            difference = value - base
        better = None if not difference or higher is None else (difference > 0) == higher
        is_best = best is not None and not reasons and value == best
        cells.append(MetricCell(value, metric["baseline"], metric["sentence"], difference, better, is_best))
    return cells


def figures_of(
    names: Sequence[str], manifests: Sequence[Mapping[str, Any]]
) -> tuple[list[Mapping[str, Any]], list[list[tuple[str, Mapping[str, Any]]]]]:
    """Curves laid over each other, and the other figures of each run beside each other: (run, figure)."""
    found: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for name, manifest in zip(names, manifests, strict=True):
        for figure in manifest.get("figures", []):
            found.setdefault(figure["id"], []).append((name, figure))
    overlays: list[Mapping[str, Any]] = []
    beside = []
    for key, figures in found.items():
        if key in OVERLAID:
            overlays += [asdict(figure) for figure in overlaid(figures)]
        else:
            beside.append(figures)
    return overlays, beside
