"""Branches of a graph that run side by side, each in a process forked from the one that holds their inputs.

Frames cross by copy-on-write; results come back as stored outputs and as events over a pipe. A process that used OpenMP
must not fork (its children would hang), so such nodes run last, where nothing is left to fork.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import struct
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from flowza.engine.errors import Cancelled, NodeError
from flowza.engine.table import Table

if TYPE_CHECKING:
    from flowza.engine.execute import Executor

HEAVY_CELLS = 500_000
TICKET = struct.Struct("<H")


def worth_forking(executor: Executor, ready: list[str]) -> list[str]:
    """Of the nodes that could start now, those to run in processes of their own; empty: go on in this one."""
    if executor.processes < 2 or executor.openmp_used or executor.in_branch or len(ready) < 2:
        return []
    heavy = [name for name in ready if is_heavy(executor, name)]
    return heavy if len(heavy) >= 2 else []


def is_heavy(executor: Executor, name: str) -> bool:
    """Whether a node's work outweighs a fork. OpenMP nodes use all cores by themselves."""
    node = executor.graph.nodes[name]
    if node.uses_openmp or node.has_effect:
        return False
    if node.heavy:
        return True
    if node.role not in ("train", "validate"):
        return False
    sizes = [
        table.rows * len(table.columns)
        for edge in executor.graph.into(name)
        if isinstance(table := executor.outputs.get(edge.source), Table)
    ]
    return sum(sizes) >= HEAVY_CELLS


def run_branches(executor: Executor, starts: list[str], waiting: list[str]) -> set[str]:
    """Run each start, and what depends on it alone, in forked processes; gives the nodes that are done."""
    chains = [chain_from(executor, start, waiting) for start in starts]
    for name in {edge.source for start in starts for edge in executor.graph.into(start)}:
        executor.output(name)
    with closing(Tickets(len(chains))) as tickets:
        children = [fork_branch(executor, chains, tickets) for _ in range(min(executor.processes, len(chains)))]
        failure = collect(executor, children)
    done = {name for chain in chains for name in chain}
    if failure is not None:
        raise_failure(executor, failure, waiting)
    for name in done:
        executor.free(name)
    return done


def chain_from(executor: Executor, start: str, waiting: list[str]) -> list[str]:
    """The start and those after it whose waiting inputs all lie in this chain, in order."""
    chain = [start]
    for name in waiting:
        inputs = {edge.source for edge in executor.graph.into(name)} & set(waiting)
        if name != start and inputs and inputs <= set(chain):
            chain.append(name)
    return chain


class Tickets:
    """Who runs which branch: a pipe that holds the branches' numbers, from which each process draws its next one."""

    def __init__(self, count: int) -> None:
        self._reading, writing = os.pipe()
        # A pipe takes 64 KiB before it blocks; a graph has fewer steps than that.
        os.write(writing, b"".join(TICKET.pack(number) for number in range(count)))
        os.close(writing)

    def __iter__(self) -> Iterator[int]:
        # Reads of so few bytes are atomic.
        while drawn := os.read(self._reading, TICKET.size):
            yield TICKET.unpack(drawn)[0]

    def close(self) -> None:
        os.close(self._reading)


def fork_branch(executor: Executor, chains: list[list[str]], tickets: Tickets) -> tuple[int, int]:
    """Gives (process id, read end of its event pipe)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    status = 1
    try:
        os.close(reading)
        run_child(executor, chains, tickets, writing)
        status = 0
    finally:
        os._exit(status)


def run_child(executor: Executor, chains: list[list[str]], tickets: Tickets, writing: int) -> None:
    from flowza.engine.execute import NodeFailed

    with os.fdopen(writing, "w") as pipe:

        def emit(event: dict[str, Any]) -> None:
            pipe.write(json.dumps(event) + "\n")
            pipe.flush()

        executor.emit = emit
        executor.in_branch = True
        try:
            for number in tickets:
                executor.run_nodes(chains[number])
        except NodeFailed as failed:
            emit({"event": "branch_failed", "error": failed.error})
        except Cancelled:
            emit({"event": "branch_failed", "error": None})


def collect(executor: Executor, children: list[tuple[int, int]]) -> dict[str, Any] | None:
    """Pass the children's events on until all have ended; gives the first failure."""
    failure: dict[str, Any] | None = None
    selector = selectors.DefaultSelector()
    buffers = {reading: b"" for _, reading in children}
    for _, reading in children:
        selector.register(reading, selectors.EVENT_READ)
    while selector.get_map():
        for ready, _ in selector.select():
            reading = int(ready.fd)
            data = os.read(reading, 1 << 16)
            if not data:
                selector.unregister(reading)
                os.close(reading)
                continue
            *lines, buffers[reading] = (buffers[reading] + data).split(b"\n")
            for line in lines:
                found = take(executor, json.loads(line))
                if found is not None and failure is None:
                    failure = found
                    stop(children)
    for child, _ in children:
        _, status = os.waitpid(child, 0)
        if status and failure is None:
            code = os.waitstatus_to_exitcode(status)
            failure = {"crashed": f"This branch of the run ended unexpectedly ({describe_exit(code)})."}
    return failure


def take(executor: Executor, event: dict[str, Any]) -> dict[str, Any] | None:
    if event["event"] == "branch_failed":
        return {"error": event["error"]}
    if event["event"] == "node":
        executor.states[event["node"]] = event["state"]
        if event["manifest"] is not None:
            executor.manifests[event["node"]] = event["manifest"]
    executor.emit(event)
    return None


def stop(children: list[tuple[int, int]]) -> None:
    for child, _ in children:
        os.kill(child, signal.SIGTERM)


def describe_exit(code: int) -> str:
    if code == -signal.SIGKILL:
        return "killed, most likely for want of memory"
    return f"signal {-code}" if code < 0 else f"exit status {code}"


def raise_failure(executor: Executor, failure: dict[str, Any], waiting: list[str]) -> None:
    """Report what became of the nodes that did not end, and raise what ended the run.

    A sibling of a failed branch is stopped: the node that it was at is skipped, as are those that never started.
    """
    from flowza.engine.events import node_event
    from flowza.engine.execute import NodeFailed

    open_nodes = [name for name in waiting if executor.states.get(name, "running") == "running"]
    if "crashed" in failure:
        started = [name for name in open_nodes if name in executor.states]
        error = NodeError(failure["crashed"], code="crashed", hint="Run again; with less data if it happens again.")
        executor.fail(error, (started or open_nodes)[0], open_nodes, 0.0)
    if failure["error"] is None:
        for name in open_nodes:
            executor.emit(node_event(name, "cancelled"))
        raise Cancelled
    executor.skip_rest(open_nodes, set())
    raise NodeFailed(failure["error"])
