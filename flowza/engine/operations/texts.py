"""Spellings of the same text brought together."""

from __future__ import annotations

import pandas as pd


def clean_texts(frame: pd.DataFrame, case: str, spaces: bool) -> pd.DataFrame:
    """Each text column with one spelling: case "lower", "upper" or "keep"; spaces: none around, one between words.

    What is empty then is missing. Raises ValueError for a column that holds no text.
    """
    return pd.DataFrame({name: clean_text(frame[name], case, spaces) for name in frame.columns}, index=frame.index)


def clean_text(values: pd.Series, case: str, spaces: bool) -> pd.Series:
    """One column; see `clean_texts`."""
    if values.dtype.kind in "biufM":
        raise ValueError(f"Column '{values.name}' holds no text, so there are no spellings to bring together.")
    texts: pd.Series = values.astype("str")
    if spaces:
        texts = texts.str.replace(r"\s+", " ", regex=True).str.strip()
        texts = texts.mask(texts == "")
    if case == "lower":
        return texts.str.lower()
    return texts.str.upper() if case == "upper" else texts
