"""Transformers that scikit-learn lacks, or has slower. They hold numpy arrays and plain values only."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.feature_selection import (
    SelectorMixin,
    f_classif,
    f_regression,
    mutual_info_classif,
    mutual_info_regression,
)
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted, validate_data


class Levels:
    """The distinct values of a DataFrame's columns, so that an encoder can work on each of them once.

    codes: for each column int64 of shape (rows,); frame: row `code` holds the value of that code. Columns
    with fewer levels than others repeat one of theirs at the end.
    """

    def __init__(self, X: pd.DataFrame) -> None:
        self.codes, places = [], []
        for position in range(X.shape[1]):
            codes, levels = pd.factorize(X.iloc[:, position], use_na_sentinel=False)
            place = np.zeros(len(levels), dtype=np.int64)
            # Written from the last row to the first, so that each level's first row stays.
            place[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
            self.codes.append(codes)
            places.append(place)
        most = max(len(place) for place in places)
        columns = {}
        for position, place in enumerate(places):
            values = X.iloc[:, position].array.take(np.resize(place, most) if len(place) else place)
            # The dtype is given: pandas would make text of objects.
            columns[X.columns[position]] = pd.Series(values, dtype=values.dtype)
        self.frame = pd.DataFrame(columns)
        self.counts = [len(place) for place in places]

    def frequencies(self, position: int, categories: Any) -> Any:
        """How many rows hold each of the categories of a column."""
        levels = pd.Index(self.frame.iloc[: self.counts[position], position].astype("object"))
        rows = np.bincount(self.codes[position], minlength=self.counts[position])
        return rows[levels.get_indexer(pd.Index(categories, dtype="object"))]


class QuickOneHotEncoder(OneHotEncoder):
    """scikit-learn's OneHotEncoder with the same parameters, attributes and output, which looks at each
    distinct value once.
    """

    exported_as = OneHotEncoder

    def fit(self, X: Any, y: Any = None) -> Any:
        if not isinstance(X, pd.DataFrame) or not len(X):
            return super().fit(X, y)
        return self._fit_levels(Levels(X))

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        if not isinstance(X, pd.DataFrame) or not len(X) or self.sparse_output:
            return super().fit_transform(X, y)
        levels = Levels(X)
        return self._fit_levels(levels)._transform_levels(levels)

    def transform(self, X: Any) -> Any:
        if not isinstance(X, pd.DataFrame) or not len(X) or self.sparse_output:
            return super().transform(X)
        check_is_fitted(self)
        validate_data(self, X, reset=False, skip_check_array=True)
        return self._transform_levels(Levels(X))

    def _fit_levels(self, levels: Levels) -> Any:
        self._levels = levels
        try:
            super().fit(levels.frame)
        finally:
            del self._levels
        names = pd.Index(self.get_feature_names_out())
        if names.has_duplicates:
            twice = names[names.duplicated()][0]
            raise ValueError(f"Two levels would both make a column named '{twice}'; rename a column or a level.")
        return self

    def _fit_infrequent_category_mapping(self, n_samples: int, category_counts: Any, missing_indices: Any) -> None:
        levels = getattr(self, "_levels", None)
        if levels is not None:
            n_samples = len(levels.codes[0])
            category_counts = [
                levels.frequencies(position, categories) for position, categories in enumerate(self.categories_)
            ]
        super()._fit_infrequent_category_mapping(n_samples, category_counts, missing_indices)

    def _transform_levels(self, levels: Levels) -> Any:
        with warnings.catch_warnings():
            # With a level left out, scikit-learn warns of unknown levels, which are expected here.
            warnings.filterwarnings("ignore", "Found unknown categories", UserWarning)
            table = np.asarray(super().transform(levels.frame))
        out = np.empty((table.shape[1], len(levels.codes[0])), dtype=table.dtype)
        column = 0
        for codes, outputs in zip(levels.codes, self._n_features_outs, strict=True):
            for _ in range(outputs):
                np.take(table[:, column], codes, out=out[column])
                column += 1
        return out.T


class QuickOrdinalEncoder(OrdinalEncoder):
    """scikit-learn's OrdinalEncoder with the same parameters, attributes and output, which looks at each
    distinct value once.

    Without `min_frequency` and `max_categories`, which need the number of rows.
    """

    exported_as = OrdinalEncoder

    def fit(self, X: Any, y: Any = None) -> Any:
        quick = isinstance(X, pd.DataFrame) and len(X)
        return super().fit(Levels(X).frame if quick else X, y)

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        if not isinstance(X, pd.DataFrame) or not len(X):
            return super().fit_transform(X, y)
        levels = Levels(X)
        super().fit(levels.frame)
        return self._transform_levels(levels)

    def transform(self, X: Any) -> Any:
        if not isinstance(X, pd.DataFrame) or not len(X):
            return super().transform(X)
        check_is_fitted(self)
        validate_data(self, X, reset=False, skip_check_array=True)
        return self._transform_levels(Levels(X))

    def _transform_levels(self, levels: Levels) -> Any:
        table = np.asarray(super().transform(levels.frame))
        columns = [table[:, position].take(codes) for position, codes in enumerate(levels.codes)]
        return np.array(columns).T


class FillMissing(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Fill missing cells with the most frequent value of the column ("most_frequent"; of equals the
    smallest) or with `fill_value` ("constant"). A column without any value is filled with `fill_value`.

    Numbers become float64, everything else text.
    """

    def __init__(self, strategy: str = "most_frequent", fill_value: float | str = "missing") -> None:
        self.strategy = strategy
        self.fill_value = fill_value

    def fit(self, X: Any, y: Any = None) -> Any:
        validate_data(self, X, skip_check_array=True)
        self.statistics_ = [self._statistic(self._typed(X.iloc[:, at])) for at in range(X.shape[1])]
        return self

    def transform(self, X: Any) -> Any:
        check_is_fitted(self)
        validate_data(self, X, reset=False, skip_check_array=True)
        filled = {name: self._typed(X.iloc[:, at]).fillna(self.statistics_[at]) for at, name in enumerate(X.columns)}
        return pd.DataFrame(filled, index=X.index)

    def _typed(self, values: pd.Series) -> Any:
        return values.astype("float64" if isinstance(self.fill_value, int | float) else "str")

    def _statistic(self, values: pd.Series) -> Any:
        present = values.dropna()
        if self.strategy == "constant" or present.empty:
            return self.fill_value
        return present.mode().iloc[0]


class MissingIndicators(TransformerMixin, BaseEstimator):
    """Put a column `<name>_was_missing` (uint8: 0 or 1) behind each column that has missing cells in the rows
    it learns from.
    """

    def fit(self, X: Any, y: Any = None) -> Any:
        validate_data(self, X, skip_check_array=True)
        self.has_missing_ = X.isna().any().to_numpy()
        return self

    def transform(self, X: Any) -> Any:
        check_is_fitted(self)
        validate_data(self, X, reset=False, skip_check_array=True)
        columns = {}
        for name, has_missing in zip(X.columns, self.has_missing_, strict=True):
            columns[name] = X[name]
            if has_missing:
                columns[f"{name}_was_missing"] = X[name].isna().astype("uint8")
        return pd.DataFrame(columns, index=X.index)

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        names = []
        for name, has_missing in zip(_check_feature_names_in(self, input_features), self.has_missing_, strict=True):
            names += [name, f"{name}_was_missing"] if has_missing else [name]
        return np.array(names, dtype=object)


class KBestSelector(SelectorMixin, BaseEstimator):
    """Keep the k columns with the highest score against the target; all of them when there are no more than
    k.

    score: "f" (analysis of variance, or linear correlation) or "mutual_info"; regression: the target is a
    number. A constant column scores lowest. Of equal scores the earlier column is kept.
    """

    def __init__(
        self, k: int = 10, score: str = "f", regression: bool = False, random_state: int | None = None
    ) -> None:
        self.k = k
        self.score = score
        self.regression = regression
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Any:
        values = validate_data(self, X, dtype="float64")
        if not self.regression and type_of_target(y).startswith("continuous"):
            raise ValueError("the target holds numbers with decimals; choose regression as the task.")
        if self.regression and not pd.api.types.is_numeric_dtype(y):
            raise ValueError("the target does not hold numbers; choose classification as the task.")
        varied = np.ptp(values, axis=0) > 0
        self.scores_ = np.full(values.shape[1], -np.inf)
        if varied.any():
            scores = self._scores(values[:, varied], np.asarray(y))
            self.scores_[varied] = np.where(np.isnan(scores), -np.inf, scores)
        return self

    def _scores(self, values: Any, y: Any) -> Any:
        if self.score == "f":
            # A column that tells the target exactly has the score infinity.
            with np.errstate(divide="ignore", invalid="ignore"):
                return (f_regression if self.regression else f_classif)(values, y)[0]
        estimate = mutual_info_regression if self.regression else mutual_info_classif
        return estimate(values, y, random_state=self.random_state)

    def _get_support_mask(self) -> Any:
        check_is_fitted(self)
        mask = np.zeros(len(self.scores_), dtype=bool)
        mask[np.argsort(-self.scores_, kind="stable")[: self.k]] = True
        return mask


class CorrelationSelector(SelectorMixin, BaseEstimator):
    """Leave out every column whose absolute correlation with an earlier, kept column is above the
    threshold.
    """

    def __init__(self, threshold: float = 0.95) -> None:
        self.threshold = threshold

    def fit(self, X: Any, y: Any = None) -> Any:
        validate_data(self, X, skip_check_array=True)
        correlation = X.astype("float64").corr().abs().to_numpy()
        kept = np.ones(len(correlation), dtype=bool)
        for column in range(len(correlation)):
            kept[column] = not (correlation[column, :column][kept[:column]] > self.threshold).any()
        self.support_ = kept
        return self

    def _get_support_mask(self) -> Any:
        check_is_fitted(self)
        return self.support_
