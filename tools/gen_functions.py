"""Writes ``actorstream/sql/functions/_generated.py``: a typed `def` for each plain function of PySpark that is there.

Names, parameters and defaults come from ``pyspark_functions.json`` (see `record_signatures`), descriptions from the function
registries. Functions written by hand in ``sql/functions`` are left out. Run: ``python tools/gen_functions.py`` at the root.
"""

from __future__ import annotations

import ast
import json
import keyword
from pathlib import Path
from typing import Any

from actorstream.expr.functions.aggregate import is_aggregate
from actorstream.expr.registry import functions

HERE = Path(__file__).parent
ROOM = HERE.parent / "actorstream" / "sql" / "functions"
TARGET = ROOM / "_generated.py"

HEADER = '''"""Plain functions of ``pyspark.sql.functions``. Written by ``tools/gen_functions.py``: do not edit."""

from __future__ import annotations

from actorstream.sql.column import Column
from actorstream.sql.functions import _build
from actorstream.sql.functions._build import Argument, aggregate, call

'''
#: words for the documentation of aggregate functions, which have none of their own
AGGREGATE_DOC = "The aggregate function ``{}`` of a group"


def handwritten() -> set[str]:
    """The functions that the modules of the room define."""
    found: set[str] = set()
    for path in ROOM.glob("*.py"):
        if path.name.startswith("_"):
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                found.add(node.name)
            elif isinstance(node, ast.Assign):
                found.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return found


def render() -> str:
    """The whole text of the generated module."""
    recorded: dict[str, dict[str, Any] | None] = json.loads((HERE / "pyspark_functions.json").read_text())
    known, own = functions(), handwritten()
    parts, names = [], []
    for name, entry in sorted(recorded.items()):
        if name in own or entry is None or (entry["calls"] not in known and not is_aggregate(entry["calls"])):
            continue
        names.append(name)
        parts.append(_function(name, entry, known[entry["calls"]].doc if entry["calls"] in known else None))
    listing = "".join(f'    "{name}",\n' for name in names)
    return "".join([HEADER, f"__all__ = [\n{listing}]\n", *parts])


def _function(name: str, entry: dict[str, Any], doc: str | None) -> str:
    declared: list[str] = []
    passed: dict[str, str] = {}
    for parameter, kind, default in entry["parameters"]:
        safe = parameter + "_" if keyword.iskeyword(parameter) else parameter
        if kind in ("columns", "values"):
            declared.append(f"*{safe}: Argument")
            passed[parameter] = f"*_build.{kind}({safe})"
            continue
        declared.append(f"{safe}: Argument" + (f" = {default}" if default is not None else ""))
        # what must be given may be None, which is a null then
        needed = {"column": "required", "value": "literal_of"} if default is None else {}
        passed[parameter] = f"_build.{needed.get(kind, kind)}({safe})"
    arguments = [f'"{entry["calls"]}"', *(passed[parameter] for parameter in entry["order"] if parameter in passed)]
    sentence = (doc or AGGREGATE_DOC.format(entry["calls"])).rstrip(".")
    return (
        f"\n\ndef {name}({', '.join(declared)}) -> Column:\n"
        f'    """{sentence[:1].upper() + sentence[1:]}."""\n'
        f"    return {'call' if doc is not None else 'aggregate'}({', '.join(arguments)})\n"
    )


def main() -> None:
    """Write the file."""
    TARGET.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
