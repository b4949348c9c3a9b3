"""Writes ``docs/functions.md``: every function of ``pyspark.sql.functions``, supported or not, and why not.

Names come from ``pyspark_functions.json`` (see `record_signatures`), what is there from the package itself.
Run: ``make generate``, or ``python tools/gen_functions_doc.py`` at the root.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path

from actorstream.expr.functions.aggregate import AGGREGATES
from actorstream.expr.functions.unsupported import OUT_OF_PLACE, reason
from actorstream.expr.registry import functions
from actorstream.sql import functions as public

HERE = Path(__file__).parent
TARGET = HERE.parent / "docs" / "functions.md"
VERSION = "4.3.0"

_INTRODUCTION = """\
# Functions

<!-- Written by `make generate` from the function registries: do not edit. -->

{supported} of the {counted} functions of `pyspark.sql.functions` {version} that make sense on a stream are supported: **{share:.1f} %**.
They are called from `actorstream.sql.functions` and, under the same names, from SQL text; results are compared with PySpark's own
(`tests/oracle`). Calling one that is missing says so: `FUNCTION_NOT_SUPPORTED` from Python, `NOT_IMPLEMENTED` from SQL.

**What counts.** A function makes sense on a stream when its result says something about a row or a group of rows. All {total} names
that PySpark exports count, except these {left_out}, which say nothing about a row here or anywhere without a JVM:

{exceptions}

Everything else that is missing counts as missing, the geospatial functions among it. Functions over windows of
rows (`row_number`, `lag`, ...) count as supported: on a stream they are refused, as in PySpark, and on static frames they run.

"""


def render() -> str:
    """The whole page."""
    names = sorted(json.loads((HERE / "pyspark_functions.json").read_text(encoding="utf-8")))
    there = [name for name in names if name in public.__all__]
    missing = [name for name in names if name not in public.__all__]
    counted = [name for name in names if name not in OUT_OF_PLACE]
    supported = [name for name in there if name not in OUT_OF_PLACE]
    exceptions = "\n".join(f"- `{name}`: {why}" for name, why in sorted(OUT_OF_PLACE.items()))
    parts = [
        _INTRODUCTION.format(
            supported=len(supported),
            counted=len(counted),
            share=100 * len(supported) / len(counted),
            version=VERSION,
            total=len(names),
            left_out=len(OUT_OF_PLACE),
            exceptions=exceptions,
        ),
        _table("Supported", ("function", "gives"), [(name, _sentence(name)) for name in there]),
        _table("Not supported", ("function", "why"), [(name, _why(name)) for name in missing]),
        _table("Only in SQL text", ("function", "gives"), _sql_only(names)),
    ]
    return "\n".join(parts)


def _sentence(name: str) -> str:
    text = inspect.getdoc(getattr(public, name)) or ""
    return text.split("\n\n", maxsplit=1)[0].replace("\n", " ")


def _why(name: str) -> str:
    return reason(name) or "not written yet"


def _sql_only(names: list[str]) -> list[tuple[str, str]]:
    known = {name: entry.doc for name, entry in functions().items()}
    known |= {name: f"the aggregate function {name}" for name in AGGREGATES}
    return [
        (name, doc)
        for name, doc in sorted(known.items())
        if name.isidentifier() and name not in names and name not in public.__all__ and "(internal)" not in doc
    ]


def _table(title: str, heads: tuple[str, str], rows: list[tuple[str, str]]) -> str:
    lines = [f"| `{name}` | {text.replace('|', chr(92) + '|')} |" for name, text in rows]
    return "\n".join([f"## {title} ({len(rows)})", "", f"| {heads[0]} | {heads[1]} |", "| --- | --- |", *lines, ""])


def main() -> None:
    """Write the page."""
    TARGET.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
