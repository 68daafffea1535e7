"""Versions of what computes results; they are part of every key."""

from __future__ import annotations

import json
from functools import cache

ENGINE_VERSION = 1
LIBRARIES = ("numpy", "pandas", "pyarrow", "scipy", "scikit-learn", "xgboost-cpu", "xgboost")


@cache
def library_versions() -> dict[str, str]:
    """Versions of the libraries that compute results, of those that are installed."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in LIBRARIES:
        try:
            found[name.removesuffix("-cpu")] = version(name)
        except PackageNotFoundError:
            continue
    return found


def ground() -> str:
    """The text that every key starts from."""
    return json.dumps([ENGINE_VERSION, library_versions()])
