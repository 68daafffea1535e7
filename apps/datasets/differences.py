"""What is different between two data versions of a dataset, in words with numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.core.cache import cache
from django.utils.text import Truncator

from apps.accounts.templatetags.flowza import number
from apps.datasets.models import DatasetVersion
from apps.datasets.sources import table_path
from apps.datasets.tables import ColumnView
from flowza.engine.operations.profile import LEVEL_LENGTH, LEVELS
from flowza.engine.similar_names import likely_names

MOST_LEVELS = 1000
"""Columns with more different values are not compared value by value."""
LEVELS_SHOWN = 8
LEVEL_SHOWN = 60
MISSING_POINTS = 0.5
"""A missing share that moves by less, in percentage points, is not worth a line."""
MEAN_SHIFT = 0.1
"""A mean that moves by less than this part of the standard deviation is not worth a line."""
DAY = 24 * 3600
Counts = Mapping[str, int]


@dataclass(frozen=True)
class ColumnChange:
    """What changed in a column that both versions have: sentences, the most important first."""

    column: ColumnView
    sentences: Sequence[str]


@dataclass(frozen=True)
class Difference:
    """From `old` to `new`. renamed: column that is gone -> new column that it may be."""

    old: DatasetVersion
    new: DatasetVersion
    gone: Sequence[ColumnView] = ()
    added: Sequence[ColumnView] = ()
    changed: Sequence[ColumnChange] = ()
    unchanged: int = 0
    reordered: bool = False
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        """Both hold the same table, cell by cell."""
        return self.old.digest == self.new.digest

    @property
    def title(self) -> str:
        """`From data version 2 (march.csv) to data version 3 (april.csv)`"""
        names = [f"data version {one.number} ({one.original_name})" for one in (self.old, self.new)]
        return f"From {names[0]} to {names[1]}"

    @property
    def more_rows(self) -> int:
        """How many rows came; negative: how many went."""
        return self.new.rows - self.old.rows

    @property
    def rows_words(self) -> str:
        """`1,000 rows, 109 more than the 891 before (+12.2 %).`"""
        if not self.more_rows:
            return f"{number(self.new.rows)} rows, as many as before."
        word = "more" if self.more_rows > 0 else "fewer"
        share = f" ({100 * self.more_rows / self.old.rows:+.1f} %)" if self.old.rows else ""
        moved = f"{number(abs(self.more_rows))} {word} than the {number(self.old.rows)} before"
        return f"{number(self.new.rows)} rows, {moved}{share}."

    @property
    def columns_words(self) -> str:
        """`12 columns: 1 gone, 2 new, 3 changed, 7 as before.`"""
        parts = [(len(self.gone), "gone"), (len(self.added), "new"), (len(self.changed), "changed")]
        said = [f"{number(count)} {word}" for count, word in parts if count]
        said.append(f"{number(self.unchanged)} as before" if said else "all as before")
        return f"{number(self.new.column_count)} columns: {', '.join(said)}."


def difference(old: DatasetVersion, new: DatasetVersion) -> Difference:
    """Compare two versions of one dataset by their profiles; values of text columns are counted in the tables."""
    before = {str(column["name"]): column for column in old.columns}
    after = {str(column["name"]): column for column in new.columns}
    shared = [name for name in after if name in before]
    gone = [name for name in before if name not in after]
    added = [name for name in after if name not in before]
    levels = {} if old.digest == new.digest else level_changes(old, new, shared)
    changes = [
        ColumnChange(ColumnView(after[name]), sentences)
        for name in shared
        if (sentences := changes_of(before[name], after[name], levels.get(name)))
    ]
    return Difference(
        old,
        new,
        [ColumnView(before[name]) for name in gone],
        [ColumnView(after[name]) for name in added],
        changes,
        len(shared) - len(changes),
        shared != [name for name in before if name in after],
        renamings(before, after, gone, added),
    )


def renamings(
    before: Mapping[str, Any], after: Mapping[str, Any], gone: Sequence[str], added: Sequence[str]
) -> dict[str, str]:
    """Column that is gone -> the new column that it may be under another name; each new one is named once."""
    found: dict[str, str] = {}
    for name in gone:
        free = {one: str(after[one]["type"]) for one in added if one not in found.values()}
        same = [one for one in free if values_of(after[one]) == values_of(before[name])]
        likely = same[:1] or likely_names(name, free, type_=str(before[name]["type"]), new=free)
        if likely:
            found[name] = likely[0]
    return found


def values_of(column: Mapping[str, Any]) -> dict[str, Any]:
    """The profile without the name: equal for columns that hold the same values."""
    return {key: value for key, value in column["profile"].items() if key != "name"}


# One column


def changes_of(before: Mapping[str, Any], after: Mapping[str, Any], levels: tuple[Counts, Counts] | None) -> list[str]:
    """Sentences about type, missing share, range, mean and levels; none when nothing is worth telling."""
    old, new = ColumnView(before), ColumnView(after)
    if old.kind != new.kind:
        found = [f"Type: {new.kind_word}, was {old.kind_word}."]
        return found + missing_change(old, new)
    found = missing_change(old, new)
    if levels is not None:
        found += level_sentences(*levels)
    elif old.profile["levels"] or new.profile["levels"]:
        if old.unique != new.unique:
            found.append(f"{number(new.unique)} different values, were {number(old.unique)}.")
    else:
        found += range_change(old, new) + mean_change(old, new)
    return found


def missing_change(old: ColumnView, new: ColumnView) -> list[str]:
    appeared = bool(old.missing) != bool(new.missing)
    if not appeared and abs(new.missing_percent - old.missing_percent) < MISSING_POINTS:
        return []
    if not new.missing:
        return [f"No cell is missing any more; {number(old.missing)} were ({old.missing_words})."]
    words = f"Missing in {new.missing_words} of the rows ({number(new.missing)})"
    return [f"{words}, none before." if not old.missing else f"{words}, {old.missing_words} before."]


def range_change(old: ColumnView, new: ColumnView) -> list[str]:
    ends = [old.profile["low"], old.profile["high"], new.profile["low"], new.profile["high"]]
    if any(end is None for end in ends) or ends[:2] == ends[2:]:
        return []
    low, high, new_low, new_high = (end if isinstance(end, str) else number(end) for end in ends)
    return [f"From {new_low} to {new_high}, was {low} to {high}."]


def mean_change(old: ColumnView, new: ColumnView) -> list[str]:
    mean, spread, after = old.profile["mean"], old.profile["spread"], new.profile["mean"]
    if mean is None or after is None or not spread or abs(after - mean) < MEAN_SHIFT * spread:
        return []
    return [f"Mean {number(after)}, was {number(mean)}."]


def level_sentences(appeared: Counts, vanished: Counts) -> list[str]:
    """appeared, vanished: level -> rows that have it in the version that has it."""
    found = []
    for levels, word in ((appeared, "New"), (vanished, "Vanished")):
        if levels:
            noun = "value" if len(levels) == 1 else f"{number(len(levels))} values"
            found.append(f"{word} {noun}: {listed(levels)}.")
    return found


def listed(levels: Counts) -> str:
    shown = list(levels.items())[:LEVELS_SHOWN]
    words = [f"“{Truncator(level).chars(LEVEL_SHOWN)}” ({rows_of(count)})" for level, count in shown]
    more = len(levels) - LEVELS_SHOWN
    return ", ".join(words) + (f" and {number(more)} more" if more > 0 else "")


def rows_of(count: int) -> str:
    return f"{number(count)} {'row' if count == 1 else 'rows'}"


# Levels


def level_changes(old: DatasetVersion, new: DatasetVersion, names: Sequence[str]) -> dict[str, tuple[Counts, Counts]]:
    """Column -> (levels that are new, levels that are gone), the most frequent first; for columns with few levels.

    Versions never change, so the answer is kept by their digests.
    """
    key = f"level-changes:{old.digest}:{new.digest}"
    found: dict[str, tuple[Counts, Counts]] | None = cache.get(key)
    if found is None:
        before, after = levels_of(old, names), levels_of(new, names)
        found = {
            name: (without(after[name], before[name]), without(before[name], after[name]))
            for name in names
            if name in before and name in after
        }
        cache.set(key, found, DAY)
    return found


def without(levels: Counts, known: Counts) -> dict[str, int]:
    return {level: count for level, count in levels.items() if level not in known}


def levels_of(version: DatasetVersion, names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Column -> level -> rows, for text and truth columns of at most MOST_LEVELS levels."""
    views = [ColumnView(column) for column in version.columns if column["name"] in set(names)]
    few = [view for view in views if view.profile["levels"] and view.unique <= MOST_LEVELS]
    known = {view.name: dict(view.profile["levels"]) for view in few if is_whole(view)}
    wanted = [view.name for view in few if view.name not in known]
    return known | (counted(version, wanted) if wanted else {})


def is_whole(view: ColumnView) -> bool:
    """Whether the profile holds all levels, and none shortened."""
    return view.unique <= LEVELS and all(len(word) <= LEVEL_LENGTH for word, _ in view.profile["levels"])


def counted(version: DatasetVersion, names: Sequence[str]) -> dict[str, dict[str, int]]:
    table = pq.read_table(table_path(version), columns=list(names), memory_map=True)
    found = {}
    for name in names:
        pairs = pc.value_counts(table.column(name).drop_null()).to_pylist()
        ordered = sorted(pairs, key=lambda pair: -pair["counts"])
        found[name] = {level_word(pair["values"]): int(pair["counts"]) for pair in ordered}
    return found


def level_word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
