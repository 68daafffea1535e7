"""`manage.py run_workflow FILE.flowza.yaml | template:SLUG`: run a workflow without the web application."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.runs.command_jobs import CommandRefused, read_workflow, run_graph, with_inputs


class Command(BaseCommand):
    help = (
        "Run a workflow file or a template. Exit code 0 when it succeeded, 1 when a step failed, 2 when it cannot run."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("workflow", help="a .flowza.yaml file, or template:SLUG")
        parser.add_argument(
            "--input",
            action="append",
            default=[],
            metavar="NAME=PATH",
            help="a CSV or Parquet file for the data source NAME (a step's id or a dataset's name); may be repeated",
        )
        parser.add_argument("--out", type=Path, metavar="DIR", help="folder for exported files and result.json")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines for people")
        parser.add_argument("--no-cache", action="store_true", help="compute every step, keep nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.perf_counter()
        try:
            workflow = read_workflow(options["workflow"])
            graph, datasets = with_inputs(workflow, parsed_inputs(options["input"]))
            with tempfile.TemporaryDirectory(prefix="flowza-out-") as scratch:
                result = run_graph(
                    graph,
                    datasets,
                    store=None if options["no_cache"] else settings.STORE_ROOT,
                    outbox=options["out"] or Path(scratch),
                    processes=settings.RUN_PROCESSES,
                    listen=None if options["json"] else self.say,
                )
        except CommandRefused as refused:
            raise CommandError(str(refused), returncode=2) from refused
        result = {"workflow": workflow.name, "seconds": round(time.perf_counter() - started, 4), **result}
        if options["out"]:
            (options["out"] / "result.json").write_text(json.dumps(result, indent=2) + "\n")
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            self.say_result(result)
        if result["state"] != "succeeded":
            sys.exit(1)

    def say(self, event: dict[str, Any]) -> None:
        if event["event"] == "node" and event["state"] != "running":
            rows = "" if event["rows_out"] is None else f"  {event['rows_out']:,} rows"
            seconds = "" if event["seconds"] is None else f"  {event['seconds']:.2f} s"
            self.stdout.write(f"{event['node']:<24} {event['state']:<10}{seconds}{rows}")
        elif event["event"] == "log" and event["level"] != "info":
            self.stdout.write(f"  {event['level']}: {event['text']}")

    def say_result(self, result: dict[str, Any]) -> None:
        for node, metrics in result["metrics"].items():
            for name, value in metrics.items():
                self.stdout.write(f"{node:<24} {name:<20} {'-' if value is None else format(value, '.6g')}")
        style = self.style.SUCCESS if result["state"] == "succeeded" else self.style.ERROR
        self.stdout.write(style(f"{result['state'].capitalize()} in {result['seconds']:.2f} s."))
        if result["error"]:
            hint = result["error"].get("hint") or ""
            self.stdout.write(style(f"{result['error']['message']} {hint}".strip()))


def parsed_inputs(given: list[str]) -> dict[str, Path]:
    """NAME=PATH pairs. Raises CommandRefused for one that is not."""
    inputs: dict[str, Path] = {}
    for pair in given:
        name, separator, path = pair.partition("=")
        if not separator or not name or not path:
            raise CommandRefused(f"--input needs NAME=PATH, not '{pair}'.")
        inputs[name] = Path(path)
    return inputs
