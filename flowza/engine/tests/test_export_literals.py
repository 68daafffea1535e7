"""Values printed as source read back to equal values."""

from __future__ import annotations

import math
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import make_column_selector
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder
from sklearn.tree import DecisionTreeClassifier

from flowza.engine.export.assemble import import_lines
from flowza.engine.export.layout import layout
from flowza.engine.export.literals import Literals, same
from flowza.engine.graph import parse
from flowza.engine.node import LearnedNode
from flowza.engine.operations.transformers import QuickOneHotEncoder
from flowza.engine.operations.xgb_estimators import XGBoostClassifier
from flowza.engine.tests.contract import CASES, EXTRA, graph_of
from flowza.engine.tests.tables import people
from flowza.engine.train_node import TrainNode


def read_back(value: Any, folder: Path) -> Any:
    """What the printed value is when Python reads it, with the imports that it asked for and no others."""
    printer = Literals()
    source = printer.literal(value)
    own = [f"from {item.__module__} import {item.__name__}" for item in printer.printed.values()]
    path = folder / "printed.py"
    path.write_text("\n".join([*import_lines(printer.imports), *own, layout(f"value = {source}")]), encoding="utf-8")
    return runpy.run_path(str(path))["value"]


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.floats(width=32, allow_nan=False).map(np.float32)
    | st.integers(0, 255).map(np.uint8)
    | st.booleans().map(np.bool_),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("literals")


@given(value=PLAIN)
@settings(max_examples=100, deadline=None)
def test_plain_values_read_back_equal_and_of_the_same_type(value: Any, folder: Path) -> None:
    assert same(read_back(value, folder), value)


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        -0.0,
        np.float64(0.1),
        np.float32("nan"),
        np.int64(-3),
        np.str_("it's"),
        np.datetime64("2024-01-31T10:00", "us"),
        np.timedelta64(3, "D"),
        np.array([[1.5, np.nan], [np.inf, -0.0]]),
        np.array(["a", None], dtype=object),
        np.dtype("uint8"),
        np.uint8,
        pd.Timestamp("2024-01-31 18:30:00.123456"),
        pd.Timestamp("2024-01-31", tz="Europe/Berlin"),
        "\N{RIGHT-TO-LEFT OVERRIDE}\x00\u2028'\"\\n{}%",
        np.log1p,
        f_regression,
        {1, 2},
        set(),
        frozenset({"a"}),
        (),
        (1,),
    ],
    ids=lambda value: getattr(value, "__name__", None) or repr(value),
)
def test_odd_values_read_back(value: Any, folder: Path) -> None:
    found = read_back(value, folder)
    assert same(found, value) or found == value


ESTIMATORS = [
    LogisticRegression(C=math.inf, class_weight={"a b": 2.0, "c": 1}),
    OneHotEncoder(categories=[[f"level {number} \"'" for number in range(200)]], dtype=np.uint8),
    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
    QuickOneHotEncoder(max_categories=21, dtype="uint8"),
    SelectKBest(f_regression, k="all"),
    FunctionTransformer(np.log1p, kw_args={"where": True}),
    VotingClassifier([("one", LogisticRegression()), ("two", XGBoostClassifier(reg_lambda=2.5))], weights=[1, 2]),
    StackingClassifier([("tree", DecisionTreeClassifier(max_depth=3))], final_estimator=LogisticRegression(C=0.1)),
    Pipeline([("encode", OneHotEncoder()), ("model", LogisticRegression())]),
    make_column_selector(pattern="^a", dtype_include=["float64"]),
    XGBoostClassifier(early_stopping_rounds=5, class_weight="balanced"),
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda item: type(item).__name__)
def test_estimators_read_back_with_equal_parameters(estimator: Any, folder: Path) -> None:
    found = read_back(estimator, folder)
    assert type(found) is type(estimator)
    assert same(parameters(found), parameters(estimator))


def parameters(estimator: Any) -> Any:
    if hasattr(estimator, "get_params"):
        return {name: value for name, value in estimator.get_params().items() if not hasattr(value, "get_params")}
    return vars(estimator)


def catalogue_estimators() -> list[Any]:
    """What every kind of the catalogue learns with, for each choice of its parameters."""
    frame, found = people(), []
    for case in [*CASES, *EXTRA]:
        node = parse(graph_of(case, frame)).nodes["tested"]
        if isinstance(node, TrainNode):
            found.append(pytest.param(node.estimator(3), id=str(case)))
        elif isinstance(node, LearnedNode):
            steps = node.learned_steps(3)
            found += [pytest.param(step.transformer, id=f"{case} {step.name}") for step in steps]
    return found


@pytest.mark.parametrize("estimator", catalogue_estimators())
def test_every_estimator_of_the_catalogue_reads_back(estimator: Any, folder: Path) -> None:
    found = read_back(estimator, folder)
    assert same(found.get_params(), estimator.get_params())


def test_what_has_no_source_is_refused() -> None:
    for value in (
        lambda frame: frame,
        np.random.default_rng(0),
        np.random.RandomState(0),
        object(),
        len(str.__mro__) and iter([]),
    ):
        with pytest.raises(TypeError):
            Literals().literal(value)


def test_only_parameters_that_differ_are_printed() -> None:
    assert Literals().literal(LogisticRegression(max_iter=1000)) == "LogisticRegression(max_iter=1000)"
    assert (
        Literals(seed=7).literal(DecisionTreeClassifier(random_state=7)) == "DecisionTreeClassifier(random_state=SEED)"
    )
