"""What every kind of the catalogue keeps: its declaration, refusals, equal results, honest keys, a faithful store."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from flowza.engine.cache import node_keys
from flowza.engine.catalogue import CATEGORIES, catalogue
from flowza.engine.errors import GraphError, NodeError
from flowza.engine.graph import parse
from flowza.engine.node import StatelessNode
from flowza.engine.params import parse_params
from flowza.engine.table import Table
from flowza.engine.tests import contract
from flowza.engine.tests.contract import ALL, Case, assert_for_people, assert_same, frames
from flowza.engine.tests.tables import HARD_FRAMES, people

KINDS = sorted(catalogue())


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Small work on many threads is slow where other processes run; results do not depend on their number."""
    with threadpool_limits(limits=1, user_api="openmp"):
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("contract")


# The declaration


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_says_what_it_is(kind: str) -> None:
    cls = catalogue()[kind]
    assert re.fullmatch(r"[a-z][a-z0-9_]*", kind)
    assert cls.category in CATEGORIES
    assert cls.__module__ == f"flowza.engine.nodes.{cls.category}.{kind}"
    assert re.fullmatch(r"[a-z][a-z0-9-]*", cls.icon)
    assert cls.label[0].isupper() or cls.kind == "kmeans"
    assert cls.summary.endswith((".", "…")), cls.summary
    assert len(cls.summary) <= 140
    assert cls.__doc__ is not None
    assert cls.__doc__.strip().split("\n\n")[0].rstrip().endswith((".", "…"))
    assert cls.version >= 1
    assert all(port.label and port.type in ("dataset", "model", "report") for port in (*cls.inputs, *cls.outputs))
    assert len(cls.outputs) == 1


def test_labels_tell_kinds_apart() -> None:
    labels = [cls.label for cls in catalogue().values()]
    assert len(labels) == len(set(labels))


PARAMS = [(kind, name) for kind in KINDS for name in catalogue()[kind].Params.model_fields]


@pytest.mark.parametrize(("kind", "name"), PARAMS)
def test_a_parameter_says_what_it_means(kind: str, name: str) -> None:
    info = catalogue()[kind].Params.model_fields[name]
    assert not info.is_required()
    assert info.title, "no label"
    assert info.title[0].isupper()
    assert info.description is None or info.description.endswith((".", "?", "…", ")"))
    extra: Any = info.json_schema_extra
    described = extra["flowza"]
    choices = contract.other_choices(info.annotation, info.default)
    if choices and not isinstance(choices[0], bool):
        assert set(described["choices"]) == {*choices, info.default}
    for other in described.get("shown_when", {}):
        assert other in catalogue()[kind].Params.model_fields


@pytest.mark.parametrize("kind", KINDS)
def test_default_parameters_are_valid_and_say_nothing(kind: str) -> None:
    params, problems = parse_params(catalogue()[kind].Params, {}, "n")
    assert not problems
    assert params is not None
    assert params.changed() == {}


# Bad parameters


def wrong_values(annotation: Any) -> list[Any]:
    """Values of other types, values that JSON cannot hold, values beyond any bounds."""
    values: list[Any] = [{"a": {"b": 1}}, [[1]], [None], float("nan"), float("inf"), -1e300]
    if annotation is bool:
        values += ["yes", 2]
    elif annotation in (int, float) or "int" in str(annotation) or "float" in str(annotation):
        values += ["1", True, -(10**30)]
    elif annotation is str:
        values += [1, True]
    return values


@pytest.mark.parametrize(("kind", "name"), PARAMS)
def test_a_wrong_value_is_refused_naming_node_and_field(kind: str, name: str) -> None:
    cls = catalogue()[kind]
    annotation = cls.Params.model_fields[name].annotation
    for value in wrong_values(annotation):
        _, problems = parse_params(cls.Params, {name: value}, "here")
        if (kind, name) in UNBOUNDED and value in (-1e300, -(10**30)):
            continue
        assert problems, f"{value!r} was taken for {name}"
        assert {problem.node for problem in problems} == {"here"}
        assert name in {problem.field for problem in problems}, problems
        assert all(problem.message.endswith((".", ")")) for problem in problems)


UNBOUNDED = {("impute", "number")}


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_parameter_is_refused_with_those_there_are(kind: str) -> None:
    for name in ("colour", "__proto__", "__class__", ""):
        _, problems = parse_params(catalogue()[kind].Params, {name: 1}, "here")
        assert (problems[0].node, problems[0].field) == ("here", name)
        assert problems[0].code == "unknown_param"


@pytest.mark.parametrize("raw", [None, [], "x", 3])
def test_parameters_that_are_no_object_are_refused(raw: Any) -> None:
    with pytest.raises(GraphError) as caught:
        parse({"nodes": [{"id": "a", "kind": "csv", "params": raw}], "edges": []})
    assert caught.value.problems[0].node == "a"


# Hard tables


# The other tables take as long again, and are run by `make test`.
HARDEST = [
    "no rows", "one row", "columns without values", "text where numbers belong", "200 columns",
    "odd names of numbers", "odd names of texts", "names of made columns",
]  # fmt: skip
HARD = [pytest.param(name, marks=[] if name in HARDEST else [pytest.mark.slow]) for name in sorted(HARD_FRAMES)]


@pytest.fixture(scope="module", params=HARD)
def hard(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, Any, Path]:
    """A hard table, as a frame and as resources, with a folder whose store all kinds share."""
    place = tmp_path_factory.mktemp("hard")
    frame = HARD_FRAMES[request.param]()
    return frame, frames(place / "data", frame), place


@pytest.mark.parametrize("kind", KINDS)
def test_a_hard_table_works_or_is_refused_in_words(kind: str, hard: tuple[pd.DataFrame, Any, Path]) -> None:
    frame, resources, place = hard
    ran = contract.perform(contract.graph_of(Case(kind), frame), resources, place)
    if ran.error is not None:
        assert_for_people(ran)
    elif isinstance(table := ran.output("tested"), Table):
        assert table.frame.columns.is_unique
        assert len(table.frame) <= table.rows


# Equal results


@pytest.fixture(scope="module")
def data(folder: Path) -> tuple[pd.DataFrame, Any]:
    frame = people()
    return frame, frames(folder / "data", frame, more=frame.iloc[:50])


KNOWN: dict[str, Any] = {}

# Choices that do not suit the table of this suite, by their code.
UNSUITED = {
    "cast[to=integer]": "values",
    "cast[to=boolean]": "values",
    "compare[rank_by=r2]": "metric",
}


@pytest.mark.parametrize("case", ALL, ids=str)
def test_a_run_in_memory_and_a_run_that_is_stored_are_equal(
    case: Case, data: tuple[pd.DataFrame, Any], folder: Path
) -> None:
    frame, resources = data
    first = contract.outcome(case, frame, resources, outbox(folder), KNOWN)
    if isinstance(first, NodeError):
        assert first.code == UNSUITED[str(case)], first.message
        return
    ran = contract.perform(contract.graph_of(case, frame), resources, folder)
    assert ran.error is None, ran.error
    assert_same(first, ran.output("tested"))


def outbox(folder: Path) -> Path:
    place = folder / "direct"
    place.mkdir(exist_ok=True)
    return place


@pytest.mark.slow
def test_outputs_read_in_another_process_are_equal(data: tuple[pd.DataFrame, Any], folder: Path) -> None:
    frame, resources = data
    here, keys = {}, {}
    for case in [Case(kind) for kind in KINDS if kind not in ("showcase",)]:
        ran = contract.perform(contract.graph_of(case, frame), resources, folder)
        keys[case.kind] = node_keys(ran.graph, resources)["tested"]
        here[case.kind] = fingerprint(ran.output("tested"))
    code = "import sys; from flowza.engine.tests.test_contract import tell; tell(sys.argv[1], sys.argv[2:])"
    arguments = [sys.executable, "-W", "error", "-c", code, str(folder / "store"), *keys.values()]
    told = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.splitlines()
    assert dict(zip(keys, told, strict=True)) == here


def tell(root: str, keys: list[str]) -> None:
    """Print a fingerprint of each stored output; runs in a process of its own."""
    from flowza.engine.cache import DirectoryStore
    from flowza.engine.codec import decode

    store = DirectoryStore(Path(root))
    for key in keys:
        manifest = store.manifest(key)
        assert manifest is not None
        sys.stdout.write(fingerprint(decode(manifest, store)) + "\n")


def fingerprint(output: Any) -> str:
    import hashlib
    import json

    from flowza.engine.operations.parquet import frame_digest
    from flowza.engine.report import Report

    if isinstance(output, Table):
        return frame_digest(output.frame) + frame_digest(output.train)
    if isinstance(output, Report):
        return hashlib.blake2b(json.dumps(output.as_dict()).encode()).hexdigest()
    answers = output.predict(output.table.source.frame)
    shares = b"" if answers.probabilities is None else np.ascontiguousarray(answers.probabilities).tobytes()
    return hashlib.blake2b(repr(answers.values.tolist()).encode() + shares).hexdigest()


@pytest.mark.parametrize("case", [case for case in ALL if issubclass(case.cls, StatelessNode)], ids=str)
def test_a_stateless_step_makes_of_a_row_what_it_makes_of_it_alone(
    case: Case, data: tuple[pd.DataFrame, Any], folder: Path
) -> None:
    frame, resources = data
    whole = contract.outcome(case, frame, resources, outbox(folder))
    if isinstance(whole, NodeError):
        return
    some = np.array([3, 4, 50, 71])
    for step in whole.program:
        part = step.apply(frame.iloc[some])
        full = step.apply(frame)
        pd.testing.assert_frame_equal(part, full.iloc[some])
        pd.testing.assert_series_equal(step.apply(frame.iloc[:0]).dtypes, full.dtypes)
