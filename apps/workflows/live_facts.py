"""What the canvas says of every step of a draft before it runs: rows, columns, problems, quick figures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.cache import cache

from apps.accounts.models import User
from apps.accounts.regions import in_format
from apps.accounts.templatetags.flowza import number
from apps.datasets.models import DatasetVersion
from apps.datasets.naming import missing_data
from apps.workflows.insight import key_of, versions_of
from apps.workflows.live import OVERRUN_SECONDS, place_of
from apps.workflows.live_process import Overrun, process
from flowza.engine.graph import dataset_references
from flowza.engine.live_facts import StepFacts

SECONDS_KEPT = 3600
OVERRUN_WORDS = "This workflow takes long on the sample, so its steps say nothing before it runs."
NO_FACTS = asdict(StepFacts())
SLOW = "This step takes too long for a quick look at the sample. Run the workflow to see it."
FROM_SAMPLE = "This may come from the sample; the run looks at all rows."


@dataclass(frozen=True)
class Facts:
    """steps and figures: as `flowza.engine.live_facts.LiveFacts` has them. more: another look would find out more."""

    steps: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    more: bool = False


def facts_of(raw: dict[str, Any], user: User, *, owner: int, topic: str, chosen: str = "") -> Facts:
    """One look at a draft, or what an earlier look at the same found out.

    owner: whose workflow it is. topic: a newer request for the same topic supersedes this one. chosen: the step to
    begin with. The number of queries does not depend on the graph. Raises PreviewRefused.
    """
    versions = versions_of(raw, user)
    datasets = places_of(raw, user, versions, owner)
    missing = sorted(found["missing"] for found in datasets.values() if "missing" in found)
    key = f"facts:{hashlib.sha256(json.dumps([key_of(raw, user, versions), missing]).encode()).hexdigest()}"
    known: Facts | None = cache.get(key)
    if known is not None:
        return known
    if cache.get(f"{key}:overrun"):
        raise Overrun
    try:
        found = Facts(**process.ask({"what": "facts", "graph": raw, "datasets": datasets, "chosen": chosen}, topic))
    except Overrun:
        cache.set(f"{key}:overrun", True, OVERRUN_SECONDS)
        raise
    if not found.more:
        cache.set(key, found, SECONDS_KEPT)
    return found


def places_of(
    raw: Mapping[str, Any], user: User, versions: Mapping[str, DatasetVersion], owner: int
) -> dict[str, dict[str, Any]]:
    """Reference -> where the dataset lies for this person, or why it does not; what is no reference is left out."""
    absent = [reference for reference in dataset_references(raw) if reference not in versions]
    found = {reference: place_of(version) for reference, version in versions.items()}
    return found | {one.reference: {"missing": one.message} for one in missing_data(user, absent, owner)}


# In words


def words_of(facts: Facts) -> dict[str, dict[str, Any]]:
    """Step -> what its card, and the panel beside it, say."""
    return {
        name: step_words(facts.steps.get(name, NO_FACTS), facts.figures.get(name))
        for name in [*facts.steps, *(name for name in facts.figures if name not in facts.steps)]
    }


def step_words(facts: Mapping[str, Any], figure: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "rows": facts["rows"],
        "columns": facts["columns"],
        "sampled": facts["sampled"],
        "roles": role_words(facts),
        "problem": problem_words(facts),
        "figure": None if figure is None else figure_words(figure),
        "short": None if figure is None else short_words(figure),
        "note": (SLOW if facts["slow"] else "") if figure is None else figure_note(figure),
    }


def role_words(facts: Mapping[str, Any]) -> str:
    if facts["train"] is None or facts["test"] is None:
        return ""
    return f"{number(facts['train'])} training, {number(facts['test'])} test"


def problem_words(facts: Mapping[str, Any]) -> dict[str, Any] | None:
    problem = facts["problem"]
    if problem is None:
        return None
    sentences = [problem["message"], problem["hint"], FROM_SAMPLE if facts["unsure"] else ""]
    return {
        "text": problem["message"],
        "more": " ".join(sentence for sentence in sentences[1:] if sentence),
        "column": problem["column"],
        "level": "warning" if facts["unsure"] else "error",
    }


def figure_words(figure: Mapping[str, Any]) -> str | None:
    """`AUC 0.81 on a sample, Baseline 0.50`; nothing where there is no figure."""
    if figure["refused"]:
        return None
    where = {
        "test": "on a sample" if figure["sampled"] else "in a quick look",
        "train": "on its own training rows" + (" of a sample" if figure["sampled"] else ""),
        "folds": f"in {figure['folds']} folds" + (" of a sample" if figure["sampled"] else ""),
        "groups": "on a sample" if figure["sampled"] else "in a quick look",
    }[figure["on"]]
    baseline = "" if figure["baseline"] is None else f", Baseline {hundredths(figure['baseline'])}"
    return f"{figure['label']} {hundredths(figure['value'])} {where}{baseline}"


def short_words(figure: Mapping[str, Any]) -> str | None:
    """The same for a card, which has little room."""
    if figure["refused"]:
        return None
    where = " on a sample" if figure["sampled"] else ", quick look"
    return f"{figure['label']} {hundredths(figure['value'])}{' on known rows' if figure['on'] == 'train' else where}"


def figure_note(figure: Mapping[str, Any]) -> str:
    """What was done for the figure, or why there is none."""
    if figure["refused"]:
        return str(figure["refused"])
    rows = f"{number(figure['rows'])} rows{' of the sample' if figure['sampled'] else ''}"
    trees = f", with {number(figure['trees'])} of its {number(figure['all_trees'])} trees" if figure["trees"] else ""
    own = " It is measured on rows that the model knows, because there is no split." if figure["on"] == "train" else ""
    return f"Learned from {rows}{trees}.{own} The run says more."


def hundredths(value: float) -> str:
    # Without the zero's sign: a Baseline that explains next to nothing explains nothing.
    return in_format(f"{round(value, 2) + 0.0:.2f}") if abs(value) < 1e6 else number(value)
