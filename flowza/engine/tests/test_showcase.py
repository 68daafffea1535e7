"""Showcase data: complete, the same everywhere, and what reading their files gives."""

from __future__ import annotations

from pathlib import Path
from urllib.error import URLError

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from flowza.engine.operations.csv_cells import parse_numbers
from flowza.engine.operations.parquet import frame_digest
from flowza.engine.operations.reading import load_csv
from flowza.engine.showcase import SHOWCASES, Showcase, ShowcaseMissing, openml, showcase


@pytest.mark.parametrize("table", SHOWCASES.values(), ids=list(SHOWCASES))
def test_a_showcase_table_is_as_declared(table: Showcase) -> None:
    frame = table.frame()
    assert frame.shape == (table.rows, table.columns)
    assert frame_digest(frame) == table.digest
    assert table.target in frame
    assert frame[table.target].notna().all()
    assert table.picture is None or table.picture[0] * table.picture[1] < table.columns


@pytest.mark.parametrize("table", SHOWCASES.values(), ids=list(SHOWCASES))
def test_its_csv_file_reads_back_as_the_same_frame(table: Showcase, tmp_path: Path) -> None:
    frame = table.frame()
    path = tmp_path / "table.csv"
    frame.to_csv(path, index=False)
    read = load_csv(path)
    amounts = {column: parse_numbers(frame[column], ".", ",", ["$"]) for column in read.settings.numbers}
    frame = frame.assign(**amounts)
    columns = [column for column in frame if frame[column].dtype != bool]
    pd.testing.assert_frame_equal(read.frame[columns], frame[columns])
    assert not read.doubts


def test_the_titanic_holds_all_people() -> None:
    frame = showcase("titanic").frame()
    assert frame["survived"].value_counts().to_dict() == {"no": 1490, "yes": 711}
    assert frame.groupby("class").size().to_dict() == {"1st": 325, "2nd": 285, "3rd": 706, "crew": 885}
    assert len(frame.drop_duplicates()) == 24


def test_churn_has_what_it_is_for_and_can_be_learned() -> None:
    frame = showcase("churn").frame()
    assert frame["customer_id"].is_unique
    assert frame["city"].nunique() == 40
    assert frame["paid_so_far"].dropna().str.match(r"^\$[\d,]+\.\d\d$").all()
    assert frame[["age", "satisfaction", "last_active"]].isna().any().all()
    assert (frame["last_active"].dropna() > frame["signed_up"][frame["last_active"].notna()]).all()
    numbers = frame[["support_calls", "minutes_per_month"]].fillna(300)
    model = LogisticRegression(max_iter=1000).fit(numbers[:4000], frame["churned"][:4000])
    assert model.score(numbers[4000:], frame["churned"][4000:]) > 0.74


def test_housing_has_what_it_is_for() -> None:
    frame = showcase("housing").frame()
    assert frame["area_m2"].max() > 5 * frame["area_m2"].quantile(0.95)
    assert frame[["area_m2", "year_built", "energy_class"]].isna().any().all()


def test_an_unknown_table_is_named() -> None:
    with pytest.raises(ShowcaseMissing, match=r"no showcase dataset 'nothing'.*titanic"):
        showcase("nothing")


def test_without_internet_openml_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def offline(*_: object, **__: object) -> None:
        raise URLError("no route to host")

    monkeypatch.setattr("sklearn.datasets._openml.urlopen", offline)
    with pytest.raises(ShowcaseMissing, match="could not be fetched from openml"):
        openml("adult", cache=tmp_path)
