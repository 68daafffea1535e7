"""A workflow as a text file, `<name>.flowza.yaml`: what it does first, where its steps lie on the canvas last.

Steps are sorted by id, parameters that have their default are left away, datasets are named with the digest of their
content. There are no times, keys, secrets or results in it, so two files differ where two workflows differ. Writing
what was read gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from flowza.engine.errors import GraphError, Problem
from flowza.engine.graph import dataset_fields, dataset_references, parse
from flowza.engine.graph_shape import FORMAT, has_nul

MAX_BYTES = 2_000_000
MAX_DEPTH = 32
MAX_EVENTS = 120_000
MAX_NAME = 200
FILE_FIELDS = ("format", "name", "description", "seed", "datasets", "nodes", "edges", "layout")
NODE_FIELDS = ("id", "type", "version", "label", "note", "params")
CORE_TAGS = {
    "tag:yaml.org,2002:null": re.compile(r"(?:~|null|Null|NULL|)"),
    "tag:yaml.org,2002:bool": re.compile(r"(?:true|True|TRUE|false|False|FALSE)"),
    "tag:yaml.org,2002:int": re.compile(r"[-+]?[0-9]+"),
    "tag:yaml.org,2002:float": re.compile(
        r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+"
    ),
}


@dataclass(frozen=True)
class FileDataset:
    """A dataset as a workflow's file names it. digest: of its stored content."""

    name: str
    digest: str


def to_yaml(graph_json: Mapping[str, Any], name: str, datasets: Mapping[str, FileDataset]) -> str:
    """The file's text. datasets: reference in the parameters -> what it stands for; references that are missing stay as
    they are. Raises GraphError for a graph that is not valid as a draft."""
    graph = parse(dict(graph_json), complete=False)
    slugs = dataset_slugs({reference: datasets[reference] for reference in references_in(graph_json, datasets)})
    items = {item["id"]: item for item in graph_json["nodes"]}
    nodes = [written_node(graph.nodes[node], items[node], slugs) for node in sorted(items)]
    edges = sorted((edge.source, edge.source_port, edge.target, edge.target_port) for edge in graph.edges)
    content: dict[str, Any] = {"format": FORMAT, "name": name}
    if graph_json.get("description"):
        content["description"] = graph_json["description"]
    content["seed"] = graph.seed
    if slugs:
        written = {slugs[reference]: datasets[reference] for reference in slugs}
        content["datasets"] = {
            slug: {"name": written[slug].name, "digest": written[slug].digest} for slug in sorted(written)
        }
    content["nodes"] = nodes
    content["edges"] = [
        {"from": f"{source}.{leaving}", "to": f"{target}.{entering}"} for source, leaving, target, entering in edges
    ]
    if layout := written_layout(graph_json):
        content["layout"] = layout
    return dump(content)


def from_yaml(text: str) -> tuple[dict[str, Any], str, dict[str, FileDataset]]:
    """Graph JSON, name and datasets of a file. The parameters name datasets by the keys of the last.

    Raises GraphError with a sentence for whatever is wrong with the file or its graph.
    """
    content = load(text)
    problems = [
        Problem(
            f"There is no field '{str(field)[:60]}' in a workflow's file.", field=str(field)[:60], code="unknown_field"
        )
        for field in content
        if field not in FILE_FIELDS
    ]
    if content.get("format") != FORMAT or isinstance(content.get("format"), bool):
        problems.append(Problem(f"This file does not say 'format: {FORMAT}'.", field="format", code="format"))
    name = content.get("name", "")
    if not isinstance(name, str) or len(name) > MAX_NAME:
        problems.append(Problem(f"'name' must be a text of at most {MAX_NAME} characters.", field="name"))
    if problems:
        raise GraphError(problems)
    graph_json = {
        "format": FORMAT,
        "seed": content.get("seed", 0),
        "nodes": [read_node(item, position) for position, item in enumerate(listed(content, "nodes"))],
        "edges": [read_edge(item, position) for position, item in enumerate(listed(content, "edges"))],
    }
    if "description" in content:
        graph_json["description"] = content["description"]
    read_layout(content.get("layout", {}), graph_json)
    parse(graph_json, complete=False)
    return graph_json, name, read_datasets(content.get("datasets", {}))


# Writing


def references_in(graph_json: Mapping[str, Any], datasets: Mapping[str, FileDataset]) -> list[str]:
    return [reference for reference in dataset_references(graph_json) if reference in datasets]


def dataset_slugs(datasets: Mapping[str, FileDataset]) -> dict[str, str]:
    """Reference -> a short key made of the name; the same content has the same key, whatever it is called here."""
    slugs: dict[FileDataset, str] = {}
    for dataset in sorted(set(datasets.values()), key=lambda item: (item.name, item.digest)):
        base = re.sub(r"[^a-z0-9]+", "-", dataset.name.lower()).strip("-")[:40] or "dataset"
        slug, number = base, 1
        while slug in slugs.values():
            number += 1
            slug = f"{base}-{number}"
        slugs[dataset] = slug
    return {reference: slugs[dataset] for reference, dataset in datasets.items()}


def written_node(node: Any, item: Mapping[str, Any], slugs: Mapping[str, str]) -> dict[str, Any]:
    written: dict[str, Any] = {"id": node.id, "type": node.kind, "version": node.version}
    for field in ("label", "note"):
        if item.get(field):
            written[field] = item[field]
    params = node.params.changed()
    for field in dataset_fields(type(node)):
        if params.get(field) in slugs:
            params[field] = slugs[params[field]]
    if params:
        written["params"] = params
    return written


def written_layout(graph_json: Mapping[str, Any]) -> dict[str, Any]:
    places = {
        item["id"]: [whole(item.get("x", 0)), whole(item.get("y", 0))]
        for item in sorted(graph_json["nodes"], key=lambda item: str(item["id"]))
        if "x" in item or "y" in item
    }
    layout: dict[str, Any] = {"nodes": places} if places else {}
    return layout | {field: graph_json[field] for field in ("notes", "frames") if graph_json.get(field)}


def whole(value: float) -> int | float:
    return int(value) if value == int(value) else float(value)


# Reading


def listed(content: Mapping[str, Any], field: str) -> list[Any]:
    value = content.get(field)
    if not isinstance(value, list):
        raise GraphError([Problem(f"'{field}' must be a list.", field=field)])
    return value


def read_node(item: Any, position: int) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise GraphError([Problem(f"Step {position + 1} must have an id and a type.", field=f"nodes.{position}")])
    if unknown := [field for field in item if field not in NODE_FIELDS]:
        sentence = f"There is no field '{str(unknown[0])[:60]}' in a step."
        raise GraphError([Problem(sentence, field=f"nodes.{position}", code="unknown_field")])
    node = {("kind" if field == "type" else field): value for field, value in item.items()}
    node.setdefault("params", {})
    return node


def read_edge(item: Any, position: int) -> dict[str, str]:
    """`from: split.table` names a step and its port; a step's id may hold dots, a port's name does not."""
    ends = [item.get("from"), item.get("to")] if isinstance(item, dict) and set(item) == {"from", "to"} else []
    if len(ends) != 2 or not all(isinstance(end, str) and "." in end for end in ends):
        sentence = "A connection needs 'from' and 'to', each a step and a port as in 'split.table'."
        raise GraphError([Problem(sentence, field=f"edges.{position}")])
    (source, leaving), (target, entering) = (str(end).rsplit(".", 1) for end in ends)
    return {"from": source, "from_port": leaving, "to": target, "to_port": entering}


def read_layout(layout: Any, graph_json: dict[str, Any]) -> None:
    places = layout.get("nodes", {}) if isinstance(layout, dict) else None
    if not isinstance(places, dict) or set(layout) - {"nodes", "notes", "frames"}:
        raise GraphError([Problem("'layout' may hold 'nodes', 'notes' and 'frames'.", field="layout")])
    known = {node["id"]: node for node in graph_json["nodes"] if isinstance(node.get("id"), str)}
    for name, place in places.items():
        if name not in known or not isinstance(place, list) or len(place) != 2:
            sentence = f"The place of '{str(name)[:64]}' must be [x, y] of a step that is there."
            raise GraphError([Problem(sentence, field="layout")])
        known[name]["x"], known[name]["y"] = place
    graph_json |= {field: layout[field] for field in ("notes", "frames") if field in layout}


def read_datasets(found: Any) -> dict[str, FileDataset]:
    datasets: dict[str, FileDataset] = {}
    for slug, item in found.items() if isinstance(found, dict) else [(found, None)]:
        fields = [item.get("name"), item.get("digest")] if isinstance(item, dict) and len(item) == 2 else [None]
        if not isinstance(slug, str) or not all(isinstance(field, str) for field in fields):
            sentence = "Each dataset needs a name and a digest, both text."
            raise GraphError([Problem(sentence, field="datasets")])
        datasets[slug] = FileDataset(*fields)
    return datasets


# YAML


class Dumper(yaml.SafeDumper):
    """Block style, lists indented under their key, no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)


def represent_list(dumper: Dumper, items: list[Any]) -> Any:
    """Lists of plain values on one line, as column names read best."""
    plain = all(not isinstance(item, list | dict) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=plain)


def represent_text(dumper: Dumper, text: str) -> Any:
    """Several plain lines as a block, as formulas and notes read best; characters that do not show are escaped."""
    lines = text.split("\n")
    style = None if len(lines) == 1 else "|"
    if not all(line.isprintable() and line == line.strip() for line in lines) or (style and not lines[0]):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Dumper.add_representer(list, represent_list)
Dumper.add_representer(str, represent_text)


def dump(content: Any) -> str:
    text: str = yaml.dump(content, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=10_000_000)
    return text


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Plain values as YAML 1.2 reads them: `yes`, `no` and dates are text. Keys may not be repeated.

    Written in C where PyYAML has that, because a large file would hold up everybody else for seconds.
    """

    yaml_implicit_resolvers: dict[Any, Any] = {}  # filled below

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str) or key in mapping:
                what = f"'{key[:60]}' is there twice" if isinstance(key, str) else "a key is not text"
                raise yaml.constructor.ConstructorError(None, None, what, key_node.start_mark)
            mapping[key] = self.construct_object(value_node, deep=True)
        return mapping


for _tag, _pattern in CORE_TAGS.items():
    _whole = re.compile(rf"(?:{_pattern.pattern})\Z")
    Loader.add_implicit_resolver(_tag, _whole, None)
    Dumper.add_implicit_resolver(_tag, _whole, None)  # text that the loader would take for a number is quoted
Loader.add_constructor("tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node))
Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))


def load(text: str) -> dict[str, Any]:
    """The mapping in the text. Raises GraphError; no tag, alias or deep nest is ever constructed."""
    if len(text) > MAX_BYTES:
        raise GraphError([Problem("The file is larger than 2 MB.", field="file", code="too_large")])
    try:
        refuse_risky(yaml.parse(text, Loader=Loader))
        content = yaml.load(text, Loader=Loader)  # noqa: S506 - a SafeLoader with fewer types
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        reason = getattr(error, "problem", None) or str(error).split("\n")[0]
        raise GraphError(
            [Problem(f"This is not a readable YAML file{where}: {reason}.", field="file", code="yaml")]
        ) from error
    if not isinstance(content, dict):
        raise GraphError([Problem("The file holds no workflow.", field="file", code="yaml")])
    if has_nul(content):
        sentence = "The file's text may not hold NUL characters or broken surrogates."
        raise GraphError([Problem(sentence, field="file", code="yaml")])
    return content


def refuse_risky(events: Iterator[Any]) -> None:
    depth = 0
    for number, event in enumerate(events):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ValueError(f"it is nested deeper than {MAX_DEPTH} levels")
        if number > MAX_EVENTS:
            raise ValueError("it has too many parts")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise ValueError("anchors and aliases are not allowed")
        if getattr(event, "tag", None) not in (None, "!"):
            raise ValueError("tags are not allowed")
