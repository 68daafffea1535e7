"""Content keys, and the store that keeps outputs by them.

A node's key says what its result depends on and nothing else: kind, code version, parameters, the keys of its inputs,
library versions and the seed. Names, places on the canvas, threads and executors are not in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from flowza.engine.context import Resources
from flowza.engine.graph import Graph
from flowza.engine.versions import ground


def node_keys(graph: Graph, resources: Resources) -> dict[str, str]:
    """Node id -> content key (32 hex digits). Reads digests, no data."""
    keys: dict[str, str] = {}
    for name in graph.order:
        keys[name] = node_key(graph, name, keys, resources)
    return keys


def node_key(graph: Graph, name: str, keys: Mapping[str, str], resources: Resources) -> str:
    """The key of one node; `keys` holds those of the nodes that it reads from."""
    node = graph.nodes[name]
    inputs = [[edge.target_port, edge.source_port, keys[edge.source]] for edge in graph.into(name)]
    text = json.dumps(
        [
            ground(),
            graph.seed,
            node.kind,
            node.version,
            node.params.changed(),
            node.key_material(resources),
            sorted(inputs),
        ],
        sort_keys=True,
    )
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Blob:
    """One stored file: `<key><suffix>`, its size in bytes and its SHA-256."""

    key: str
    suffix: str
    size: int
    sha256: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class Store(Protocol):
    """Keeps manifests (JSON by node key) and blobs (files by content key)."""

    def manifest(self, key: str) -> dict[str, Any] | None: ...

    def put_manifest(self, key: str, manifest: dict[str, Any]) -> None: ...

    def path(self, key: str, suffix: str) -> Path | None: ...

    def put(self, key: str, suffix: str, write: Callable[[Path], Any]) -> Blob: ...


class DirectoryStore:
    """A folder: `<first two digits>/<key><suffix>`. Files appear whole: written under another name, then renamed."""

    def __init__(self, root: Path, available: frozenset[str] | None = None) -> None:
        self.root = root
        self.available = available
        self._folders: set[Path] = set()

    def _place(self, key: str, suffix: str) -> Path:
        if not key.isalnum() or not suffix.startswith(".") or "/" in suffix:
            raise ValueError(f"not a key: {key!r}{suffix!r}")
        return self.root / key[:2] / f"{key}{suffix}"

    def manifest(self, key: str) -> dict[str, Any] | None:
        if self.available is not None and key not in self.available:
            return None
        try:
            found: Any = json.loads(self._place(key, ".json").read_text())
        except (FileNotFoundError, ValueError):
            return None
        return found if isinstance(found, dict) and "output" in found else None

    def put_manifest(self, key: str, manifest: dict[str, Any]) -> None:
        text = json.dumps(manifest, allow_nan=False)
        self._write(self._place(key, ".json"), lambda path: path.write_text(text))

    def path(self, key: str, suffix: str) -> Path | None:
        place = self._place(key, suffix)
        return place if place.exists() else None

    def put(self, key: str, suffix: str, write: Callable[[Path], Any]) -> Blob:
        place = self._place(key, suffix)
        self._write(place, write)
        return Blob(key, suffix, place.stat().st_size, sha256_of(place))

    def _write(self, place: Path, write: Callable[[Path], Any]) -> None:
        if place.parent not in self._folders:
            place.parent.mkdir(parents=True, exist_ok=True)
            self._folders.add(place.parent)
        temporary = place.with_name(f".{place.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            write(temporary)
            temporary.replace(place)
        finally:
            temporary.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
