"""Tables and what their steps learned, as manifests and blobs, and back.

A stored table refers to its source, where its rows lie."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pandas as pd

from flowza.engine.cache import Blob, Store
from flowza.engine.codec_actions import action_from_json, action_to_json, plain
from flowza.engine.codec_files import read_array, read_column, read_frame, read_object, stored, write_array, write_frame
from flowza.engine.columns import column_types
from flowza.engine.estimator_files import dump_object
from flowza.engine.evaluation import Fitted
from flowza.engine.source import Source
from flowza.engine.table import Table
from flowza.engine.table_description import TableDescription

FIT = ".fit.skops"
Blobs = list[Blob]


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
