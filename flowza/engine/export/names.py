"""Names of variables, and people's labels made safe for comments and Markdown."""

from __future__ import annotations

import builtins
import html
import keyword
import re

from flowza.engine.export.sources import operation_names

TAKEN = frozenset(
    {"annotations", "DATA", "DIGEST", "HERE", "SEED", "TARGET", "metrics", "json", "hashlib", "os", "Path", "pd", "np"}
    | {"clone", "set_config", "threadpool_limits", "ColumnTransformer", "FunctionTransformer", "Pipeline", "px", "go"}
    | {"make_column_selector", "train_test_split", "StratifiedKFold", "KFold", "frame", "train", "test", "part"}
    | {"parts", "kept", "seen", "labels", "folds", "display"}
)


class Names:
    """Gives out variable names, each once."""

    def __init__(self) -> None:
        self.given: set[str] = set()

    def variable(self, wish: str) -> str:
        """A free identifier close to the wish: `Fill 2` becomes `fill_2`."""
        base = identifier(wish)
        reserved = TAKEN | operation_names() | set(dir(builtins)) | set(keyword.kwlist) | set(keyword.softkwlist)
        name, number = base, 1
        while name in self.given or name in reserved:
            number += 1
            name = f"{base}_{number}"
        self.given.add(name)
        return name


def identifier(wish: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", wish.lower()).strip("_")[:40].rstrip("_")
    return plain if plain and not plain[0].isdigit() else f"step_{plain}".rstrip("_")


def one_line(text: str, limit: int = 100) -> str:
    """A person's text on one line, without characters that do not show or that turn the direction of writing."""
    shown = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return shown if len(shown) <= limit else shown[: limit - 1].rstrip() + "…"


def markdown(text: str) -> str:
    """A person's text as Markdown that shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|~$>])", r"\\\1", html.escape(one_line(text), quote=False))
