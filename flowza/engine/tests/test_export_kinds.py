"""What runs is what is exported: for every kind of step and every template."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from flowza.engine.job import Job
from flowza.engine.templates import TEMPLATES
from flowza.engine.tests.contract import CASES, EXTRA, Builder, graph_of
from flowza.engine.tests.exported import Exported, export_all
from flowza.engine.tests.graphs import DATA, Frames, Step
from flowza.engine.tests.tables import people

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("exports")]

CLEAN = ("--isolated", "--line-length", "120", "--target-version", "py311")
RULES = ("--select", "E,F,I,B,UP,SIM,C4,PTH,RUF")
REFUSED = {
    "cast[to=integer]": "is not a whole number",
    "cast[to=boolean]": "is not true or false",
    "compare[rank_by=r2]": "cannot be ranked",
    "compare[rank_by=rmse]": "cannot be ranked",
    "compare[rank_by=mae]": "cannot be ranked",
}
"""What the engine refuses on these tables."""

KINDS = [case for case in [*CASES, *EXTRA] if "openml_name" not in graph_of(case, people())["nodes"][-1]["params"]]


def graphs() -> Iterator[tuple[str, dict[str, Any]]]:
    frame = people()
    for case in KINDS:
        yield str(case), graph_of(case, frame)
    for slug, template in TEMPLATES.items():
        yield f"template {slug}", template.graph()
    for name, graph in SHAPES.items():
        yield f"shape {name}", graph


def line(target: str, *steps: Step) -> dict[str, Any]:
    """Steps one behind the other on the people; ids are kinds, numbered."""
    builder = Builder()
    builder.add("data", "csv", {"dataset": DATA, **({"target": target} if target else {})})
    last, port = "data", "table"
    for number, (kind, params) in enumerate(steps):
        name = f"{kind}_{number}"
        ends = kind in ("evaluate", "cross_validate")
        builder.add(name, kind, params, (last, port, "model" if ends else "table"))
        if not ends:
            last, port = name, "model" if kind.endswith(("regression", "classifier", "regressor")) else "table"
    return builder.graph()


def rows_where(column: str, bound: str) -> Step:
    condition = {"column": column, "operator": ">", "value": bound}
    return ("filter", {"conditions": [condition], "combine": "and"})


GONE: Step = ("select", {"mode": "drop", "columns": ["joined", "amount"]})
FILL: Step = ("impute", {})
CODE: Step = ("one_hot", {})
SPLIT: Step = ("split", {})
FIT: Step = ("logistic_regression", {})
JUDGE: Step = ("evaluate", {})
FOLDS: Step = ("cross_validate", {"folds": 3})
RATIO: Step = ("formula", {"name": "ratio", "expression": "income / (age + 1)"})
ADULTS: Step = rows_where("age", "30")

SHAPES: dict[str, dict[str, Any]] = {
    "no split": line("answer", GONE, FILL, CODE, FIT, JUDGE, FOLDS),
    "nothing learned": line("answer", ("select", {"columns": ["children", "age", "answer"]}), SPLIT, FIT, JUDGE, FOLDS),
    "split first": line("answer", GONE, SPLIT, FILL, CODE, ("normalise", {}), FIT, JUDGE, FOLDS),
    "split last": line("answer", GONE, FILL, CODE, ("normalise", {}), SPLIT, FIT, JUDGE, FOLDS),
    "formula between learned steps": line("answer", GONE, FILL, RATIO, CODE, ("normalise", {}), SPLIT, FIT, JUDGE),
    "columns chosen between learned steps": line(
        "answer", GONE, FILL, ("select", {"columns": ["age", "answer", "city", "income"]}), CODE, SPLIT, FIT, JUDGE
    ),
    "cast and rename between learned steps": line(
        "answer",
        GONE,
        FILL,
        ("cast", {"columns": ["children"], "to": "number"}),
        ("rename", {"names": [{"column": "age", "name": "years [of life]"}]}),
        CODE,
        SPLIT,
        FIT,
        JUDGE,
    ),
    "rows filtered behind a learned step": line("answer", GONE, ("ordinal", {}), ADULTS, FILL, SPLIT, FIT, JUDGE),
    "rows filtered by a column made behind a learned step": line(
        "answer",
        GONE,
        ("ordinal", {}),
        ("formula", {"name": "doubled", "expression": "age * 2"}),
        rows_where("doubled", "60"),
        FILL,
        SPLIT,
        FIT,
        JUDGE,
    ),
    "rows filtered behind the split": line("answer", GONE, SPLIT, ADULTS, FILL, CODE, FIT, JUDGE, FOLDS),
    "training rows sampled": line("answer", GONE, SPLIT, ("sample", {"fraction": 0.7}), FILL, CODE, FIT, JUDGE),
    "training rows dropped by a learned column": line(
        "answer",
        GONE,
        SPLIT,
        FILL,
        rows_where("income", "10"),
        CODE,
        FIT,
        JUDGE,
        FOLDS,
    ),
    "target made behind a learned step": line(
        "",
        ("select", {"mode": "drop", "columns": ["joined", "answer"]}),
        ("ordinal", {}),
        ("formula", {"name": "goal", "expression": "log(amount + 100)"}),
        ("select", {"mode": "drop", "columns": ["amount"]}),
        FILL,
        ("split", {"target": "goal"}),
        ("linear_regression", {}),
        JUDGE,
        FOLDS,
    ),
    "target renamed behind a learned step": line(
        "answer",
        GONE,
        FILL,
        ("rename", {"names": [{"column": "answer", "name": "goal"}]}),
        CODE,
        SPLIT,
        FIT,
        JUDGE,
        FOLDS,
    ),
    "target known at the model": line(
        "", GONE, FILL, CODE, SPLIT, ("logistic_regression", {"target": "answer", "positive": "no"}), JUDGE
    ),
    "rows without a target": line("city", GONE, FILL, CODE, SPLIT, FIT, JUDGE),
    "target encoded without a split": line("answer", GONE, FILL, ("target_encode", {}), FIT, JUDGE, FOLDS),
    "best columns chosen": line(
        "answer", GONE, FILL, CODE, ("select_features", {"method": "k_best", "k": 3}), SPLIT, FIT, JUDGE, FOLDS
    ),
    "time order": line(
        "amount",
        ("date_parts", {"columns": ["joined"]}),
        ("split", {"shuffle": False}),
        FILL,
        CODE,
        ("linear_regression", {"method": "ridge"}),
        JUDGE,
    ),
}


NAMES = [
    # The other choices of a kind's parameters, each by itself, are for the long suite.
    pytest.param(name, marks=[pytest.mark.slow] if name.endswith("]") else [])
    for name, _ in graphs()
]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> dict[str, Exported]:
    """The scripts of all graphs that the chosen tests ask for."""
    wanted = {item.callspec.params.get("name") for item in request.session.items if hasattr(item, "callspec")}
    folder = tmp_path_factory.mktemp("exports")
    resources = Frames(folder, {DATA: people()})
    jobs = {
        name: Job(graph, folder / f"store{number}", datasets=resources.sources)
        for number, (name, graph) in enumerate(graphs())
        if name in wanted
    }
    return export_all(jobs, folder / "scripts")


@pytest.mark.parametrize("name", NAMES)
def test_the_script_gives_what_the_run_gave(name: str, exported: dict[str, Exported]) -> None:
    found = exported[name]
    if name in REFUSED:
        assert REFUSED[name] in found.refusal
        return
    assert not found.refusal, found.refusal
    found.check()


def test_scripts_are_clean_to_the_linter_and_the_formatter(exported: dict[str, Exported]) -> None:
    scripts = [str(item.script) for name, item in exported.items() if name not in REFUSED]
    for command in (("check", *RULES, *CLEAN), ("format", "--check", *CLEAN)):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *scripts], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
