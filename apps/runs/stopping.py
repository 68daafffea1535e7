"""One byte that the worker and all that is forked from it share: set, it means "give back and go"."""

from __future__ import annotations

import mmap

_asked = mmap.mmap(-1, 1)
_cluster = ""


def ask() -> None:
    """Have every supervisor give its run back, and none claim another."""
    _asked[0] = 1


def asked() -> bool:
    return _asked[0] == 1


def clear() -> None:
    """A new worker begins."""
    _asked[0] = 0


def name_cluster(name: str) -> None:
    """Named before the cluster is forked; its supervisors put it in front of their owner tokens."""
    global _cluster
    _cluster = name


def cluster() -> str:
    return _cluster
