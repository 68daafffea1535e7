"""The model file: a zip that runs no code when read.

`manifest.json` (canonical JSON) names every file with its SHA-256, the library versions, the signature and the
lineage. Learned steps and the estimator are skops files, each XGBoost booster a UBJSON file. The digest of the
manifest is kept elsewhere and checked before anything is parsed. Signing keys are a later format field (`key_id`).
"""

from __future__ import annotations

import hashlib
import json
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from flowza.engine.errors import StoreError

FORMAT = 1
MANIFEST = "manifest.json"
MAX_FILE_BYTES = 2 << 30
DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, KeyError, EOFError, ValueError, RuntimeError)
"""What zipfile raises for changed bytes. RuntimeError: they say that a file is encrypted or packed otherwise."""


def read_manifest(path: Path | IO[bytes], digest: str) -> dict[str, Any]:
    """The manifest of a model file, when it has this SHA-256. The other files are not looked at. Raises StoreError."""
    with opened(path) as bundle:
        return manifest_in(bundle, digest)


@contextmanager
def opened(path: Path | IO[bytes]) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as bundle:
            yield bundle
    except DAMAGE as error:
        raise StoreError("The model file is damaged.") from error


def manifest_in(bundle: zipfile.ZipFile, digest: str) -> dict[str, Any]:
    sizes = {info.filename: info.file_size for info in bundle.infolist()}
    if any(size > MAX_FILE_BYTES for size in sizes.values()) or MANIFEST not in sizes:
        raise StoreError("This is not a model file of Flowza.")
    text = bundle.read(MANIFEST)
    if hashlib.sha256(text).hexdigest() != digest:
        raise StoreError("The model file's manifest was changed after it was written.")
    manifest: dict[str, Any] = json.loads(text)
    if manifest["format"] != FORMAT:
        raise StoreError(f"Model files of format {manifest['format']} are not known here.")
    return manifest


def verified(path: Path | IO[bytes], digest: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Manifest and files, each of which has the SHA-256 that the manifest names. Raises StoreError."""
    with opened(path) as bundle:
        manifest = manifest_in(bundle, digest)
        if set(bundle.namelist()) != {MANIFEST, *manifest["files"]}:
            raise StoreError("The model file holds other files than its manifest names.")
        files = {name: bundle.read(name) for name in manifest["files"]}
    for name, expected in manifest["files"].items():
        if hashlib.sha256(files[name]).hexdigest() != expected:
            raise StoreError(f"'{name}' in the model file was changed after it was written.")
    return manifest, files


def canonical(value: Any) -> bytes:
    """One text for one value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
