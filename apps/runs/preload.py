"""Imports what runs need, once, so that a run's process starts warm.

Imported only: nothing here may compute with OpenMP. After one XGBoost fit in this process every child
forked from it would hang in its own.
"""

from __future__ import annotations

import gc
import importlib

from flowza.engine.catalogue import catalogue
from flowza.engine.versions import library_versions

MODULES = (
    "numpy",
    "pandas",
    "pyarrow.compute",
    "pyarrow.csv",
    "pyarrow.feather",
    "pyarrow.parquet",
    "scipy.stats",
    "sklearn.cluster",
    "sklearn.compose",
    "sklearn.dummy",
    "sklearn.ensemble",
    "sklearn.feature_selection",
    "sklearn.impute",
    "sklearn.inspection",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "skops.io",
    "xgboost",
    "flowza.engine.job",
    "apps.runs.planning",
    "apps.runs.supervisor",
)


def preload() -> None:
    """Import everything, then leave it out of garbage collection, so that forks share the pages."""
    for name in MODULES:
        importlib.import_module(name)
    # The nodes' modules and the libraries' versions, which the first run would look for otherwise.
    catalogue()
    library_versions()
    gc.collect()
    gc.freeze()
