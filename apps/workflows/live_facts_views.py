"""`live.json`: what the sample says about every step, for the canvas. It answers with what is known and says whether
to ask again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import conditional_page, require_GET

from apps.accounts.access import member, members
from apps.accounts.models import User
from apps.workflows.advice_views import LEVELS
from apps.workflows.insight import at_hand, insight
from apps.workflows.live_facts import OVERRUN_WORDS, Facts, facts_of, words_of
from apps.workflows.live_process import Busy, Overrun, PreviewRefused
from apps.workflows.models import Workflow
from flowza.engine.advice import Advice

WAIT_MS = 400
"""How long a page waits before it asks again, when others are before it."""
FIRST_SENTENCE = re.compile(r".+?[.!?…](?=\s+[^a-z\s]|\s*$)", re.DOTALL)
TAB = re.compile(r"[0-9a-zA-Z-]{1,40}")


@members
@require_GET
@conditional_page
def live_json(request: HttpRequest, pk: int) -> HttpResponse:
    """`{revision, steps, advice, again, wait, notice}` of the draft as it is; an ETag tells what is known already.

    ?chosen= the step to begin with. ?try= how often it was asked for this draft. ?tab= the window that asks: its newer
    request supersedes its older one.
    """
    workflow = get_object_or_404(Workflow.objects.for_user(request.user), pk=pk)
    user = member(request)
    tab = TAB.match(request.GET.get("tab", ""))
    topic = f"facts/{pk}/{user.pk}/{tab.group() if tab else ''}"
    again, wait, notice = False, 0, ""
    try:
        chosen = request.GET.get("chosen", "")[:64]
        facts = facts_of(workflow.graph, user, owner=workflow.owner_id, topic=topic, chosen=chosen)
        again = facts.more
    except PreviewRefused as refused:
        facts, again, wait = Facts(), refused.again, WAIT_MS
        notice = OVERRUN_WORDS if isinstance(refused, Overrun) else str(refused)
    advice, unsure = advice_on(workflow, user, wait_for_it=not again and request.GET.get("try", "0") != "0")
    answer = JsonResponse(
        {
            "revision": workflow.revision,
            "steps": words_of(facts),
            "advice": advice_by_step(advice),
            "again": again or unsure,
            "wait": wait or (WAIT_MS if unsure and not again else 0),
            "notice": notice,
        }
    )
    answer["Cache-Control"] = "private, no-cache"
    return answer


def advice_on(workflow: Workflow, user: User, *, wait_for_it: bool) -> tuple[Iterable[Advice], bool]:
    """The advice, and whether there may soon be more. wait_for_it: look at the data now if nobody has done it."""
    known, looked = at_hand(workflow.graph, user)
    if looked or not wait_for_it:
        return known.advice, not looked
    found = insight(workflow.graph, user)
    return found.advice, found.notice == Busy.message


def advice_by_step(advice: Iterable[Advice]) -> dict[str, dict[str, Any]]:
    """Step -> the worst that is advised there, in one sentence, and how much is advised in all."""
    found: dict[str, dict[str, Any]] = {}
    for one in sorted(advice, key=lambda one: LEVELS.index(one.level)):
        if one.node:
            entry = found.setdefault(one.node, {"level": one.level, "text": first_sentence(one.message), "count": 0})
            entry["count"] += 1
    return found


def first_sentence(text: str) -> str:
    """Up to the first full stop behind which another sentence begins; a point in a number or a name is none."""
    found = FIRST_SENTENCE.match(text)
    return found.group() if found else text
