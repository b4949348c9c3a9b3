"""Statements of SQL that are no queries and need no syntax tree: SHOW, DESCRIBE, SET, CACHE, EXPLAIN, variables.

Each is one pattern and one function; those about databases, tables and stored views are in `sql.table_commands`. `sql.statements` asks
here first; what no pattern knows goes to the parser.
Source: Spark's `SqlBaseParser.g4`; columns of the results are those of its commands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from actorstream.errors import AnalysisException, PySparkNotImplementedError
from actorstream.expr.functions.aggregate import AGGREGATES
from actorstream.expr.registry import functions, lookup
from actorstream.expr.window_functions import OFFSETS, RANKS, is_window_function
from actorstream.plan.sql_functions import SqlFunction
from actorstream.sql import variables
from actorstream.sql.answers import matches, nothing, result
from actorstream.sql.relations import builtin_path, relation
from actorstream.sql.sql_functions import create_function, described, drop_function
from actorstream.sql.table_commands import NAME, TABLE_COMMANDS
from actorstream.sql.tables import CATALOG, name_parts

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame
    from actorstream.sql.session import SparkSession

_LIKE = r"(?:\s+(?:LIKE\s+)?'(?P<pattern>[^']*)')?"
_QUERY = r"(?P<query>(?:SELECT|WITH|VALUES|TABLE|FROM|\()\b.*|\(.*)"

Plan = Callable[[str], "DataFrame"]
"""Gives the frame of a query's text."""


def run_command(session: SparkSession, text: str, plan: Plan) -> DataFrame | None:
    """The result of a command, which is done at once; None for any other statement. Raises: AnalysisException."""
    bare = _COMMENT.sub(" ", text).strip().rstrip(";").strip()
    for pattern, command in _COMMANDS:
        match = pattern.fullmatch(bare)
        if match is not None:
            return command(session, match, plan)
    return None


_COMMENT = re.compile(r"^(\s*--[^\n]*\n)+")


def _not_implemented(feature: str, remedy: str) -> PySparkNotImplementedError:
    return PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED", messageParameters={"feature": feature, "remedy": remedy}
    )


# ---------------------------------------------------------------- SHOW


def _show_columns(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """SHOW COLUMNS IN table"""
    names = relation(session, match["name"]).schema.names
    return result(session, [(name,) for name in names], "col_name STRING NOT NULL")


def _show_functions(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """SHOW [USER | SYSTEM | ALL] FUNCTIONS [LIKE pattern]"""
    which = (match["which"] or "ALL").upper()
    own = {*session._conf.routines, *session._conf.table_routines} if which != "SYSTEM" else set()
    known = {*own, *(() if which == "USER" else (*functions(), *AGGREGATES, *RANKS, *OFFSETS, "nth_value"))}
    pattern = match["pattern"] or match["name"]
    names = sorted(name for name in known if matches(name, pattern))
    return result(session, [(name,) for name in names], "function STRING NOT NULL")


def _show_catalogs(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """SHOW CATALOGS [LIKE pattern]"""
    rows = [(CATALOG,)] if matches(CATALOG, match["pattern"]) else []
    return result(session, rows, "catalog STRING NOT NULL")


# ---------------------------------------------------------------- DESCRIBE and EXPLAIN

_DESCRIBED = "col_name STRING NOT NULL, data_type STRING NOT NULL, comment STRING"


def _describe_query(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """DESCRIBE [QUERY] query"""
    schema = plan(match["query"]).schema
    return result(session, [(item.name, item.dataType.simpleString(), None) for item in schema], _DESCRIBED)


def _describe_function(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """DESCRIBE FUNCTION [EXTENDED] name"""
    name = name_parts(match["name"])[-1].lower()
    own = session._conf.routines.get(name) or session._conf.table_routines.get(name)
    if isinstance(own, SqlFunction):
        return result(session, [(line,) for line in described(own)], "function_desc STRING NOT NULL")
    entry = lookup(name)
    if entry is None and name not in AGGREGATES and not is_window_function(name):
        raise AnalysisException(
            errorClass="UNRESOLVED_ROUTINE",
            messageParameters={"routineName": f"`{name}`", "searchPath": builtin_path(session)},
        )
    usage = "N/A." if entry is None or not entry.doc else f"{name} - {entry.doc}"
    return result(session, [(f"Function: {name}",), (f"Usage: {usage}",)], "function_desc STRING NOT NULL")


def _describe_column(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """DESCRIBE [TABLE] table column"""
    frame = session.table(match["name"])
    (column,) = frame.select(match["column"]).schema
    rows = [("col_name", column.name), ("data_type", column.dataType.simpleString()), ("comment", "NULL")]
    return result(session, rows, "info_name STRING NOT NULL, info_value STRING NOT NULL")


def _explain(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """EXPLAIN [EXTENDED | CODEGEN | COST | FORMATTED] query"""
    return result(session, [(plan(match["query"])._explained(),)], "plan STRING")


# ---------------------------------------------------------------- settings

_SETTING = "key STRING NOT NULL, value STRING NOT NULL"


def _set(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """SET [key [= value]]"""
    key, value = match["key"], match["value"]
    if key is None:
        return result(session, sorted(session.conf.getAll.items()), _SETTING)
    key = key.strip("`")
    if value is not None:
        session.conf.set(key, value.strip())
    return result(session, [(key, session.conf.get(key, None) or "<undefined>")], _SETTING)


def _set_time_zone(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """SET TIME ZONE 'zone' | LOCAL | INTERVAL n HOURS"""
    zone = match["zone"]
    if match["local"]:
        session.conf.unset("spark.sql.session.timeZone")
        zone = session.conf.get("spark.sql.session.timeZone", None) or "UTC"
    elif match["hours"]:
        hours = int(match["hours"])
        zone = f"{'-' if hours < 0 else '+'}{abs(hours):02d}:00"
    session.conf.set("spark.sql.session.timeZone", zone)
    return result(session, [("spark.sql.session.timeZone", zone)], _SETTING)


def _reset(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """RESET [key]"""
    keys = [match["key"].strip("`")] if match["key"] else list(session.conf.getAll)
    for key in keys:
        session.conf.unset(key)
    return nothing(session)


# ---------------------------------------------------------------- caches: told of, without effect


def _cache(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """CACHE [LAZY] TABLE name [AS query]"""
    if match["query"]:
        session._views.put(match["name"], plan(match["query"])._plan, replace=False)
    session.catalog.cacheTable(match["name"])
    return nothing(session)


def _uncache(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """UNCACHE TABLE [IF EXISTS] name"""
    if not (match["exists"] and not session.catalog.tableExists(match["name"])):
        session.catalog.uncacheTable(match["name"])
    return nothing(session)


def _refresh(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """REFRESH TABLE name: a table shows what is there anyway"""
    session.catalog.refreshTable(match["name"])
    return nothing(session)


def _clear_cache(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """CLEAR CACHE"""
    session.catalog.clearCache()
    return nothing(session)


# ---------------------------------------------------------------- variables and functions


def _declare(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """DECLARE [OR REPLACE] [VARIABLE] name, ... [type] [DEFAULT | = value]"""
    variables.declare(session, match["name"], match["type"], match["value"], plan, replace=bool(match["replace"]))
    return nothing(session)


def _set_variable(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """SET VARIABLE name = value, ...; SET VARIABLE (name, ...) = (query)"""
    variables.assign(session, match["assignments"], plan)
    return nothing(session)


def _drop_variable(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """DROP TEMPORARY VARIABLE [IF EXISTS] name"""
    variables.forget(session, match["name"], exists=bool(match["exists"]))
    return nothing(session)


def _execute_immediate(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """EXECUTE IMMEDIATE statement [INTO name, ...] [USING value [AS name], ...]"""
    found = variables.execute_immediate(session, match["rest"], plan)
    return nothing(session) if found is None else found


def _function(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """CREATE [OR REPLACE] TEMPORARY FUNCTION ..."""
    create_function(session, match[0])
    return nothing(session)


def _drop_function(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """DROP TEMPORARY FUNCTION [IF EXISTS] name"""
    drop_function(session, name_parts(match["name"])[-1], exists=bool(match["exists"]))
    return nothing(session)


def _other_function(session: SparkSession, match: re.Match[str], plan: Plan) -> DataFrame:
    """REFRESH FUNCTION, DROP FUNCTION"""
    raise _not_implemented(
        f"`{match['what'].upper()} FUNCTION` for all sessions",
        "Functions belong to a session: DROP TEMPORARY FUNCTION.",
    )


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(" ", r"\s+"), re.IGNORECASE | re.DOTALL)


_COMMANDS: list[tuple[re.Pattern[str], Callable[[Any, re.Match[str], Plan], Any]]] = [
    (_compiled(pattern), command)
    for pattern, command in [
        *TABLE_COMMANDS,
        (rf"SHOW COLUMNS (?:IN|FROM) (?P<name>{NAME})", _show_columns),
        (rf"SHOW(?: (?P<which>USER|SYSTEM|ALL))? FUNCTIONS{_LIKE}(?: (?:LIKE )?(?P<name>{NAME}))?", _show_functions),
        (rf"SHOW CATALOGS{_LIKE}", _show_catalogs),
        (rf"DESC(?:RIBE)? FUNCTION(?: EXTENDED)? (?P<name>{NAME})", _describe_function),
        (rf"DESC(?:RIBE)? QUERY {_QUERY}", _describe_query),
        (rf"DESC(?:RIBE)? {_QUERY.replace('TABLE|', '')}", _describe_query),
        (
            rf"DESC(?:RIBE)?(?: TABLE)? (?!(?:TABLE|EXTENDED|FORMATTED|FUNCTION|DATABASE|SCHEMA|QUERY)\b)"
            rf"(?P<name>{NAME}) (?P<column>{NAME})",
            _describe_column,
        ),
        (rf"EXPLAIN(?: (?:EXTENDED|CODEGEN|COST|FORMATTED))? {_QUERY}", _explain),
        (
            r"SET TIME ZONE (?:'(?P<zone>[^']*)'|(?P<local>LOCAL)|INTERVAL '?(?P<hours>[+-]?\d+)'? HOURS?)",
            _set_time_zone,
        ),
        (r"SET (?:VARIABLE|VAR) (?P<assignments>.+)", _set_variable),
        (r"SET(?: (?P<key>[\w.\-]+|`[^`]+`)(?:\s*=\s*(?P<value>.*))?)?", _set),
        (r"RESET(?: (?P<key>[\w.\-]+|`[^`]+`))?", _reset),
        (rf"CACHE(?: LAZY)? TABLE (?P<name>{NAME})(?: OPTIONS\s*\([^)]*\))?(?: (?:AS )?{_QUERY})?", _cache),
        (rf"UNCACHE TABLE (?P<exists>IF EXISTS )?(?P<name>{NAME})", _uncache),
        (rf"REFRESH(?: TABLE)? (?P<name>{NAME})", _refresh),
        (r"CLEAR CACHE", _clear_cache),
        (
            rf"DECLARE(?: (?P<replace>OR REPLACE))?(?: VAR(?:IABLE)?)? (?P<name>{NAME}(?:\s*,\s*{NAME})*)"
            rf"(?: (?P<type>(?!DEFAULT\b)\w+(?:\s*\([^)]*\)|\s*<.*>)?))?(?:(?: DEFAULT |\s*=\s*)(?P<value>.+))?",
            _declare,
        ),
        (rf"DROP TEMP(?:ORARY)? VAR(?:IABLE)? (?P<exists>IF EXISTS )?(?P<name>{NAME})", _drop_variable),
        (r"EXECUTE IMMEDIATE (?P<rest>.+)", _execute_immediate),
        (r"CREATE(?: OR REPLACE)?(?: TEMP(?:ORARY)?)? FUNCTION\b.*", _function),
        (rf"DROP TEMP(?:ORARY)? FUNCTION (?P<exists>IF EXISTS )?(?P<name>{NAME})", _drop_function),
        (r"(?P<what>DROP|REFRESH) FUNCTION\b.*", _other_function),
    ]
]
