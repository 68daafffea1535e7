"""Report: metrics, tables and figures as plain data; the pages draw it, files keep it as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from flowza.engine.measured import MeasuredRows


@dataclass(frozen=True)
class Metric:
    """One number beside the Baseline's. `sentence` says it in words; `rows` counts what it was measured on.

    higher_is_better: None for a number that is neither good nor bad.
    """

    name: str
    label: str
    value: float | None
    baseline: float | None = None
    sentence: str = ""
    higher_is_better: bool | None = True
    rows: int | None = None


@dataclass(frozen=True)
class ReportTable:
    title: str
    columns: list[str]
    rows: list[list[Any]]


@dataclass(frozen=True)
class Figure:
    """Plotly traces and layout as JSON, with a sentence and a table that say the same."""

    id: str
    title: str
    summary: str
    data: list[dict[str, Any]]
    layout: dict[str, Any] = field(default_factory=dict)
    table: ReportTable | None = None


@dataclass(frozen=True)
class Note:
    level: Literal["note", "warning"]
    text: str


@dataclass(frozen=True)
class Report:
    """`measured` says which rows the metrics speak of; None for a report that measures nothing."""

    title: str
    metrics: list[Metric] = field(default_factory=list)
    tables: list[ReportTable] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    measured: MeasuredRows | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "output": "report",
            "title": self.title,
            "metrics": [asdict(metric) for metric in self.metrics],
            "tables": [vars(table) for table in self.tables],
            "figures": [vars(figure) | {"table": figure.table and vars(figure.table)} for figure in self.figures],
            "notes": [vars(note) for note in self.notes],
            "measured": None if self.measured is None else self.measured.as_dict(),
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Report:
        """Read back what `as_dict` gave."""
        from flowza.engine.measured import MeasuredRows

        measured = stored.get("measured")
        return cls(
            title=stored["title"],
            metrics=[Metric(**metric) for metric in stored["metrics"]],
            tables=[ReportTable(**table) for table in stored["tables"]],
            figures=[
                Figure(**{**figure, "table": ReportTable(**figure["table"]) if figure["table"] else None})
                for figure in stored["figures"]
            ],
            notes=[Note(**note) for note in stored["notes"]],
            measured=None if measured is None else MeasuredRows.from_dict(measured),
        )
