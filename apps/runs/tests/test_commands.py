"""`run_workflow` and `export_workflow`: what they print and write, and with which code they end."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from flowza.engine.operations.reading import load_csv, write_parquet

LEAVING = """\
format: 1
name: Who leaves?
seed: 0
datasets:
  customers:
    name: Customers of May
    digest: 00ff
nodes:
  - id: data
    type: csv
    version: 1
    params:
      dataset: customers
      target: left
  - id: evaluate
    type: evaluate
    version: 1
  - id: model
    type: logistic_regression
    version: 1
  - id: split
    type: split
    version: 1
  - id: take
    type: export_dataset
    version: 1
    params:
      name: parts
edges:
  - from: data.table
    to: split.table
  - from: model.model
    to: evaluate.model
  - from: split.table
    to: model.table
  - from: split.table
    to: take.table
"""


def customers(folder: Path, name: str = "may.csv") -> Path:
    """Semicolons and decimal commas: only sniffing reads it right."""
    rows = [f"{place % 17 + 0.5};{place % 5};{'yes' if place % 17 > 8 else 'no'}" for place in range(120)]
    path = folder / name
    path.write_text("\n".join(["spent;visits;left", *rows]).replace(".", ","))
    return path


@pytest.fixture
def workflow(tmp_path: Path) -> str:
    path = tmp_path / "leaving.flowza.yaml"
    path.write_text(LEAVING)
    return str(path)


def run(*arguments: object, command: str = "run_workflow") -> tuple[int, str]:
    """Exit code and standard output; of a refusal its sentence."""
    out = StringIO()
    try:
        call_command(command, *map(str, arguments), stdout=out, no_color=True)
    except CommandError as error:
        return error.returncode, str(error)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def account(*arguments: object) -> dict[str, Any]:
    code, printed = run(*arguments, "--json")
    result: dict[str, Any] = json.loads(printed)
    assert code == (0 if result["state"] == "succeeded" else 1)
    assert len(printed.splitlines()) == 1
    return result


# run_workflow


def test_the_account_of_a_template_names_states_metrics_and_time() -> None:
    result = account("template:classification")
    assert (result["workflow"], result["state"], result["error"]) == ("classification", "succeeded", None)
    assert {node["state"] for node in result["nodes"].values()} == {"done"}
    assert result["nodes"]["data"] | {"seconds": 0} == {
        "kind": "showcase",
        "label": "Showcase dataset",
        "seconds": 0,
        "cached": False,
        "rows": 2201,
        "columns": 4,
        "state": "done",
    }
    assert 0.5 < result["metrics"]["evaluate"]["accuracy"] < 1
    assert result["seconds"] > 0


def test_a_second_run_reads_back_unless_it_is_told_not_to() -> None:
    first = account("template:classification")
    again = account("template:classification")
    assert all(node["cached"] for node in again["nodes"].values())
    assert again["metrics"] == first["metrics"]
    fresh = account("template:classification", "--no-cache")
    assert not any(node["cached"] for node in fresh["nodes"].values())
    assert fresh["metrics"] == first["metrics"]


def test_people_read_a_line_for_each_step_and_metric() -> None:
    code, printed = run("template:classification")
    assert code == 0
    lines = printed.splitlines()
    assert lines[0].split()[:2] == ["data", "done"]
    assert any(line.split()[:2] == ["evaluate", "accuracy"] for line in lines)
    assert lines[-1].startswith("Succeeded in ")


@pytest.mark.parametrize("name", ["data", "customers", "Customers of May"])
def test_an_input_is_named_by_its_step_or_its_dataset(name: str, workflow: str, tmp_path: Path) -> None:
    result = account(workflow, "--input", f"{name}={customers(tmp_path)}")
    assert result["nodes"]["data"]["rows"] == 120
    assert result["nodes"]["data"]["columns"] == 3
    assert result["metrics"]["evaluate"]["auc"] == 1.0


def test_a_parquet_file_gives_the_same_as_the_csv_file(workflow: str, tmp_path: Path) -> None:
    path = customers(tmp_path)
    write_parquet(load_csv(path).frame, tmp_path / "may.parquet")
    found = [account(workflow, "--input", f"data={tmp_path / name}")["metrics"] for name in ("may.csv", "may.parquet")]
    assert found[0] == found[1]


def test_out_keeps_exported_files_and_the_account(workflow: str, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "results"
    result = account(workflow, "--input", f"data={customers(tmp_path)}", "--out", out)
    assert json.loads((out / "result.json").read_text()) == result
    (file,) = result["files"]
    assert (file["kind"], file["node"]) == ("export_file", "take")
    assert (out / file["file"]).read_text().splitlines()[0] == "spent,visits,left"


def test_a_step_that_fails_gives_1_and_says_why(workflow: str, tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("spent,visits,left\n" + "1,2,yes\n" * 30)
    result = account(workflow, "--input", f"data={path}")
    assert result["state"] == "failed"
    assert result["error"]["message"]
    assert "failed" in {node["state"] for node in result["nodes"].values()}
    code, printed = run(workflow, "--input", f"data={path}")
    assert code == 1
    assert result["error"]["message"] in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["template:nothing"], "There is no template 'nothing'. There are: classification"),
        (["/no/such/file.yaml"], "cannot be read"),
        (["template:classification", "--input", "data"], "--input needs NAME=PATH"),
        (["template:classification", "--input", "nothing=x.csv"], "No data source of this workflow is named"),
    ],
)
def test_what_cannot_run_gives_2_and_a_sentence(arguments: list[str], words: str) -> None:
    code, said = run(*arguments)
    assert code == 2
    assert words in said


def test_files_that_cannot_be_read_give_2_and_a_sentence(workflow: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.flowza.yaml"
    for content in (
        b"nodes: [",
        b"\xff\xfe\x00",
        b"format: 1\nnodes: []\nsurprise: 1\n",
        b"!!python/object:os.system x",
    ):
        bad.write_bytes(content)
        code, said = run(bad)
        assert (code, "bad.flowza.yaml" in said or "cannot run" in said) == (2, True), said
    for name, content in (("empty.csv", b""), ("zip.csv", b"PK\x03\x04"), ("odd.parquet", b"no parquet")):
        (tmp_path / name).write_bytes(content)
        code, said = run(workflow, "--input", f"data={tmp_path / name}")
        assert (code, name in said) == (2, True), said
    code, said = run(workflow, "--input", f"data={tmp_path / 'missing.csv'}")
    assert (code, "does not exist" in said) == (2, True)


def test_a_workflow_whose_data_was_not_given_does_not_run(workflow: str) -> None:
    code, said = run(workflow)
    assert (code, "data" in said) == (1, True)


@pytest.mark.slow
def test_the_shell_sees_the_exit_codes(workflow: str, tmp_path: Path) -> None:
    lone = tmp_path / "one.csv"
    lone.write_text("spent,visits,left\n" + "1,2,yes\n" * 30)
    found = []
    for arguments in (["template:nothing"], [workflow, "--input", f"data={lone}", "--json"]):
        done = subprocess.run(
            [sys.executable, "manage.py", "run_workflow", *arguments], capture_output=True, check=False
        )
        found.append(done.returncode)
    assert found == [2, 1]


# export_workflow


@pytest.mark.slow
def test_an_exported_script_prints_the_metrics_of_the_run(workflow: str, tmp_path: Path) -> None:
    given = ["--input", f"data={customers(tmp_path)}"]
    out = tmp_path / "code" / "leaving.py"
    code, said = run(workflow, *given, "--as", "script", "--out", out, command="export_workflow")
    assert (code, str(out) in said) == (0, True)
    done = subprocess.run([sys.executable, "-I", out], cwd=out.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == account(workflow, *given)["metrics"]


def test_an_exported_notebook_is_one(tmp_path: Path) -> None:
    out = tmp_path / "notebook.ipynb"
    assert run("template:classification", "--as", "notebook", "--out", out, command="export_workflow")[0] == 0
    assert json.loads(out.read_text())["nbformat"] == 4


def test_an_exported_file_runs_to_the_same_metrics(workflow: str, tmp_path: Path) -> None:
    given = ["--input", f"data={customers(tmp_path)}"]
    out = tmp_path / "again.flowza.yaml"
    assert run(workflow, *given, "--as", "yaml", "--out", out, command="export_workflow")[0] == 0
    assert account(out, *given)["metrics"] == account(workflow, *given)["metrics"]
    template = tmp_path / "template.flowza.yaml"
    assert run("template:regression", "--as", "yaml", "--out", template, command="export_workflow")[0] == 0
    assert account(template)["metrics"] == account("template:regression")["metrics"]


def test_an_export_that_cannot_be_gives_2() -> None:
    arguments = ("template:nothing", "--as", "script", "--out", "never.py")
    assert run(*arguments, command="export_workflow")[0] == 2
