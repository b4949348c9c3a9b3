"""Writes ``docs/compat.md``: what of PySpark's classes is here, member by member, below a part written by hand.

The recorded members (``pyspark_api.json``, see `record_api`) are looked up in our classes. A member that does nothing but raise
NOT_IMPLEMENTED counts as absent; one that lacks parameters, or names them otherwise, as partial. Run: ``python tools/gen_compat.py``.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import textwrap
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TARGET = HERE.parent / "docs" / "compat.md"
BEGIN = "<!-- generated from here on by tools/gen_compat.py -->"

INTRODUCTION = """
## Member by member

Classes of PySpark that scripts meet, compared by name and parameters. *Absent* members raise an error that names them; *partial* ones
lack the parameters listed.

| class | members | absent | partial |
| --- | --- | --- | --- |
"""


def main() -> None:
    """Write the page."""
    TARGET.write_text(render(), encoding="utf-8")


def render() -> str:
    """The whole page: its first part as it is, the rest from the code."""
    by_hand = TARGET.read_text(encoding="utf-8").partition(BEGIN)[0].rstrip()
    recorded: dict[str, dict[str, dict[str, list[str] | None]]] = json.loads((HERE / "pyspark_api.json").read_text())
    rows = [_row(module, name, members) for module, classes in recorded.items() for name, members in classes.items()]
    return f"{by_hand}\n\n{BEGIN}\n{INTRODUCTION}{''.join(rows)}"


def _row(module: str, name: str, members: dict[str, list[str] | None]) -> str:
    label = f"`{module}.{name}`"
    kind = _class(module, name)
    if kind is None:
        return f"| {label} | 0 of {len(members)} | the class | |\n"
    absent, partial = [], []
    for member, parameters in members.items():
        item = inspect.getattr_static(kind, member, None)
        if item is None or _refuses(item):
            absent.append(f"`{member}`")
        elif parameters is not None and (lacking := _lacking(item, parameters)):
            partial.append(f"`{member}` ({', '.join(lacking)})")
    there = len(members) - len(absent)
    return f"| {label} | {there} of {len(members)} | {', '.join(absent)} | {', '.join(partial)} |\n"


def _class(module: str, name: str) -> Any:
    try:
        return getattr(importlib.import_module(f"actorstream.{module}"), name)
    except (ImportError, AttributeError):
        return None


def _refuses(item: Any) -> bool:
    """Whether a member's only statement is to raise."""
    function = _function(item)
    if function is None:
        return False
    try:
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    except (OSError, TypeError, SyntaxError, ValueError):
        return False
    body = definition.body if isinstance(definition, ast.FunctionDef) else []
    statements = [line for line in body if not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))]
    return len(statements) == 1 and isinstance(statements[0], ast.Raise)


def _lacking(item: Any, wanted: list[str]) -> list[str]:
    function = _function(item)
    if function is None:
        return []
    parameters = inspect.signature(function).parameters
    takes_any = {parameter.kind for parameter in parameters.values()}
    if inspect.Parameter.VAR_KEYWORD in takes_any and inspect.Parameter.VAR_POSITIONAL in takes_any:
        return []
    has_options = inspect.Parameter.VAR_KEYWORD in takes_any
    return [name for name in wanted if name not in parameters and not has_options]


def _function(item: Any) -> Any:
    if isinstance(item, property):
        return item.fget
    function = item.__func__ if isinstance(item, (classmethod, staticmethod)) else item
    return function if inspect.isfunction(function) else None


if __name__ == "__main__":
    main()
