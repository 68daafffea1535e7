"""The nodes that bring rows in."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from flowza.engine.errors import NodeError
from flowza.engine.nodes.sources.csv import Csv, CsvParams
from flowza.engine.nodes.sources.showcase import CHOICES
from flowza.engine.operations.parquet import write_parquet
from flowza.engine.operations.reading import load_csv
from flowza.engine.showcase import SHOWCASES
from flowza.engine.tests.node_cases import NoDatasets, OneDataset, problem, run

PEOPLE = "name;age;left\nAda;36,5;yes\nBob;;no\nCy;41,0;no\n"


def csv_file(folder: Path, text: str = PEOPLE) -> OneDataset:
    path = folder / "people.csv"
    path.write_text(text, encoding="utf-8")
    return OneDataset(path, "csv", load_csv(path).settings.model_dump(mode="json"))


def test_a_csv_file_is_read_by_its_import_settings(tmp_path: Path) -> None:
    table = run("csv", None, {"dataset": "people"}, resources=csv_file(tmp_path))
    assert table.frame["age"].tolist()[::2] == [36.5, 41.0]
    assert table.target is None


def test_a_stored_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": pd.Series(["x", None], dtype="str")})
    write_parquet(frame, tmp_path / "t.parquet")
    table = run("csv", None, {"dataset": "t"}, resources=OneDataset(tmp_path / "t.parquet", "parquet"))
    pd.testing.assert_frame_equal(table.frame, frame)


def test_the_target_can_be_chosen_at_the_source(tmp_path: Path) -> None:
    table = run("csv", None, {"dataset": "people", "target": "left"}, resources=csv_file(tmp_path))
    assert (table.target, table.positive) == ("left", "yes")


def test_warnings_of_the_reading_are_told(tmp_path: Path) -> None:
    said: list[str] = []
    resources = csv_file(tmp_path, "a,b\n1,\n2,\n")
    run("csv", None, {"dataset": "x"}, resources=resources, log=lambda text, level: said.append(text))
    assert any("'b' is empty" in text for text in said)


def test_a_csv_step_without_a_dataset_says_so() -> None:
    with pytest.raises(NodeError, match="No dataset is chosen"):
        run("csv", None)


def test_a_dataset_that_is_not_there_is_named() -> None:
    with pytest.raises(NodeError, match="There is no dataset gone") as refused:
        run("csv", None, {"dataset": "gone"})
    assert refused.value.node == "csv"


def test_a_file_that_is_refused_or_gone_is_an_error_of_the_step(tmp_path: Path) -> None:
    resources = csv_file(tmp_path)
    resources.source.path.write_text("name;age;left\n")
    with pytest.raises(NodeError, match="'people': The file has a header but no rows"):
        run("csv", None, {"dataset": "people"}, resources=resources)
    resources.source.path.unlink()
    with pytest.raises(NodeError, match="The file of 'people' is gone"):
        run("csv", None, {"dataset": "people"}, resources=resources)


def test_import_settings_that_are_not_valid_are_an_error_of_the_step(tmp_path: Path) -> None:
    resources = OneDataset(csv_file(tmp_path).source.path, "csv", {"delimiter": ";;"})
    with pytest.raises(NodeError, match="import settings of 'people' are not valid"):
        run("csv", None, {"dataset": "people"}, resources=resources)


def test_a_csv_key_follows_content_and_settings(tmp_path: Path) -> None:
    def key(settings: dict[str, str]) -> str:
        return Csv("a", CsvParams(dataset="x")).key_material(OneDataset(tmp_path, "csv", settings))

    assert key({"delimiter": ";"}) == key({"delimiter": ";"}) != key({"delimiter": ","})
    with pytest.raises(NodeError, match="There is no dataset"):
        Csv("a", CsvParams(dataset="x")).key_material(NoDatasets())


@pytest.mark.parametrize("name", SHOWCASES)
def test_a_showcase_table_knows_its_own_target(name: str) -> None:
    table = run("showcase", None, {"name": name})
    assert table.target == SHOWCASES[name].target
    assert table.rows == SHOWCASES[name].rows


def test_another_target_and_positive_class_can_be_chosen_on_showcase_data() -> None:
    assert run("showcase", None, {"target": "sex"}).target == "sex"
    assert run("showcase", None, {}).positive == "yes"
    assert run("showcase", None, {"positive": "no"}).positive == "no"


def test_an_unknown_showcase_name_is_refused_with_those_there_are() -> None:
    assert "there is no showcase dataset 'mnist'; there are: titanic" in problem("showcase", {"name": "mnist"})
    assert set(CHOICES) == {*SHOWCASES, "openml"}


def test_openml_without_a_name_asks_for_it() -> None:
    with pytest.raises(NodeError, match="No name of a table at openml"):
        run("showcase", None, {"name": "openml"})
