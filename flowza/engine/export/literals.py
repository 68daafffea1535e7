"""Values as Python source: the one place where plain values, transformers and estimators are printed.

Never `repr` of an estimator: scikit-learn cuts it at about 700 characters and 30 elements, and XGBoost's is not Python.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd


class Imports:
    """The names that printed source needs: module -> imported names. `import module as alias` under the key ''."""

    def __init__(self) -> None:
        self.names: dict[str, set[str]] = {}
        self.modules: dict[str, str | None] = {}

    def add(self, module: str, name: str) -> str:
        """Ask for `from module import name`; gives the name."""
        self.names.setdefault(module, set()).add(name)
        return name

    def module(self, module: str, alias: str | None = None) -> str:
        """Ask for `import module as alias`; gives how it is called in the source."""
        self.modules[module] = alias
        return alias or module

    def update(self, other: Imports) -> None:
        for module, names in other.names.items():
            self.names.setdefault(module, set()).update(names)
        self.modules |= other.modules


class Literals:
    """Prints values and remembers what their source needs.

    printed: functions and classes of `flowza.engine` that the source names; their own source goes into the script.
    seed: value of the script's constant SEED, which stands for it wherever a parameter `random_state` or `seed` has it.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.imports = Imports()
        self.printed: dict[str, Any] = {}
        self.seed = seed

    def literal(self, value: Any) -> str:
        """Source of one expression that gives an equal value of the same type. Raises TypeError for what has none."""
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, np.generic):
            return self._numpy_scalar(value)
        if value is None or isinstance(value, bool | int):
            return repr(value)
        if isinstance(value, float):
            return number(value)
        if isinstance(value, str):
            return text(value)
        if isinstance(value, pd.Timestamp):
            return f"{self.imports.module('pandas', 'pd')}.Timestamp({text(value.isoformat())})"
        if value is pd.NA:
            return f"{self.imports.module('pandas', 'pd')}.NA"
        if isinstance(value, list | tuple | set | frozenset):
            return self._items(value)
        if isinstance(value, Mapping):
            inside = ", ".join(f"{self.literal(key)}: {self.literal(item)}" for key, item in value.items())
            return f"{{{inside}}}"
        if isinstance(value, np.dtype):
            return f"{self.imports.module('numpy', 'np')}.dtype({text(value.name)})"
        if isinstance(value, np.random.RandomState | np.random.Generator):
            raise TypeError("A random state has no source; give an integer seed.")
        if isinstance(value, type) or inspect.isfunction(value) or inspect.isbuiltin(value) or is_ufunc(value):
            return self.named(value)
        if callable(getattr(value, "get_params", None)):
            return self.constructor(value)
        return self._plain_object(value)

    def constructor(self, estimator: Any) -> str:
        """`Class(param=value, …)` with the parameters that differ from the signature's defaults."""
        changed = [self.argument(name, value) for name, value in changed_params(estimator).items()]
        return f"{self.named(type(estimator))}({', '.join(changed)})"

    def argument(self, name: str, value: Any) -> str:
        """`name=value`; the workflow's seed by its name."""
        is_seed = name in ("random_state", "seed") and type(value) is int and value == self.seed
        return f"{name}={'SEED' if is_seed else self.literal(value)}"

    def named(self, value: Any) -> str:
        """The name of a class or function, imported from its public module or printed with its source."""
        if is_ufunc(value):
            return f"{self.imports.module('numpy', 'np')}.{value.__name__}"
        name, module = value.__name__, value.__module__
        if name == "<lambda>" or "." in value.__qualname__:
            raise TypeError(f"{value.__qualname__} cannot be imported by name, so it has no source.")
        if module == "builtins":
            return str(name)
        if module.split(".")[0] == "flowza":
            self.printed[f"{module}:{name}"] = value
            return str(name)
        if module == "numpy":
            return f"{self.imports.module('numpy', 'np')}.{name}"
        return self.imports.add(public_module(value), name)

    def _items(self, value: list[Any] | tuple[Any, ...] | set[Any] | frozenset[Any]) -> str:
        if isinstance(value, set | frozenset):
            inside = ", ".join(sorted(self.literal(item) for item in value))
            plain = f"{{{inside}}}" if value else "set()"
            return plain if isinstance(value, set) else f"frozenset({plain if value else ''})"
        inside = ", ".join(self.literal(item) for item in value)
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(value) == 1 else f"({inside})"

    def _numpy_scalar(self, value: np.generic) -> str:
        np_name = self.imports.module("numpy", "np")
        if isinstance(value, np.bool_):
            return f"{np_name}.bool_({bool(value)})"
        if isinstance(value, np.str_):
            return f"{np_name}.str_({text(str(value))})"
        if isinstance(value, np.datetime64 | np.timedelta64):
            unit = np.datetime_data(value.dtype)[0]
            inside = text(str(value)) if isinstance(value, np.datetime64) else str(value.astype(np.int64))
            return f"{np_name}.{type(value).__name__}({inside}, {text(unit)})"
        if isinstance(value, np.floating | np.integer):
            plain = value.item()
            inside = number(plain) if isinstance(plain, float) else repr(plain)
            return f"{np_name}.{value.dtype.name}({inside})"
        raise TypeError(f"A value of the type {type(value).__name__} cannot be printed.")

    def _array(self, value: np.ndarray) -> str:
        np_name = self.imports.module("numpy", "np")
        if value.dtype.kind not in "biufUOM":
            raise TypeError(f"An array of the type {value.dtype} cannot be printed.")
        items = value.astype(str).tolist() if value.dtype.kind == "M" else value.tolist()
        return f"{np_name}.array({self.literal(items)}, dtype={text(str(value.dtype))})"

    def _plain_object(self, value: Any) -> str:
        """Objects of scikit-learn that hold their parameters as attributes of the same names."""
        cls = type(value)
        names = [name for name in inspect.signature(cls).parameters if hasattr(value, name)]
        if not cls.__module__.startswith(("sklearn.", "flowza.")) or set(vars(value)) - set(names):
            raise TypeError(f"A value of the type {cls.__name__} cannot be printed.")
        defaults = signature_defaults(cls)
        changed = [
            f"{name}={self.literal(getattr(value, name))}"
            for name in names
            if not same(getattr(value, name), defaults.get(name, inspect.Parameter.empty))
        ]
        return f"{self.named(cls)}({', '.join(changed)})"


def number(value: float) -> str:
    """A float that reads back to the same bits; nan and the infinities too."""
    if math.isfinite(value):
        return repr(value)
    return f'float("{value}")'


def text(value: str) -> str:
    """A string literal in double quotes, unless single ones need fewer escapes."""
    if value.count('"') > value.count("'"):
        body = "".join("'" if c == "'" else repr(c)[1:-1] for c in value)
        return "'" + body.replace("'", "\\'") + "'"
    return '"' + "".join("'" if c == "'" else '\\"' if c == '"' else repr(c)[1:-1] for c in value) + '"'


def signature_defaults(cls: type) -> dict[str, Any]:
    """Parameter name -> default, of those that have one."""
    parameters = inspect.signature(cls).parameters.values()
    return {item.name: item.default for item in parameters if item.default is not inspect.Parameter.empty}


def changed_params(estimator: Any) -> dict[str, Any]:
    """The parameters whose value differs from the signature's default, in the signature's order."""
    cls = type(estimator)
    order = list(inspect.signature(cls).parameters)
    params = estimator.get_params(deep=False)
    defaults = signature_defaults(cls)
    names = sorted(params, key=lambda name: (order.index(name) if name in order else len(order), name))
    return {name: params[name] for name in names if name not in defaults or not same(params[name], defaults[name])}


def same(value: Any, default: Any) -> bool:
    """Whether two values are equal and of one type, nan equal to nan; nested containers and estimators too."""
    if value is default:
        return True
    if type(value) is not type(default):
        return False
    if isinstance(value, float | np.floating):
        return bool(value == default and math.copysign(1, value) == math.copysign(1, default)) or bool(
            np.isnan(value) and np.isnan(default)
        )
    if isinstance(value, np.ndarray):
        return value.dtype == default.dtype and value.shape == default.shape and same(value.tolist(), default.tolist())
    if isinstance(value, list | tuple):
        return len(value) == len(default) and all(same(a, b) for a, b in zip(value, default, strict=True))
    if isinstance(value, dict):
        return list(value) == list(default) and all(same(value[name], default[name]) for name in value)
    if callable(getattr(value, "get_params", None)) and not isinstance(value, type):
        return same(value.get_params(deep=False), default.get_params(deep=False))
    if (
        getattr(type(value), "__eq__", None) is object.__eq__
        and hasattr(value, "__dict__")
        and not callable_by_name(value)
    ):
        return same(vars(value), vars(default))
    return bool(value == default)


def callable_by_name(value: Any) -> bool:
    return isinstance(value, type) or inspect.isroutine(value)


def is_ufunc(value: Any) -> bool:
    return isinstance(value, np.ufunc)


def public_module(value: Callable[..., Any] | type) -> str:
    """The shortest module path that offers the object under its name: `sklearn.linear_model`, not `…._logistic`."""
    import importlib

    parts = value.__module__.split(".")
    for length in range(1, len(parts)):
        path = ".".join(parts[:length])
        if length == 1 and parts[0] == "sklearn":
            continue
        if getattr(importlib.import_module(path), value.__name__, None) is value:
            return path
    return value.__module__
