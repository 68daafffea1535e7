"""Models with versions for tests."""

from __future__ import annotations

import itertools
from typing import Any

from django.core.files.base import ContentFile

from apps.accounts.models import User
from apps.registry.models import ModelVersion, RegisteredModel
from apps.runs.models import Run

_keys = itertools.count(1)
INPUTS = [
    {
        "name": "age",
        "type": "number",
        "dtype": "int64",
        "nulls": False,
        "categories": None,
        "minimum": 1,
        "maximum": 80,
    },
    {
        "name": "port",
        "type": "text",
        "dtype": "str",
        "nulls": True,
        "categories": ["Cherbourg", "Queenstown", "Southampton"],
        "minimum": None,
        "maximum": None,
    },
]


def metric(name: str, value: float | None, baseline: float | None = 0.5, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "label": name.upper(),
        "value": value,
        "baseline": baseline,
        "sentence": f"{name} is {value}.",
        "higher_is_better": name != "log_loss",
        "rows": 143,
        "role": "test",
        "main": name == "auc",
    } | more


def make_version(user: User, name: str = "Churn", run: Run | None = None, **more: Any) -> ModelVersion:
    """The next version of the person's model of this name, made when there is none."""
    model, _ = RegisteredModel.objects.get_or_create(owner=user, name=name)
    facts: dict[str, Any] = {
        "model": model,
        "number": model.next_number(),
        "key": f"key{next(_keys)}",
        "size": 12,
        "digest": "ab" * 32,
        "task": "classification",
        "estimator": "Random forest",
        "signature": {
            "inputs": INPUTS,
            "target": "survived",
            "target_type": "text",
            "classes": ["no", "yes"],
            "positive": "yes",
        },
        "features": ["age", "port_Cherbourg"],
        "training_rows": 1234,
        "metrics": [metric("accuracy", 0.81), metric("auc", 0.87)],
        "run": run,
        "node_id": "model",
    }
    return ModelVersion.objects.create(**facts | {"file": ContentFile(b"model bytes", "model.zip")} | more)
