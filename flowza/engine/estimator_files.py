"""Learned objects as files that run no code when read: skops, and one UBJSON file for each XGBoost booster."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import skops.io
import xgboost

from flowza.engine.errors import StoreError

PLACE = "flowza-booster-"

# Types beyond those that skops trusts by itself. They only hold data: arrays, numbers and other objects of this list.
TRUSTED_PREFIXES = ("flowza.engine.operations.transformers.", "flowza.engine.operations.xgb_estimators.")
TRUSTED = frozenset(
    {
        "numpy.dtype",
        "sklearn.cluster._kmeans.KMeans",
        "sklearn.compose._column_transformer.make_column_selector",
        "sklearn.ensemble._forest.RandomForestClassifier",
        "sklearn.ensemble._forest.RandomForestRegressor",
        "sklearn.feature_selection._univariate_selection.f_classif",
        "sklearn.feature_selection._univariate_selection.f_regression",
        "sklearn.feature_selection._mutual_info.mutual_info_classif",
        "sklearn.feature_selection._mutual_info.mutual_info_regression",
        "sklearn.model_selection._split.KFold",
        "sklearn.model_selection._split.StratifiedKFold",
        "sklearn.tree._tree.Tree",
        "sklearn.linear_model._logistic.LogisticRegression",
        "xgboost.sklearn.XGBClassifier",
        "xgboost.sklearn.XGBRegressor",
        "xgboost.core.Objective",
    }
)


def dump_object(value: Any) -> tuple[bytes, list[bytes]]:
    """A fitted transformer or estimator -> (skops file, one UBJSON file for each booster inside it)."""
    boosters = list(found_boosters(value))
    if boosters:
        places: dict[int, Any] = {id(booster): f"{PLACE}{index}" for index, booster in enumerate(boosters)}
        value = copy.deepcopy(value, places)
    content: bytes = skops.io.dumps(value)
    return content, [bytes(booster.save_raw("ubj")) for booster in boosters]


def load_object(content: bytes, boosters: list[bytes]) -> Any:
    """What `dump_object` wrote. Raises StoreError when a type is not on our list."""
    foreign = [
        name
        for name in skops.io.get_untrusted_types(data=content)
        if name not in TRUSTED and not name.startswith(TRUSTED_PREFIXES)
    ]
    if foreign:
        raise StoreError(f"The file holds types that are not trusted: {', '.join(sorted(foreign))}.")
    value = skops.io.loads(content, trusted=skops.io.get_untrusted_types(data=content))
    for index, raw in enumerate(boosters):
        booster = xgboost.Booster(params={"nthread": 1})
        booster.load_model(bytearray(raw))
        if not put_back(value, f"{PLACE}{index}", booster):
            raise StoreError("The file names a booster that has no place in the model.")
    return value


def found_boosters(value: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """Every distinct Booster inside, in a stable order."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, xgboost.Booster):
        yield value
        return
    for _, child in children(value):
        yield from found_boosters(child, seen)


def children(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, list | tuple):
        return list(enumerate(value))
    if type(value).__module__.split(".")[0] in ("sklearn", "xgboost", "flowza") and hasattr(value, "__dict__"):
        return list(vars(value).items())
    return []


def put_back(value: Any, place: str, booster: Any, seen: set[int] | None = None) -> bool:
    seen = set() if seen is None else seen
    if id(value) in seen:
        return False
    seen.add(id(value))
    done = False
    for name, child in children(value):
        if isinstance(child, str) and child == place:
            if isinstance(value, dict | list):
                value[name] = booster
            else:
                setattr(value, name, booster)
            done = True
        else:
            done = put_back(child, place, booster, seen) or done
    return done
