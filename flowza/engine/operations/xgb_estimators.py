"""XGBoost that takes labels and column names as they are.

XGBoost itself refuses text labels, gives bool labels back as 0 and 1, and refuses `[`, `]` and `<` in column names.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xgboost
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.model_selection import train_test_split
from sklearn.utils.class_weight import compute_sample_weight


class XGBoostBase(BaseEstimator):
    """What both share: parameters of the trees, columns by position, early stopping.

    Results do not depend on the number of threads. With `early_stopping_rounds` a share of the training rows
    (`validation_fraction`, chosen by `random_state`) is kept aside to find the number of trees.
    """

    def __init__(
        self,
        *,
        n_estimators: int = 100,
        learning_rate: float = 0.3,
        max_depth: int = 6,
        min_child_weight: float = 1.0,
        subsample: float = 1.0,
        colsample_bytree: float = 1.0,
        reg_lambda: float = 1.0,
        reg_alpha: float = 0.0,
        gamma: float = 0.0,
        early_stopping_rounds: int | None = None,
        validation_fraction: float = 0.1,
        random_state: int = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.max_depth = max_depth
        self.min_child_weight = min_child_weight
        self.subsample = subsample
        self.colsample_bytree = colsample_bytree
        self.reg_lambda = reg_lambda
        self.reg_alpha = reg_alpha
        self.gamma = gamma
        self.early_stopping_rounds = early_stopping_rounds
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.n_jobs = n_jobs

    @property
    def feature_importances_(self) -> np.ndarray:
        """Share of the gain that each column brought, float32, shape (features,)."""
        return np.asarray(self.model_.feature_importances_)

    def _booster_parameters(self) -> dict[str, Any]:
        own = ("validation_fraction", "class_weight")
        return {name: value for name, value in self.get_params(deep=False).items() if name not in own}

    def _fit(self, model: Any, features: Any, target: np.ndarray, weights: np.ndarray | None, strata: Any) -> None:
        self.n_features_in_ = np.shape(features)[1]
        if isinstance(features, pd.DataFrame):
            self.feature_names_in_ = np.asarray([str(name) for name in features.columns], dtype=object)
        numbered = self._numbered(features)
        if self.early_stopping_rounds is None:
            self.model_ = model.fit(numbered, target, sample_weight=weights)
            return
        kept, aside = train_test_split(
            np.arange(len(target)),
            test_size=self.validation_fraction,
            random_state=self.random_state,
            stratify=strata,
        )
        self.model_ = model.fit(
            numbered.iloc[kept],
            target[kept],
            sample_weight=None if weights is None else weights[kept],
            eval_set=[(numbered.iloc[aside], target[aside])],
            sample_weight_eval_set=None if weights is None else [weights[aside]],
            verbose=False,
        )

    def _numbered(self, features: Any) -> pd.DataFrame:
        """The same columns named by their position."""
        frame = features if isinstance(features, pd.DataFrame) else pd.DataFrame(np.asarray(features))
        if frame.shape[1] != self.n_features_in_:
            raise ValueError(f"the model was fitted on {self.n_features_in_} columns and is given {frame.shape[1]}")
        return frame.set_axis([f"f{place}" for place in range(frame.shape[1])], axis=1)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class XGBoostClassifier(ClassifierMixin, XGBoostBase):
    """Gradient boosted trees for classes of any kind: text, bool, numbers.

    class_weight: None, or "balanced" to give each class the same total weight.
    """

    def __init__(
        self,
        *,
        n_estimators: int = 100,
        learning_rate: float = 0.3,
        max_depth: int = 6,
        min_child_weight: float = 1.0,
        subsample: float = 1.0,
        colsample_bytree: float = 1.0,
        reg_lambda: float = 1.0,
        reg_alpha: float = 0.0,
        gamma: float = 0.0,
        class_weight: str | None = None,
        early_stopping_rounds: int | None = None,
        validation_fraction: float = 0.1,
        random_state: int = 0,
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(
            n_estimators=n_estimators,
            learning_rate=learning_rate,
            max_depth=max_depth,
            min_child_weight=min_child_weight,
            subsample=subsample,
            colsample_bytree=colsample_bytree,
            reg_lambda=reg_lambda,
            reg_alpha=reg_alpha,
            gamma=gamma,
            early_stopping_rounds=early_stopping_rounds,
            validation_fraction=validation_fraction,
            random_state=random_state,
            n_jobs=n_jobs,
        )
        self.class_weight = class_weight

    def fit(self, features: Any, labels: Any) -> XGBoostClassifier:
        """features: (n, p), numbers, missing allowed; labels: (n,). Raises ValueError when there is one class only."""
        codes, classes = pd.factorize(pd.Series(np.asarray(labels)), sort=True)
        if (codes < 0).any():
            raise ValueError("labels are missing in some rows")
        if len(classes) < 2:
            raise ValueError(f"the labels hold {len(classes)} class, and at least 2 are needed")
        self.classes_ = np.asarray(classes)
        weights = None if self.class_weight is None else compute_sample_weight(self.class_weight, codes)
        model = xgboost.XGBClassifier(tree_method="hist", **self._booster_parameters())
        self._fit(model, features, codes, weights, strata=codes)
        return self

    def predict_proba(self, features: Any) -> np.ndarray:
        """float32, shape (n, classes), columns in the order of `classes_`."""
        return np.asarray(self.model_.predict_proba(self._numbered(features)))

    def predict(self, features: Any) -> np.ndarray:
        """The most probable class, as it was given, shape (n,)."""
        return np.asarray(self.classes_[self.predict_proba(features).argmax(axis=1)])


class XGBoostRegressor(RegressorMixin, XGBoostBase):
    """Gradient boosted trees for numbers, by squared error."""

    def fit(self, features: Any, target: Any) -> XGBoostRegressor:
        """features: (n, p), numbers, missing allowed; target: (n,) numbers."""
        model = xgboost.XGBRegressor(tree_method="hist", **self._booster_parameters())
        self._fit(model, features, np.asarray(target, dtype=np.float64), None, strata=None)
        return self

    def predict(self, features: Any) -> np.ndarray:
        """float32, shape (n,)."""
        return np.asarray(self.model_.predict(self._numbered(features)))
