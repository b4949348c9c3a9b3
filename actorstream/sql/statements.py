"""`spark.sql`: queries become plans over the session's views and tables; commands are done at once.

Commands that are told by their first words are in `sql.commands`; those that need a syntax tree are here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from actorstream.common.config import DEFAULT_SOURCE
from actorstream.errors import AnalysisException, ParseException, PySparkNotImplementedError, PySparkTypeError
from actorstream.expr.coercion import literal
from actorstream.expr.types import StructField, StructType
from actorstream.plan import select as building
from actorstream.plan.nodes import LogicalPlan
from actorstream.plan.sql_dialect import parse
from actorstream.plan.sql_from import single_row
from actorstream.plan.sql_query import plan_query
from actorstream.plan.sql_text import data_type, identifier
from actorstream.sql.column import Column
from actorstream.sql.commands import nothing, result, run_command
from actorstream.sql.parameters import Arguments, FrameFormatter, Parameters
from actorstream.sql.relations import find_relation, find_table, not_found
from actorstream.sql.tables import describe_table, name_parts, table_name

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
        raise _unsupported(statement)
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
            raise not_found(name)
        return found

    bind = (parameters or Parameters(None)).bind
    return plan_query(statement, find, single_row(), session._conf, session._variables, bind)


# ---------------------------------------------------------------- views and tables


def _create(session: SparkSession, node: Any) -> DataFrame:
    """CREATE [OR REPLACE] [GLOBAL] TEMPORARY VIEW name AS query; CREATE TABLE"""
    kind = str(node.args.get("kind")).upper()
    properties = node.args["properties"].expressions if node.args.get("properties") is not None else []
    if kind == "TABLE":
        return _create_table(session, node, properties)
    temporary = any(isinstance(item, exp.TemporaryProperty) for item in properties)
    if kind != "VIEW" or not temporary or node.expression is None:
        raise _unsupported(node)
    if node.args.get("exists"):
        raise ParseException(errorClass="_LEGACY_ERROR_TEMP_0053", messageParameters={})
    plan = _planned(session, node.expression)
    target = node.this
    if isinstance(target, exp.Schema):
        names = [identifier(item) for item in target.expressions]
        if len(names) != len(plan.output):
            raise _arity(target.this, names, plan)
        plan, target = building.to_df(plan, names), target.this
    is_global = any(isinstance(item, exp.GlobalProperty) for item in properties)
    views = session._global_views if is_global else session._views
    views.put(target.sql(dialect="spark"), plan, replace=bool(node.args.get("replace")))
    return nothing(session)


def _arity(target: Any, names: list[str], plan: LogicalPlan) -> AnalysisException:
    few = len(names) > len(plan.output)
    return AnalysisException(
        errorClass="CREATE_VIEW_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS"
        if few
        else "CREATE_VIEW_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS",
        messageParameters={
            "viewName": f"`{target.name}`",
            "viewColumns": ", ".join(f"`{name}`" for name in names),
            "dataColumns": ", ".join(f"`{column.name}`" for column in plan.output),
        },
    )


def _create_table(session: SparkSession, node: Any, properties: list[Any]) -> DataFrame:
    """CREATE TABLE [IF NOT EXISTS] name [(columns)] [USING format] [OPTIONS] [PARTITIONED BY] [LOCATION] [AS query]"""
    target = node.this.this if isinstance(node.this, exp.Schema) else node.this
    name = table_name(target.sql(dialect="spark"))
    if node.args.get("exists") and session._warehouse.find(name) is not None:
        return nothing(session)
    provider, path = session._conf.value(DEFAULT_SOURCE), None
    options: dict[str, str] = {}
    partition_by: list[str] = []
    for item in properties:
        if isinstance(item, exp.FileFormatProperty):
            provider = item.name or str(item.this)
        elif isinstance(item, exp.LocationProperty):
            path = item.name
        elif isinstance(item, exp.OptionsProperty):
            options = {str(option.this.name): str(option.args["value"].name) for option in item.expressions}
        elif isinstance(item, exp.PartitionedByProperty):
            partition_by = [identifier(column) for column in item.this.expressions]
        else:
            raise _unsupported(node)
    if node.expression is not None:
        writer = session._plan_frame(_planned(session, node.expression)).write.format(provider)
        for key, value in {**options, **({} if path is None else {"path": path})}.items():
            writer = writer.option(key, value)
        writer.partitionBy(*partition_by).saveAsTable(name)
        return nothing(session)
    columns = node.this.expressions if isinstance(node.this, exp.Schema) else []
    schema = StructType([StructField(identifier(item), data_type(item.args["kind"]), True) for item in columns])
    session._warehouse.create(
        describe_table(session._warehouse, name, provider, schema, partition_by, path or options.get("path"), options)
    )
    return nothing(session)


def _insert(session: SparkSession, node: Any) -> DataFrame:
    """INSERT INTO | OVERWRITE table [(columns)] query"""
    target, given = node.this, None
    if isinstance(target, exp.Schema):
        target, given = target.this, [identifier(item).lower() for item in target.expressions]
    if node.args.get("partition") or node.args.get("where") or node.args.get("by_name"):
        raise _unsupported(node)
    name = target.sql(dialect="spark")
    frame = session._plan_frame(_planned(session, node.expression))
    if given is not None:
        table = find_table(session, name)
        if table is None:
            raise not_found(name)
        places = {column: place for place, column in enumerate(given)}
        source = frame._plan.output
        frame = frame.select(
            *(
                Column(source[places[column.lower()]] if column.lower() in places else literal(None)).alias(column)
                for column in table.schema.names
            )
        )
    frame.write.insertInto(name, overwrite=bool(node.args.get("overwrite")))
    return nothing(session)


def _drop(session: SparkSession, node: Any) -> DataFrame:
    """DROP VIEW | TABLE [IF EXISTS] name"""
    kind = str(node.args.get("kind")).upper()
    if kind not in ("VIEW", "TABLE"):
        raise _unsupported(node)
    for item in node.args.get("tables") or [node.this]:
        name = item.sql(dialect="spark")
        parts = name_parts(name)
        views = session._global_views if parts[0].lower() == "global_temp" else session._views
        if views.drop(name if len(parts) == 1 else parts[-1]) and (len(parts) == 1 or views is session._global_views):
            continue
        table = find_table(session, name)
        if table is None:
            if not node.args.get("exists"):
                raise _nothing_to_drop(name)
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
    return nothing(session)


def _nothing_to_drop(name: str) -> AnalysisException:
    parts = name_parts(name)
    full = ["spark_catalog", "default", *parts] if len(parts) == 1 else ["spark_catalog", *parts]
    return not_found(".".join(f"`{part}`" for part in full), "[`spark_catalog`.`default`]")


def _describe(session: SparkSession, node: Any) -> DataFrame:
    """DESCRIBE [TABLE] name"""
    name = node.this.sql(dialect="spark")
    found = find_relation(session, name)
    if found is None:
        raise not_found(name)
    schema = found.schema
    rows: list[tuple[str, str, str | None]] = [(item.name, item.dataType.simpleString(), None) for item in schema]
    table = None if session._views.find(name) is not None else find_table(session, name)
    if table is not None and table.partition_by:
        rows += [("# Partition Information", "", ""), ("# col_name", "data_type", "comment")]
        rows += [row for row in rows[: len(schema.fields)] if row[0] in table.partition_by]
    return result(session, rows, "col_name STRING NOT NULL, data_type STRING NOT NULL, comment STRING")


def _unsupported(node: Any) -> PySparkNotImplementedError:
    return PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED",
        messageParameters={
            "feature": f"The SQL statement `{node.sql(dialect='spark')}`",
            "remedy": "Queries, temporary views, tables of files, SHOW, DESCRIBE, SET and EXPLAIN work.",
        },
    )


_COMMANDS: Mapping[type, Callable[[Any, Any], Any]] = {
    exp.Create: _create,
    exp.Drop: _drop,
    exp.Describe: _describe,
    exp.Insert: _insert,
}
"""Statements that are no queries."""
