"""`make bench-pages`: what a person waits for, through Django's test client and a live preview process.

Each function of `MEASURES` gives lines of `results/pages.json`. The database is SQLite in a folder of its own.
"""

from __future__ import annotations

import os
import tempfile

FOLDER = tempfile.TemporaryDirectory(prefix="flowza-bench-pages-")
os.environ["FLOWZA_DATA_DIR"] = FOLDER.name
os.environ["DJANGO_SETTINGS_MODULE"] = "flowza.settings"
os.environ.pop("DATABASE_URL", None)

from flowza import threads  # noqa: E402

threads.limit()

import django  # noqa: E402

django.setup()

import argparse  # noqa: E402
import gc  # noqa: E402
import logging  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import URLPattern, URLResolver, get_resolver, reverse  # noqa: E402

from apps.accounts.models import User  # noqa: E402
from apps.datasets.models import Dataset  # noqa: E402
from apps.registry.models import RegisteredModel  # noqa: E402
from apps.runs.models import Run  # noqa: E402
from apps.workflows.live_process import process  # noqa: E402
from apps.workflows.models import Workflow  # noqa: E402
from benchmarks.crowded import LARGE, SMALL, Size, crowd, long_table  # noqa: E402
from benchmarks.measure import Line, absolute, write  # noqa: E402
from flowza.engine.catalogue import catalogue  # noqa: E402
from flowza.engine.templates import TEMPLATES  # noqa: E402

LEFT_OUT = ("accounts:sign_out", "schema", "api_docs", "health")
BACKEND = "apps.accounts.backends.NameOrEmailBackend"
LIVE_MS, KNOWN_MS, PAGE_MS, LONG_MS = 300, 1000, 200, 150
EDITS: dict[str, Callable[[int], dict[str, Any]]] = {
    "showcase": lambda turn: {"openml_version": turn + 2},
    "impute": lambda turn: {"numbers": "constant", "number": turn + 0.5},
    "one_hot": lambda turn: {"keep": 5 + turn},
    "normalise": lambda turn: {"method": ("min_max", "robust", "standard")[turn % 3]},
    "split": lambda turn: {"test_share": round(0.15 + turn / 100, 2)},
    "drop_nulls": lambda turn: {"how": ("any", "all")[turn % 2]},
}
"""Kind of step -> the parameters of its n-th edit; each is new to the preview where the kind has enough to set."""


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def seconds_of(client: Client, address: str, clock: Callable[[], float] = time.perf_counter) -> float:
    """How long a GET takes. Raises RuntimeError when the answer is no page."""
    started = clock()
    answer = client.get(address)
    seconds = clock() - started
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answers {answer.status_code}")
    return seconds


def p95(seconds: list[float]) -> float:
    """In milliseconds."""
    return float(np.percentile(seconds, 95)) * 1000


# Live rows


def live_rows(repeats: int) -> list[Line]:
    """Of each template: a step is edited, then its rows and those of the last table are asked for; of these times the
    95th percentile, of the templates the slowest.
    """
    person = User.objects.create_user("editor", "editor@example.org", "correct horse battery")
    client = client_of(person)
    worst = 0.0
    for slug, template in TEMPLATES.items():
        workflow = Workflow.objects.create(owner=person, name=slug, graph=template.graph())
        addresses = {node["id"]: reverse("workflows:rows", args=[workflow.pk, node["id"]]) for node in tables(workflow)}
        for address in addresses.values():
            seconds_of(client, address)
        seconds = [
            seconds_of(client, addresses[step])
            for turn in range(repeats)
            for edited in list(addresses)
            if edit(workflow, edited, turn)
            for step in {edited, list(addresses)[-1]}
        ]
        print(f"  live rows, {slug}: p95 {p95(seconds):.0f} ms of {len(seconds)}")
        worst = max(worst, p95(seconds))
    return [absolute("live rows after an edit on each template's sample, p95", worst, "ms", LIVE_MS)]


def live_facts(repeats: int) -> list[Line]:
    """Of each template: a step is edited, then the canvas asks what the sample says of all steps. Of the first answers
    and of the times until figures and advice are known, the 95th percentile of the slowest template.
    """
    client = client_of(User.objects.create_user("drawer", "drawer@example.org", "correct horse battery"))
    first, all_known = 0.0, 0.0
    for slug, template in TEMPLATES.items():
        person = User.objects.get(username="drawer")
        workflow = Workflow.objects.create(owner=person, name=slug, graph=template.graph())
        address = reverse("workflows:live_json", args=[workflow.pk])
        seconds_until_known(client, address)
        edited = [node["id"] for node in workflow.graph["nodes"] if node["kind"] in EDITS]
        asked = [
            seconds_until_known(client, f"{address}?chosen={step}")
            for turn in range(repeats)
            for step in edited
            if edit(workflow, step, turn)
        ]
        answers, ends = [one[0] for one in asked], [sum(one) for one in asked]
        print(f"  live facts, {slug}: p95 {p95(answers):.0f} ms, all known {p95(ends):.0f} ms, of {len(asked)}")
        first, all_known = max(first, p95(answers)), max(all_known, p95(ends))
    return [
        absolute("live facts after an edit on each template's sample, first answer, p95", first, "ms", LIVE_MS),
        absolute("live facts after an edit, all figures and advice, p95", all_known, "ms", KNOWN_MS),
    ]


def seconds_until_known(client: Client, address: str) -> list[float]:
    """How long each answer took until one said that it is all; asked as the canvas asks, without its pauses."""
    found: list[float] = []
    joint = "&" if "?" in address else "?"
    again = True
    while again:
        started = time.perf_counter()
        again = client.get(f"{address}{joint}try={len(found)}").json()["again"]
        found.append(time.perf_counter() - started)
    return found


def tables(workflow: Workflow) -> list[dict[str, Any]]:
    """The steps that have rows to show."""
    found = []
    for node in workflow.graph["nodes"]:
        kind = catalogue()[node["kind"]]
        if any(port.type == "dataset" for port in (*kind.inputs, *kind.outputs)):
            found.append(node)
    return found


def edit(workflow: Workflow, step: str, turn: int) -> bool:
    """Change a parameter of the step as an editor stores it; False for a kind without edits here."""
    node = next(node for node in workflow.graph["nodes"] if node["id"] == step)
    if node["kind"] not in EDITS:
        return False
    node["params"] = node["params"] | EDITS[node["kind"]](turn)
    workflow.save()
    return True


# Every page of a large database


@dataclass(frozen=True)
class PageTime:
    """One page: the time that a person waits (p95), the work that is in it, how many queries it costs."""

    name: str
    milliseconds: float
    work: float
    queries: int


def every_page(repeats: int, sizes: tuple[Size, Size] = (LARGE, SMALL)) -> list[Line]:
    """All pages and parts of pages that answer with HTML, of a person with very much and of one with little."""
    large, small = (crowd(name, size) for name, size in zip(("large", "small"), sizes, strict=True))
    many, few = list(pages_of(large, repeats)), {page.name: page for page in pages_of(small, 1)}
    growing = [page.name for page in many if page.name in few and page.queries != few[page.name].queries]
    for page in sorted(many, key=lambda page: -page.milliseconds):
        times = f"p95 {page.milliseconds:6.0f} ms, work {page.work:5.0f} ms"
        grows = "  GROWS with the database" if page.name in growing else ""
        print(f"  {page.name:32} {times}  {page.queries:3} queries{grows}")
    name = f"every page, {sizes[0].workflows:,} workflows, {sizes[0].runs:,} runs, {sizes[0].datasets} datasets"
    return [
        absolute(f"{name}: the slowest, p95", max(page.milliseconds for page in many), "ms", PAGE_MS),
        absolute("pages whose number of queries grows with the database", len(growing), "", 0),
    ]


def pages_of(person: User, repeats: int) -> Iterator[PageTime]:
    client = client_of(person)
    for name, addresses in addresses_of(person).items():
        address = next((one for one in addresses if is_page(client, one)), None)
        if address is None:
            continue
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        count = len(queries)
        gc.collect()
        waited = [seconds_of(client, address) for _ in range(repeats)]
        worked = min(seconds_of(client, address, time.process_time) for _ in range(3))
        yield PageTime(name, p95(waited), worked * 1000, count)


def is_page(client: Client, address: str) -> bool:
    """Whether it answers with HTML; the second time counts, because the first fills caches."""
    client.get(address)
    answer = client.get(address)
    html = answer.headers.get("Content-Type", "").startswith("text/html")
    return answer.status_code == 200 and html and not answer.streaming


def addresses_of(person: User) -> dict[str, list[str]]:
    """Name -> what a signed-in person may open outside the API and the administration.

    A number in an address of runs is a run or a workflow: both are given.
    """
    workflow = Workflow.objects.for_user(person).earliest("pk").pk
    keys = {
        "datasets": [Dataset.objects.for_user(person).earliest("pk").pk],
        "workflows": [workflow],
        "runs": [Run.objects.for_user(person).earliest("pk").pk, workflow],
        "registry": [RegisteredModel.objects.for_user(person).earliest("pk").pk],
    }
    found: dict[str, list[str]] = {}
    for name, pattern in patterns(get_resolver().url_patterns):
        wanted = pattern.pattern.converters
        for key in keys.get(name.partition(":")[0], [None]):
            given: dict[str, Any] = {"number": 1, "node": "split", "slug": "titanic"} | ({"pk": key} if key else {})
            if wanted.keys() <= given.keys() and name not in LEFT_OUT:
                address = reverse(name, kwargs={one: given[one] for one in wanted})
                found.setdefault(name, []).append(address)
    return found


def patterns(found: list[Any], space: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in found:
        if isinstance(pattern, URLResolver):
            if pattern.namespace not in ("admin", "api"):
                yield from patterns(pattern.url_patterns, pattern.namespace or space)
        elif pattern.name:
            yield (f"{space}:{pattern.name}" if space else pattern.name), pattern


# A long table


def long_tables(repeats: int, rows: int = 1_000_000) -> list[Line]:
    """Pages over the whole length of a long table."""
    person = User.objects.create_user("reader", "reader@example.org", "correct horse battery")
    dataset = long_table(person, rows, Path(FOLDER.name))
    client, address = client_of(person), dataset.get_absolute_url()
    last = rows // 50
    numbers = np.linspace(1, last, max(repeats * 4, 20)).astype(int)
    seconds_of(client, address)
    seconds = [seconds_of(client, f"{address}?page={number}") for number in numbers]
    work = [seconds_of(client, f"{address}?page={number}", time.process_time) for number in numbers[:10]]
    print(f"  a page of the long table: work {float(np.median(work)) * 1000:.0f} ms")
    return [absolute(f"a page of a table of {rows:,} rows, p95", p95(seconds), "ms", LONG_MS)]


MEASURES: dict[str, Callable[[int], list[Line]]] = {
    "live": live_rows,
    "facts": live_facts,
    "pages": every_page,
    "long": long_tables,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--only", nargs="*", default=list(MEASURES), choices=list(MEASURES))
    options = parser.parse_args()
    logging.getLogger("django.request").setLevel(logging.ERROR)  # not every address answers to GET
    call_command("migrate", verbosity=0)
    cache.clear()
    try:
        lines = [line for name in options.only for line in MEASURES[name](options.repeats)]
        write("pages", lines)
    finally:
        process.close()
        connection.close()
        FOLDER.cleanup()


if __name__ == "__main__":
    main()
