"""Statements about tables that need a syntax tree: CREATE TABLE, INSERT, DROP, DESCRIBE. `sql.statements` calls them.

Source: Spark's `SqlBaseParser.g4`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from actorstream.common.config import DEFAULT_SOURCE
from actorstream.dataflow.requests import Options
from actorstream.errors import AnalysisException, PySparkNotImplementedError
from actorstream.expr.coercion import literal
from actorstream.expr.nodes import Cast
from actorstream.expr.types import StructField, StructType
from actorstream.plan.nodes import LogicalPlan
from actorstream.plan.sql_from import constant_value
from actorstream.plan.sql_literals import data_type
from actorstream.plan.sql_text import identifier, translate
from actorstream.sql.answers import nothing, result
from actorstream.sql.column import Column, column_named
from actorstream.sql.relations import find_relation, find_table, find_temporary, not_found, nothing_to_drop
from actorstream.sql.stored_views import drop_view
from actorstream.sql.tables import (
    Buckets,
    TableDescription,
    describe_table,
    name_parts,
    partition_folder,
    table_name,
)

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame
    from actorstream.sql.session import SparkSession

PlanOf = Callable[[Any], LogicalPlan]
"""Gives the plan of a query's syntax tree."""


# ---------------------------------------------------------------- CREATE TABLE


@dataclass(slots=True)
class _Told:
    """What the clauses of a CREATE TABLE say."""

    provider: str
    path: str | None = None
    comment: str | None = None
    like: str | None = None
    external: bool = False
    buckets: Buckets | None = None


def create_table(session: SparkSession, node: Any, plan: PlanOf) -> DataFrame:
    """CREATE TABLE [IF NOT EXISTS] name [(columns)] [USING format] [OPTIONS] [PARTITIONED BY] [LOCATION] [AS query]"""
    warehouse = session._warehouse
    target = node.this.this if isinstance(node.this, exp.Schema) else node.this
    name = table_name(target.sql(dialect="spark"), warehouse.current)
    if node.args.get("exists") and warehouse.find(name) is not None:
        return nothing(session)
    if node.args.get("replace"):
        operation = "REPLACE TABLE AS SELECT" if node.expression is not None else "REPLACE TABLE"
        raise AnalysisException(
            errorClass="UNSUPPORTED_FEATURE.TABLE_OPERATION",
            messageParameters={"tableName": name.quoted, "operation": operation},
        )
    told = _Told(session._conf.value(DEFAULT_SOURCE))
    options: dict[str, str] = {}
    properties: dict[str, str] = {}
    partition_by: list[str] = []
    cluster_by: list[str] = []
    extra: list[StructField] = []
    for item in node.args["properties"].expressions if node.args.get("properties") is not None else []:
        if isinstance(item, exp.FileFormatProperty):
            told.provider = item.name or str(item.this)
        elif isinstance(item, exp.LocationProperty):
            told.path = item.name
        elif isinstance(item, exp.OptionsProperty):
            options = {str(option.this.name): value_text(option.args["value"]) for option in item.expressions}
        elif isinstance(item, exp.PartitionedByProperty):
            partition_by = [identifier(part.this if _is_column(part) else part) for part in item.this.expressions]
            extra = column_fields([part for part in item.this.expressions if _is_column(part)])
        elif isinstance(item, exp.SchemaCommentProperty):
            told.comment = item.name or str(item.this.name)
        elif isinstance(item, exp.ClusteredByProperty):
            order = [identifier(part.this) for part in item.args.get("sorted_by") or ()]
            named = tuple(identifier(part) for part in item.expressions)
            told.buckets = Buckets(int(item.args["buckets"].name), named, tuple(order))
        elif isinstance(item, exp.ClusterProperty):
            cluster_by = [identifier(part) for part in item.expressions]
        elif isinstance(item, exp.ExternalProperty):
            told.external = True
        elif isinstance(item, exp.LikeProperty):
            told.like = item.this.sql(dialect="spark")
        elif type(item) is exp.Property:
            key = item.this.name if isinstance(item.this, (exp.Literal, exp.Var)) else item.this.sql(dialect="spark")
            properties[key] = value_text(item.args["value"])
        else:
            raise unsupported(node)
    path = told.path or next((value for key, value in options.items() if key.lower() == "path"), None)
    if told.external and path is None:
        raise AnalysisException(errorClass="CREATE_EXTERNAL_TABLE_WITHOUT_LOCATION", messageParameters={})
    if node.expression is not None:
        frame = session._plan_frame(plan(node.expression))
        writer = frame.write.format(told.provider).options(**options).partitionBy(*partition_by)
        if told.path is not None:
            writer = writer.option("path", told.path)
        writer._described(
            name, comment=told.comment, properties=properties, buckets=told.buckets, cluster_by=cluster_by
        )
        return nothing(session)
    if told.like is not None:
        warehouse.create(_like(session, told.like, name, path))
        return nothing(session)
    columns = node.this.expressions if isinstance(node.this, exp.Schema) else []
    schema = StructType([*column_fields(columns), *extra])
    if not schema.fields and path is not None:
        schema = session.catalog._inferred(told.provider, path, Options(options))
    table = describe_table(warehouse, name, told.provider, schema, partition_by, path, options)
    warehouse.create(
        replace(
            table,
            comment=told.comment,
            properties=properties,
            buckets=told.buckets,
            cluster_by=tuple(cluster_by),
        )
    )
    return nothing(session)


def value_text(node: Any) -> str:
    """The value of an option or property, which may be a text, a number or a truth value."""
    return str(node.name) if isinstance(node, exp.Literal) else str(node.sql(dialect="spark")).lower()


def _is_column(node: Any) -> bool:
    return isinstance(node, exp.ColumnDef)


def _like(session: SparkSession, source: str, name: Any, path: str | None) -> TableDescription:
    found = find_table(session, source)
    if found is None:
        raise not_found(session, source)
    return describe_table(
        session._warehouse, name, found.provider, found.schema, found.partition_by, path, dict(found.options)
    )


def column_fields(columns: Sequence[Any]) -> list[StructField]:
    """The columns of a definition, with their comments. Raises: PySparkNotImplementedError for DEFAULT and the like."""
    fields = []
    for item in columns:
        metadata: dict[str, Any] = {}
        for constraint in item.args.get("constraints") or ():
            if isinstance(constraint.kind, exp.CommentColumnConstraint):
                metadata["comment"] = constraint.kind.this.name
            elif not isinstance(constraint.kind, exp.NotNullColumnConstraint):
                raise unsupported(item)
        fields.append(StructField(identifier(item), data_type(item.args["kind"]), True, metadata))
    return fields


# ---------------------------------------------------------------- INSERT


def insert(session: SparkSession, node: Any, plan: PlanOf) -> DataFrame:
    """INSERT INTO | OVERWRITE table [PARTITION (column [= value], ...)] [(columns) | BY NAME] query"""
    target, given = node.this, None
    if isinstance(target, exp.Schema):
        target, given = target.this, [identifier(item).lower() for item in target.expressions]
    if node.args.get("where") or not isinstance(target, exp.Table):
        raise unsupported(node)
    spec = target.args.get("partition")
    bare = target.copy()
    bare.set("partition", None)
    name = bare.sql(dialect="spark")
    table = find_table(session, name)
    if table is None:
        raise not_found(session, name)
    if table.query is not None:
        raise AnalysisException(
            errorClass="EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE",
            messageParameters={"viewName": table.full_name, "operation": "INSERT"},
        )
    source = node.expression if node.expression is not None else node.args.get("source")
    if isinstance(source, exp.Table):
        source = exp.select("*").from_(source)
    frame = session._plan_frame(plan(source))
    fixed = _fixed(session, table, spec)
    if node.args.get("by_name"):
        frame = _by_name(frame, table)
    elif given is not None:
        frame = _placed(frame, table, given, fixed)
    elif fixed:
        frame = _completed(frame, table, fixed)
    folder = partition_folder(list(fixed), [_as_text(session, table, *item) for item in fixed.items()])
    overwrite = bool(node.args.get("overwrite"))
    frame.write._insert(table, overwrite=overwrite, replaces=folder if overwrite else "")
    return nothing(session)


def _fixed(session: SparkSession, table: TableDescription, spec: Any) -> dict[str, Any]:
    """The partition columns with a value, in the table's order; they come before those without.

    Raises: AnalysisException PARTITIONS_NOT_FOUND, `_LEGACY_ERROR_TEMP_1147`.
    """
    values: dict[str, Any] = {}
    for item in spec.expressions if spec is not None else ():
        column = identifier(item.this.this if isinstance(item, exp.EQ) else item.this)
        known = next((name for name in table.partition_by if name.lower() == column.lower()), None)
        if known is None:
            raise AnalysisException(
                errorClass="PARTITIONS_NOT_FOUND",
                messageParameters={"partitionList": f"`{column}`", "tableName": table.full_name},
            )
        values[known] = constant_value(translate(item.expression), session._conf) if isinstance(item, exp.EQ) else ...
    fixed = {name: values[name] for name in table.partition_by if values.get(name, ...) is not ...}
    if list(fixed) != list(table.partition_by[: len(fixed)]):
        raise AnalysisException(
            errorClass="_LEGACY_ERROR_TEMP_1147",
            messageParameters={"partColumns": f"[{','.join(table.partition_by)}]"},
        )
    return fixed


def _as_text(session: SparkSession, table: TableDescription, column: str, value: Any) -> str | None:
    kind = table.schema[column].dataType
    text = constant_value(Cast(child=Cast(child=literal(value), to=kind), to=data_type("string")), session._conf)
    return None if text is None else str(text)


def _completed(frame: DataFrame, table: TableDescription, fixed: Mapping[str, Any]) -> DataFrame:
    """The rows with the fixed columns where the table has them. Raises: INSERT_PARTITION_COLUMN_ARITY_MISMATCH."""
    rest = [name for name in table.schema.names if name not in fixed]
    if len(frame.columns) != len(rest):
        raise AnalysisException(
            errorClass="INSERT_PARTITION_COLUMN_ARITY_MISMATCH",
            messageParameters={
                "tableName": table.full_name,
                "tableColumns": ", ".join(f"`{column}`" for column in table.schema.names),
                "dataColumns": ", ".join(f"`{column}`" for column in frame.columns),
                "staticPartCols": ", ".join(f"`{column}`" for column in fixed),
            },
        )
    return _placed(frame, table, [name.lower() for name in rest], fixed)


def _placed(frame: DataFrame, table: TableDescription, given: Sequence[str], fixed: Mapping[str, Any]) -> DataFrame:
    """The rows with the table's columns: the given ones in order, the fixed ones, nulls for the rest."""
    places = {column: place for place, column in enumerate(given)}
    source = frame._plan.output
    cells = []
    for column in table.schema.names:
        place = places.get(column.lower())
        cell = literal(fixed.get(column)) if place is None else source[place]
        cells.append(Column(cell).alias(column))
    return frame.select(*cells)


def _by_name(frame: DataFrame, table: TableDescription) -> DataFrame:
    known = {name.lower() for name in table.schema.names}
    extra = [column for column in frame.columns if column.lower() not in known]
    if extra:
        raise AnalysisException(
            errorClass="INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS",
            messageParameters={
                "tableName": table.full_name,
                "extraColumns": ", ".join(f"`{column}`" for column in extra),
            },
        )
    present = {column.lower() for column in frame.columns}
    return frame.select(
        *(
            column_named(name) if name.lower() in present else Column(literal(None)).alias(name)
            for name in table.schema.names
        )
    )


# ---------------------------------------------------------------- DROP and DESCRIBE


def drop(session: SparkSession, node: Any) -> DataFrame:
    """DROP VIEW | TABLE [IF EXISTS] name"""
    kind = str(node.args.get("kind")).upper()
    if kind not in ("VIEW", "TABLE"):
        raise unsupported(node)
    for item in node.args.get("tables") or [node.this]:
        name = item.sql(dialect="spark")
        parts = name_parts(name)
        views = session._global_views if parts[0].lower() == "global_temp" else session._views
        if views.drop(name if len(parts) == 1 else parts[-1]) and (len(parts) == 1 or views is session._global_views):
            continue
        if kind == "VIEW":
            drop_view(session, name, if_exists=bool(node.args.get("exists")))
            continue
        table = find_table(session, name)
        if table is not None:
            session._warehouse.drop(table)
        elif not node.args.get("exists"):
            raise nothing_to_drop(session, name)
    return nothing(session)


def describe(session: SparkSession, node: Any) -> DataFrame:
    """DESCRIBE [TABLE] [EXTENDED] name"""
    name = node.this.sql(dialect="spark")
    found = find_relation(session, name)
    if found is None:
        raise not_found(session, name)
    schema = found.schema
    rows: list[tuple[str, str, str | None]] = [
        (item.name, item.dataType.simpleString(), item.metadata.get("comment")) for item in schema
    ]
    table = None if find_temporary(session, name) is not None else find_table(session, name)
    if table is not None and table.partition_by:
        rows += [("# Partition Information", "", ""), ("# col_name", "data_type", "comment")]
        rows += [row for row in rows[: len(schema.fields)] if row[0] in table.partition_by]
    if table is not None and str(node.args.get("style") or "").upper() in ("EXTENDED", "FORMATTED"):
        rows += [("", "", ""), ("# Detailed Table Information", "", ""), *_details(table)]
    return result(session, rows, "col_name STRING NOT NULL, data_type STRING NOT NULL, comment STRING")


def _details(table: TableDescription) -> list[tuple[str, str, str | None]]:
    facts = {
        "Catalog": "spark_catalog",
        "Database": table.identifier.database,
        "Table": table.name,
        "Type": table.kind,
        "Provider": "" if table.query is not None else table.provider,
        "Comment": table.comment,
        "Num Buckets": "" if table.buckets is None else str(table.buckets.count),
        "Bucket Columns": "" if table.buckets is None else _listed(table.buckets.columns),
        "Sort Columns": "" if table.buckets is None else _listed(table.buckets.sort),
        "Table Properties": ", ".join(f"{key}={value}" for key, value in sorted(table.properties.items())),
        "Location": f"file:{table.location}" if table.location else "",
        "View Text": table.query,
    }
    if facts["Table Properties"]:
        facts["Table Properties"] = f"[{facts['Table Properties']}]"
    return [(key, value, "") for key, value in facts.items() if value]


def _listed(names: Sequence[str]) -> str:
    return f"[{', '.join(f'`{name}`' for name in names)}]"


def unsupported(node: Any) -> PySparkNotImplementedError:
    """The error for a statement that has no meaning here."""
    return PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED",
        messageParameters={
            "feature": f"The SQL statement `{node.sql(dialect='spark')}`",
            "remedy": "Queries, views, tables of files, SHOW, DESCRIBE, SET and EXPLAIN work.",
        },
    )
