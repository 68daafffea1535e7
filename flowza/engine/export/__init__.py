"""Workflows as files that run without Flowza: a Python script, a notebook. What runs is what is printed."""

from __future__ import annotations

from flowza.engine.export.collect import RunOutputs, collect
from flowza.engine.export.model_script import export_model_script
from flowza.engine.export.notebook import export_notebook
from flowza.engine.export.script import Script, export_script
from flowza.engine.export.writer import NotExportable

__all__ = [
    "NotExportable",
    "RunOutputs",
    "Script",
    "collect",
    "export_model_script",
    "export_notebook",
    "export_script",
]
