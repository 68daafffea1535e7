"""Source: the rows of a table as they came in."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd


class Source:
    """Rows as they came in: a frame with a RangeIndex, loaded when first read.

    `key` names the content as one step reads it; `content` the content alone, whichever step reads it. in_sample:
    some rows carry answers of a model that learned from them, in the columns `predicted`. load_column: reads one
    column alone, where that can be done; raises KeyError when there is none.
    """

    def __init__(
        self,
        key: str,
        load: Callable[[], pd.DataFrame],
        *,
        frame: pd.DataFrame | None = None,
        name: str = "",
        in_sample: bool = False,
        predicted: tuple[str, ...] = (),
        load_column: Callable[[str], pd.Series] | None = None,
        content: str = "",
    ) -> None:
        self.key = key
        self.content = content or key
        self.name = name
        self.in_sample = in_sample
        self.predicted = predicted
        self._load = load
        self._load_column = load_column
        self._frame = frame

    @property
    def frame(self) -> pd.DataFrame:
        if self._frame is None:
            self._frame = self._load()
        return self._frame

    def column(self, name: str) -> pd.Series:
        """One column, without reading the others where that can be done. Raises KeyError when there is none."""
        if self._frame is None and self._load_column is not None:
            return self._load_column(name)
        return self.frame[name]

    def released(self) -> Source:
        """The same source without its frame: it is read again when somebody asks."""
        return Source(
            self.key,
            self._load,
            name=self.name,
            in_sample=self.in_sample,
            predicted=self.predicted,
            load_column=self._load_column,
            content=self.content,
        )
