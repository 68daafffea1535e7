"""A report's metrics as its page reads them: in groups, with a word where the Baseline does as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flowza.engine.sentences import MEASURES


@dataclass(frozen=True)
class Read:
    """One metric. warning: said where it is no better than the Baseline's, else ""."""

    metric: Mapping[str, Any]
    warning: str


@dataclass(frozen=True)
class Group:
    """Metrics that are read in the same way; title "" where all are."""

    title: str
    note: str
    metrics: Sequence[Read]


def groups_of(metrics: Sequence[Mapping[str, Any]]) -> list[Group]:
    """A classifier's answers apart from its probabilities, which need no threshold; other reports in one group."""
    free = [metric for metric in metrics if is_free(metric)]
    if not free or len(free) == len(metrics):
        return [Group("", "", read(metrics))] if metrics else []
    rest = [metric for metric in metrics if not is_free(metric)]
    return [
        Group(
            "Its answers", "The class with the highest probability is the answer: of two, from one half on.", read(rest)
        ),
        Group(
            "Without a threshold",
            "How well it ranks rows and how true its probabilities are, wherever yes and no are parted.",
            read(free),
        ),
    ]


def is_free(metric: Mapping[str, Any]) -> bool:
    measure = MEASURES.get(str(metric["name"]).partition(":")[0])
    return measure is not None and measure.threshold_free


def read(metrics: Sequence[Mapping[str, Any]]) -> list[Read]:
    return [Read(metric, warning_of(metric)) for metric in metrics]


def warning_of(metric: Mapping[str, Any]) -> str:
    value, baseline, higher = metric["value"], metric["baseline"], metric["higher_is_better"]
    if value is None or baseline is None or higher is None:
        return ""
    if value == baseline:
        return "no better than the baseline"
    return "" if (value > baseline) == higher else "worse than the baseline"
