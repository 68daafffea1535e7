"""Actions of the outline as operations on the graph: add, delete, duplicate, move, rewire, rename, tidy.

Every plan is tried on the graph before it is handed out, so what comes back can be submitted as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from apps.workflows.places import place_beside, places_swapped, room_after, tidied
from flowza.engine.catalogue import find
from flowza.engine.edit_checks import find_item, name_of, node_at
from flowza.engine.edits import EditError, apply_all
from flowza.engine.node import Node
from flowza.engine.ports import Port

GraphJSON = dict[str, Any]
Op = dict[str, Any]
Action = Mapping[str, Any]
Wire = dict[str, str]


def plan(graph: GraphJSON, action: Action) -> list[Op]:
    """The operations of an action. Raises EditError with a sentence when it cannot be done.

    | do | fields |
    | --- | --- |
    | add | kind, after (step id or ""), port? (which output of `after`) |
    | delete | step; its wire is kept where the types allow |
    | duplicate | step |
    | move | step, by: -1 or 1 |
    | rewire | step, port, source (step id or ""), source_port?, was? and was_port?: the wire to replace |
    | rename | step, label |
    | tidy | |
    """
    do = action.get("do")
    if not isinstance(do, str) or do not in ACTIONS:
        raise EditError("This is not something that can be done with a step.", str(action.get("step", "")))
    ops = ACTIONS[do](graph, action)
    apply_all(graph, ops)
    return ops


# Wires


def wires_into(graph: GraphJSON, step: str, port: str | None = None) -> list[Wire]:
    return [edge for edge in graph["edges"] if edge["to"] == step and port in (None, edge["to_port"])]


def wires_from(graph: GraphJSON, step: str, port: str | None = None) -> list[Wire]:
    return [edge for edge in graph["edges"] if edge["from"] == step and port in (None, edge["from_port"])]


def wire(source: str, source_port: str, target: str, target_port: str) -> Wire:
    return {"from": source, "from_port": source_port, "to": target, "to_port": target_port}


def connect(one: Wire, like: Wire | None = None, graph: GraphJSON | None = None) -> Op:
    """like: the wire of the graph whose place in the list the new one takes."""
    at = {"at": graph["edges"].index(like)} if like is not None and graph is not None else {}
    return {"op": "connect", **one, **at}


def disconnect(one: Wire) -> Op:
    return {"op": "disconnect", **one}


def rewired(graph: GraphJSON, old: Wire, new: Wire) -> list[Op]:
    """One wire in the place of another."""
    return [disconnect(old), connect(new, old, graph)]


def passes_through(cls: type[Node]) -> bool:
    """Whether steps of this kind take one thing and give one of the same type, so that they stand in a chain."""
    return len(cls.inputs) == len(cls.outputs) == 1 and cls.inputs[0].type == cls.outputs[0].type


# Add


def add(graph: GraphJSON, action: Action) -> list[Op]:
    cls = kind_of(action.get("kind"))
    new, after = free_id(graph, cls.kind), str(action.get("after") or "")
    if not after or not cls.inputs:
        x, y = place_beside(graph, None)
        return [{"op": "add_node", "id": new, "kind": cls.kind, "params": {}, "x": x, "y": y}]
    leaving, entering = fitting_ports(graph, after, cls, str(action.get("port") or ""))
    first = wire(after, leaving.name, new, entering.name)
    following = wires_from(graph, after, leaving.name) if passes_through(cls) else []
    moves, (x, y) = room_after(graph, after, inserts=bool(following))
    ops: list[Op] = [{"op": "add_node", "id": new, "kind": cls.kind, "params": {}, "x": x, "y": y}, *moves]
    for old in following:
        ops += rewired(graph, old, wire(new, cls.outputs[0].name, old["to"], old["to_port"]))
    return [*ops, connect(first)]


def kind_of(kind: Any) -> type[Node]:
    cls = find(kind) if isinstance(kind, str) else None
    if cls is None:
        raise EditError(f"There is no kind of step '{str(kind)[:60]}'.", field="kind")
    return cls


def fitting_ports(graph: GraphJSON, after: str, cls: type[Node], port: str = "") -> tuple[Port, Port]:
    """The first output of step `after` and input of the kind whose types match. Raises EditError when none do."""
    source = node_at(graph, after)
    for leaving in source.outputs:
        for entering in cls.inputs:
            if leaving.type == entering.type and port in ("", leaving.name):
                return leaving, entering
    takes = " and ".join(dict.fromkeys(f"a {port.type}" for port in cls.inputs))
    gives = " and ".join(dict.fromkeys(f"a {port.type}" for port in source.outputs)) or "nothing"
    raise EditError(f"'{cls.label}' takes {takes}, '{name_of(graph, after)}' gives {gives}.", after)


def free_id(graph: GraphJSON, kind: str) -> str:
    """The kind's name, numbered when steps have it already."""
    taken = {item["id"] for item in graph["nodes"]}
    number = 1
    while (name := kind if number == 1 else f"{kind}_{number}") in taken:
        number += 1
    return name


# Delete, duplicate


def delete(graph: GraphJSON, action: Action) -> list[Op]:
    """The step goes; what it read goes on to those that read from it, where the types allow."""
    step = existing(graph, action)
    cls = node_at(graph, step)
    ops: list[Op] = [{"op": "delete_node", "id": step}]
    sources = {port.name: wires_into(graph, step, port.name) for port in cls.inputs}
    gone = [edge for edge in graph["edges"] if step in (edge["from"], edge["to"])]
    for old in wires_from(graph, step):
        type_ = next(port.type for port in cls.outputs if port.name == old["from_port"])
        before = [one for port in cls.inputs if port.type == type_ for one in sources[port.name]]
        if before:
            new = wire(before[0]["from"], before[0]["from_port"], old["to"], old["to_port"])
            place = graph["edges"].index(old) - sum(
                graph["edges"].index(one) < graph["edges"].index(old) for one in gone
            )
            if new not in graph["edges"]:
                ops.append({"op": "connect", **new, "at": place + len(ops) - 1})
    return ops


def duplicate(graph: GraphJSON, action: Action) -> list[Op]:
    """A step of a chain is followed by its copy; any other gets one beside it that reads the same."""
    step = existing(graph, action)
    _, item = find_item(graph, "nodes", step)
    cls, new = node_at(graph, step), free_id(graph, item["kind"])
    copy = {name: value for name, value in item.items() if name not in ("id", "x", "y")}
    if copy.get("label"):
        copy["label"] = f"{copy['label']} (copy)"
    in_chain = passes_through(cls)
    following = wires_from(graph, step) if in_chain else []
    moves, (x, y) = room_after(graph, step, inserts=bool(following)) if in_chain else ([], place_beside(graph, step))
    ops: list[Op] = [{"op": "add_node", **copy, "id": new, "x": x, "y": y}, *moves]
    if in_chain:
        for old in following:
            ops += rewired(graph, old, {**old, "from": new})
        return [*ops, connect(wire(step, cls.outputs[0].name, new, cls.inputs[0].name))]
    ops += [connect({**old, "to": new}) for old in wires_into(graph, step)]
    ops += [connect({**old, "from": new}) for old in wires_from(graph, step) if takes_many(graph, old)]
    return ops


def takes_many(graph: GraphJSON, edge: Wire) -> bool:
    return any(port.many for port in node_at(graph, edge["to"]).inputs if port.name == edge["to_port"])


# Move


def move(graph: GraphJSON, action: Action) -> list[Op]:
    """Change places with the step before or after in the chain."""
    step = existing(graph, action)
    if action.get("by") == -1:
        before = wires_into(graph, step)
        in_chain(graph, step)
        if not before:
            raise EditError(f"'{name_of(graph, step)}' reads from no step, so it cannot be moved up.", step)
        return swapped(graph, before[0]["from"], step)
    if action.get("by") != 1:
        raise EditError("A step is moved by one, up or down.", step, "by")
    in_chain(graph, step)
    following = list(dict.fromkeys(edge["to"] for edge in wires_from(graph, step)))
    if not following:
        raise EditError(f"No step reads from '{name_of(graph, step)}', so it cannot be moved down.", step)
    if len(following) > 1:
        raise EditError(
            f"'{name_of(graph, step)}' feeds {len(following)} steps, so 'down' has no one meaning. "
            "Choose the inputs of those steps instead.",
            step,
        )
    return swapped(graph, step, following[0])


def in_chain(graph: GraphJSON, step: str) -> None:
    cls = node_at(graph, step)
    if not passes_through(cls):
        raise EditError(f"'{name_of(graph, step)}' {takes_gives(cls)}, so it has its place and cannot be moved.", step)


def takes_gives(cls: type[Node]) -> str:
    takes = " and ".join(f"a {port.type}" for port in cls.inputs)
    gives = " and ".join(f"a {port.type}" for port in cls.outputs) or "nothing"
    return f"takes {takes} and gives {gives}" if takes else "brings rows in"


def swapped(graph: GraphJSON, upper: str, lower: str) -> list[Op]:
    """upper -> lower becomes lower -> upper; what fed the one feeds the other, and so below."""
    for one, other in ((upper, lower), (lower, upper)):
        cls = node_at(graph, one)
        if not passes_through(cls):
            names = name_of(graph, one), name_of(graph, other)
            words = f"'{names[0]}' {takes_gives(cls)}, so it cannot change places with '{names[1]}'."
            raise EditError(words, other)
    if others := [edge["to"] for edge in wires_from(graph, upper) if edge["to"] != lower]:
        raise EditError(
            f"'{name_of(graph, upper)}' feeds '{name_of(graph, others[0])}' too, which would then read something else. "
            "Choose the inputs instead.",
            lower,
        )
    middle = wires_from(graph, upper)
    above, below = wires_into(graph, upper), wires_from(graph, lower)
    inputs = {step: node_at(graph, step).inputs[0].name for step in (upper, lower)}
    outputs = {step: node_at(graph, step).outputs[0].name for step in (upper, lower)}
    changed = [(one, wire(lower, outputs[lower], upper, inputs[upper])) for one in middle]
    changed += [(one, {**one, "to": lower, "to_port": inputs[lower]}) for one in above]
    changed += [(one, {**one, "from": upper, "from_port": outputs[upper]}) for one in below]
    changed.sort(key=lambda pair: graph["edges"].index(pair[0]))
    # Old wires go first: while both stand, two would meet in one input, or run in a circle.
    ops = [*(disconnect(old) for old, _ in changed), *(connect(new, old, graph) for old, new in changed)]
    return [*ops, *places_swapped(graph, upper, lower)]


# Rewire, rename


def rewire(graph: GraphJSON, action: Action) -> list[Op]:
    step = existing(graph, action)
    entering = next((port for port in node_at(graph, step).inputs if port.name == action.get("port")), None)
    if entering is None:
        raise EditError(f"'{name_of(graph, step)}' has no input '{str(action.get('port'))[:60]}'.", step)
    old = wire_to_replace(graph, step, entering, action)
    source = str(action.get("source") or "")
    if not source:
        return [disconnect(old)] if old else []
    leaving = output_for(graph, source, entering, str(action.get("source_port") or ""), step)
    new = wire(source, leaving, step, entering.name)
    if new == old:
        return []
    return rewired(graph, old, new) if old else [connect(new)]


def wire_to_replace(graph: GraphJSON, step: str, entering: Port, action: Action) -> Wire | None:
    present = wires_into(graph, step, entering.name)
    if not entering.many:
        return present[0] if present else None
    was, was_port = str(action.get("was") or ""), str(action.get("was_port") or "")
    if not was:
        return None
    for one in present:
        if one["from"] == was and was_port in ("", one["from_port"]):
            return one
    raise EditError(
        f"'{name_of(graph, was)}' is not connected to '{name_of(graph, step)}' any more.", step, entering.name
    )


def output_for(graph: GraphJSON, source: str, entering: Port, wanted: str, step: str) -> str:
    """The output of `source` that goes into the input: the named one, or the first of its type."""
    outputs = node_at(graph, source).outputs
    if wanted:
        return wanted
    for output in outputs:
        if output.type == entering.type:
            return output.name
    gives = " and ".join(f"a {port.type}" for port in outputs) or "nothing"
    raise EditError(
        f"'{name_of(graph, step)}' takes a {entering.type}, '{name_of(graph, source)}' gives {gives}.",
        step,
        entering.name,
    )


def rename(graph: GraphJSON, action: Action) -> list[Op]:
    return [{"op": "rename", "id": existing(graph, action), "label": str(action.get("label") or "").strip()}]


def existing(graph: GraphJSON, action: Action) -> str:
    step = action.get("step")
    if not isinstance(step, str) or all(item["id"] != step for item in graph["nodes"]):
        raise EditError(f"There is no step '{str(step)[:64]}' any more.", str(step)[:64])
    return step


def tidy(graph: GraphJSON, action: Action) -> list[Op]:
    return tidied(graph)


ACTIONS: dict[str, Callable[[GraphJSON, Action], list[Op]]] = {
    "add": add,
    "delete": delete,
    "duplicate": duplicate,
    "move": move,
    "rewire": rewire,
    "rename": rename,
    "tidy": tidy,
}
