"""Showcase data: tables to try things on, in the package, nothing downloaded (except `openml`)."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from flowza.engine import showcase_made, showcase_real
from flowza.engine.operations.parquet import column_kind, frame_digest

Task = Literal["classification", "regression"]


class ShowcaseMissing(LookupError):
    """There is no such showcase table, or it cannot be fetched; the message says which."""


@dataclass(frozen=True)
class Showcase:
    """One table. `digest` is that of its content (`frame_digest`), so that keys need no data."""

    slug: str
    title: str
    description: str
    source: str
    target: str
    task: Task
    rows: int
    columns: int
    digest: str
    load: Callable[[], pd.DataFrame]
    picture: tuple[int, int] | None = None
    """(height, width) when the first height x width columns of a row are a picture's pixels."""
    made: bool = False

    def frame(self) -> pd.DataFrame:
        """A fresh frame with the types and the layout in memory that reading its file would give.

        The layout matters: numpy adds up a column in another order when a matrix is stored by rows.
        """
        frame = self.load()
        return pd.DataFrame({name: frame[name] for name in frame.columns})


def showcase(slug: str) -> Showcase:
    """Raises ShowcaseMissing."""
    found = SHOWCASES.get(slug)
    if found is None:
        raise ShowcaseMissing(f"There is no showcase dataset '{slug}'. There are: {', '.join(SHOWCASES)}.")
    return found


def openml(name: str, *, version: int | Literal["active"] = "active", cache: Path | None = None) -> Showcase:
    """A table of openml.org by its name, fetched once into `cache`.

    Raises ShowcaseMissing: unknown name, no internet, or no target column.
    """
    from sklearn.datasets import fetch_openml

    try:
        with warnings.catch_warnings(action="ignore"):  # retries and stale caches: the errors below say more
            bunch = fetch_openml(
                name=name, version=version, as_frame=True, parser="pandas", data_home=cache, n_retries=1, delay=0.5
            )
    except OSError as error:
        raise ShowcaseMissing(
            f"'{name}' could not be fetched from openml.org ({error}). Does this machine have internet? "
            "The other showcase datasets need none."
        ) from error
    except ValueError as error:
        raise ShowcaseMissing(f"openml.org has no active table '{name}': {error}") from error
    targets = bunch.target_names
    if not targets:
        raise ShowcaseMissing(f"The table '{name}' of openml.org names no target column.")
    frame = _plain(bunch.frame)
    return Showcase(
        slug=f"openml:{name}",
        title=name,
        description=str(bunch.DESCR).strip().split("\n")[0][:200],
        source=str(bunch.url),
        target=targets[0],
        task="regression" if column_kind(frame[targets[0]]) == "number" else "classification",
        rows=len(frame),
        columns=frame.shape[1],
        digest=frame_digest(frame),
        load=frame.copy,
    )


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Categories and objects as text, other types as they are."""
    texts = [name for name in frame.columns if column_kind(frame[name]) in ("category", "text")]
    return frame.astype(dict.fromkeys(texts, "str")).reset_index(drop=True)


SHOWCASES: dict[str, Showcase] = {
    table.slug: table
    for table in (
        Showcase(
            "titanic",
            "Titanic",
            "Who survived, by class, sex and age: all 2,201 people on board.",
            "Board of Trade, 1912; Dawson, The unusual episode data revisited, 1995",
            "survived",
            "classification",
            2201,
            4,
            "f24c824d3d3d9b36b12f16e263faf16f",
            showcase_real.titanic,
        ),
        Showcase(
            "iris",
            "Iris",
            "Three species of iris by the lengths of their leaves.",
            "R. A. Fisher, 1936; from scikit-learn",
            "species",
            "classification",
            150,
            5,
            "04d95b17fc04bf65cfb665aba49c0155",
            showcase_real.iris,
        ),
        Showcase(
            "wine",
            "Wine",
            "Three growers of one Italian region by chemical analysis.",
            "Forina et al., 1991; from scikit-learn",
            "grower",
            "classification",
            178,
            14,
            "3a39d9d16c9c7924bb28c61f96b74944",
            showcase_real.wine,
        ),
        Showcase(
            "breast-cancer",
            "Breast cancer",
            "Malignant or benign, by measurements of cell nuclei.",
            "Wolberg, Street and Mangasarian, Wisconsin, 1995; from scikit-learn",
            "diagnosis",
            "classification",
            569,
            31,
            "38c4841040cb7882ea63d5c3985666db",
            showcase_real.breast_cancer,
        ),
        Showcase(
            "diabetes",
            "Diabetes",
            "How far the disease has gone a year after ten measurements.",
            "Efron et al., Least angle regression, 2004; from scikit-learn",
            "progression",
            "regression",
            442,
            11,
            "3920ec56088d37b902498f5f59ce2c1c",
            showcase_real.diabetes,
        ),
        Showcase(
            "digits",
            "Digits",
            "Handwritten digits, each a picture of 8 by 8 pixels.",
            "Alpaydin and Kaynak, 1998; from scikit-learn",
            "digit",
            "classification",
            1797,
            65,
            "0e2fd3f75dda2eda62e0d7280e3cfc0b",
            showcase_real.digits,
            picture=(8, 8),
        ),
        Showcase(
            "housing",
            "Synthetic housing",
            "Made: home sales with missing values, dates, text and a few typing errors.",
            "Made by Flowza with a fixed seed",
            "price",
            "regression",
            1500,
            11,
            "1e57b8bc8e273cb6288f6e99bedc2af4",
            showcase_made.housing,
            made=True,
        ),
        Showcase(
            "churn",
            "Synthetic churn (made)",
            "Made: customers of a phone company and who left, with dates, an id, 40 cities and currency.",
            "Made by Flowza with a fixed seed",
            "churned",
            "classification",
            5000,
            13,
            "e0825e244cdd369158b033a25afb9257",
            showcase_made.churn,
            made=True,
        ),
    )
}
