"""Outputs as manifests (JSON) and blobs, and back. A stored table refers to its source, where its rows lie."""

from __future__ import annotations

import hashlib
import importlib
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from flowza.engine.cache import Blob, Store
from flowza.engine.catalogue import find
from flowza.engine.columns import Selector, column_types
from flowza.engine.errors import StoreError
from flowza.engine.estimator_files import dump_object, load_object
from flowza.engine.evaluation import Fitted
from flowza.engine.model import FittedParts, Holdout, Model, Predictions, RawColumn, Signature
from flowza.engine.node import LearnedNode
from flowza.engine.params import parse_params
from flowza.engine.recipe import (
    Action,
    LearnedStep,
    LoadAction,
    Origin,
    RowStep,
    SplitAction,
    StatelessStep,
    TargetAction,
    TrainingRowsStep,
    function_name,
)
from flowza.engine.report import Report
from flowza.engine.table import Source, Table, TableDescription
from flowza.engine.train_node import TrainNode

OPERATIONS = "flowza.engine.operations."
FIT = ".fit.skops"
Blobs = list[Blob]


# Frames and arrays


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Arrow IPC, uncompressed, so that it can be memory-mapped. The index is not kept."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def read_frame(path: Path) -> pd.DataFrame:
    with readable(path), pa.memory_map(str(path)) as source:
        frame: pd.DataFrame = pa.ipc.open_file(source).read_all().to_pandas()
    return frame


def read_column(path: Path, name: str) -> pd.Series:
    """One column of a stored frame. Raises KeyError when there is none."""
    with readable(path), pa.memory_map(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
        frame: pd.DataFrame | None = table.select([name]).to_pandas() if name in table.column_names else None
    if frame is None:
        raise KeyError(name)
    column: pd.Series = frame[name]
    return column


def write_array(array: np.ndarray, path: Path) -> None:
    with path.open("wb") as stream:
        np.save(stream, array, allow_pickle=False)


def read_array(path: Path) -> np.ndarray:
    with readable(path):
        array: np.ndarray = np.load(path, allow_pickle=False)
    return array


def read_object(path: Path, boosters: list[bytes]) -> Any:
    with readable(path):
        return load_object(path.read_bytes(), boosters)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Sets a file that cannot be parsed aside, so that the next run makes it again, and raises StoreError."""
    try:
        yield
    except (ValueError, EOFError, KeyError, OSError, zipfile.BadZipFile, zlib.error, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.errno is not None:
            # The disk's word. Arrow's own about bytes that do not fit together is an OSError without a number.
            raise
        path.replace(path.with_name(f"{path.name}.damaged"))
        raise StoreError("A stored result was damaged and has been set aside. Run again to compute it anew.") from error


def stored(store: Store, key: str, suffix: str) -> Path:
    path = store.path(key, suffix)
    if path is None:
        raise StoreError(f"The stored file {key}{suffix} is gone.")
    return path


# Actions


def action_to_json(action: Action) -> dict[str, Any]:
    common = {"type": type(action).__name__, "origin": vars(action.origin)}
    match action:
        case LoadAction():
            return {**common, "key": action.key}
        case LearnedStep():
            return {**common, "name": action.name, "columns": columns_to_json(action)}
        case TargetAction():
            return {
                **common,
                "target": action.target,
                "positive": plain(action.positive),
                "dropped": action.dropped,
            }
        case SplitAction():
            return {**common, "arguments": dict(action.arguments)}
        case StatelessStep():
            extra: dict[str, Any] = {
                "effect": action.effect,
                "makes": list(action.makes),
                "columnwise": action.columnwise,
            }
        case RowStep():
            extra = {"only": action.only}
        case TrainingRowsStep():
            extra = {}
    called = {
        "function": function_name(action.function),
        "arguments": dict(action.arguments),
        "reads": list(action.reads),
    }
    return {**common, **called, **extra}


def columns_to_json(step: LearnedStep) -> dict[str, Any]:
    chosen = step.columns
    return {"types": list(chosen.types)} if isinstance(chosen, Selector) else {"names": list(chosen)}


def action_from_json(stored_action: dict[str, Any], seed: int) -> Action:
    values = dict(stored_action)
    kind = values.pop("type")
    origin = Origin(**values.pop("origin"))
    if kind == "LoadAction":
        return LoadAction(origin, values["key"])
    if kind == "TargetAction":
        return TargetAction(origin, values["target"], values["positive"], values["dropped"])
    if kind == "SplitAction":
        return SplitAction(origin, values["arguments"])
    if kind == "LearnedStep":
        return learned_step(origin, values["name"], values["columns"], seed)
    function, arguments, reads = operation(values["function"]), values["arguments"], tuple(values["reads"])
    if kind == "StatelessStep":
        return StatelessStep(
            origin, function, arguments, values["effect"], reads, tuple(values["makes"]), values["columnwise"]
        )
    if kind == "RowStep":
        return RowStep(origin, function, arguments, reads, values["only"])
    if kind == "TrainingRowsStep":
        return TrainingRowsStep(origin, function, arguments, reads)
    raise StoreError(f"Unknown action '{kind}'.")


def operation(name: str) -> Callable[..., pd.DataFrame]:
    """A plain function of `flowza.engine.operations`, and of nowhere else."""
    module, _, function = name.partition(":")
    if not module.startswith(OPERATIONS) or not function.isidentifier():
        raise StoreError(f"'{name}' is not an operation.")
    found: Callable[..., pd.DataFrame] = getattr(importlib.import_module(module), function)
    return found


def made_node(origin: Origin) -> Any:
    cls = find(origin.kind)
    if cls is None:
        raise StoreError(f"There is no kind of step '{origin.kind}' any more.")
    params, problems = parse_params(cls.Params, json.loads(origin.params), origin.node)
    if params is None:
        raise StoreError(problems[0].message)
    return cls(origin.node, params)


def learned_step(origin: Origin, name: str, columns: dict[str, Any], seed: int) -> LearnedStep:
    node = made_node(origin)
    if not isinstance(node, LearnedNode):
        raise StoreError(f"'{origin.kind}' does not learn.")
    step = next((step for step in node.learned_steps(seed) if step.name == name), None)
    if step is None:
        raise StoreError(f"'{origin.kind}' has no part '{name}' any more.")
    chosen = Selector(tuple(columns["types"])) if "types" in columns else tuple(columns["names"])
    return replace(step, columns=chosen)


def plain(value: Any) -> Any:
    """A numpy scalar as the Python value it holds."""
    return value.item() if hasattr(value, "item") else value


# Tables


def encode_table(table: Table | TableDescription, key: str, store: Store, seed: int) -> tuple[dict[str, Any], Blobs]:
    """Store what a table refers to; gives its manifest without counts and columns."""
    blobs: Blobs = []
    if store.path(table.source.key, ".arrow") is None:
        blobs.append(store.put(table.source.key, ".arrow", lambda path: write_frame(table.source.frame, path)))
    manifest: dict[str, Any] = {
        "output": "table",
        "seed": seed,
        "source": {
            "key": table.source.key,
            "name": table.source.name,
            "content": table.source.content,
            "in_sample": table.source.in_sample,
            "predicted": list(table.source.predicted),
        },
        "history": [action_to_json(action) for action in table.history],
        "target": table.target,
        "positive": plain(table.positive),
        "notes": list(table.notes),
    }
    for name, array in (("positions", table.positions), ("roles", table.roles)):
        manifest[name] = None
        if array is not None:
            blob = store.put(key, f".{name}.npy", lambda path, array=array: write_array(array, path))  # type: ignore[misc]
            manifest[name] = {"key": blob.key, "suffix": blob.suffix}
            blobs.append(blob)
    return manifest, blobs


def describe_columns(frame: pd.DataFrame) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in column_types(frame).items()]


def decode_table(manifest: dict[str, Any], store: Store) -> TableDescription:
    """The description of a stored table; its frames are made when somebody reads them."""
    key = manifest["source"]["key"]
    path = stored(store, key, ".arrow")
    source = Source(
        key,
        lambda: read_frame(path),
        name=manifest["source"]["name"],
        in_sample=manifest["source"]["in_sample"],
        predicted=tuple(manifest["source"]["predicted"]),
        load_column=lambda name: read_column(path, name),
        content=manifest["source"].get("content", ""),
    )
    arrays = [
        read_array(stored(store, manifest[name]["key"], manifest[name]["suffix"])) if manifest[name] else None
        for name in ("positions", "roles")
    ]
    history = tuple(action_from_json(action, manifest["seed"]) for action in manifest["history"])
    return TableDescription(
        source,
        history,
        arrays[0],
        arrays[1],
        manifest["target"],
        manifest["positive"],
        tuple(manifest["notes"]),
        fit_memo(store),
    )


def fit_memo(store: Store) -> Callable[[str], Any]:
    """What learned steps learned, by fit key; None where it has to be learned again."""

    @lru_cache(maxsize=64)
    def load(key: str) -> Any:
        path = store.path(key, FIT)
        return None if path is None else read_object(path, [])

    return load


def store_fits(table: Table, store: Store) -> Blobs:
    """Store what the table's steps learned, each under its own key; what is there already stays."""
    blobs: Blobs = []
    for index, fitted in enumerate(table.evaluation.fitted):
        if fitted is not None and fitted.transformer is not None:
            blobs += store_fit(table.fit_key(index), fitted, store)
    return blobs


def store_fit(key: str, fitted: Fitted, store: Store) -> Blobs:
    if store.path(key, FIT) is not None:
        return []
    content, boosters = dump_object(fitted.transformer)
    if boosters:
        raise AssertionError("a learned step with a booster needs files of its own")
    return [store.put(key, FIT, lambda path: path.write_bytes(content))]


# Models


def encode_model(model: Model, key: str, store: Store, seed: int) -> tuple[dict[str, Any], Blobs]:
    parts = model.parts()
    table, blobs = encode_table(model.table, key, store, seed)
    recipe: list[dict[str, Any]] = []
    for step in parts.recipe:
        if isinstance(step, StatelessStep):
            recipe.append({"step": action_to_json(step)})
            continue
        fit = fit_key_of(model, step, key)
        blobs += store_fit(fit, step, store)
        recipe.append({"step": action_to_json(step.step), "columns": list(step.columns), "fit": fit})
    content, boosters = dump_object(parts.estimator)
    blobs.append(store.put(key, ".estimator.skops", lambda path: path.write_bytes(content)))
    for index, raw in enumerate(boosters):
        blobs.append(store.put(key, f".booster{index}.ubj", lambda path, raw=raw: path.write_bytes(raw)))  # type: ignore[misc]
    holdout = model.holdout
    if holdout is not None:
        blobs.append(store.put(key, ".holdout.arrow", lambda path: write_frame(holdout_frame(holdout), path)))
    manifest = {
        "output": "model",
        "key": key,
        "seed": seed,
        "node": model.node,
        "task": model.task,
        "estimator": model.name,
        "target": model.target,
        "positive": plain(model.positive),
        "classes": model.classes,
        "features": model.features,
        "signature": asdict(model.signature),
        "training_rows": model.training_rows,
        "seconds": model.seconds,
        "baseline": model.baseline,
        "notes": list(model.notes),
        "template": asdict(model_origin(model)),
        "recipe": recipe,
        "boosters": len(boosters),
        "holdout": None if holdout is None else holdout.role,
        "table": table,
    }
    return manifest, blobs


def fit_key_of(model: Model, fitted: Fitted, key: str) -> str:
    """Where a step of the recipe is stored: with its table; with the model when that needs only some of its columns."""
    program = model.table.program
    if fitted.step in program:
        return model.table.fit_key(program.index(fitted.step))
    text = json.dumps([key, fitted.step.spec(), fitted.step.name], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def model_origin(model: Model) -> Origin:
    if model.origin is None:
        raise AssertionError("a model without the node that trained it cannot be stored")
    return model.origin


def decode_model(manifest: dict[str, Any], store: Store) -> Model:
    key = manifest["key"]
    node = made_node(Origin(**manifest["template"]))
    if not isinstance(node, TrainNode):
        raise StoreError("The stored model names no train step.")
    signature = dict(manifest["signature"])
    signature["inputs"] = [RawColumn(**column) for column in signature["inputs"]]

    @lru_cache(maxsize=1)
    def parts() -> FittedParts:
        return load_parts(manifest, store)

    return Model(
        node=manifest["node"],
        task=manifest["task"],
        name=manifest["estimator"],
        features=manifest["features"],
        signature=Signature(**signature),
        table=decode_table(manifest["table"], store),
        training_rows=manifest["training_rows"],
        estimator_template=node.estimator(manifest["seed"]),
        parts=parts,
        load_holdout=lambda: load_holdout(manifest, store),
        baseline=manifest["baseline"],
        seconds=manifest["seconds"],
        key=key,
        notes=tuple(manifest["notes"]),
        origin=node.origin,
    )


def load_parts(manifest: dict[str, Any], store: Store) -> FittedParts:
    key = manifest["key"]
    recipe: list[StatelessStep | Fitted] = []
    for entry in manifest["recipe"]:
        step = action_from_json(entry["step"], manifest["seed"])
        if isinstance(step, LearnedStep):
            transformer = read_object(stored(store, entry["fit"], FIT), [])
            recipe.append(Fitted(step, tuple(entry["columns"]), transformer))
        elif isinstance(step, StatelessStep):
            recipe.append(step)
    boosters = [stored(store, key, f".booster{index}.ubj").read_bytes() for index in range(manifest["boosters"])]
    return FittedParts(tuple(recipe), read_object(stored(store, key, ".estimator.skops"), boosters))


def holdout_frame(holdout: Holdout) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "index": holdout.predictions.index,
        "truth": holdout.truth.to_numpy(),
        "prediction": holdout.predictions.values,
    }
    if holdout.predictions.probabilities is not None:
        columns |= {f"p{index}": column for index, column in enumerate(holdout.predictions.probabilities.T)}
    frame = pd.DataFrame(columns)
    return frame.astype({"truth": holdout.truth.dtype})


def load_holdout(manifest: dict[str, Any], store: Store) -> Holdout | None:
    if manifest["holdout"] is None:
        return None
    frame = read_frame(stored(store, manifest["key"], ".holdout.arrow"))
    shares = frame[[name for name in frame.columns if name not in ("index", "truth", "prediction")]]
    index = frame["index"].to_numpy()
    truth = frame["truth"].set_axis(index).rename(manifest["target"])
    values = frame["prediction"].to_numpy(dtype=object if manifest["task"] == "classification" else None)
    return Holdout(
        manifest["holdout"], truth, Predictions(values, shares.to_numpy() if shares.shape[1] else None, index)
    )


# Any output


def encode(output: Table | Model | Report, key: str, store: Store, seed: int) -> tuple[dict[str, Any], Blobs]:
    if isinstance(output, Report):
        return output.as_dict(), []
    if isinstance(output, Model):
        return encode_model(output, key, store, seed)
    return encode_table(output, key, store, seed)


def is_whole(manifest: dict[str, Any], store: Store) -> bool:
    """Whether the files are there that the output cannot be read without."""
    if manifest["output"] == "report":
        return True
    if manifest["output"] == "model":
        key = manifest["key"]
        files = [(key, ".estimator.skops"), *((key, f".booster{place}.ubj") for place in range(manifest["boosters"]))]
        files += [(entry["fit"], FIT) for entry in manifest["recipe"] if "fit" in entry]
        files += [(key, ".holdout.arrow")] if manifest["holdout"] else []
        return is_whole(manifest["table"], store) and all(store.path(*file) is not None for file in files)
    files = [(manifest["source"]["key"], ".arrow")]
    files += [(array["key"], array["suffix"]) for name in ("positions", "roles") if (array := manifest[name])]
    return all(store.path(*file) is not None for file in files)


def decode(manifest: dict[str, Any], store: Store) -> Table | Model | Report:
    """Raises StoreError when something it refers to is gone or foreign."""
    if manifest["output"] == "report":
        return Report.from_dict(manifest)
    if manifest["output"] == "model":
        return decode_model(manifest, store)
    return decode_table(manifest, store).table()
