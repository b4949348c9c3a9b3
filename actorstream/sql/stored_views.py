"""Views that the warehouse keeps: ``CREATE VIEW`` and ``ALTER VIEW``, and their queries as plans.

A stored view is the text of a query. The names in it are looked up in the database in which it was made, and never among temporary
views, for a later session has others. Source: Spark `CreateViewCommand`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from actorstream.errors import AnalysisException, ParseException
from actorstream.expr.nodes import Alias, UnresolvedAttribute
from actorstream.expr.types import StructField, StructType
from actorstream.plan import select as building
from actorstream.plan.nodes import LogicalPlan
from actorstream.plan.sql_dialect import parse
from actorstream.plan.sql_from import single_row
from actorstream.plan.sql_query import plan_query
from actorstream.sql.relations import (
    find_relation,
    find_table,
    find_temporary,
    not_found,
    nothing_to_drop,
    session_path,
)
from actorstream.sql.tables import TableDescription, TableName, already_exists, name_parts, table_name

if TYPE_CHECKING:
    from actorstream.sql.session import SparkSession

_COLUMN = re.compile(r"\s*(`(?:[^`]|``)+`|\w+)(?:\s+COMMENT\s+'([^']*)')?\s*(?:,|\Z)", re.IGNORECASE)


def create_view(
    session: SparkSession,
    name: str,
    query: str,
    *,
    columns: str | None = None,
    comment: str | None = None,
    properties: dict[str, str] | None = None,
    replaces: bool = False,
    unless_exists: bool = False,
) -> None:
    """Keep a query under a name.

    Args:
        columns: names for its columns, with comments, as SQL text.
    Raises: AnalysisException TABLE_OR_VIEW_ALREADY_EXISTS, INVALID_TEMP_OBJ_REFERENCE, SCHEMA_NOT_FOUND,
        CREATE_VIEW_COLUMN_ARITY_MISMATCH.*, and those of the query; ParseException CREATE_VIEW_WITH_IF_NOT_EXISTS_AND_REPLACE.
    """
    if replaces and unless_exists:
        raise ParseException(
            errorClass="CREATE_VIEW_WITH_IF_NOT_EXISTS_AND_REPLACE", messageParameters={"viewName": f"`{name}`"}
        )
    identifier = table_name(name, session._warehouse.current)
    existing = session._warehouse.find(identifier)
    if existing is not None and unless_exists:
        return
    plan = _checked(session, identifier, query)
    view = _described(identifier, plan, query, columns)
    view = replace(view, comment=comment, properties=properties or {})
    if existing is None:
        session._warehouse.create(view)
        return
    if not replaces:
        raise already_exists(identifier.quoted)
    if existing.query is None:
        raise AnalysisException(
            errorClass="EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE",
            messageParameters={"tableName": identifier.quoted, "operation": "CREATE OR REPLACE VIEW"},
        )
    session._warehouse.change(view)


def alter_view(session: SparkSession, name: str, query: str) -> None:
    """Put another query in the place of a view's. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND and those of the query."""
    if find_temporary(session, name) is not None:
        plan = find_query(session, query)
        session._views.put(name, plan)
        return
    view = find_table(session, name)
    if view is None or view.query is None:
        raise not_found(session, name, session_path(session))
    plan = _checked(session, view.identifier, query)
    fresh = _described(view.identifier, plan, query, None)
    session._warehouse.change(replace(fresh, comment=view.comment, properties=view.properties))


def drop_view(session: SparkSession, name: str, *, if_exists: bool = False) -> None:
    """Forget a stored view. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND, WRONG_COMMAND_FOR_OBJECT_TYPE for a table."""
    view = find_table(session, name)
    if view is None:
        if not if_exists:
            raise nothing_to_drop(session, name)
        return
    if view.query is None:
        raise AnalysisException(
            errorClass="WRONG_COMMAND_FOR_OBJECT_TYPE",
            messageParameters={
                "operation": "DROP VIEW",
                "requiredType": "VIEW or METRIC_VIEW",
                "objectName": view.dotted_name,
                "foundType": view.kind,
                "alternative": "DROP TABLE",
            },
        )
    session._warehouse.drop(view)


def view_plan(session: SparkSession, view: TableDescription) -> LogicalPlan:
    """What a view gives now: the columns that its query had when it was made.

    Raises: AnalysisException INCOMPATIBLE_VIEW_SCHEMA_CHANGE when a column has gone.
    """
    assert view.query is not None
    current, session._conf.database = session._conf.database, view.identifier.database
    try:
        plan = _stored_query(session, view.query)
    finally:
        session._conf.database = current
    names = tuple(column.name for column in plan.output)
    if names != view.query_columns:
        missing = [name for name in view.query_columns if names.count(name) != 1]
        if missing:
            raise AnalysisException(
                errorClass="INCOMPATIBLE_VIEW_SCHEMA_CHANGE",
                messageParameters={
                    "viewName": view.full_name,
                    "colName": missing[0],
                    "expectedNum": str(view.query_columns.count(missing[0])),
                    "actualCols": f"[{','.join(name for name in names if name == missing[0])}]",
                    "suggestion": f"CREATE OR REPLACE VIEW {view.full_name} AS {view.query}",
                },
            )
    chosen = [
        Alias(child=UnresolvedAttribute(parts=(name,)), name=field.name, metadata=field.metadata)
        for name, field in zip(view.query_columns, view.schema.fields, strict=True)
    ]
    return building.select(plan, chosen, session._conf) if names != view.query_columns or _renames(view) else plan


def _renames(view: TableDescription) -> bool:
    return any(
        name != field.name or field.metadata for name, field in zip(view.query_columns, view.schema.fields, strict=True)
    )


def find_query(session: SparkSession, text: str) -> LogicalPlan:
    """The plan of a query over views and tables of the session."""

    def find(name: str) -> LogicalPlan:
        found = find_relation(session, name)
        if found is None:
            raise not_found(session, name)
        return found

    return plan_query(parse(text), find, single_row(), session._conf, session._variables)


def _stored_query(session: SparkSession, text: str) -> LogicalPlan:
    from actorstream.sql.relations import table_plan

    def find(name: str) -> LogicalPlan:
        table = find_table(session, name)
        if table is None:
            raise not_found(session, name)
        return table_plan(session, table, streaming=False)

    return plan_query(parse(text), find, single_row(), session._conf, {})


def _checked(session: SparkSession, identifier: TableName, query: str) -> LogicalPlan:
    """The plan of a view to be. Raises: AnalysisException INVALID_TEMP_OBJ_REFERENCE for a temporary view in it."""

    def find(name: str) -> LogicalPlan:
        if find_temporary(session, name) is not None:
            raise AnalysisException(
                errorClass="INVALID_TEMP_OBJ_REFERENCE",
                messageParameters={
                    "obj": "VIEW",
                    "objName": identifier.quoted,
                    "tempObj": "VIEW",
                    "tempObjName": ".".join(f"`{part}`" for part in name_parts(name)),
                },
            )
        found = find_relation(session, name)
        if found is None:
            raise not_found(session, name)
        return found

    return plan_query(parse(query), find, single_row(), session._conf, {})


def _described(identifier: TableName, plan: LogicalPlan, query: str, columns: str | None) -> TableDescription:
    own = tuple(column.name for column in plan.output)
    fields = [StructField(item.name, item.dataType, True, item.metadata) for item in plan.schema.fields]
    if columns is not None:
        named = _COLUMN.findall(columns)
        if len(named) != len(fields):
            raise arity_mismatch(identifier.quoted, [name_parts(name)[-1] for name, _ in named], plan)
        fields = [
            StructField(name_parts(name)[-1], field.dataType, True, {"comment": comment} if comment else {})
            for (name, comment), field in zip(named, fields, strict=True)
        ]
    seen: set[str] = set()
    for field in fields:
        if field.name.lower() in seen:
            raise AnalysisException(
                errorClass="COLUMN_ALREADY_EXISTS", messageParameters={"columnName": f"`{field.name.lower()}`"}
            )
        seen.add(field.name.lower())
    return TableDescription(
        identifier=identifier,
        provider="view",
        schema=StructType(fields),
        partition_by=(),
        location="",
        managed=False,
        query=query.strip(),
        query_columns=own,
    )


def arity_mismatch(view: str, names: list[str], plan: LogicalPlan) -> AnalysisException:
    """The error for more or less names than columns. Args: `view` is the view's name in backquotes."""
    kind = "NOT_ENOUGH" if len(names) > len(plan.output) else "TOO_MANY"
    return AnalysisException(
        errorClass=f"CREATE_VIEW_COLUMN_ARITY_MISMATCH.{kind}_DATA_COLUMNS",
        messageParameters={
            "viewName": view,
            "viewColumns": ", ".join(f"`{name}`" for name in names),
            "dataColumns": ", ".join(f"`{column.name}`" for column in plan.output),
        },
    )
