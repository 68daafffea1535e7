"""Customers who leave: an honest table, graphs on it, and the advice they get."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from flowza.engine.advice import Advice, advise
from flowza.engine.dry_run import dry_run
from flowza.engine.graph import parse
from flowza.engine.tests.graphs import DATA, Frames, chain

SOURCE = ("csv", {"dataset": DATA})
TARGET = ("csv", {"dataset": DATA, "target": "churned"})
Step = tuple[str, dict[str, Any]]
Steps = list[Step]
SPLIT: Step = ("split", {})
MODEL: Step = ("logistic_regression", {})


def customers(rows: int = 600, seed: int = 3) -> pd.DataFrame:
    """Honest numbers and text, and an answer that they tell in part."""
    random = np.random.default_rng(seed)
    spend = random.lognormal(3, 0.7, rows)
    calls = random.poisson(2, rows)
    plan = random.choice(["basic", "plus", "gold"], rows)
    risk = 0.5 * calls - 0.4 * np.log(spend) + (plan == "basic") + random.normal(0, 1, rows)
    return pd.DataFrame(
        {
            "spend": spend,
            "calls": calls,
            "plan": pd.Series(plan, dtype="str"),
            "churned": pd.Series(np.where(risk > np.median(risk), "yes", "no"), dtype="str"),
        }
    )


def advice_on(graph: dict[str, Any], frame: pd.DataFrame, folder: Path) -> list[Advice]:
    parsed = parse(graph)
    found = advise(parsed, dry_run(parsed, Frames(folder, {DATA: frame})))
    for advice in found:
        assert advice.node in parsed.nodes
        assert advice.message.endswith((".", "?")), advice.message
        assert advice.message[0].isupper() or not advice.message[0].isalpha(), advice.message
    return found


def told(found: list[Advice], code: str) -> list[Advice]:
    return [advice for advice in found if advice.code == code]


def serious(found: list[Advice]) -> list[Advice]:
    return [advice for advice in found if advice.level != "note"]


def encoded(*steps: tuple[str, dict[str, Any]], source: tuple[str, dict[str, Any]] = TARGET) -> dict[str, Any]:
    return chain(source, *steps, ("one_hot", {}), SPLIT, MODEL, ("evaluate", {}))
