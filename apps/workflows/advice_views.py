"""What is wrong or risky in a draft: the whole list, and beside each step what concerns it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from apps.accounts.access import member, members
from apps.workflows.insight import insight
from apps.workflows.models import Workflow
from apps.workflows.steps import labels_of, outline_order
from flowza.engine.advice import Advice
from flowza.engine.graph import parse

MOST_ADVICE = 6
LEVELS = ("error", "warning", "note")
ONE = {"error": "to mend", "warning": "to look at", "note": "good to know"}


@dataclass
class Said:
    """One advice with all steps that it is about; the same words about several models are said once."""

    advice: Advice
    steps: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Count:
    """How many of one level, in words."""

    level: str
    number: int

    @property
    def words(self) -> str:
        return f"{self.number} {ONE[self.level]}"


@dataclass
class OfStep:
    """The advice of one step, for the sign on its card."""

    id: str
    label: str
    found: list[Advice] = field(default_factory=list)

    @property
    def worst(self) -> str:
        return min((one.level for one in self.found), key=LEVELS.index, default="")

    @property
    def words(self) -> str:
        return ", ".join(count.words for count in counts(self.found))


def counts(found: Sequence[Advice]) -> list[Count]:
    numbers = [Count(level, sum(one.level == level for one in found)) for level in LEVELS]
    return [count for count in numbers if count.number]


@members
@require_GET
def advice(request: HttpRequest, pk: int) -> HttpResponse:
    """All advice on the draft as it is; the signs on the cards and the chosen step's part come with it."""
    workflow = get_object_or_404(Workflow.objects.for_user(request.user), pk=pk)
    graph = parse(workflow.graph, complete=False)
    names = labels_of(graph, workflow.graph)
    labels = {name: names[name] for name in outline_order(graph)}
    insights = insight(workflow.graph, member(request))
    said: dict[tuple[str, str], Said] = {}
    of_steps = {name: OfStep(name, label) for name, label in labels.items()}
    for one in insights.advice:
        entry = said.setdefault((one.level, one.message), Said(one))
        if one.node in labels:
            entry.steps.append((one.node, labels[one.node]))
            of_steps[one.node].found.append(one)
    items = list(said.values())
    chosen = of_steps.get(request.GET.get("step", ""))
    context = {
        "workflow": workflow,
        "first": items[:MOST_ADVICE],
        "rest": items[MOST_ADVICE:],
        "notice": insights.notice,
        "said_count": len(items),
        "counts": counts([item.advice for item in items]),
        "of_steps": list(of_steps.values()),
        "chosen": chosen.id if chosen else "",
        "chosen_advice": chosen.found if chosen else [],
        "inputs": insights.inputs,
    }
    return render(request, "workflows/advice.html", context)
