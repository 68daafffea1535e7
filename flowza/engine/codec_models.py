"""Models as manifests and blobs, and back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import pandas as pd

from flowza.engine.cache import Store
from flowza.engine.codec_actions import action_from_json, action_to_json, made_node, plain
from flowza.engine.codec_files import read_frame, read_object, stored, write_frame
from flowza.engine.codec_tables import FIT, Blobs, decode_table, encode_table, store_fit
from flowza.engine.errors import StoreError
from flowza.engine.estimator_files import dump_object
from flowza.engine.evaluation import Fitted
from flowza.engine.model import FittedParts, Holdout, Model, Predictions, RawColumn, Signature
from flowza.engine.recipe import (
    LearnedStep,
    Origin,
    StatelessStep,
)
from flowza.engine.train_node import TrainNode


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
