"""Exported scripts beyond single steps: branches, predictions, hostile names, other forms of data, text."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from flowza.engine.context import DatasetSource
from flowza.engine.export import NotExportable, collect, export_script
from flowza.engine.export.layout import layout
from flowza.engine.export.names import Names, markdown, one_line
from flowza.engine.job import Job
from flowza.engine.operations.parquet import digest
from flowza.engine.templates import TEMPLATES
from flowza.engine.tests.contract import Builder
from flowza.engine.tests.exported import export_all
from flowza.engine.tests.graphs import DATA, Frames
from flowza.engine.tests.tables import odd_numbers, odd_texts, people

ROOT = Path(__file__).parents[3]


def branches() -> dict[str, Any]:
    """Two ways of preparing the same split rows, a filter in one of them, and a comparison of their models."""
    builder = Builder()
    builder.add("data", "csv", {"dataset": DATA, "target": "answer"})
    builder.add("drop", "select", {"mode": "drop", "columns": ["joined", "amount"]}, ("data", "table", "table"))
    builder.add("fill", "impute", {}, ("drop", "table", "table"))
    builder.add("split", "split", {}, ("fill", "table", "table"))
    builder.add("encode", "one_hot", {}, ("split", "table", "table"))
    builder.add("number", "ordinal", {}, ("split", "table", "table"))
    builder.add("one", "logistic_regression", {}, ("encode", "table", "table"))
    builder.add("two", "random_forest_classifier", {"n_estimators": 8}, ("number", "table", "table"))
    builder.add("board", "compare", {"folds": 3}, ("one", "model", "models"), ("two", "model", "models"))
    condition = {"column": "age", "operator": ">", "value": "35"}
    builder.add("older", "filter", {"conditions": [condition]}, ("encode", "table", "table"))
    builder.add("three", "logistic_regression", {"C": 0.5}, ("older", "table", "table"))
    for model in ("one", "two", "three"):
        builder.add(f"judge_{model}", "evaluate", {}, (model, "model", "model"))
    return builder.graph(seed=5)


def predictions() -> dict[str, Any]:
    """A model's answers for rows of its own file and for others, with steps behind them."""
    builder = Builder()
    builder.add("data", "csv", {"dataset": DATA, "target": "answer"})
    builder.add("drop", "select", {"mode": "drop", "columns": ["joined", "amount"]}, ("data", "table", "table"))
    builder.add("ratio", "formula", {"name": "ratio", "expression": "age / (children + 1)"}, ("drop", "table", "table"))
    builder.add("split", "split", {}, ("ratio", "table", "table"))
    builder.add("fill", "impute", {}, ("split", "table", "table"))
    builder.add("encode", "one_hot", {}, ("fill", "table", "table"))
    builder.add("model", "logistic_regression", {}, ("encode", "table", "table"))
    builder.add("others", "csv", {"dataset": "others"})
    builder.add("answers", "predict", {"name": "said"}, ("model", "model", "model"), ("others", "table", "table"))
    condition = {"column": "said", "operator": "=", "value": "yes"}
    builder.add("sure", "filter", {"conditions": [condition]}, ("answers", "table", "table"))
    builder.add("file", "export_dataset", {"name": "sure ones"}, ("sure", "table", "table"))
    builder.add("known", "predict", {"probabilities": False}, ("model", "model", "model"), ("data", "table", "table"))
    return builder.graph()


def hostile(kind: str) -> dict[str, Any]:
    """Names and levels that a careless printer would break on."""
    builder = Builder()
    builder.add("data", "csv", {"dataset": kind, "target": "answer"})
    builder.add("class", "select", {"mode": "drop", "columns": ["amount"]}, ("data", "table", "table"))
    builder.add("print", "cast", {"columns": ["self", "it's", "two\nlines"], "to": "text"}, ("class", "table", "table"))
    builder.add("frame", "rename", {"names": [{"column": "lambda", "name": "train\"'"}]}, ("print", "table", "table"))
    builder.add("2", "one_hot", {}, ("frame", "table", "table"))
    builder.add(
        "model.fit",
        "formula",
        {"name": "x y", "expression": "if([a[0]]] == [a[0]]], 1, 2)"},
        ("frame", "table", "table"),
    )
    builder.add("split", "split", {}, ("2", "table", "table"))
    builder.add("metrics", "logistic_regression", {}, ("split", "table", "table"))
    builder.add("json", "evaluate", {}, ("metrics", "model", "model"))
    graph = builder.graph()
    for node in graph["nodes"]:
        node["label"] = 'a\n"""\n\N{RIGHT-TO-LEFT OVERRIDE}# import os <script>'
    return graph


def jobs_in(folder: Path) -> dict[str, Job]:
    frames = {DATA: people(), "others": people(40, seed=9), "numbers": odd_numbers(), "texts": odd_texts()}
    sources = Frames(folder, frames).sources
    graphs = {
        "branches": branches(),
        "predictions": predictions(),
        "numbers": hostile("numbers"),
        "texts": hostile("texts"),
    }
    return {name: Job(graph, folder / f"store {name}", datasets=sources) for name, graph in graphs.items()}


@pytest.mark.slow
def test_branches_predictions_and_hostile_names_survive(tmp_path: Path) -> None:
    exported = export_all(jobs_in(tmp_path), tmp_path / "scripts")
    for found in exported.values():
        found.check()
    scripts = [str(found.script) for found in exported.values()]
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--line-length",
        "120",
        "--select",
        "E,F,I,B",
        *scripts,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert (exported["predictions"].folder / "sure ones.csv").exists()


@pytest.mark.slow
def test_a_model_alone_gives_the_script_that_trains_it(tmp_path: Path) -> None:
    graphs = {slug: TEMPLATES[slug].graph() for slug in ("classification", "regression", "clustering")}
    jobs = {slug: Job(graph, tmp_path / slug) for slug, graph in graphs.items()}
    for found in export_all(jobs, tmp_path / "scripts", work="model_child").values():
        found.check()


def test_the_variant_with_the_csv_file_reads_it_alike(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    people().assign(amount=lambda frame: frame["amount"].map("{:.3f}".format).str.replace(".", ",")).to_csv(
        path, index=False, sep=";", decimal=",", date_format="%d.%m.%Y"
    )
    settings = {"delimiter": ";", "decimal": ",", "date_formats": {"joined": "%d.%m.%Y"}, "types": {"joined": "date"}}
    source = DatasetSource("people", path, "csv", digest(path), settings)
    job = Job(jobs_in(tmp_path)["branches"].graph, tmp_path / "store", datasets={DATA: source})
    found = export_all({"csv": job}, tmp_path / "scripts", data="csv")["csv"]
    found.check()
    assert "pd.read_csv(" in found.script.read_text()
    assert (found.folder / "exported.csv").read_bytes() == path.read_bytes()


def test_a_script_refuses_another_table(tmp_path: Path) -> None:
    run = collect(Job(TEMPLATES["data-cleaning"].graph(), tmp_path / "store"))
    script = export_script(run, "cleaning", tmp_path)
    assert script.files == ["cleaning.parquet"]
    people().to_parquet(tmp_path / "cleaning.parquet")
    path = tmp_path / "cleaning.py"
    path.write_text(script.text)
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "is not the table that this workflow ran on" in done.stderr


def test_the_same_run_gives_the_same_text(tmp_path: Path) -> None:
    job = Job(TEMPLATES["clustering"].graph(), tmp_path / "store")
    assert export_script(collect(job), "w").text == export_script(collect(job), "w").text


def test_a_step_that_scripts_do_not_know_is_named(tmp_path: Path) -> None:
    run = collect(Job(TEMPLATES["clustering"].graph(), tmp_path / "store"))
    object.__setattr__(run.graph.nodes["report"], "kind", "new_kind")
    with pytest.raises(NotExportable, match="'report'"):
        export_script(run, "w")


@pytest.mark.slow
def test_a_script_runs_in_an_environment_without_flowza(tmp_path: Path) -> None:
    """A virtual environment of its own, elsewhere, that sees the installed libraries and nothing of this checkout."""
    venv.create(tmp_path / "clean", with_pip=False)
    python = tmp_path / "clean" / "bin" / "python"
    libraries = next(path for path in sys.path if path.endswith("site-packages"))
    place = next((tmp_path / "clean" / "lib").glob("python*/site-packages"))
    (place / "libraries.pth").write_text(libraries + "\n")
    exported = export_all({"w": Job(TEMPLATES["classification"].graph(), tmp_path / "store")}, tmp_path / "scripts")[
        "w"
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    absent = subprocess.run(
        [str(python), "-c", "import flowza"], cwd=tmp_path, env=environment, capture_output=True, check=False
    )
    assert absent.returncode != 0
    done = subprocess.run(
        [str(python), "-W", "error", str(exported.script)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    expected = json.loads((exported.folder / "expected.json").read_text())["metrics"]
    assert json.loads(done.stdout.splitlines()[-1]) == expected


# Text


def test_names_of_variables_are_free_and_valid() -> None:
    names = Names()
    given = [names.variable(wish) for wish in ("class", "Fill 2", "fill_2", "2nd", "", "print", "drop_nulls", "frame")]
    assert given == ["class_2", "fill_2", "fill_2_2", "step_2nd", "step", "print_2", "drop_nulls_2", "frame_2"]


def test_labels_cannot_leave_their_comment_or_become_markup() -> None:
    assert one_line("a\nb\r\x85\u2028c\N{RIGHT-TO-LEFT OVERRIDE}d") == "a b c d"
    assert markdown("<b>*x*</b>\n# y") == "&lt;b&gt;\\*x\\*&lt;/b&gt; \\# y".replace("&gt;", "&gt;")


@pytest.mark.parametrize(
    "statement",
    [
        f"frame = keep_columns(frame, columns=[{', '.join(repr(f'column {n}') for n in range(20))}])".replace("'", '"'),
        f"value = {' + '.join(f'frame[{chr(34)}column {n}{chr(34)}]' for n in range(12))}",
        f'scores = mean_metrics({", ".join(f"a_long_argument_{n}" for n in range(9))})["f1"]',
        f"frame = frame.assign(total=add({', '.join(f'values(frame[{chr(34)}c{n}{chr(34)}])' for n in range(9))}))",
        f"kinds = {{{', '.join(f'{chr(34)}name {n}{chr(34)}: [1, 2, 3]' for n in range(9))}}}",
        "short = 1",
    ],
)
def test_long_statements_are_broken_as_the_formatter_would(statement: str, tmp_path: Path) -> None:
    path = tmp_path / "statement.py"
    path.write_text(layout(statement) + "\n")
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "120", "--diff", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
