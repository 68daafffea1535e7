"""Clean text brings spellings together."""

from __future__ import annotations

import pandas as pd
import pytest

from flowza.engine.errors import NodeError
from flowza.engine.tests.node_cases import run, table_of

ODD = ["Yes", " yes", "YES", "no  way", "No Way", None, "  "]


def test_spellings_that_differ_by_capitals_or_spaces_become_one() -> None:
    cleaned = run("clean_text", table_of(answer=pd.Series(ODD, dtype="str"), age=range(7))).frame
    assert cleaned["answer"].tolist()[:5] == ["yes", "yes", "yes", "no way", "no way"]
    assert cleaned["answer"].isna().tolist() == [False] * 5 + [True, True]
    assert cleaned["age"].tolist() == list(range(7))


def test_capitals_or_spaces_can_be_left_alone() -> None:
    table = table_of(answer=pd.Series(ODD, dtype="str"))
    assert run("clean_text", table, {"case": "keep"}).frame["answer"].tolist()[:4] == ["Yes", "yes", "YES", "no way"]
    assert run("clean_text", table, {"case": "upper", "spaces": False}).frame["answer"].tolist()[1] == " YES"


def test_the_column_to_predict_is_cleaned_too_and_has_a_positive_class() -> None:
    table = table_of(answer=pd.Series(["Yes", "no", "YES ", "No", "no"], dtype="str"), age=range(5), target="answer")
    cleaned = run("clean_text", table)
    assert (cleaned.target, cleaned.positive) == ("answer", "yes")


def test_a_column_without_text_is_refused_and_a_table_without_text_is_left_alone() -> None:
    with pytest.raises(NodeError, match="'age' holds no text"):
        run("clean_text", table_of(age=[1, 2]), {"columns": ["age"]})
    assert run("clean_text", table_of(age=[1, 2])).frame["age"].tolist() == [1, 2]
