"""Where a step's inputs come from, as selects: one for each connection, and an empty one where more may come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flowza.engine.graph import Graph
from flowza.engine.node import Node
from flowza.engine.ports import Port

SEPARATOR = ":"
"""Between step and port in a choice's value; no id of a step holds it."""


@dataclass(frozen=True)
class InputSelect:
    """One select. `chosen` is "" where nothing is connected; `choices` are (step:port, label)."""

    port: Port
    place: int
    chosen: str
    choices: Sequence[tuple[str, str]]

    @property
    def label(self) -> str:
        return f"{self.port.label} {self.place}" if self.port.many else self.port.label

    @property
    def empty_words(self) -> str:
        if self.port.many:
            return f"Add a {self.port.type}" if not self.chosen else "Disconnect"
        return "Not connected"


def input_selects(graph: Graph, node: Node, labels: Mapping[str, str]) -> list[InputSelect]:
    """All selects of one step, in the order of its ports."""
    return [select for port in node.inputs for select in selects_of(graph, node, port, labels)]


def selects_of(graph: Graph, node: Node, port: Port, labels: Mapping[str, str]) -> Iterator[InputSelect]:
    connected = [
        f"{edge.source}{SEPARATOR}{edge.source_port}" for edge in graph.into(node.id) if edge.target_port == port.name
    ]
    offered = list(offers(graph, node, port, labels))
    for place, chosen in enumerate(connected, start=1):
        others = [choice for choice in offered if choice[0] == chosen or choice[0] not in connected]
        yield InputSelect(port, place, chosen, others)
    more = [choice for choice in offered if choice[0] not in connected]
    if not connected or (port.many and more):
        yield InputSelect(port, len(connected) + 1, "", more)


def offers(graph: Graph, node: Node, port: Port, labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Outputs of the port's type from steps that do not come after this one."""
    after = graph.descendants(node.id) | {node.id}
    numbers = {name: number for number, name in enumerate(labels, start=1)}
    for name in labels:
        outputs = [output for output in graph.nodes[name].outputs if output.type == port.type]
        if name in after:
            continue
        for output in outputs:
            suffix = f" ({output.label})" if len(outputs) > 1 else ""
            yield f"{name}{SEPARATOR}{output.name}", f"{numbers[name]} · {labels[name]}{suffix}"
