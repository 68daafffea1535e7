"""Runs of branching graphs in forked processes, in a process of their own: pytest's may have used OpenMP, which does
not survive a fork. Prints what came of them as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from flowza.engine import branches
from flowza.engine.catalogue import catalogue
from flowza.engine.context import Context
from flowza.engine.errors import NodeError
from flowza.engine.tests.contract import Ran, frames, perform
from flowza.engine.tests.graphs import DATA, edge
from flowza.engine.tests.tables import people

MODELS = {
    "logistic": ("logistic_regression", {}),
    "forest": ("random_forest_classifier", {"n_estimators": 5}),
    "baseline": ("baseline_classifier", {}),
    "boosted": ("xgboost_classifier", {"n_estimators": 4}),
}


def branching() -> dict[str, Any]:
    """Data, a split, four models; each is evaluated and all are compared."""
    line = [
        ("data", "csv", {"dataset": DATA, "target": "answer"}),
        ("select", "select", {"mode": "drop", "columns": ["joined"]}),
        ("impute", "impute", {}),
        ("one_hot", "one_hot", {}),
        ("split", "split", {}),
    ]
    nodes = [{"id": name, "kind": kind, "params": params} for name, kind, params in line]
    edges = [edge(one[0], "table", other[0], "table") for one, other in pairwise(line)]
    for name, (kind, params) in MODELS.items():
        nodes += [{"id": name, "kind": kind, "params": params}, {"id": f"look_{name}", "kind": "evaluate"}]
        edges += [edge("split", "table", name, "table"), edge(name, "model", f"look_{name}", "model")]
        edges.append(edge(name, "model", "compare", "models"))
    nodes.append({"id": "compare", "kind": "compare", "params": {"folds": 2}})
    return {"format": 1, "seed": 0, "nodes": nodes, "edges": edges}


def said(ran: Ran) -> dict[str, Any]:
    pairs = [(event["node"], event["state"]) for event in ran.events if event["event"] == "node"]
    return {
        "finished": ran.finished,
        "states": ran.states(),
        "order": pairs,
        "logs": [(event["node"], event["text"]) for event in ran.events if event["event"] == "log"],
    }


def instead(kind: str, run: Callable[..., Any]) -> Callable[[], None]:
    """Let the nodes of a kind do something else; gives what puts it back."""
    cls = catalogue()[kind]
    before = cls.run
    cls.run = run  # type: ignore[method-assign]

    def back() -> None:
        cls.run = before  # type: ignore[method-assign]

    return back


def killed(node: Any, inputs: Any, context: Context) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refused(node: Any, inputs: Any, context: Context) -> None:
    raise NodeError("This forest does not grow.", column="age", hint="Water it.")


def broken(node: Any, inputs: Any, context: Context) -> None:
    raise KeyError("a mistake")


def main(folder: Path) -> None:
    resources = frames(folder / "data", people())
    branches.HEAVY_CELLS = 0
    found: dict[str, Any] = {}
    for name, run in (("crash", killed), ("refusal", refused), ("bug", broken)):
        back = instead("random_forest_classifier", run)
        try:
            found[name] = said(perform(branching(), resources, folder / name, processes=2))
        except AssertionError as error:
            found[name] = {"bug": str(error)}
        back()
    flag = folder / "flag"

    def wait_for_cancel(node: Any, inputs: Any, context: Context) -> None:
        flag.touch()
        context.check_cancelled()

    back = instead("random_forest_classifier", wait_for_cancel)
    found["cancel"] = said(perform(branching(), resources, folder / "cancel", processes=2, cancelled=flag.exists))
    back()
    found["two"] = said(perform(branching(), resources, folder / "two", processes=2))
    found["three"] = said(perform(branching(), resources, folder / "three", processes=3))
    found["one"] = said(perform(branching(), resources, folder / "one", processes=1))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
