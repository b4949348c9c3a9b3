"""`spark.sql`: queries become plans over the session's views and tables; commands are done at once.

Commands that are told by their first words are in `sql.commands`, those on tables that need a syntax tree in `sql.table_statements`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from actorstream.errors import ParseException, PySparkTypeError
from actorstream.plan import select as building
from actorstream.plan.nodes import LogicalPlan
from actorstream.plan.sql_dialect import parse
from actorstream.plan.sql_from import single_row
from actorstream.plan.sql_query import plan_query
from actorstream.plan.sql_text import identifier
from actorstream.sql.answers import nothing
from actorstream.sql.commands import run_command
from actorstream.sql.parameters import Arguments, FrameFormatter, Parameters
from actorstream.sql.relations import find_relation, not_found
from actorstream.sql.stored_views import arity_mismatch
from actorstream.sql.table_statements import create_table, describe, drop, insert, unsupported, value_text

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame
    from actorstream.sql.session import SparkSession


def run_sql(session: SparkSession, text: str, args: Arguments, frames: Mapping[str, Any]) -> DataFrame:
    """The DataFrame of a statement.

    Args:
        args: values of ``:name`` parameters, or of ``?`` in order.
        frames: what the text names in braces: DataFrames, columns, values.
    Raises: ParseException, AnalysisException, PySparkNotImplementedError.
    """
    if not isinstance(text, str):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={"arg_name": "sqlQuery", "expected_type": "str", "arg_type": type(text).__name__},
        )
    formatter = FrameFormatter()
    if frames:
        text = formatter.vformat(text, (), frames)

    parameters = Parameters(args)

    def query(sub_text: str) -> DataFrame:
        statement = parse(sub_text)
        parameters.bind(statement)
        return session._plan_frame(_planned(session, statement, formatter.plans, parameters))

    done = run_command(session, text, query)
    if done is not None:
        return done
    statement = parse(text)
    parameters.bind(statement)
    command = _COMMANDS.get(type(statement))
    if command is not None:
        return command(session, statement)
    if not isinstance(statement, (exp.Query, exp.Values, exp.Alias)):
        raise unsupported(statement)
    return session._plan_frame(_planned(session, statement, formatter.plans, parameters))


def _planned(
    session: SparkSession,
    statement: Any,
    local: Mapping[str, LogicalPlan] | None = None,
    parameters: Parameters | None = None,
) -> LogicalPlan:
    def find(name: str) -> LogicalPlan:
        found = (local or {}).get(name) or find_relation(session, name)
        if found is None:
            raise not_found(session, name)
        return found

    bind = (parameters or Parameters(None)).bind
    return plan_query(statement, find, single_row(), session._conf, session._variables, bind)


# ---------------------------------------------------------------- views


def _create(session: SparkSession, node: Any) -> DataFrame:
    """CREATE [OR REPLACE] [GLOBAL] TEMPORARY VIEW name [AS query | USING format]; CREATE TABLE"""
    kind = str(node.args.get("kind")).upper()
    properties = node.args["properties"].expressions if node.args.get("properties") is not None else []
    if kind == "TABLE":
        return create_table(session, node, lambda query: _planned(session, query))
    temporary = any(isinstance(item, exp.TemporaryProperty) for item in properties)
    if kind != "VIEW" or not temporary:
        raise unsupported(node)
    if node.args.get("exists"):
        raise ParseException(errorClass="_LEGACY_ERROR_TEMP_0053", messageParameters={})
    plan = _over_files(session, node, properties) if node.expression is None else _planned(session, node.expression)
    target = node.this
    if isinstance(target, exp.Schema):
        if node.expression is None:
            raise unsupported(node)
        names = [identifier(item) for item in target.expressions]
        if len(names) != len(plan.output):
            raise arity_mismatch(f"`{target.this.name}`", names, plan)
        plan, target = building.to_df(plan, names), target.this
    is_global = any(isinstance(item, exp.GlobalProperty) for item in properties)
    views = session._global_views if is_global else session._views
    views.put(target.sql(dialect="spark"), plan, replace=bool(node.args.get("replace")))
    return nothing(session)


def _over_files(session: SparkSession, node: Any, properties: list[Any]) -> LogicalPlan:
    """The plan of ``USING format OPTIONS (...)``."""
    formats = [item for item in properties if isinstance(item, exp.FileFormatProperty)]
    provider = (formats[0].name or formats[0].this.sql(dialect="spark")) if formats else None
    if provider is None:
        raise unsupported(node)
    options = {
        str(option.this.name): value_text(option.args["value"])
        for item in properties
        if isinstance(item, exp.OptionsProperty)
        for option in item.expressions
    }
    return session.read.format(provider).options(**options).load()._plan


def _insert(session: SparkSession, node: Any) -> DataFrame:
    return insert(session, node, lambda query: _planned(session, query))


_COMMANDS: Mapping[type, Callable[[Any, Any], Any]] = {
    exp.Create: _create,
    exp.Drop: drop,
    exp.Describe: describe,
    exp.Insert: _insert,
}
"""Statements that are no queries."""
