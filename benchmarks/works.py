"""The works W1 to W5: their data, their graphs, and the same steps by hand."""

from __future__ import annotations

import gc
import importlib
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from flowza.engine.cache import DirectoryStore
from flowza.engine.catalogue import catalogue
from flowza.engine.context import Context
from flowza.engine.execute import Executor
from flowza.engine.job import DatasetSource, Job, perform
from flowza.engine.node import Inputs, Node, Output
from flowza.engine.operations.reading import digest
from flowza.engine.params import Params, param
from flowza.engine.ports import DATASET_IN, REPORT_OUT, Port
from flowza.engine.report import Report
from flowza.engine.versions import library_versions

LEVELS = (3, 5, 8, 12, 16, 20)


def make_csv(path: Path, rows: int, seed: int = 0) -> Path:
    """6 numbers, 6 categories with 3 to 20 levels, 3 % of the cells missing, a two-class target."""
    if path.exists():
        return path
    random = np.random.default_rng(seed)
    columns: dict[str, Any] = {f"n{index}": random.normal(size=rows).round(5) for index in range(6)}
    codes = [random.integers(0, levels, rows) for levels in LEVELS]
    for index, code in enumerate(codes):
        columns[f"c{index}"] = pd.Series(code).map(f"level {{}} of c{index}".format).astype("str")
    score = columns["n0"] + 0.6 * columns["n1"] * (codes[0] == 1) + 0.3 * (codes[3] % 3) + random.normal(size=rows)
    frame = pd.DataFrame(columns)
    for name in frame.columns:
        frame.loc[random.random(rows) < 0.03, name] = None
    frame["bought"] = pd.Series(np.where(score > 0.4, "yes", "no")).astype("str")
    frame.to_csv(path, index=False)
    return path


def graph_w1(C: float = 1.0, boosted_only: bool = False) -> dict[str, Any]:
    nodes = [
        {"id": "data", "kind": "csv", "params": {"dataset": "data"}},
        {"id": "complete", "kind": "drop_nulls", "params": {}},
        {"id": "encode", "kind": "one_hot", "params": {}},
        {"id": "split", "kind": "split", "params": {"target": "bought", "stratify": "yes"}},
        {"id": "scale", "kind": "normalise", "params": {}},
        {"id": "logistic", "kind": "logistic_regression", "params": {"C": C, "max_iter": 100}},
        {"id": "boosted", "kind": "xgboost_classifier", "params": {"n_estimators": 100}},
        {"id": "evaluate_logistic", "kind": "evaluate", "params": {}},
        {"id": "evaluate_boosted", "kind": "evaluate", "params": {}},
    ]
    wires = [("data", "complete"), ("complete", "encode"), ("encode", "split"), ("split", "scale")]
    wires += [("scale", "logistic"), ("scale", "boosted")]
    models = [("logistic", "evaluate_logistic"), ("boosted", "evaluate_boosted")]
    edges = [{"from": a, "from_port": "table", "to": b, "to_port": "table"} for a, b in wires]
    edges += [{"from": a, "from_port": "model", "to": b, "to_port": "model"} for a, b in models]
    if boosted_only:
        nodes = [node for node in nodes if "logistic" not in node["id"]]
        edges = [edge for edge in edges if "logistic" not in edge["to"]]
    return {"format": 1, "seed": 0, "nodes": nodes, "edges": edges}


def run_ours(graph: dict[str, Any], csv: Path | None, store: Path, processes: int = 2) -> dict[str, Any]:
    datasets = {"data": DatasetSource("data", csv, "csv", digest(csv), {})} if csv else {}
    failed: list[dict[str, Any]] = []

    def listen(event: dict[str, Any]) -> None:
        if event["event"] == "node" and event["state"] == "failed":
            failed.append(event["error"])

    finished = perform(Job(graph, store, None, datasets, processes=processes), listen)
    if finished["state"] != "succeeded":
        raise RuntimeError(f"the run failed: {failed}")
    return {f"{metric['node']}.{metric['name']}": metric["value"] for metric in finished["metrics"]}


def cold(graph: dict[str, Any], csv: Path | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="flowza-bench-") as store:
        return run_ours(graph, csv, Path(store))


def preload() -> None:
    """Import what both ways need, so that no measured process imports it, as the worker does before it forks."""
    for name in ("compose", "ensemble", "metrics", "model_selection", "pipeline", "preprocessing"):
        importlib.import_module(f"sklearn.{name}")
    for name in ("pyarrow.csv", "skops.io", "xgboost"):
        importlib.import_module(name)
    catalogue()
    library_versions()
    gc.collect()
    gc.freeze()


# By hand


def by_hand(csv: Path, boosted_only: bool = False, dummies: bool = False) -> dict[str, float]:
    """The same steps with pandas and scikit-learn in their default settings; nothing is stored."""
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    from xgboost import XGBClassifier

    frame = pd.read_csv(csv).dropna()
    features, labels = frame.drop(columns="bought"), (frame["bought"] == "yes").astype(int)
    numbers = [name for name in features.columns if name.startswith("n")]
    texts = [name for name in features.columns if name.startswith("c")]
    if dummies:
        features = pd.get_dummies(features, columns=texts)
    parts = train_test_split(features, labels, test_size=0.25, random_state=0, stratify=labels)
    train, test, train_labels, test_labels = parts
    encode = [] if dummies else [("encode", OneHotEncoder(sparse_output=False, handle_unknown="ignore"), texts)]
    scores: dict[str, float] = {}
    models = {"boosted": XGBClassifier(n_estimators=100)}
    if not boosted_only:
        models = {"logistic": LogisticRegression(), **models}
    prepare = ColumnTransformer([*encode, ("scale", StandardScaler(), numbers)], remainder="passthrough")
    prepared, prepared_test = prepare.fit_transform(train), prepare.transform(test)
    for name, model in models.items():
        pipeline = Pipeline([("model", model)]).fit(prepared, train_labels)
        scores |= {f"{name}.{key}": value for key, value in evaluated(pipeline, prepared_test, test_labels).items()}
    return scores


def evaluated(model: Any, features: Any, labels: Any) -> dict[str, float]:
    from sklearn import metrics

    probabilities = model.predict_proba(features)[:, 1]
    answers = model.predict(features)
    metrics.roc_curve(labels, probabilities)
    metrics.precision_recall_curve(labels, probabilities)
    metrics.confusion_matrix(labels, answers)
    return {
        "accuracy": metrics.accuracy_score(labels, answers),
        "f1": metrics.f1_score(labels, answers),
        "precision": metrics.precision_score(labels, answers),
        "recall": metrics.recall_score(labels, answers),
        "auc": metrics.roc_auc_score(labels, probabilities),
        "log_loss": metrics.log_loss(labels, probabilities),
    }


def by_hand_one_blas_thread(csv: Path) -> dict[str, float]:
    with threadpool_limits(1, user_api="blas"):
        return by_hand(csv)


# W3 and W4: kinds of their own


class Pass(Node):
    """Gives its table on as it is."""

    kind, label, category, icon, summary = "bench_pass", "Pass", "columns", "arrow-right", "Passes the table on."
    role = "stateless"

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        return {"table": inputs["table"][0]}


class SpinParams(Params):
    name: str = param("", label="Name")


class Spin(Node):
    """About a second of pure Python."""

    kind, label, category, icon, summary = "bench_spin", "Spin", "validate", "refresh", "Counts."
    role, heavy = "validate", True
    inputs, outputs = (DATASET_IN,), (REPORT_OUT,)
    Params = SpinParams

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        return {"report": Report(f"{spin()}")}


class Gather(Node):
    """Waits for all reports."""

    kind, label, category, icon, summary = "bench_gather", "Gather", "validate", "arrows-join", "Joins."
    role = "validate"
    inputs, outputs = (Port("reports", "report", "Reports", many=True),), (REPORT_OUT,)

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        return {"report": Report(", ".join(report.title for report in inputs["reports"]))}


def spin(rounds: int = 12_000_000) -> int:
    total = 0
    for number in range(rounds):
        total += number & 3
    return total


def add_kinds() -> None:
    for cls in (Pass, Spin, Gather):
        catalogue()[cls.kind] = cls


def graph_w3(length: int = 100) -> dict[str, Any]:
    nodes = [{"id": "data", "kind": "showcase", "params": {"name": "iris"}}]
    nodes += [{"id": f"pass{index:03}", "kind": "bench_pass"} for index in range(length)]
    edges = [
        {"from": one["id"], "from_port": "table", "to": other["id"], "to_port": "table"}
        for one, other in pairwise(nodes)
    ]
    return {"format": 1, "seed": 0, "nodes": nodes, "edges": edges}


def graph_w4(branches: int = 8) -> dict[str, Any]:
    nodes: list[dict[str, Any]] = [{"id": "data", "kind": "showcase", "params": {"name": "iris"}}]
    nodes += [{"id": f"spin{index}", "kind": "bench_spin", "params": {"name": f"{index}"}} for index in range(branches)]
    nodes += [{"id": "gather", "kind": "bench_gather"}]
    edges: list[dict[str, Any]] = []
    for index in range(branches):
        edges.append({"from": "data", "from_port": "table", "to": f"spin{index}", "to_port": "table"})
        edges.append({"from": f"spin{index}", "from_port": "report", "to": "gather", "to_port": "reports"})
    return {"format": 1, "seed": 0, "nodes": nodes, "edges": edges}


def fork_pool(branches: int = 8, width: int = 2) -> None:
    """The same branches by hand: a pool of forked processes."""
    import multiprocessing

    with multiprocessing.get_context("fork").Pool(width) as pool:
        pool.map(spin, [12_000_000] * branches, chunksize=1)


class MemoryStore(DirectoryStore):
    """Keeps manifests in a dictionary: what the engine itself takes, without files."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.manifests: dict[str, dict[str, Any]] = {}

    def manifest(self, key: str) -> dict[str, Any] | None:
        return self.manifests.get(key)

    def put_manifest(self, key: str, manifest: dict[str, Any]) -> None:
        self.manifests[key] = manifest


def milliseconds_per_node(length: int = 100) -> float:
    """Of W3: what each further step costs. Reading the source back, in every run the same, is not counted."""
    with tempfile.TemporaryDirectory(prefix="flowza-bench-") as folder:
        store = MemoryStore(Path(folder))
        _, short, long = (seconds_of_chain(steps, store, Path(folder)) for steps in (0, 1, length))
        return (long - short) * 1000 / (length - 1)


def seconds_of_chain(steps: int, store: MemoryStore, folder: Path) -> float:
    job = Job(graph_w3(steps), folder)
    started = time.perf_counter()
    finished = Executor(job.parsed(), store, job, lambda event: None).run()
    seconds = time.perf_counter() - started
    if finished["state"] != "succeeded":
        raise RuntimeError(str(finished["error"]))
    return seconds
