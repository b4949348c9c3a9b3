"""Commands about databases, tables and stored views that need no syntax tree. `sql.commands` lists them beside its own.

Source: Spark's `SqlBaseParser.g4`; columns of the results are those of its commands.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actorstream.errors import AnalysisException, ParseException
from actorstream.expr.types import StructType
from actorstream.plan.sql_dialect import parse
from actorstream.sql.answers import matches, nothing, result
from actorstream.sql.relations import GLOBAL, find_table, find_temporary, not_found, session_path
from actorstream.sql.stored_views import alter_view, create_view
from actorstream.sql.table_statements import column_fields
from actorstream.sql.tables import (
    CATALOG,
    TableDescription,
    already_exists,
    database_name,
    name_parts,
    partition_folder,
    table_name,
)

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame
    from actorstream.sql.session import SparkSession

NAME = r"(?:`(?:[^`]|``)+`|\w+)(?:\s*\.\s*(?:`(?:[^`]|``)+`|\w+))*"
"""The pattern of a name, with or without database."""

_LIKE = r"(?:\s+(?:LIKE\s+)?'(?P<pattern>[^']*)')?"
_DATABASE = r"(?:DATABASE|SCHEMA|NAMESPACE)"
_PAIR = re.compile(
    r"\s*(?:'([^']*)'|\"([^\"]*)\"|([\w.]+))\s*(?:=|\s)\s*(?:'([^']*)'|\"([^\"]*)\"|([\w.+-]+))\s*(?:,|\Z)"
)
_KEY = re.compile(r"\s*(?:'([^']*)'|\"([^\"]*)\"|([\w.]+))\s*(?:,|\Z)")

Plan = Callable[[str], Any]
Command = Callable[["SparkSession", re.Match[str], Plan], "DataFrame"]


def pairs(text: str | None) -> dict[str, str]:
    """``'k' = 'v', k2 = 5`` as a mapping. Raises: ParseException PARSE_SYNTAX_ERROR."""
    found: dict[str, str] = {}
    place = 0
    while text is not None and place < len(text.rstrip()):
        match = _PAIR.match(text, place)
        if match is None:
            raise ParseException(
                errorClass="PARSE_SYNTAX_ERROR",
                messageParameters={"error": f"'{text[place:].strip()[:20]}'", "hint": ""},
            )
        key, value = (next(part for part in match.groups()[start : start + 3] if part is not None) for start in (0, 3))
        found[key] = value
        place = match.end()
    return found


def keys(text: str) -> list[str]:
    """``'k', k2`` as a list."""
    return [next(part for part in found if part) for found in _KEY.findall(text) if any(found)]


# ---------------------------------------------------------------- databases


def _create_database(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """CREATE DATABASE [IF NOT EXISTS] name [COMMENT 'text'] [LOCATION 'path'] [WITH DBPROPERTIES (...)]"""
    name = database_name(match["name"])
    if not (match["exists"] and session._warehouse.has_database(name)):
        session._warehouse.create_database(name, match["comment"] or "", match["place"], pairs(match["properties"]))
    return nothing(session)


def _drop_database(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """DROP DATABASE [IF EXISTS] name [RESTRICT | CASCADE]"""
    name = database_name(match["name"])
    if not (match["exists"] and not session._warehouse.has_database(name)):
        session._warehouse.drop_database(name, cascade=(match["how"] or "").upper() == "CASCADE")
    return nothing(session)


def _use(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """USE [DATABASE] name; there is one catalog, so `USE spark_catalog` changes nothing."""
    if [part.lower() for part in name_parts(match["name"])] != [CATALOG]:
        session._warehouse.use(database_name(match["name"]))
    return nothing(session)


def _show_databases(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """SHOW DATABASES [LIKE pattern]"""
    rows = [(name,) for name in session._warehouse.databases() if matches(name, match["pattern"])]
    return result(session, rows, "namespace STRING NOT NULL")


def _show_current(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """SHOW CURRENT DATABASE"""
    rows = [(CATALOG, session._warehouse.current)]
    return result(session, rows, "catalog STRING NOT NULL, namespace STRING NOT NULL")


def _describe_database(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """DESCRIBE DATABASE [EXTENDED] name"""
    database = session._warehouse.database(database_name(match["name"]))
    rows = [
        ("Catalog Name", CATALOG),
        ("Namespace Name", database.name),
        ("Comment", database.comment),
        ("Location", f"file:{database.location}"),
    ]
    if match["extended"]:
        text = ", ".join(f"({key},{value})" for key, value in sorted(database.properties.items()))
        rows.append(("Properties", f"({text})" if text else ""))
    return result(session, rows, "info_name STRING NOT NULL, info_value STRING NOT NULL")


# ---------------------------------------------------------------- what there is


def _show_tables(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """SHOW TABLES | VIEWS [IN database] [LIKE pattern]"""
    pattern, views = match["pattern"], match["kind"].upper() == "VIEWS"
    place = session._warehouse.current if match["place"] is None else database_name(match["place"])
    if place.lower() == GLOBAL:
        rows = [(GLOBAL, name, True) for name in session._global_views.names() if matches(name, pattern)]
    else:
        found = [table for table in session._warehouse.tables(place) if not views or table.query is not None]
        rows = [(table.identifier.database, table.name, False) for table in found if matches(table.name, pattern)]
    rows += [("", name, True) for name in session._views.names() if matches(name, pattern)]
    column = "viewName" if views else "tableName"
    return result(session, rows, f"namespace STRING NOT NULL, {column} STRING NOT NULL, isTemporary BOOLEAN NOT NULL")


def _show_properties(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """SHOW TBLPROPERTIES table [(key)]"""
    table = _table(session, match["name"])
    schema = "key STRING NOT NULL, value STRING NOT NULL"
    if match["keys"] is None:
        return result(session, sorted(table.properties.items()), schema)
    (key,) = keys(match["keys"])
    missing = f"Table {table.dotted_name} does not have property: {key}"
    return result(session, [(key, table.properties.get(key, missing))], schema)


def _show_partitions(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """SHOW PARTITIONS table [PARTITION (column = value, ...)]"""
    names = [item.partition for item in session.catalog.listPartitions(match["name"])]
    if match["spec"] is not None:
        wanted = [partition_folder([name], [value]) for name, value in pairs(match["spec"]).items()]
        names = [name for name in names if all(part in name.split("/") for part in wanted)]
    return result(session, [(name,) for name in names], "partition STRING NOT NULL")


def _show_create(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """SHOW CREATE TABLE table"""
    return result(session, [(session.catalog.getCreateTableString(match["name"]),)], "createtab_stmt STRING NOT NULL")


# ---------------------------------------------------------------- stored views


def _create_view(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """CREATE [OR REPLACE] VIEW [IF NOT EXISTS] name [(columns)] [COMMENT 'text'] [TBLPROPERTIES (...)] AS query"""
    create_view(
        session,
        match["name"],
        match["query"],
        columns=match["columns"],
        comment=match["comment"],
        properties=pairs(match["properties"]),
        replaces=bool(match["replace"]),
        unless_exists=bool(match["exists"]),
    )
    return nothing(session)


def _alter_view(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """ALTER VIEW name AS query"""
    alter_view(session, match["name"], match["query"])
    return nothing(session)


# ---------------------------------------------------------------- changes


def _set_properties(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """ALTER TABLE | VIEW name SET TBLPROPERTIES (...)"""
    table = _table(session, match["name"])
    session._warehouse.change(replace(table, properties={**table.properties, **pairs(match["pairs"])}))
    return nothing(session)


def _unset_properties(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """ALTER TABLE | VIEW name UNSET TBLPROPERTIES [IF EXISTS] (...)"""
    table = _table(session, match["name"])
    gone = keys(match["keys"])
    kept = {key: value for key, value in table.properties.items() if key not in gone}
    session._warehouse.change(replace(table, properties=kept))
    return nothing(session)


def _rename(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """ALTER TABLE | VIEW name RENAME TO name; the files of a managed table move along"""
    temporary = session._views.find(match["name"])
    if temporary is not None:
        name = name_parts(match["target"])[-1]
        if session._views.find(name) is not None:
            raise already_exists(f"`{name}`")
        session._views.put(name, temporary)
        session._views.drop(match["name"])
        return nothing(session)
    warehouse = session._warehouse
    table = _table(session, match["name"])
    target = table_name(match["target"], table.identifier.database)
    if warehouse.find(target) is not None:
        raise already_exists(target.quoted)
    location = table.location
    if table.managed:
        location = warehouse.location_of(target)
        shutil.move(table.location, location)
    warehouse.create_moved(replace(table, identifier=target, location=location), table)
    return nothing(session)


def _add_columns(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """ALTER TABLE name ADD COLUMNS (columns): null in the rows that are there"""
    table = _table(session, match["name"])
    new = column_fields(parse(f"CREATE TABLE t ({match['columns']})").this.expressions)
    known = {item.name.lower() for item in table.schema.fields}
    for item in new:
        if item.name.lower() in known:
            raise AnalysisException(
                errorClass="COLUMN_ALREADY_EXISTS", messageParameters={"columnName": f"`{item.name.lower()}`"}
            )
        known.add(item.name.lower())
    first = len(table.schema.fields) - len(table.partition_by)
    fields = [*table.schema.fields[:first], *new, *table.schema.fields[first:]]
    session._warehouse.change(replace(table, schema=StructType(fields)))
    return nothing(session)


def _drop_partition(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """ALTER TABLE name DROP [IF EXISTS] PARTITION (column = value, ...)"""
    table = _table(session, match["name"])
    spec = {name.lower(): value for name, value in pairs(match["spec"]).items()}
    given = [name for name in table.partition_by if name.lower() in spec]
    folder = Path(table.location, partition_folder(given, [spec[name.lower()] for name in given]))
    if given != list(table.partition_by[: len(given)]) or len(given) != len(spec) or not folder.is_dir():
        if not match["exists"]:
            raise AnalysisException(
                errorClass="PARTITIONS_NOT_FOUND",
                messageParameters={
                    "partitionList": f"PARTITION ({', '.join(f'`{name}` = {value}' for name, value in spec.items())})",
                    "tableName": table.full_name,
                },
            )
        return nothing(session)
    shutil.rmtree(folder)
    return nothing(session)


def _comment(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """COMMENT ON TABLE name IS 'text' | NULL"""
    table = _table(session, match["name"])
    session._warehouse.change(replace(table, comment=match["comment"]))
    return nothing(session)


def _truncate(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """TRUNCATE TABLE name"""
    session.catalog.truncateTable(match["name"])
    return nothing(session)


def _repair(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """MSCK REPAIR TABLE name; ALTER TABLE name RECOVER PARTITIONS: partitions are what is there"""
    session.catalog.recoverPartitions(match["name"])
    return nothing(session)


def _analyze(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """ANALYZE TABLE name COMPUTE STATISTICS ...: no plan here depends on statistics"""
    session.catalog.analyzeTable(match["name"])
    return nothing(session)


def _table(session: SparkSession, name: str) -> TableDescription:
    table = None if find_temporary(session, name) is not None else find_table(session, name)
    if table is None:
        raise not_found(session, name, session_path(session))
    return table


_QUERY = r"(?P<query>(?:SELECT|WITH|VALUES|TABLE|FROM)\b.*|\(.*)"
_PROPERTIES = r"(?: TBLPROPERTIES\s*\((?P<properties>[^)]*)\))?"

TABLE_COMMANDS: list[tuple[str, Command]] = [
    (
        rf"CREATE {_DATABASE} (?P<exists>IF NOT EXISTS )?(?P<name>{NAME})(?: COMMENT '(?P<comment>[^']*)')?"
        r"(?: LOCATION '(?P<place>[^']*)')?(?: WITH (?:DB)?PROPERTIES\s*\((?P<properties>[^)]*)\))?",
        _create_database,
    ),
    (rf"DROP {_DATABASE} (?P<exists>IF EXISTS )?(?P<name>{NAME})(?: (?P<how>RESTRICT|CASCADE))?", _drop_database),
    (rf"USE(?: (?:{_DATABASE}|CATALOG))? (?P<name>{NAME})", _use),
    (rf"SHOW (?:DATABASES|SCHEMAS|NAMESPACES){_LIKE}", _show_databases),
    (rf"SHOW CURRENT {_DATABASE}", _show_current),
    (rf"DESC(?:RIBE)? {_DATABASE}(?P<extended> EXTENDED)? (?P<name>{NAME})", _describe_database),
    (rf"SHOW (?P<kind>TABLES|VIEWS)(?: (?:FROM|IN) (?P<place>{NAME}))?{_LIKE}", _show_tables),
    (rf"SHOW TBLPROPERTIES (?P<name>{NAME})(?:\s*\((?P<keys>[^)]*)\))?", _show_properties),
    (rf"SHOW PARTITIONS (?P<name>{NAME})(?: PARTITION\s*\((?P<spec>[^)]*)\))?", _show_partitions),
    (rf"SHOW CREATE TABLE (?P<name>{NAME})", _show_create),
    (
        rf"CREATE (?P<replace>OR REPLACE )?VIEW (?P<exists>IF NOT EXISTS )?(?P<name>{NAME})"
        r"(?:\s*\((?P<columns>(?:'[^']*'|[^()'])*)\))?(?: COMMENT '(?P<comment>[^']*)')?"
        rf"{_PROPERTIES}(?: WITH SCHEMA \w+(?: EVOLUTION)?)? AS\s*{_QUERY}",
        _create_view,
    ),
    (rf"ALTER VIEW (?P<name>{NAME}) (?:AS\s*)?{_QUERY}", _alter_view),
    (rf"ALTER (?:TABLE|VIEW) (?P<name>{NAME}) SET TBLPROPERTIES\s*\((?P<pairs>[^)]*)\)", _set_properties),
    (
        rf"ALTER (?:TABLE|VIEW) (?P<name>{NAME}) UNSET TBLPROPERTIES(?: IF EXISTS)?\s*\((?P<keys>[^)]*)\)",
        _unset_properties,
    ),
    (rf"ALTER (?:TABLE|VIEW) (?P<name>{NAME}) RENAME TO (?P<target>{NAME})", _rename),
    (rf"ALTER TABLE (?P<name>{NAME}) ADD COLUMNS?\s*\((?P<columns>.*)\)", _add_columns),
    (rf"ALTER TABLE (?P<name>{NAME}) DROP (?P<exists>IF EXISTS )?PARTITION\s*\((?P<spec>[^)]*)\)", _drop_partition),
    (rf"COMMENT ON TABLE (?P<name>{NAME}) IS (?:'(?P<comment>[^']*)'|NULL)", _comment),
    (rf"TRUNCATE TABLE (?P<name>{NAME})", _truncate),
    (rf"(?:MSCK )?REPAIR TABLE (?P<name>{NAME})(?: SYNC PARTITIONS)?", _repair),
    (rf"ALTER TABLE (?P<name>{NAME}) RECOVER PARTITIONS", _repair),
    (rf"ANALYZE TABLE (?P<name>{NAME})(?: PARTITION\s*\([^)]*\))? COMPUTE STATISTICS\b.*", _analyze),
]
"""Patterns, a space for any white space, with what they do."""
