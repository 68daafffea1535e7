"""Live rows: what each step makes of a sample."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from flowza.engine.dry_run import SAMPLE_ROWS
from flowza.engine.errors import Cancelled, GraphError
from flowza.engine.graph import parse
from flowza.engine.live import COLUMNS_SHOWN, ROWS_SHOWN, LiveRows, live_rows
from flowza.engine.preview_memory import PreviewMemory
from flowza.engine.templates import TEMPLATES
from flowza.engine.tests.graphs import DATA, Frames, Step, chain
from flowza.engine.train_node import TrainNode

CSV: Step = ("csv", {"dataset": DATA})
SPLIT: Step = ("split", {"target": "bought"})
STEPS = [(slug, node["id"]) for slug, template in TEMPLATES.items() for node in template.graph()["nodes"]]


def shoppers(rows: int = 100) -> pd.DataFrame:
    """Every third age is missing; ages grow with the row, so that few rows teach another median than all."""
    ages = pd.Series(np.arange(rows), dtype="float64")
    ages[::3] = np.nan
    town = pd.Series(["york", "bath", "hull", "deal"] * (rows // 4 + 1)).iloc[:rows].astype("str")
    return pd.DataFrame({"age": ages, "town": town, "bought": np.arange(rows) % 2})


def look(folder: Path, graph: dict[str, Any], step: str, frame: pd.DataFrame | None = None, **more: Any) -> LiveRows:
    return live_rows(graph, step, Frames(folder, {DATA: shoppers() if frame is None else frame}), **more)


@pytest.mark.parametrize(("slug", "step"), STEPS, ids=["-".join(one) for one in STEPS])
def test_every_step_of_every_template_shows_its_rows_or_says_that_it_has_none(
    slug: str, step: str, tmp_path: Path
) -> None:
    graph = TEMPLATES[slug].graph()
    found = live_rows(graph, step, Frames(tmp_path, {}))
    assert json.dumps(found.as_dict(), allow_nan=False)
    assert found.error is None
    node = parse(graph).nodes[step]
    if all(port.type != "dataset" for port in (*node.inputs, *node.outputs)):
        assert found.shown == "nothing"
        return
    assert found.shown == ("learned_from" if isinstance(node, TrainNode) else found.shown) != "nothing"
    assert len(found.cells) == len(found.numbers) == min(found.rows, ROWS_SHOWN)
    assert all(len(row) == len(found.columns) for row in found.cells)
    assert all(1 <= len(column["profile"]["bars"]) <= 20 for column in found.columns)


def test_no_model_is_trained_and_openml_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any, **more: Any) -> None:
        raise AssertionError("not for a preview")

    monkeypatch.setattr("flowza.engine.train_node.train", refuse)
    monkeypatch.setattr("flowza.engine.nodes.sources.showcase.openml", refuse)
    learned = look(tmp_path, chain(CSV, ("impute", {}), ("one_hot", {}), SPLIT, ("logistic_regression", {})), "split")
    assert learned.error is None
    far = chain(("showcase", {"name": "openml", "openml_name": "adult"}), ("impute", {}))
    found = live_rows(far, "impute", Frames(tmp_path, {}))
    assert found.error is not None
    assert found.error["node"] == "showcase"
    assert "fetched from the internet" in found.error["message"]


def test_a_large_table_is_sampled_over_its_whole_length_and_shown_in_its_order(tmp_path: Path) -> None:
    frame = shoppers(40_000)
    found = look(tmp_path, chain(CSV), "csv", frame)
    assert found.sources == [["csv", SAMPLE_ROWS, 40_000]]
    assert found.rows == SAMPLE_ROWS
    assert found.numbers == sorted(found.numbers)
    town = [column["name"] for column in found.columns].index("town")
    assert [row[town] for row in found.cells] == [frame["town"][number - 1] for number in found.numbers]
    assert found == look(tmp_path, chain(CSV), "csv", frame)
    assert found.numbers != look(tmp_path, chain(CSV, seed=1), "csv", frame).numbers
    age = found.columns[0]["profile"]
    assert age["low"] < 500
    assert age["high"] > 39_500


def test_a_small_table_is_shown_whole(tmp_path: Path) -> None:
    found = look(tmp_path, chain(CSV), "csv")
    assert found.sources == [["csv", 100, 100]]
    assert found.numbers == list(range(1, 51))
    assert found.columns[0]["missing"] == 34
    assert found.cells[0][0] is None


def test_a_learned_step_before_a_split_shows_what_the_training_rows_taught(tmp_path: Path) -> None:
    graph = chain(CSV, ("impute", {"columns": ["age"]}), ("split", {"shuffle": False}))
    found, split = look(tmp_path, graph, "impute"), look(tmp_path, graph, "split")
    assert found.learned is not None
    assert (found.learned["by"], found.learned["split"], found.learned["rows"]) == ("split_behind", "split", 80)
    assert found.roles is None
    by_number = dict(zip(split.numbers, split.cells, strict=True))
    taught = [row[0] for number, row in zip(found.numbers, found.cells, strict=True) if number in by_number]
    assert taught == [row[0] for row in by_number.values()]
    all_rows = look(tmp_path, chain(CSV, ("impute", {"columns": ["age"]})), "impute")
    assert all_rows.learned is not None
    assert all_rows.learned["by"] == "all_rows"
    assert all_rows.learned["columns"] == [["age", "median 49.5"]]
    assert found.learned["columns"] == [["age", "median 40"]]


def test_a_learned_step_before_a_split_that_fails_says_that_all_rows_taught_it(tmp_path: Path) -> None:
    graph = chain(CSV, ("impute", {}), ("split", {"target": "gone"}))
    found = look(tmp_path, graph, "impute")
    assert found.error is None
    assert found.learned is not None
    assert (found.learned["by"], found.learned["rows"]) == ("all_rows_before_split", 100)


def test_rows_have_roles_behind_a_split_and_their_counts_are_told(tmp_path: Path) -> None:
    found = look(tmp_path, chain(CSV, SPLIT, ("drop_nulls", {})), "drop_nulls")
    assert found.roles is not None
    assert set(found.roles) == {"train", "test"}
    assert found.role_counts is not None
    assert sum(found.role_counts.values()) == found.rows == 66
    assert any("Removed 34 of 100 rows" in said for said in found.said)
    assert found.target == "bought"


def test_what_a_step_did_is_said_in_sentences(tmp_path: Path) -> None:
    graph = chain(CSV, ("impute", {"numbers": "mean"}), ("one_hot", {}))
    assert look(tmp_path, graph, "impute").said == ["Filled 34 missing values in 'age'."]
    assert look(tmp_path, graph, "one_hot").said == [
        "Added 4 columns: 'town_bath', 'town_deal', 'town_hull' and 'town_york'.",
        "Took away 1 column: 'town'.",
    ]
    nothing = look(tmp_path, chain(CSV, ("one_hot", {}), ("ordinal", {})), "ordinal")
    assert nothing.learned is not None
    assert nothing.learned["notes"] == ["No column that comes in is for this step, so it changes nothing."]


def test_a_split_speaks_of_roles_and_not_of_what_others_learned_again(tmp_path: Path) -> None:
    found = look(tmp_path, chain(CSV, ("one_hot", {"keep": 2}), ("split", {"shuffle": False})), "split")
    assert found.said == [
        "80 training rows, 20 test rows.",
        "Steps before the split learn again, on the 80 training rows alone.",
    ]


def test_what_was_learned_of_columns_with_gaps_stands_first(tmp_path: Path) -> None:
    frame = shoppers()[["bought", "town", "age"]]
    found = look(tmp_path, chain(CSV, ("impute", {})), "impute", frame)
    assert found.learned is not None
    assert [name for name, _ in found.learned["columns"]] == ["age", "bought", "town"]


def test_rows_without_a_target_are_said_to_be_left_out(tmp_path: Path) -> None:
    frame = shoppers().astype({"bought": "float64"})
    frame.loc[:9, "bought"] = np.nan
    found = look(tmp_path, chain(("csv", {"dataset": DATA, "target": "bought"})), "csv", frame)
    assert found.said == ["10 rows without 'bought' were left out."]
    assert found.rows == 90


def test_a_train_step_shows_the_rows_that_it_would_learn_from(tmp_path: Path) -> None:
    frame = shoppers().drop(columns=["age"])
    graph = chain(CSV, ("one_hot", {}), SPLIT, ("logistic_regression", {}))
    found = look(tmp_path, graph, "logistic_regression", frame)
    assert found.shown == "learned_from"
    assert found.target == "bought"
    assert {column["name"] for column in found.columns} == {f"town_{t}" for t in ("bath", "deal", "hull", "york")} | {
        "bought"
    }


def test_the_error_of_an_earlier_step_names_that_step(tmp_path: Path) -> None:
    graph = chain(CSV, ("select", {"mode": "keep", "columns": ["agee"]}), ("impute", {}))
    found = look(tmp_path, graph, "impute")
    assert found.shown == "nothing"
    assert found.error is not None
    assert found.error["node"] == "select"
    assert "'agee'" in found.error["message"]
    assert "Did you mean 'age'?" in found.error["hint"]
    assert found.sources == [["csv", 100, 100]]


def test_an_unfinished_step_before_it_is_named(tmp_path: Path) -> None:
    graph = chain(CSV, ("impute", {}), ("one_hot", {}))
    graph["edges"] = graph["edges"][1:]
    found = look(tmp_path, graph, "one_hot")
    assert found.error is not None
    assert (found.error["node"], found.error["code"]) == ("impute", "open_input")
    no_data = live_rows(chain(("csv", {}), ("impute", {})), "impute", Frames(tmp_path, {}))
    assert no_data.error is not None
    assert (no_data.error["node"], no_data.error["code"]) == ("csv", "no_dataset")


def test_what_only_the_sample_lacks_is_said_to_be_unsure(tmp_path: Path) -> None:
    frame = shoppers(40_000)
    frame.loc[0, "age"] = -5.0
    rare = {"conditions": [{"column": "age", "operator": "=", "value": "-5"}]}
    found = look(tmp_path, chain(CSV, ("filter", rare), ("impute", {})), "impute", frame)
    assert found.unsure
    assert found.error is not None
    assert found.error["node"] == "filter"
    assert not look(tmp_path, chain(CSV, ("filter", rare)), "filter").unsure


def test_a_step_behind_a_prediction_says_that_the_run_has_to_come_first(tmp_path: Path) -> None:
    graph = chain(CSV, SPLIT, ("one_hot", {}), ("logistic_regression", {}), ("predict", {}), ("drop_nulls", {}))
    graph["edges"].append({"from": "csv", "from_port": "table", "to": "predict", "to_port": "table"})
    frame = shoppers().drop(columns="age")
    before, behind = look(tmp_path, graph, "predict", frame), look(tmp_path, graph, "drop_nulls", frame)
    assert before.shown == "taken_in"
    assert behind.error is not None
    assert behind.error["node"] == "predict"
    assert "depends on a trained model" in behind.error["message"]


def test_many_columns_come_in_windows_and_are_found_by_name(tmp_path: Path) -> None:
    frame = pd.DataFrame({f"Column {number}": [number, 2] for number in range(120)})
    first = look(tmp_path, chain(CSV), "csv", frame)
    assert (len(first.columns), first.column_count, first.window) == (COLUMNS_SHOWN, 120, 1)
    last = look(tmp_path, chain(CSV), "csv", frame, window=99)
    assert [column["name"] for column in last.columns] == [f"Column {number}" for number in range(100, 120)]
    assert last.window == 3
    found = look(tmp_path, chain(CSV), "csv", frame, find="COLUMN 7")
    assert [column["name"] for column in found.columns] == ["Column 7", *(f"Column {n}" for n in range(70, 80))]
    assert look(tmp_path, chain(CSV), "csv", frame, find="nothing").columns == []


def test_an_edit_of_the_last_step_computes_the_last_step_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory, loaded = PreviewMemory(), []
    from flowza.engine.nodes.sources.csv import Csv

    sample = Csv.sample

    def counted(self: Csv, *arguments: Any) -> Any:
        loaded.append(self.id)
        return sample(self, *arguments)

    monkeypatch.setattr(Csv, "sample", counted)
    resources = Frames(tmp_path, {DATA: shoppers()})
    for strategy, median in (("median", "median 49.5"), ("mean", "mean 49.5"), ("median", "median 49.5")):
        graph = chain(CSV, ("drop_duplicates", {}), ("impute", {"numbers": strategy}))
        found = live_rows(graph, "impute", resources, memory=memory)
        assert found.learned is not None
        assert found.learned["columns"][0] == ["age", median]
    assert loaded == ["csv"]
    assert len(memory) == 4
    other = Frames(tmp_path, {DATA: shoppers(60)})
    assert live_rows(graph, "impute", other, memory=memory).sources == [["csv", 60, 60]]
    assert loaded == ["csv", "csv"]


def test_memory_forgets_what_was_used_longest_ago(tmp_path: Path) -> None:
    resources, memory = Frames(tmp_path, {DATA: shoppers()}), PreviewMemory(most_bytes=20_000)
    for seed in range(20):
        live_rows(chain(CSV, seed=seed), "csv", resources, memory=memory)
        assert memory.held <= 20_000
    assert 1 < len(memory) < 20
    memory.clear()
    assert (len(memory), memory.held) == (0, 0)


def test_a_preview_ends_between_two_steps_when_it_is_cancelled(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        look(tmp_path, chain(CSV), "csv", cancelled=lambda: True)


def test_a_step_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GraphError):
        look(tmp_path, chain(CSV), "nowhere")


@pytest.mark.parametrize(
    "step",
    [
        ("normalise", {"method": "standard"}),
        ("normalise", {"method": "min_max"}),
        ("normalise", {"method": "robust"}),
        ("ordinal", {}),
        ("one_hot", {}),
        ("target_encode", {}),
        ("select_features", {"columns": ["bought"]}),
        ("impute", {"numbers": "most_frequent", "indicator": True}),
    ],
    ids=lambda step: f"{step[0]}-{'-'.join(map(str, step[1].values()))}",
)
def test_every_learned_step_tells_what_it_learned(tmp_path: Path, step: Step) -> None:
    source: Step = ("csv", {"dataset": DATA} | ({"target": "bought"} if step[0] == "target_encode" else {}))
    found = look(tmp_path, chain(source, step), step[0])
    assert found.error is None
    assert found.learned is not None
    assert found.learned["columns"]
    assert all(words for _, words in found.learned["columns"])
