"""What lies beside a model file when it is taken away: its signature, how to read it, the script that trains it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flowza.engine.columns import quoted
from flowza.engine.model import Model
from flowza.engine.model_facts import model_facts, proposed_name
from flowza.engine.validation import holdout_metrics
from flowza.engine.versions import library_versions

if TYPE_CHECKING:
    from flowza.engine.export import Script

README = """\
{title}
{underline}

{what}

{metrics}
The files
---------
{file}
    The whole way from the raw columns to the answer: every learned step and the estimator. It is a zip of JSON, skops
    and, for boosted trees, XGBoost's UBJSON files; reading it runs no code of its own. SHA-256 of its manifest:
    {digest}
signature.json
    The raw columns to send (name, type, whether they may be missing, what was seen in training) and the answer.
{script}
Reading the model file
----------------------
It was written with {libraries}, and wants the same minor version of scikit-learn.
With Flowza's sources on the Python path:

    import pandas as pd
    from pathlib import Path
    from flowza.engine.store import read_bundle

    scorer = read_bundle(Path({file!r}), {digest!r})
    answers = scorer.predict(pd.DataFrame([{{...}}]))     # rows that look like the training file
    answers.values, answers.probabilities

Without it: unpack the file; manifest.json names the steps in order, `skops.io.load` reads each .skops file, and
`xgboost.Booster(model_file=...)` each .ubj file.
"""

SCRIPT = """\
train.py
    Trains the same model and prints the same metrics, without Flowza. Put the data beside it, as {data}:
    the table as the workflow's data source read it. It is not in this archive, so that a model can be handed to people
    who are not to have its data; exporting the workflow as a script gives it, under that script's name.
"""


def package_files(model: Model, file: str, digest: str, name: str) -> dict[str, bytes]:
    """Name -> content of what goes beside the model file `file`, whose manifest has this SHA-256.

    name: what the script calls its data.
    """
    signature = json.dumps(signature_of(model), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    script = training_script(model, name)
    data = " and ".join(script.files) if script else ""
    files = {"signature.json": signature, "README.txt": readme(model, file, digest, data)}
    if script is not None:
        files["train.py"] = script.text
    return {name: text.encode() for name, text in files.items()}


def signature_of(model: Model) -> dict[str, Any]:
    facts = model_facts(model)
    return {name: facts[name] for name in ("task", "estimator", "signature", "features", "training_rows")}


def training_script(model: Model, name: str) -> Script | None:
    """The Python script that trains this model; None where a step of the model has no source in a script."""
    # Not above: the exporter knows the catalogue, whose nodes know this module.
    from flowza.engine.export import NotExportable, export_model_script

    try:
        return export_model_script(model, name)
    except NotExportable:
        return None


def readme(model: Model, file: str, digest: str, data: str) -> str:
    """data: the file that the script reads; "" without a script."""
    title = proposed_name(model)
    return README.format(
        title=title,
        underline="=" * len(title),
        what=what_it_does(model),
        metrics=metric_lines(model),
        file=file,
        digest=digest,
        script=SCRIPT.format(data=data) if data else "",
        libraries=", ".join(f"{name} {version}" for name, version in library_versions().items()),
    )


def what_it_does(model: Model) -> str:
    rows = f"It was trained on {model.training_rows:,} rows"
    if model.task == "clustering":
        return f"{model.name} puts rows into groups. {rows}."
    text = f"{model.name} predicts {model.target} from {len(model.signature.inputs)} columns. {rows}."
    if model.classes is None:
        return text
    return f"{text} Its answers: {quoted([str(label) for label in model.classes])}."


def metric_lines(model: Model) -> str:
    """Metrics of the rows that were held back, each with its sentence; nothing for a model without a truth."""
    holdout, metrics = model.holdout, holdout_metrics(model)
    if holdout is None or not metrics:
        return ""
    kind = "test rows" if holdout.role == "test" else "training rows (there was no split)"
    lines = [
        f"    {metric.label}: {metric.value:.6g}  (Baseline {metric.baseline:.6g})  {metric.sentence}"
        for metric in metrics
        if metric.value is not None and metric.baseline is not None
    ]
    return "\n".join([f"Measured on {len(holdout.truth):,} {kind}:", *lines, ""])
