"""What the queue calls: with the run's id alone, answering with a word."""

from __future__ import annotations


def execute(run_id: int) -> str:
    """Supervise the run in this process of the cluster."""
    # Here and not above: the web server imports this module's name only, never the engine.
    from apps.runs.planning import plan
    from apps.runs.supervisor import supervise
    from flowza.engine.job import perform

    return supervise(run_id, plan, perform)
