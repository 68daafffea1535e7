"""Runs that end otherwise than hoped: cancelled, failed, broken, with damaged files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from threadpoolctl import threadpool_limits

from flowza.engine.cache import DirectoryStore
from flowza.engine.catalogue import catalogue
from flowza.engine.execute import Executor
from flowza.engine.graph import parse
from flowza.engine.tests.contract import frames, perform
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


def test_a_cancelled_run_stops_between_nodes_and_says_so_of_all_others(data: Any, tmp_path: Path) -> None:
    seen: list[int] = []

    def cancelled() -> bool:
        seen.append(1)
        return len(seen) > 3

    ran = perform(graph(), data, tmp_path, cancelled=cancelled)
    states = ran.states()
    done = [name for name, state in states.items() if state == "done"]
    assert ran.finished["state"] == "cancelled"
    assert ran.error is None
    assert 0 < len(done) < len(ALL_NODES)
    assert {states[name] for name in set(ALL_NODES) - set(done)} == {"cancelled"}
    again = perform(graph(), data, tmp_path)
    assert again.finished["state"] == "succeeded"
    assert again.states()["csv"] == "kept"


def test_a_failure_marks_the_node_and_skips_the_rest(data: Any, tmp_path: Path) -> None:
    failing = chain(SOURCE, ("impute", {}), ("normalise", {"columns": ["city"]}), ("export_dataset", {}))
    ran = perform(failing, data, tmp_path)
    assert ran.states() == {"csv": "done", "impute": "done", "normalise": "failed", "export_dataset": "skipped"}
    assert ran.error is not None
    assert (ran.error["node"], ran.error["column"], ran.error["code"]) == ("normalise", "city", "column_type")
    assert ran.error["hint"]
    assert ran.finished["state"] == "failed"


def test_a_step_whose_learning_fails_behind_the_split_is_the_guilty_one(data: Any, tmp_path: Path) -> None:
    failing = chain(SOURCE, ("normalise", {"columns": ["city"]}), ("split", {}), ("export_dataset", {}))
    ran = perform(failing, data, tmp_path)
    assert ran.error is not None
    assert ran.error["node"] == "normalise"
    assert ran.states() == {"csv": "done", "normalise": "failed", "split": "skipped", "export_dataset": "skipped"}


def test_a_dataset_that_is_gone_is_said_of_its_source(data: Any, tmp_path: Path) -> None:
    data.sources.clear()
    ran = perform(graph(), data, tmp_path)
    assert ran.states()["csv"] == "failed"
    assert {ran.states()[name] for name in ALL_NODES[1:]} == {"skipped"}


def test_a_bug_gives_a_reference_and_keeps_its_traceback_to_the_log(
    data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any) -> None:
        raise KeyError("secret of the machine")

    monkeypatch.setattr(catalogue()["split"], "roles", broken)
    events: list[dict[str, Any]] = []
    finished = Executor(parse(graph()), DirectoryStore(tmp_path / "store"), data, events.append).run()
    error = finished["error"]
    assert (error["code"], error["node"]) == ("bug", "split")
    assert error["reference"] in error["message"]
    assert "secret" not in json.dumps(error)
    log = next(event for event in events if event["event"] == "log" and event["level"] == "error")
    assert error["reference"] in log["text"]
    assert "KeyError: 'secret of the machine'" in log["text"]


def test_a_library_that_warns_is_logged_and_not_shown_as_a_failure(
    data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import warnings

    before = catalogue()["split"].run

    def warning(*arguments: Any) -> Any:
        warnings.warn("Look out.", UserWarning, stacklevel=1)
        return before(*arguments)

    monkeypatch.setattr(catalogue()["split"], "run", warning)
    ran = perform(graph(), data, tmp_path)
    assert ran.error is None
    assert "Look out." in ran.logs


# Damage


def stored_files(folder: Path, ending: str) -> list[Path]:
    return sorted((folder / "store").rglob(f"*{ending}"))


@pytest.mark.parametrize("ending", [".arrow", ".npy", ".skops"])
@pytest.mark.parametrize("content", [b"", None])
def test_a_damaged_file_is_told_and_mended_by_running_again(
    ending: str, content: bytes | None, data: Any, tmp_path: Path
) -> None:
    first = perform(graph(), data, tmp_path)
    for path in stored_files(tmp_path, ending):
        path.write_bytes(path.read_bytes()[:40] if content is None else content)
    asking = graph()
    asking["nodes"].append({"id": "check", "kind": "cross_validate", "params": {"folds": 2}})
    asking["edges"].append(edge("logistic_regression", "model", "check", "model"))
    for _ in range(4):
        ran = perform(asking, data, tmp_path)
        if ran.error is None:
            break
        assert ran.error["code"] == "system"
        assert "damaged and has been set aside" in ran.error["message"]
    assert ran.error is None
    assert ran.finished["metrics"][: len(first.finished["metrics"])] == first.finished["metrics"]


@pytest.mark.parametrize("ending", [".arrow", ".npy", ".estimator.skops", ".fit.skops", ".json"])
def test_a_file_that_is_gone_is_made_again(ending: str, data: Any, tmp_path: Path) -> None:
    first = perform(graph(), data, tmp_path)
    assert stored_files(tmp_path, ending)
    for path in stored_files(tmp_path, ending):
        path.unlink()
    ran = perform(graph(C=0.1) if ending == ".json" else graph(), data, tmp_path)
    assert ran.error is None
    assert "done" in ran.states().values()
    assert perform(graph(), data, tmp_path).finished["metrics"] == first.finished["metrics"]


@pytest.mark.parametrize("content", ["", "{", "null", "[]", "{}", "\x00\xff"])
def test_a_damaged_manifest_counts_as_absent(content: str, data: Any, tmp_path: Path) -> None:
    first = perform(graph(), data, tmp_path)
    for path in stored_files(tmp_path, ".json"):
        path.write_bytes(content.encode("latin-1"))
    ran = perform(graph(), data, tmp_path)
    assert set(ran.states().values()) == {"done"}
    assert ran.finished["metrics"] == first.finished["metrics"]


@pytest.mark.parametrize("key", ["../x", "a/b", "", "..", "a.b", "a\x00"])
def test_the_store_takes_no_key_that_is_a_path(key: str, tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    with pytest.raises(ValueError, match="not a key"):
        store.path(key, ".arrow")
    with pytest.raises(ValueError, match="not a key"):
        store.path("abc", "/../x")
