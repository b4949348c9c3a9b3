"""Records how PySpark's functions turn their arguments into columns and literals. Run it with a Python that has PySpark.

Every function is called with a text per parameter; whether the text arrives as a column name or as a literal, and in which
place, is what `gen_functions` needs. Output: ``pyspark_functions.json`` beside this file, one entry per function:
``{"calls": Spark name, "parameters": [[name, kind, default]], "order": [names]}``
with kinds ``column``, ``value``, ``either`` (a name is a column, a number a literal), ``columns``, ``values``.
"""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent / "pyspark_functions.json"
_CALL = re.compile(r"UnresolvedFunction\(([^,]+),")
_ARGUMENT = re.compile(r"UnresolvedAttribute\(List\(p(\d+)\w?\)|Literal\((?:p(\d+)\w?|(\d{4})),")


def _texts(parameters: list[inspect.Parameter], *, numbers: bool) -> list[Any]:
    given: list[Any] = []
    for index, parameter in enumerate(parameters):
        if parameter.kind is parameter.VAR_POSITIONAL:
            given += [f"p{index}a", f"p{index}b"]
        elif numbers and re.search(r"\bint\b", str(parameter.annotation)) and parameter.annotation != "ColumnOrName":
            given.append(1000 + index)
        else:
            given.append(f"p{index}")
    return given


def record(function: Any) -> dict[str, Any] | None:
    """The entry of a function; None where it has a form of its own."""
    parameters = [
        p for p in inspect.signature(function).parameters.values() if p.kind is not inspect.Parameter.KEYWORD_ONLY
    ]
    text = None
    for numbers in (False, True):
        try:
            text = function(*_texts(parameters, numbers=numbers))._jc.node().toString()
            break
        except Exception:  # noqa: BLE001 - whatever PySpark objects to, the second attempt is the last
            continue
    if text is None or not text.startswith("UnresolvedFunction("):
        return None
    name = _CALL.match(text)
    assert name is not None
    kinds: dict[int, str] = {}
    for column, literal, number in _ARGUMENT.findall(text):
        index = int(column or literal or int(number or 0) - 1000)
        kinds.setdefault(index, "column" if column else "value")
    if any(index >= len(parameters) for index in kinds):
        return None
    listed = []
    for index, parameter in enumerate(parameters):
        kind = kinds.get(index, "value")
        if kind == "column" and re.search(r"\b(int|float|bool)\b", str(parameter.annotation)):
            kind = "either"
        if parameter.kind is parameter.VAR_POSITIONAL:
            kind += "s"
        default = None if parameter.default is parameter.empty else repr(parameter.default)
        listed.append([parameter.name, kind, default])
    return {"calls": name[1].lower(), "parameters": listed, "order": [parameters[index].name for index in kinds]}


def main() -> None:
    """Write the file."""
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import builtin

    SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    names = [
        name
        for name, item in sorted(vars(builtin).items())
        if not name.startswith("_") and inspect.isfunction(item) and item.__module__ == builtin.__name__
    ]
    found = {name: record(getattr(builtin, name)) for name in names}
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(entry)}" for name, entry in found.items())
    TARGET.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
