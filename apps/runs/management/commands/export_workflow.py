"""`manage.py export_workflow WORKFLOW --as script|notebook|yaml --out PATH`: take a workflow along."""

from __future__ import annotations

import json
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.runs.command_jobs import CommandRefused, problem_lines, read_workflow, with_inputs
from flowza.engine.errors import GraphError, NodeError
from flowza.engine.export import NotExportable, collect, export_notebook, export_script
from flowza.engine.files import FileDataset, to_yaml
from flowza.engine.job import Job


class Command(BaseCommand):
    help = "Write a workflow file or a template as a Python script, a notebook or a workflow file."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("workflow", help="a .flowza.yaml file, or template:SLUG")
        parser.add_argument("--as", dest="form", choices=("script", "notebook", "yaml"), required=True)
        parser.add_argument(
            "--out", type=Path, required=True, metavar="PATH", help="file to write; data goes beside it"
        )
        parser.add_argument("--input", action="append", default=[], metavar="NAME=PATH", help="as in run_workflow")

    def handle(self, *args: Any, **options: Any) -> None:
        from apps.runs.management.commands.run_workflow import parsed_inputs

        out: Path = options["out"]
        try:
            workflow = read_workflow(options["workflow"])
            graph, datasets = with_inputs(workflow, parsed_inputs(options["input"]))
            out.parent.mkdir(parents=True, exist_ok=True)
            if options["form"] == "yaml":
                named = {key: FileDataset(source.name, source.digest) for key, source in datasets.items()}
                out.write_text(to_yaml(graph, workflow.name, {**workflow.datasets, **named}), encoding="utf-8")
                written = [out]
            else:
                with tempfile.TemporaryDirectory(prefix="flowza-out-") as scratch:
                    job = Job(graph, settings.STORE_ROOT, None, datasets, outbox=Path(scratch))
                    written = self.write_code(job, workflow.name, out, options["form"])
        except GraphError as error:
            raise CommandError(problem_lines(error), returncode=2) from error
        except (CommandRefused, NotExportable) as refused:
            raise CommandError(str(refused), returncode=2) from refused
        except NodeError as error:
            raise CommandError(f"{error.node}: {error.message} {error.hint}".strip(), returncode=1) from error
        for path in written:
            self.stdout.write(f"Wrote {path}")

    def write_code(self, job: Job, name: str, out: Path, form: str) -> list[Path]:
        """The script or notebook of the run that this job is; its tables are written beside it."""
        before = set(out.parent.iterdir())
        run = collect(job)
        if form == "notebook":
            out.write_text(json.dumps(export_notebook(run, name, out.parent), indent=1) + "\n", encoding="utf-8")
        else:
            out.write_text(export_script(run, name, out.parent).text, encoding="utf-8")
        return [out, *sorted(set(out.parent.iterdir()) - before - {out})]
