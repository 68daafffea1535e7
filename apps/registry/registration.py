"""The effect `register_model`: a trained model becomes a version, in the transaction that finishes its run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files import File

from apps.registry.models import ModelVersion, RegisteredModel
from apps.runs import effects
from apps.runs.models import NodeRun, Run


@effects.register("register_model")
def register_model(run: Run, node_run: NodeRun, payload: dict[str, Any], files: Path) -> None:
    """Keep the model file under the person's name for it. The same content key gives the version that is there."""
    model, _ = RegisteredModel.objects.select_for_update().get_or_create(
        owner=run.user, name=payload["name"], defaults={"description": payload["description"]}
    )
    if model.versions.filter(key=payload["key"]).exists():
        return
    path = effects.file_in(files, payload["file"])
    with path.open("rb") as stream:
        ModelVersion.objects.create(
            model=model,
            number=model.next_number(),
            key=payload["key"],
            file=File(stream, name=f"{payload['key']}.flowza-model.zip"),
            size=path.stat().st_size,
            digest=payload["digest"],
            task=payload["task"],
            estimator=payload["estimator"],
            signature=payload["signature"],
            features=payload["features"],
            training_rows=payload["training_rows"],
            metrics=payload["metrics"],
            run=run,
            node_id=payload["node"],
            description=payload["description"],
        )
    model.save(update_fields=["updated"])
