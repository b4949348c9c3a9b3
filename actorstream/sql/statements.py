"""`spark.sql`: queries become plans over the session's views; a few commands are done at once.

Parameters (``:name``, ``?``) are put into the syntax tree as literals, never into the text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlglot import exp

from actorstream.connectors.table import TableProvider
from actorstream.errors import AnalysisException, PySparkNotImplementedError, PySparkTypeError
from actorstream.plan.nodes import LogicalPlan
from actorstream.plan.sql_dialect import parse
from actorstream.plan.sql_query import plan_query
from actorstream.sql.creation import to_table
from actorstream.sql.relations import find_table, not_found, relation
from actorstream.sql.tables import DATABASE

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame
    from actorstream.sql.session import SparkSession


def run_sql(
    session: SparkSession, text: str, args: Mapping[str, Any] | list[Any] | None, frames: Mapping[str, Any]
) -> DataFrame:
    """The DataFrame of a statement.

    Args:
        args: values of ``:name`` parameters, or of ``?`` in order.
        frames: DataFrames that the text names in braces.
    """
    if not isinstance(text, str):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={"arg_name": "sqlQuery", "expected_type": "str", "arg_type": type(text).__name__},
        )
    local: dict[str, LogicalPlan] = {}
    text = _with_frames(text, frames, local)
    statement = _with_arguments(parse(text), args)
    command = _COMMANDS.get(type(statement))
    if command is not None:
        return command(session, statement)
    return session._plan_frame(_planned(session, statement, local))


def _planned(session: SparkSession, statement: Any, local: Mapping[str, LogicalPlan] | None = None) -> LogicalPlan:
    def find(name: str) -> LogicalPlan:
        return (local or {}).get(name) or relation(session, name)

    nothing = pa.table({"": pa.nulls(1)})
    one_row = session._static_frame(TableProvider.of(nothing, "OneRowRelation"))._plan
    return plan_query(statement, find, one_row, session._conf)


def _with_frames(text: str, frames: Mapping[str, Any], local: dict[str, LogicalPlan]) -> str:
    """``{df}`` in a text stands for a DataFrame, any other ``{x}`` for a value's literal."""
    if not frames:
        return text
    from actorstream.sql.dataframe import DataFrame

    names: dict[str, str] = {}
    for name, value in frames.items():
        if isinstance(value, DataFrame):
            names[name] = f"__frame_{name}"
            local[names[name]] = value._plan
        else:
            names[name] = _literal(value).sql(dialect="spark")
    return text.format(**names)


def _with_arguments(statement: Any, args: Mapping[str, Any] | list[Any] | None) -> Any:
    if not args:
        return statement
    position = iter(args if isinstance(args, list) else ())

    def fill(node: Any) -> Any:
        if not isinstance(node, (exp.Placeholder, exp.Parameter)):
            return node
        name = node.name
        if name and isinstance(args, Mapping):
            if name not in args:
                raise AnalysisException(errorClass="UNBOUND_SQL_PARAMETER", messageParameters={"name": name})
            return _literal(args[name])
        return _literal(next(position))

    return statement.transform(fill)


def _literal(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, (int, float, str)):
        return exp.convert(value)
    raise PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED",
        messageParameters={
            "feature": f"A SQL parameter of type {type(value).__name__}",
            "remedy": "Pass a number, a text, a boolean or None.",
        },
    )


# ---------------------------------------------------------------- commands


def _create(session: SparkSession, node: Any) -> DataFrame:
    """CREATE [OR REPLACE] TEMPORARY VIEW name AS query"""
    properties = node.args.get("properties")
    temporary = properties is not None and any(
        isinstance(item, exp.TemporaryProperty) for item in properties.expressions
    )
    if str(node.args.get("kind")).upper() != "VIEW" or not temporary or node.expression is None:
        raise _unsupported(node)
    plan = _planned(session, node.expression)
    session._views.put(node.this.sql(), plan, replace=bool(node.args.get("replace")))
    return _result(session, [], "")


def _drop(session: SparkSession, node: Any) -> DataFrame:
    """DROP VIEW | TABLE [IF EXISTS] name"""
    kind = str(node.args.get("kind")).upper()
    if kind not in ("VIEW", "TABLE"):
        raise _unsupported(node)
    for item in node.args.get("tables") or [node.this]:
        name = item.sql(dialect="spark")
        if session._views.drop(name):
            continue
        table = find_table(session, name)
        if table is None:
            if not node.args.get("exists"):
                raise not_found(name)
        elif kind == "VIEW":
            raise AnalysisException(
                errorClass="WRONG_COMMAND_FOR_OBJECT_TYPE",
                messageParameters={
                    "operation": "DROP VIEW",
                    "requiredType": "VIEW or METRIC_VIEW",
                    "objectName": table.dotted_name,
                    "foundType": "MANAGED" if table.managed else "EXTERNAL",
                    "alternative": "DROP TABLE",
                },
            )
        else:
            session._warehouse.drop(table)
    return _result(session, [], "")


def _describe(session: SparkSession, node: Any) -> DataFrame:
    """DESCRIBE [TABLE] name"""
    name = node.this.sql(dialect="spark")
    schema = relation(session, name).schema
    rows: list[tuple[str, str, str | None]] = [(item.name, item.dataType.simpleString(), None) for item in schema]
    table = None if session._views.find(name) is not None else find_table(session, name)
    if table is not None and table.partition_by:
        rows += [("# Partition Information", "", ""), ("# col_name", "data_type", "comment")]
        rows += [row for row in rows[: len(schema.fields)] if row[0] in table.partition_by]
    return _result(session, rows, "col_name STRING NOT NULL, data_type STRING NOT NULL, comment STRING")


def _set(session: SparkSession, node: Any) -> DataFrame:
    """SET [key[=value]]"""
    for item in node.expressions:
        inner = item.this
        if isinstance(inner, exp.EQ):
            key, value = inner.this.sql(), inner.expression.sql(dialect="spark").strip("'").lower()
            session.conf.set(key, value)
            return _result(session, [(key, value)], "key STRING NOT NULL, value STRING NOT NULL")
    rows = sorted(session.conf.getAll.items())
    return _result(session, rows, "key STRING NOT NULL, value STRING NOT NULL")


def _command(session: SparkSession, node: Any) -> DataFrame:
    """What sqlglot leaves as text: SHOW TABLES, SHOW VIEWS, SET."""
    rest = node.args.get("expression")
    tail = rest.name if isinstance(rest, exp.Expression) else str(rest or "")
    words = f"{node.this} {tail}".upper().split()
    if words[:2] in (["SHOW", "TABLES"], ["SHOW", "VIEWS"]):
        tables = session._warehouse.names() if words[1] == "TABLES" else []
        rows = [*((DATABASE, name, False) for name in tables), *(("", name, True) for name in session._views.names())]
        return _result(
            session, rows, "namespace STRING NOT NULL, tableName STRING NOT NULL, isTemporary BOOLEAN NOT NULL"
        )
    if words[:1] == ["SET"]:
        key, _, value = tail.strip().partition("=")
        if value:
            session.conf.set(key.strip(), value.strip())
        found = session.conf.get(key.strip(), "<undefined>")
        return _result(session, [(key.strip(), found)], "key STRING NOT NULL, value STRING NOT NULL")
    raise _unsupported(node)


def _result(session: SparkSession, rows: list[Any], schema: str) -> DataFrame:
    table = to_table(rows, schema) if schema else pa.table({})
    return session._static_frame(TableProvider.of(table, "CommandResult"))


def _unsupported(node: Any) -> PySparkNotImplementedError:
    return PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED",
        messageParameters={
            "feature": f"The SQL statement `{node.sql(dialect='spark')}`",
            "remedy": "Queries, CREATE and DROP of temporary views, SHOW TABLES, DESCRIBE and SET work.",
        },
    )


_COMMANDS: Mapping[type, Callable[[Any, Any], Any]] = {
    exp.Create: _create,
    exp.Drop: _drop,
    exp.Describe: _describe,
    exp.Set: _set,
    exp.Command: _command,
}
