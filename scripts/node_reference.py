"""Write docs/nodes.md and docs/formula.md from the engine's own declarations.

`python scripts/node_reference.py` writes them; with `--check` it writes nothing and ends with exit code 1 when a page
is not what the code would write.
"""

from __future__ import annotations

import inspect
import json
import math
import re
import sys
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pydantic.fields import FieldInfo  # noqa: E402

from flowza.engine.catalogue import CATEGORIES, catalogue  # noqa: E402
from flowza.engine.formula import FUNCTIONS, Function  # noqa: E402
from flowza.engine.node import Node  # noqa: E402
from flowza.engine.params import Params  # noqa: E402
from flowza.engine.ports import Port  # noqa: E402

NOTE = "<!-- Written by scripts/node_reference.py; change the code, not this page. -->"
ROLES = {
    "source": "brings rows in",
    "stateless": "works row by row, learns nothing; replayed at prediction",
    "learned": "learns from the training rows; replayed at prediction as it was learned",
    "rows": "changes which rows there are; not replayed at prediction",
    "split": "gives each row a role",
    "train": "learns from the training rows and gives a model",
    "validate": "measures",
    "deliver": "hands results out",
}
SIMPLE_TYPES = {str: "text", int: "whole number", float: "number", bool: "yes or no"}
COLUMN_WORDS = {"any": "a column", "number": "a number column", "text": "a text column", "date": "a date column"}


# The steps


def nodes_page() -> str:
    """The reference of all steps, by category."""
    lines = [
        "# Steps",
        "",
        NOTE,
        "",
        "Every step of the palette. On pages a step goes by its label; files and the API name it by its *kind*.",
        "How steps work together is told in [what a wire means](semantics.md).",
        "",
    ]
    by_category = [
        (category, list(classes)) for category, classes in groupby(catalogue().values(), lambda cls: cls.category)
    ]
    lines += ["| category | steps |", "| --- | --- |"]
    for category, classes in by_category:
        names = ", ".join(f"[{cls.label}](#{anchor(cls)})" for cls in classes)
        lines.append(f"| {CATEGORIES[category]} | {names} |")
    for category, classes in by_category:
        lines += ["", f"## {CATEGORIES[category]}"]
        for cls in classes:
            lines += ["", *node_section(cls)]
    return "\n".join(lines) + "\n"


def anchor(cls: type[Node]) -> str:
    return f"step-{cls.kind.replace('_', '-')}"


def node_section(cls: type[Node]) -> Iterator[str]:
    yield f'<a id="{anchor(cls)}"></a>'
    yield ""
    yield f"### {cls.label}"
    yield ""
    yield f"*{cls.summary}*"
    yield ""
    if text := own_docstring(cls):
        yield text
        yield ""
    version = f" version {cls.version}" if cls.version > 1 else ""
    former = f" (formerly {', '.join(f'`{name}`' for name in cls.replaces)})" if cls.replaces else ""
    yield f"- Kind: `{cls.kind}`{version}{former}; {ROLES[cls.role]}"
    yield f"- In: {ports(cls.inputs)}"
    yield f"- Out: {ports(cls.outputs)}"
    yield ""
    yield from parameter_table(cls.Params)


def own_docstring(cls: type[Node]) -> str:
    """The class's docstring as Markdown; empty when it only repeats the summary."""
    text = inspect.cleandoc(cls.__dict__.get("__doc__") or "")
    paragraphs = [" ".join(paragraph.split("\n")) for paragraph in re.split(r"\n\s*\n", text)]
    told = [paragraph for paragraph in paragraphs if paragraph.strip(". ") != cls.summary.strip(". ")]
    return "\n\n".join(map(escaped_angles, told))


def ports(given: tuple[Port, ...]) -> str:
    if not given:
        return "nothing"
    return ", ".join(
        f"`{port.name}` ({port.type}{', several' if port.many else ''}{', may stay open' if port.optional else ''})"
        for port in given
    )


def parameter_table(model: type[Params], title: str = "") -> Iterator[str]:
    """A table of the model's fields, then one for each kind of row that a field holds a list of."""
    if not model.model_fields:
        yield "No parameters."
        return
    yield f"| {title or 'parameter'} | label | type | default | what it does |"
    yield "| --- | --- | --- | --- | --- |"
    inner: list[tuple[str, type[Params]]] = []
    for name, field in model.model_fields.items():
        yield "| " + " | ".join(cells(name, field, model)) + " |"
        inner += [(name, found) for found in models_in(field.annotation)]
    for name, found in inner:
        yield ""
        yield from parameter_table(found, f"in each of `{name}`")


def cells(name: str, field: FieldInfo, model: type[Params]) -> list[str]:
    facts = declared(field)
    default = "required" if field.is_required() else code(field.get_default(call_default_factory=True))
    advanced = "Advanced." if facts.get("advanced") else ""
    sentences = [facts.get("help", ""), *choices(facts, field), shown_when(facts, model), advanced]
    told = " ".join(sentence for sentence in sentences if sentence)
    return [f"`{name}`", cell(str(facts.get("label", name))), cell(type_words(field, facts)), default, cell(told)]


def declared(field: FieldInfo) -> dict[str, Any]:
    extra = field.json_schema_extra
    found = extra.get("flowza") if isinstance(extra, dict) else None
    return dict(found) if isinstance(found, dict) else {}


def choices(facts: dict[str, Any], field: FieldInfo) -> Iterator[str]:
    labels: dict[str, str] = facts.get("choices") or {}
    if labels:
        yield "; ".join(f"{code(value)}: {label}" for value, label in labels.items()) + "."
    elif values := literals(field.annotation):
        yield ", ".join(code(value) for value in values) + "."


def shown_when(facts: dict[str, Any], model: type[Params]) -> str:
    conditions: dict[str, list[Any]] = facts.get("shown_when") or {}
    if not conditions:
        return ""
    words = [
        f"{declared(model.model_fields[name]).get('label', name)} is {' or '.join(code(value) for value in values)}"
        for name, values in conditions.items()
    ]
    return f"Counts when {' and '.join(words)}."


def type_words(field: FieldInfo, facts: dict[str, Any]) -> str:
    """`whole number, 1 to 1000`, `list of text columns`, `a dataset`, …"""
    if kind := facts.get("columns"):
        return COLUMN_WORDS[kind].replace("a ", "list of ", 1) + "s"
    if kind := facts.get("column"):
        return COLUMN_WORDS[kind]
    if facts.get("dataset"):
        return "a dataset"
    if facts.get("new_column"):
        return "name of a new column"
    words = "choice" if field.annotation is str and facts.get("choices") else annotation_words(field.annotation)
    limits = bounds(field.metadata)
    unit = f" {facts['unit']}" if facts.get("unit") else ""
    return f"{words}{', ' if limits else ''}{limits}{unit}"


def annotation_words(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return annotation_words(arguments[0])
    if origin is Literal:
        return "choice"
    if origin in (Union, UnionType):
        words = dict.fromkeys(annotation_words(one) for one in arguments if one is not NoneType)
        return " or ".join(words) + (", may be empty" if NoneType in arguments else "")
    if origin in (list, tuple):
        return f"list of {annotation_words(arguments[0])}" if arguments else "list"
    if origin is dict:
        return "pairs"
    if isinstance(annotation, type) and issubclass(annotation, Params):
        return "rows"
    return SIMPLE_TYPES.get(annotation, "value")


def bounds(metadata: list[Any]) -> str:
    """`1 to 1000`, `more than 0`, `at most 200 characters`."""
    found = {name: getattr(item, name) for item in metadata for name in BOUNDS if getattr(item, name, None) is not None}
    if {"ge", "le"} <= found.keys():
        return f"{number(found['ge'])} to {number(found['le'])}"
    return ", ".join(f"{BOUNDS[name]} {number(value)}" for name, value in found.items())


BOUNDS = {
    "ge": "at least",
    "gt": "more than",
    "le": "at most",
    "lt": "less than",
    "min_length": "length at least",
    "max_length": "length at most",
}


def number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if math.isfinite(value) else str(value)


def literals(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [value for argument in get_args(annotation) for value in literals(argument)] if get_args(annotation) else []


def models_in(annotation: Any) -> list[type[Params]]:
    if isinstance(annotation, type) and issubclass(annotation, Params):
        return [annotation]
    return [found for argument in get_args(annotation) for found in models_in(argument)]


def code(value: Any) -> str:
    """A JSON value as a table's cell shows it."""
    if isinstance(value, Params):
        value = value.model_dump(mode="json")
    return f"`{piped(json.dumps(value, ensure_ascii=False, default=str))}`"


def piped(text: str) -> str:
    """Text for code in a table: `|` would end the cell."""
    return text.replace("|", "\\|")


def cell(text: str) -> str:
    return piped(escaped_angles(" ".join(text.split())))


def escaped_angles(text: str) -> str:
    """`<` outside of code, so that Markdown does not take it for HTML."""
    parts = text.split("`")
    return "`".join(part if place % 2 else part.replace("<", "&lt;") for place, part in enumerate(parts))


# The formula language


def formula_page() -> str:
    """The language in words, then the table of functions."""
    lines = ["# Formulas", "", NOTE, "", FORMULA_TEXT.strip(), "", "## Functions", ""]
    lines.append("What stands in [ ] may be left away. The examples need no columns: try them as they are.")
    for category, functions in groupby(FUNCTIONS.values(), lambda function: function.category):
        lines += [
            "",
            f"### {category.capitalize()}",
            "",
            "| function | gives | | example |",
            "| --- | --- | --- | --- |",
        ]
        lines += [function_row(function) for function in functions]
    return "\n".join(lines) + "\n"


def function_row(function: Function) -> str:
    result = {"same": "the type of its values", "whole": "number"}.get(function.result, function.result)
    example = f"`{piped(function.example)}` → `{piped(function.gives)}`"
    return f"| `{piped(function.signature)}` | {result} | {cell(function.help)} | {example} |"


FORMULA_TEXT = """
A Formula step makes one column from the others. A formula is one expression; each row gets what the expression gives
for the columns of that row. It sees neither other rows nor the clock, so the same row has the same answer in a table
of a million rows and alone in a request. A mistake is told with the place of its first character.

```
Fare / (SibSp + Parch + 1)
if(is_missing(Age), "unknown", case(Age < 12, "child", Age < 18, "youth", "adult"))
upper(trim([Home town])) in ("LONDON", "YORK")
days_between(signed_up, last_seen) > 90
```

## Columns, values, operators

- A column is written by its name: `Age`. A name that is not one plain word goes in brackets: `[Home town]`, `[a.b]`;
  a closing bracket inside it is doubled: `[odd ]] name]`. Small and capital letters differ.
- Numbers: `1200`, `0.5`, `1e6`. Texts in straight quotes: `"York"` or `'York'`; in them `\\"`, `\\'`, `\\\\`, `\\n` and
  `\\t` stand for a quote, a backslash, a line end and a tab.
  Dates: `date("2024-01-31")`, `date("2024-01-31 18:30")`. Truth: `true`, `false`. No value: `missing`.
- Operators, the loosest first: `a if condition else b`; `or`; `and`; `not`; `<` `<=` `>` `>=` `==` `!=` `in` `not in`;
  `+` `-`; `*` `/` `//` `%`; the sign `-`; `**`. Brackets `( )` group.
- `+` also joins two texts. `/` always gives a number with decimals; `//` rounds down and `%` is the rest, with the
  divisor's sign. Comparisons may be chained: `0 < Age < 18`.
- Types are checked before anything is computed: a text is not added to a number, a number is no condition. Use
  `to_number`, `to_text` or a Cast step.

## Where a value is missing

| expression | with a missing value |
| --- | --- |
| arithmetic, text and date functions | the result is missing |
| `<` `<=` `>` `>=` `==` `in` | false: what is unknown meets no comparison |
| `!=`, `not in` | false too; `not (a == b)` is true, since it turns that false round |
| `and`, `or`, `not` | work on the truth that their conditions gave; there is no third value |
| `if(condition, a, b)` | a condition that is unknown gives `b` |
| `case(…)` | the first condition that holds; where none does, the last value, or missing if there is none |
| `coalesce(a, b, …)` | the first that is there |
| `is_missing(a)` | true |
| division by 0, the root or logarithm of what has none | missing |

## Limits

A formula has at most 2,000 characters and is nested at most 32 deep. Where no column is involved, an exponent goes up
to 100. A whole number beyond 64 bits is refused rather than rounded. There are no attributes, no methods and no loops,
and nothing can be called that is not in the tables below: a formula is read by a parser of its own and never run as
Python.
"""

PAGES: dict[str, Callable[[], str]] = {"docs/nodes.md": nodes_page, "docs/formula.md": formula_page}


def stale() -> list[str]:
    """The pages that are not what the code would write."""
    return [
        name
        for name, page in PAGES.items()
        if not (ROOT / name).exists() or (ROOT / name).read_text(encoding="utf-8") != page()
    ]


def main() -> int:
    if "--check" in sys.argv[1:]:
        for name in stale():
            print(f"{name} is not current: run python scripts/node_reference.py")
        return 1 if stale() else 0
    for name, page in PAGES.items():
        (ROOT / name).parent.mkdir(exist_ok=True)
        (ROOT / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
