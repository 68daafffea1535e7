"""Outputs of any kind as manifests (JSON) and blobs, and back."""

from __future__ import annotations

from typing import Any

from flowza.engine.cache import Store
from flowza.engine.codec_models import decode_model, encode_model
from flowza.engine.codec_tables import FIT, Blobs, decode_table, encode_table
from flowza.engine.model import Model
from flowza.engine.report import Report
from flowza.engine.table import Table


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
