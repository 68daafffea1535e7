"""Ports: the typed places of a node for wires."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PortType = Literal["dataset", "model", "report"]


@dataclass(frozen=True)
class Port:
    """A typed place for wires. `many` inputs take several wires; an `optional` one may stay open."""

    name: str
    type: PortType
    label: str
    many: bool = False
    optional: bool = False


DATASET_IN = Port("table", "dataset", "Dataset")
DATASET_OUT = Port("table", "dataset", "Dataset")
MODEL_IN = Port("model", "model", "Model")
MODEL_OUT = Port("model", "model", "Model")
REPORT_OUT = Port("report", "report", "Report")
