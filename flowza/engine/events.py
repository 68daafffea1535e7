"""What the engine tells while it runs: events, and what a failure means for a person."""

from __future__ import annotations

import errno
import time
from typing import Any

from flowza.engine.errors import NodeError, StoreError
from flowza.engine.evaluation import first_sentence


def system_error(error: StoreError | MemoryError | OSError, node: str) -> NodeError:
    """What a machine's want means for a person."""
    if isinstance(error, MemoryError):
        hint = "Use fewer rows (Sample) or columns (Select) before this step."
        return NodeError("There was not enough memory for this step.", node=node, hint=hint, code="system")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        hint = "Somebody has to make room on the machine; what was stored before is safe. Then run again."
        return NodeError(
            "The disk is full, so this step's result could not be kept.", node=node, hint=hint, code="system"
        )
    return NodeError(first_sentence(error), node=node, hint="Run again.", code="system")


METRIC_FIELDS = ("name", "label", "value", "baseline", "sentence", "higher_is_better", "rows")


def node_event(name: str, state: str, **facts: Any) -> dict[str, Any]:
    event: dict[str, Any] = {"event": "node", "node": name, "state": state, "time": time.time()}
    empty = dict.fromkeys(("seconds", "rows_in", "rows_out", "columns", "key", "output", "manifest", "note", "error"))
    return {**event, **empty, "blobs": [], **facts}
