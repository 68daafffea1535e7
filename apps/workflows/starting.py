"""From a template and a table to a workflow."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from apps.accounts.models import User
from apps.datasets.models import DatasetVersion
from apps.workflows.drafts import with_params
from apps.workflows.models import Workflow
from flowza.engine.fitting import ColumnFacts, Fitting, TableFacts, column_facts, fitting, frame_facts
from flowza.engine.showcase import SHOWCASES, Showcase
from flowza.engine.templates import TEMPLATES, Template

MOST_CLASSES = 20
MOST_WHOLE_CLASSES = 10
"""Whole numbers of more values are rather amounts than categories."""
ANSWERS = frozenset({"target", "label", "class", "outcome", "answer", "y"})
NAME_LENGTH = 200


@dataclass(frozen=True)
class Column:
    """A column that may be predicted: its type in words of the engine, distinct values, some of them, gaps.

    levels: frequent values with their counts, most frequent first; spellings that count as one value stand together
    under the most frequent. labels: distinct values, counted so.
    """

    name: str
    type: str
    unique: int | None
    missing: int
    levels: Sequence[tuple[str, int]] = ()
    labels: int | None = None
    spellings: Sequence[Sequence[str]] = ()

    @property
    def words(self) -> str:
        """`text, 2 values: no, yes`."""
        kind = {"integer": "whole number", "boolean": "true or false"}.get(self.type, self.type)
        if self.levels and (self.labels or 0) <= MOST_CLASSES:
            shown = ", ".join(word for word, _ in self.levels[:4])
            return f"{kind}, {self.labels:,} values: {shown}{' …' if (self.labels or 0) > 4 else ''}"
        return f"{kind}, {self.labels:,} values" if self.labels else kind

    @property
    def numeric(self) -> bool:
        return self.type in ("number", "integer")

    @property
    def task(self) -> str:
        """What predicting it is: of categories, or of numbers that have more values than categories would."""
        most = MOST_WHOLE_CLASSES if self.type == "integer" else 2
        return "regression" if self.numeric and (self.labels is None or self.labels > most) else "classification"


def columns_of(version: DatasetVersion) -> list[Column]:
    return [column_of(facts_of_column(column), str(column["type"]), column) for column in version.columns]


def column_of(facts: ColumnFacts, kind: str, described: Mapping[str, Any]) -> Column:
    levels = [(str(word), int(count)) for word, count in (described.get("profile") or {}).get("levels") or ()]
    return Column(
        facts.name,
        kind,
        facts.unique,
        facts.missing,
        merged(levels, facts.spellings),
        facts.labels,
        facts.spellings,
    )


def merged(levels: Sequence[tuple[str, int]], spellings: Sequence[Sequence[str]]) -> tuple[tuple[str, int], ...]:
    """Levels with their counts, the spellings of one value under the most frequent."""
    first = {spelling: group[0] for group in spellings for spelling in group}
    counts: dict[str, int] = {}
    for word, count in levels:
        name = first.get(word, word)
        counts[name] = counts.get(name, 0) + count
    return tuple(sorted(counts.items(), key=lambda item: -item[1]))


def fits(task: str, column: Column) -> bool:
    """Whether the task can predict this column."""
    if task == "regression":
        return column.numeric and (column.labels is None or column.labels > 2)
    few = column.labels is None or 2 <= column.labels <= MOST_CLASSES
    return few and column.type in ("text", "category", "boolean", "integer", "number")


def proposed_target(columns: Sequence[Column], task: str = "") -> str:
    """A column with the name of an answer, else the last that fits: in most tables the answer stands at the end.

    A last column of two values goes before a "class" of several, which may be one of a school or of a ship.
    """
    fitting = [column for column in columns if fits(task or column.task, column)]
    last_of_two = bool(fitting) and fitting[-1] is columns[-1] and fitting[-1].labels == 2
    named = [
        column
        for column in fitting
        if (word := column.name.strip().lower()) in ANSWERS
        and not (word == "class" and last_of_two and column.labels != 2)
    ]
    return next((column.name for column in reversed(named or fitting)), "")


def misfit(task: str, column: Column) -> str:
    """Why the task cannot, or should not, predict this column; empty where it can."""
    if fits(task, column):
        return ""
    if column.labels is not None and column.labels < 2:
        return f"'{column.name}' has no two values, so there is nothing to predict."
    if task == "classification":
        if column.labels is not None and column.labels > MOST_CLASSES:
            return f"'{column.name}' has {column.labels:,} values, too many to be told apart as categories."
        return f"'{column.name}' holds no categories."
    if column.numeric:
        return f"'{column.name}' has two values only: '{TEMPLATES['classification'].title}' suits it better."
    return (
        f"'{column.name}' is no column of numbers, and a regression estimates one: the run would fail. If its cells "
        "are numbers with a mark, such as €, $ or %, tell so in the dataset's reading settings."
    )


def facts_of_column(described: Mapping[str, Any]) -> ColumnFacts:
    return column_facts({**(described.get("profile") or {}), **described})


def facts_of(version: DatasetVersion, target: str, keep: Collection[str] = ()) -> TableFacts:
    columns = [facts_of_column(column) for column in version.columns]
    return TableFacts(version.rows, columns, target, frozenset(keep))


def fitted(template: Template, version: DatasetVersion, target: str, keep: Collection[str]) -> Fitting:
    """What the template does to the columns of this table, to be told before it is made."""
    return Fitting() if template.task == "cleaning" else fitting(facts_of(version, target, keep))


def own_graph(
    template: Template, version: DatasetVersion, target: str, positive: str, keep: Collection[str] = ()
) -> dict[str, Any]:
    """The template on the latest version of somebody's dataset, fitted to its columns but for those to keep."""
    return template.graph(version.dataset.reference, target, positive, facts_of(version, target, keep))


def showcase_graph(template: Template, showcase: Showcase) -> dict[str, Any]:
    """The template on showcase data, whose target is known."""
    if showcase.slug == template.showcase:
        return template.graph()
    return template.fitted([("data", "showcase", {"name": showcase.slug})], showcase_facts(showcase.slug))


@lru_cache(maxsize=len(SHOWCASES))
def showcase_facts(slug: str) -> TableFacts:
    showcase = SHOWCASES[slug]
    return frame_facts(showcase.frame(), showcase.target)


def showcases_for(template: Template) -> list[Showcase]:
    """Showcase data that the template can work on, its own first."""
    usable = [one for one in SHOWCASES.values() if not template.needs_target or one.task == template.task]
    return sorted(usable, key=lambda one: one.slug != template.showcase)


def templates_for(task: str | None) -> list[Template]:
    """All templates; with a task those first that fit it."""
    return sorted(TEMPLATES.values(), key=lambda one: bool(task) and one.needs_target and one.task != task)


def ways_for(task: str) -> list[Template]:
    """Templates of one task, the plain one first."""
    return [template for template in TEMPLATES.values() if template.task == task]


def create(
    user: User, template: Template, graph: dict[str, Any], table: str, params: Mapping[str, dict[str, Any]]
) -> Workflow:
    """The workflow, named after template and table. params: step -> parameters that differ from the template's."""
    for node, changed in params.items():
        graph = with_params(graph, node, changed)
    name = f"{template.title}: {table}"[:NAME_LENGTH]
    return Workflow.objects.create(owner=user, name=name, description=template.description, graph=graph)
