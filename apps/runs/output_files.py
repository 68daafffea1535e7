"""The effect `export_file`: a file of a step, kept with its run for download."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.core.files import File

from apps.runs import effects
from apps.runs.models import NodeRun, OutputFile, Run


@effects.register("export_file")
def keep(run: Run, node_run: NodeRun, payload: dict[str, Any], files: Path) -> None:
    """Store `payload["file"]`, offered for download as `payload["name"]` (else by its own name)."""
    path = effects.file_in(files, payload["file"])
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        stream.seek(0)
        OutputFile.objects.create(
            run=run,
            node_id=node_run.node_id,
            name=Path(payload.get("name") or path.name).name,
            file=File(stream, name=path.name),
            size=path.stat().st_size,
            sha256=digest,
        )
