"""What a differential case is: plain data that PySpark and actorstream can both run.

Nothing here imports an engine. The recorder runs these cases on PySpark, `test_differential.py` on actorstream.
"""

from __future__ import annotations

import datetime
import decimal
import importlib
import json
import math
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

GOLDENS = Path(__file__).parent / "goldens"
OPEN = Path(__file__).parent / "open.txt"

Shape = Literal["select", "aggregate", "frame"]
Mode = Literal["static", "stream"]


@dataclass(frozen=True)
class Table:
    """Input rows. `schema` is a DDL string; rows are tuples of Python values."""

    schema: str
    rows: Sequence[tuple[Any, ...]]


@dataclass(frozen=True)
class Case:
    """One expression.

    Args:
        name: the key of the golden, unique in its group; the SQL text itself where there is one.
        build: gives a `Column` from the functions module, or (shape ``frame``) a `DataFrame` from a frame and that module.
        deviation: why actorstream gives another result on purpose; such a case must fail.
        modes: how actorstream runs it; frames that a stream cannot have are static only.
    """

    name: str
    build: Callable[..., Any]
    deviation: str | None = None
    modes: tuple[Mode, ...] = ("static", "stream")


@dataclass(frozen=True)
class Group:
    """Cases over one table under the same settings.

    Args:
        name: unique in its topic.
        shape: ``select``: each case is a column of one select over `table`. ``aggregate``: each is an aggregate, grouped
            by `keys`. ``frame``: each makes a frame of its own.
        settings: session settings that differ from the defaults.
        output: output mode of the stream.
    """

    name: str
    table: Table
    shape: Shape
    cases: Sequence[Case]
    keys: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    output: str = "append"

    def key(self, case: Case) -> str:
        """The case's key in the topic's goldens."""
        return f"{self.name}: {case.name}"


def sql(text: str, deviation: str | None = None) -> Case:
    """A case that is SQL text."""
    return Case(text, lambda F: F.expr(text), deviation)


def _cases(entries: Iterable[str | Case | tuple[str, Callable[..., Any]]]) -> Iterator[Case]:
    for entry in entries:
        if isinstance(entry, str):
            yield sql(entry)
        elif isinstance(entry, tuple):
            yield Case(*entry)
        else:
            yield entry


Entry = str | Case | tuple[str, Callable[..., Any]]


def select(name: str, table: Table, *entries: Entry, **settings: str) -> Group:
    """Expressions over every row of a table. An entry is SQL text, ``(name, lambda F: column)`` or a `Case`."""
    return Group(name, table, "select", tuple(_cases(entries)), settings=_dotted(settings))


def aggregate(name: str, table: Table, keys: Sequence[str], *entries: Entry, **settings: str) -> Group:
    """Aggregates over a table; no keys for the whole of it."""
    return Group(name, table, "aggregate", tuple(_cases(entries)), tuple(keys), _dotted(settings), "complete")


def frames(
    name: str,
    table: Table,
    *entries: Entry,
    modes: Sequence[Mode] = ("static", "stream"),
    output: str = "append",
    **settings: str,
) -> Group:
    """Frames made from a table: SQL text is a select list of one generator, a lambda gets ``(df, F)``."""
    cases = []
    for entry in entries:
        if isinstance(entry, str):
            cases.append(Case(entry, _select_expr(entry), modes=tuple(modes)))
        elif isinstance(entry, tuple):
            cases.append(Case(*entry, modes=tuple(modes)))
        else:
            cases.append(entry)
    return Group(name, table, "frame", tuple(cases), settings=_dotted(settings), output=output)


def queries(
    name: str,
    views: Mapping[str, Table],
    *entries: str | Sequence[str] | Case,
    modes: Sequence[Mode] = ("static",),
    output: str = "append",
    **settings: str,
) -> Group:
    """SQL queries over views; in streaming mode the first view is a stream. Of several statements the last one counts."""
    first, *others = views
    cases = []
    for entry in entries:
        if isinstance(entry, Case):
            cases.append(entry)
            continue
        statements = [entry] if isinstance(entry, str) else list(entry)
        build = _run_sql(first, {other: views[other] for other in others}, statements)
        cases.append(Case("; ".join(statements), build, modes=tuple(modes)))
    return Group(name, views[first], "frame", tuple(cases), settings=_dotted(settings), output=output)


def _run_sql(view: str, others: Mapping[str, Table], statements: Sequence[str]) -> Callable[..., Any]:
    def run(df: Any, F: Any) -> Any:
        spark = df.sparkSession
        df.createOrReplaceTempView(view)
        for other, table in others.items():
            spark.createDataFrame(list(table.rows), table.schema).createOrReplaceTempView(other)
        for statement in statements[:-1]:
            spark.sql(statement)
        return spark.sql(statements[-1])

    return run


def _select_expr(text: str) -> Callable[..., Any]:
    return lambda df, F: df.selectExpr(text)


#: short names of the settings that groups change
SETTINGS = {
    "ansi": "spark.sql.ansi.enabled",
    "zone": "spark.sql.session.timeZone",
    "case_sensitive": "spark.sql.caseSensitive",
    "time_type": "spark.sql.timestampType",
    "dedup": "spark.sql.mapKeyDedupPolicy",
    "time_enabled": "spark.sql.timeType.enabled",
}


def _dotted(settings: Mapping[str, str]) -> dict[str, str]:
    return {SETTINGS[name]: value for name, value in settings.items()}


def topics() -> list[str]:
    """The names of the topics, in alphabetical order."""
    package = importlib.import_module("tests.oracle.cases")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def groups(topic: str) -> Sequence[Group]:
    """The groups of a topic. Raises: ValueError when two cases have one key."""
    module: ModuleType = importlib.import_module(f"tests.oracle.cases.{topic}")
    found: Sequence[Group] = module.GROUPS
    keys = [group.key(case) for group in found for case in group.cases]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ValueError(f"two cases of topic {topic} have one name: {', '.join(twice)}")
    return found


# -- results as JSON


def canonical(value: Any) -> Any:
    """A JSON value that is the same for equal results: floats to 12 significant digits, other types marked."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if math.isnan(value) or math.isinf(value):
            return f"float({value})"
        return float(f"{value:.12g}")
    if isinstance(value, decimal.Decimal):
        return f"decimal({value:f})"
    if isinstance(value, (datetime.datetime, datetime.time)):
        return f"{type(value).__name__}({value.isoformat()})"
    if isinstance(value, datetime.date):
        return f"date({value.isoformat()})"
    if isinstance(value, datetime.timedelta):
        return f"interval({value // datetime.timedelta(microseconds=1)} us)"
    if isinstance(value, (bytes, bytearray)):
        return f"hex({bytes(value).hex()})"
    if isinstance(value, tuple) and hasattr(value, "__fields__"):
        return {"row": [[name, canonical(item)] for name, item in zip(value.__fields__, value, strict=True)]}
    if isinstance(value, dict):
        return {"map": sorted(([canonical(key), canonical(item)] for key, item in value.items()), key=by_text)}
    if isinstance(value, (list, tuple)):
        return [canonical(item) for item in value]
    if hasattr(value, "toJson"):  # a variant: what it says and its bytes
        return f"variant({value.toJson()} {bytes(value.value).hex()} {bytes(value.metadata).hex()})"
    raise TypeError(f"no canonical form for {value!r} ({type(value).__name__})")


def by_text(value: Any) -> str:
    """Sort key for rows that have no order."""
    return json.dumps(value, ensure_ascii=False)


def values_result(column: str, data_type: str, values: Sequence[Any]) -> dict[str, Any]:
    """The result of an expression."""
    return {"column": column, "type": data_type, "values": [canonical(value) for value in values]}


def frame_result(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """The result of a frame. Rows are in order of their text: what an engine's exchange does to order is not compared."""
    return {"columns": list(columns), "rows": sorted(([canonical(item) for item in row] for row in rows), key=by_text)}


def error_result(error: BaseException, errors: ModuleType) -> dict[str, Any]:
    """An error: its class, the nearest one that PySpark documents, its condition and message parameters."""
    kind = next((base.__name__ for base in type(error).__mro__ if hasattr(errors, base.__name__)), type(error).__name__)
    condition = getattr(error, "getCondition", lambda: None)()
    parameters = getattr(error, "getMessageParameters", lambda: None)() or {}
    if condition is None or condition.startswith("_LEGACY"):
        return {"error": kind, "condition": None, "parameters": {}}
    return {
        "error": kind,
        "condition": condition,
        "parameters": {name: str(parameters[name]) for name in sorted(parameters)},
    }


_UNNAMED = ("Py4JJavaError", "Py4JError", "AttributeError")


def same(actual: Mapping[str, Any], golden: Mapping[str, Any]) -> bool:
    """Whether two results are equal; -0.0 and 0.0 are not.

    An error that comes from PySpark's bridge to Java, or a bare Java exception, is equal to any error: there is no
    condition to agree on.
    """
    if golden.get("error") in _UNNAMED:
        return "error" in actual
    return by_text(actual) == by_text(golden)


def read_goldens(topic: str) -> dict[str, Any]:
    """The recorded results of a topic by key; empty if nothing was recorded."""
    path = GOLDENS / f"{topic}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def open_differences() -> frozenset[str]:
    """The cases known to differ that wait for their fix, as ``topic/group: case``."""
    return frozenset(OPEN.read_text(encoding="utf-8").splitlines()) if OPEN.exists() else frozenset()


def write_goldens(topic: str, results: Mapping[str, Mapping[str, Any]]) -> None:
    """Write one line for each property of each case, in the order of the cases, so that a diff shows what changed."""
    lines = []
    for key, result in results.items():
        body = ",\n".join(f"    {_json(name)}: {_lines(value)}" for name, value in result.items())
        lines.append(f"  {_json(key)}: {{\n{body}\n  }}")
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (GOLDENS / f"{topic}.json").write_text(text, encoding="utf-8")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _lines(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], list):
        return "[\n" + ",\n".join(f"      {_json(item)}" for item in value) + "\n    ]"
    return _json(value)
