"""What axe-core finds wrong with a page, as far as it keeps somebody from using it."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = ("serious", "critical")
NOT_OURS = [".swagger-ui"]
"""Parts that a library draws, and that axe-core finds fault with in every installation of it."""


def barriers(page: Page) -> list[str]:
    """Each serious or critical violation on the page: the rule, where, and why. For contexts with `bypass_csp`:
    axe-core styles what it measures."""
    options = {"preload": False, "resultTypes": ["violations"]}
    answer: dict[str, Any] = (
        Axe().run(page, context={"exclude": [[part] for part in NOT_OURS]}, options=options).response
    )
    return [
        f"{page.url}: {found['id']} at {' '.join(map(str, place['target']))}: {reason(place)}"
        for found in answer["violations"]
        if found["impact"] in GRAVE
        for place in found["nodes"]
    ]


def reason(place: dict[str, Any]) -> str:
    """The first thing that would mend it."""
    checks = [*place["any"], *place["all"], *place["none"]]
    return str(checks[0]["message"]) if checks else place["html"]
