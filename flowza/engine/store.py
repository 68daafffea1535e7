"""Models as files: written with a proof that the copy answers the same, read back as a scorer."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from flowza.engine.codec_actions import action_from_json, action_to_json, plain
from flowza.engine.errors import StoreError
from flowza.engine.estimator_files import dump_object, load_object
from flowza.engine.evaluation import Fitted
from flowza.engine.model import Model, RawColumn, Signature
from flowza.engine.model_file import FORMAT, MANIFEST, canonical, verified
from flowza.engine.recipe import LearnedStep, StatelessStep
from flowza.engine.scoring import Scorer, same_answers
from flowza.engine.versions import library_versions

PROOF_ROWS = 200


def write_bundle(model: Model, path: Path, lineage: Mapping[str, Any]) -> str:
    """Write a model file and prove it: read back, it must give the same answers on raw training rows.

    lineage: JSON facts to record (dataset digests, workflow version, run, metrics). Gives the manifest's SHA-256.
    Raises StoreError when the copy answers otherwise than the model.
    """
    files, recipe, boosters = parts_as_files(model)
    manifest = {
        "format": FORMAT,
        "key_id": None,
        "id": model.key,
        "task": model.task,
        "estimator": model.name,
        "features": model.features,
        "signature": asdict(model.signature) | {"positive": plain(model.positive)},
        "baseline": model.baseline,
        "training_rows": model.training_rows,
        "libraries": library_versions(),
        "recipe": recipe,
        "boosters": boosters,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
        "lineage": dict(lineage),
    }
    text = canonical(manifest)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in [(MANIFEST, text), *sorted(files.items())]:
            bundle.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), content)
    digest = hashlib.sha256(text).hexdigest()
    prove(model, read_bundle(path, digest))
    return digest


def parts_as_files(model: Model) -> tuple[dict[str, bytes], list[dict[str, Any]], list[str]]:
    parts = model.parts()
    files: dict[str, bytes] = {}
    recipe: list[dict[str, Any]] = []
    for index, step in enumerate(parts.recipe):
        if isinstance(step, StatelessStep):
            recipe.append({"step": action_to_json(step)})
            continue
        name = f"recipe-{index}.skops"
        files[name], _ = dump_object(step.transformer)
        recipe.append({"step": action_to_json(step.step), "columns": list(step.columns), "file": name})
    files["estimator.skops"], raw_boosters = dump_object(parts.estimator)
    boosters = [f"booster-{index}.ubj" for index in range(len(raw_boosters))]
    return files | dict(zip(boosters, raw_boosters, strict=True)), recipe, boosters


def read_bundle(path: Path | IO[bytes], digest: str) -> Scorer:
    """Read a model file whose manifest has this SHA-256. Everything is verified before anything is parsed.

    Raises StoreError for a damaged, foreign or too new file, or one written with another scikit-learn.
    """
    manifest, files = verified(path, digest)
    refuse_other_libraries(manifest["libraries"])
    signature = dict(manifest["signature"])
    signature["inputs"] = [RawColumn(**column) for column in signature["inputs"]]
    recipe: list[StatelessStep | Fitted] = []
    for entry in manifest["recipe"]:
        step = action_from_json(entry["step"], 0)
        if isinstance(step, LearnedStep):
            recipe.append(Fitted(step, tuple(entry["columns"]), load_object(files[entry["file"]], [])))
        elif isinstance(step, StatelessStep):
            recipe.append(step)
    estimator = load_object(files["estimator.skops"], [files[name] for name in manifest["boosters"]])
    return Scorer(manifest["task"], manifest["features"], Signature(**signature), tuple(recipe), estimator)


def refuse_other_libraries(written_with: Mapping[str, str]) -> None:
    here = library_versions()
    for name in ("scikit-learn",):
        if minor(written_with[name]) != minor(here[name]):
            raise StoreError(
                f"The model was written with {name} {written_with[name]}, and {here[name]} is installed. "
                "Train it again, or install the version it names."
            )


def minor(version: str) -> list[str]:
    return version.split(".")[:2]


def prove(model: Model, copy: Scorer) -> None:
    rows = model.table.source.frame.iloc[:PROOF_ROWS] if model.table.positions is None else None
    if rows is None:
        assert model.table.positions is not None  # noqa: S101 - for the type checker: the other branch of the condition
        rows = model.table.source.frame.iloc[model.table.positions[:PROOF_ROWS]]
    if not same_answers(model.predict(rows), copy.predict(rows)):
        raise StoreError("The stored copy of the model answers differently, so it was not kept.")
