"""Runs: what is stored is kept, what changed runs, what failed says so, and branches give what one process gives."""

from __future__ import annotations

import dataclasses
import errno
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from threadpoolctl import threadpool_limits

from flowza.engine import job
from flowza.engine.cache import DirectoryStore
from flowza.engine.events import system_error
from flowza.engine.execute import Executor
from flowza.engine.graph import parse
from flowza.engine.tests.contract import Ran, frames, perform
from flowza.engine.tests.graphs import DATA, chain, edge
from flowza.engine.tests.tables import people

SOURCE = ("csv", {"dataset": DATA, "target": "answer"})
LINE: list[tuple[str, dict[str, Any]]] = [
    SOURCE,
    ("select", {"mode": "drop", "columns": ["joined"]}),
    ("impute", {}),
    ("one_hot", {}),
    ("split", {}),
]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    with threadpool_limits(limits=1, user_api="openmp"):
        yield


@pytest.fixture
def data(tmp_path: Path) -> Any:
    return frames(tmp_path / "data", people())


def graph(*, C: float = 1.0, test_share: float = 0.2, seed: int = 0) -> dict[str, Any]:
    split = ("split", {"test_share": test_share})
    return chain(*LINE[:-1], split, ("logistic_regression", {"C": C}), ("evaluate", {}), seed=seed)


ALL_NODES = [node["id"] for node in graph()["nodes"]]


# What is kept


def test_a_second_run_keeps_everything_and_says_the_same(data: Any, tmp_path: Path) -> None:
    first = perform(graph(), data, tmp_path)
    second = perform(graph(), data, tmp_path)
    assert set(first.states().values()) == {"done"}
    assert set(second.states().values()) == {"kept"}
    assert second.finished == first.finished
    assert first.finished["metrics"]
    for name in ALL_NODES:
        assert second.manifest(name) == first.manifest(name)


def test_a_changed_last_parameter_runs_that_part_alone(data: Any, tmp_path: Path) -> None:
    perform(graph(), data, tmp_path)
    states = perform(graph(C=0.1), data, tmp_path).states()
    assert [name for name in ALL_NODES if states[name] == "done"] == ["logistic_regression", "evaluate"]
    assert {states[name] for name in ALL_NODES[:-2]} == {"kept"}


def test_another_file_runs_all(data: Any, tmp_path: Path) -> None:
    perform(graph(), data, tmp_path)
    data.sources[DATA] = dataclasses.replace(data.sources[DATA], digest="another")
    assert set(perform(graph(), data, tmp_path).states().values()) == {"done"}


def test_a_moved_file_runs_nothing(data: Any, tmp_path: Path) -> None:
    perform(graph(), data, tmp_path)
    data.sources[DATA] = dataclasses.replace(data.sources[DATA], path=tmp_path / "gone", name="Other")
    assert set(perform(graph(), data, tmp_path).states().values()) == {"kept"}


def test_another_seed_runs_all_and_gives_other_test_rows(data: Any, tmp_path: Path) -> None:
    first = perform(graph(), data, tmp_path).output("split")
    ran = perform(graph(seed=1), data, tmp_path)
    assert set(ran.states().values()) == {"done"}
    assert ran.output("split").test.index.tolist() != first.test.index.tolist()


def test_steps_of_another_workflow_under_other_names_are_kept_and_named_anew(data: Any, tmp_path: Path) -> None:
    perform(graph(), data, tmp_path)
    other = graph()
    text = json.dumps(other).replace('"id": "logistic_regression"', '"id": "mine"')
    other = json.loads(text.replace('"from": "logistic_regression"', '"from": "mine"'))
    for wire in other["edges"]:
        if wire["to"] == "logistic_regression":
            wire["to"] = "mine"
    other["nodes"].append({"id": "check", "kind": "cross_validate", "params": {"folds": 2}})
    other["edges"].append(edge("mine", "model", "check", "model"))
    executor = Executor(parse(other), DirectoryStore(tmp_path / "store"), data, lambda event: None)
    executor.run()
    assert executor.manifests["mine"]["output"] == "model"
    assert executor.output("mine").node == "mine"  # type: ignore[union-attr]


@pytest.mark.parametrize("kept", [set(), {"csv"}, {"csv", "split"}])
def test_only_what_the_person_may_reuse_is_kept(kept: set[str], data: Any, tmp_path: Path) -> None:
    first = perform(graph(), data, tmp_path)
    keys = {event["node"]: event["key"] for event in first.events if event["event"] == "node" and event["key"]}
    available = frozenset(keys[name] for name in kept)
    ran = perform(graph(), data, tmp_path, available=available)
    assert {name for name, state in ran.states().items() if state == "kept"} == kept
    assert ran.finished == first.finished


def test_run_to_here_runs_what_is_needed_alone(data: Any, tmp_path: Path) -> None:
    events: list[dict[str, Any]] = []
    wanted = job.Job(graph(), tmp_path / "store", datasets=data.sources, until="one_hot")
    assert job.perform(wanted, events.append)["state"] == "succeeded"
    assert {event["node"] for event in events if event["event"] == "node"} == {"csv", "select", "impute", "one_hot"}
    assert set(job.keys(wanted)) == {"csv", "select", "impute", "one_hot"}


def test_a_step_that_delivers_runs_every_time(data: Any, tmp_path: Path) -> None:
    delivering = chain(*LINE, ("export_dataset", {}))
    perform(delivering, data, tmp_path)
    ran = perform(delivering, data, tmp_path)
    assert ran.states()["export_dataset"] == "done"
    assert [event["kind"] for event in ran.events if event["event"] == "effect"] == ["export_file"]


# Memory


def test_an_output_is_freed_after_its_last_reader(data: Any, tmp_path: Path) -> None:
    held: dict[str, set[str]] = {}
    branching = graph()
    branching["nodes"].append({"id": "check", "kind": "cross_validate", "params": {"folds": 2}})
    branching["edges"].append(edge("logistic_regression", "model", "check", "model"))

    def emit(event: dict[str, Any]) -> None:
        if event["event"] == "node" and event["state"] == "running":
            held[event["node"]] = set(executor.outputs)

    executor = Executor(parse(branching), DirectoryStore(tmp_path / "store"), data, emit)
    executor.run()
    assert held["select"] == {"csv"}
    assert held["impute"] == {"select"}
    assert held["logistic_regression"] == {"split"}
    assert held["evaluate"] | held["check"] == {"logistic_regression"}
    assert executor.outputs == {}


# Steps before a Split


def done_events(ran: Ran, name: str) -> list[dict[str, Any]]:
    return [event for event in ran.events if event.get("node") == name and event.get("state") == "done"]


def test_a_step_before_the_split_gets_its_columns_behind_it(data: Any, tmp_path: Path) -> None:
    ran = perform(graph(), data, tmp_path)
    for name in ("impute", "one_hot"):
        first, second = done_events(ran, name)
        assert first["columns"] is None
        assert second["columns"] == len(second["manifest"]["columns"])
        assert "72 training rows" in second["note"]
        assert second["manifest"]["context"] == done_events(ran, "split")[0]["key"]
    types = {column["name"]: column["type"] for column in ran.manifest("impute")["columns"]}
    assert types == {
        "age": "number", "income": "number", "children": "number", "city": "text", "member": "boolean",
        "answer": "text", "amount": "number",
    }  # fmt: skip
    assert {"name": "city_Ulm", "type": "flag"} in ran.manifest("one_hot")["columns"]
    assert ran.manifest("one_hot")["columns"] == ran.manifest("split")["columns"]


def test_a_step_before_another_split_shows_what_it_learned_there(data: Any, tmp_path: Path) -> None:
    perform(graph(), data, tmp_path)
    ran = perform(graph(test_share=0.5), data, tmp_path)
    assert "45 training rows" in done_events(ran, "impute")[-1]["note"]
    back = perform(graph(), data, tmp_path)
    split = next(event["key"] for event in back.events if event.get("node") == "split" and event.get("key"))
    assert back.manifest("impute")["context"] == split
    assert back.states()["split"] == "kept"


def test_a_run_that_was_cancelled_before_the_split_is_closed_by_the_next(data: Any, tmp_path: Path) -> None:
    events: list[dict[str, Any]] = []

    def cancelled() -> bool:
        return any(event.get("node") == "one_hot" and event["state"] == "done" for event in events)

    Executor(parse(graph()), DirectoryStore(tmp_path / "store"), data, events.append, cancelled).run()
    ran = perform(graph(), data, tmp_path)
    assert ran.manifest("impute")["columns"]


# Branches


@pytest.fixture(scope="module")
def branched(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("branches")
    arguments = [sys.executable, "-W", "error", "-m", "flowza.engine.tests.branch_runs", str(folder)]
    found: dict[str, Any] = json.loads(subprocess.run(arguments, check=True, capture_output=True).stdout)
    return found


@pytest.mark.parametrize("name", ["two", "three"])
def test_branches_in_processes_give_what_one_process_gives(name: str, branched: dict[str, Any]) -> None:
    one, other = branched["one"], branched[name]
    assert one["finished"]["state"] == "succeeded"
    assert other["finished"] == one["finished"]
    assert other["states"] == one["states"]
    assert sorted(other["logs"]) == sorted(one["logs"])
    assert overlapping(other["order"])
    assert not overlapping(one["order"])


def overlapping(order: list[list[str]]) -> bool:
    """Whether two nodes ran at the same time."""
    running: set[str] = set()
    for name, state in order:
        running = running | {name} if state == "running" else running - {name}
        if len(running) > 1:
            return True
    return False


def test_a_branch_that_is_killed_is_told_at_its_node(branched: dict[str, Any]) -> None:
    found = branched["crash"]
    assert found["finished"]["error"]["code"] == "crashed"
    assert found["finished"]["error"]["node"] == "forest"
    assert "memory" in found["finished"]["error"]["message"]
    assert found["states"]["forest"] == "failed"
    assert found["states"]["compare"] == "skipped"
    assert set(found["states"].values()) <= {"done", "failed", "skipped"}


def test_a_branch_that_fails_stops_the_others(branched: dict[str, Any]) -> None:
    found = branched["refusal"]
    error = found["finished"]["error"]
    assert (error["node"], error["message"], error["column"]) == ("forest", "This forest does not grow.", "age")
    assert found["states"]["forest"] == "failed"
    assert set(found["states"].values()) <= {"done", "failed", "skipped"}


def test_a_bug_in_a_branch_is_logged_with_its_traceback(branched: dict[str, Any]) -> None:
    assert "KeyError: 'a mistake'" in branched["bug"]["bug"]


def test_a_run_cancelled_in_a_branch_leaves_no_step_running(branched: dict[str, Any]) -> None:
    found = branched["cancel"]
    assert found["finished"]["state"] == "cancelled"
    assert set(found["states"].values()) == {"done", "cancelled"}


def test_a_full_disk_is_told_in_words() -> None:
    error = system_error(OSError(errno.ENOSPC, "No space left on device"), "fill")
    assert (error.node, error.message) == ("fill", "The disk is full, so this step's result could not be kept.")
    assert "room" in error.hint
