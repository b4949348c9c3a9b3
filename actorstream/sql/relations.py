"""What a name in a query or in `spark.table` stands for: a temporary view, else a table of the warehouse.

The one place where names become plans; used by the session, `spark.sql`, the catalog and the readers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actorstream.connectors import files
from actorstream.dataflow.requests import Options, ReadRequest
from actorstream.errors import AnalysisException
from actorstream.expr.typing import attributes_of
from actorstream.plan.nodes import LogicalPlan, Relation, SubqueryAlias
from actorstream.sql.formats import short_name
from actorstream.sql.tables import CATALOG, TableDescription, name_parts, table_name

if TYPE_CHECKING:
    from actorstream.sql.session import SparkSession

GLOBAL = "global_temp"
"""The database of the temporary views of all sessions."""


def session_path(session: SparkSession) -> str:
    """Where the catalog looks for tables."""
    return f"[`system`.`session`, `{CATALOG}`.`{session._warehouse.current}`]"


def builtin_path(session: SparkSession) -> str:
    """Where names in queries are looked for."""
    return f"[`system`.`builtin`, `system`.`session`, `{CATALOG}`.`{session._warehouse.current}`]"


def find_relation(session: SparkSession, name: str) -> LogicalPlan | None:
    """The plan of a view or, read as it is now, of a table, under new column ids; None if there is neither."""
    view = find_temporary(session, name)
    if view is not None or is_global(name):
        return view
    table = find_table(session, name)
    if table is None:
        return _directory(session, name)
    return table_plan(session, table, streaming=False)


def _directory(session: SparkSession, name: str) -> LogicalPlan | None:
    """The plan of ``format.`path` ``; None if the name is not of that kind. Raises: AnalysisException PATH_NOT_FOUND."""
    parts = name_parts(name)
    if len(parts) != 2 or short_name(parts[0]).lower() not in files.FORMATS:
        return None
    return session.read.format(parts[0]).load(parts[1])._plan


def find_temporary(session: SparkSession, name: str) -> LogicalPlan | None:
    """The plan of a temporary view, ``name`` or ``global_temp.name``, under new column ids."""
    return session._global_views.find(name.partition(".")[2]) if is_global(name) else session._views.find(name)


def is_global(name: str) -> bool:
    """Whether a name is that of a temporary view of all sessions."""
    return name.lower().startswith(f"{GLOBAL}.")


def relation(session: SparkSession, name: str) -> LogicalPlan:
    """The plan of a view or a table. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND; ParseException INVALID_IDENTIFIER."""
    found = find_relation(session, name)
    if found is None:
        raise not_found(session, name)
    return found


def find_table(session: SparkSession, name: str) -> TableDescription | None:
    """The table or stored view of a name; None if there is none, or no such database."""
    return session._warehouse.find(table_name(name, session._warehouse.current))


def table_plan(
    session: SparkSession, table: TableDescription, *, streaming: bool, options: Options | None = None
) -> LogicalPlan:
    """A table as a plan: its rows now, or the stream of those that arrive; of a stored view what its query gives."""
    if table.query is not None:
        from actorstream.sql.stored_views import view_plan

        return SubqueryAlias(view_plan(session, table), table.name, (CATALOG, table.identifier.database))
    request = ReadRequest(
        format=table.provider,
        options=Options({**table.options, **dict((options or Options()).items())}),
        conf=session._conf,
        schema=table.schema,
        paths=(table.location,),
        streaming=streaming,
        partitions=session._default_parallelism,
    )
    provider = files.provider(request)
    rows = Relation(provider, tuple(attributes_of(provider.schema)), streaming)
    return SubqueryAlias(rows, table.name, (CATALOG, table.identifier.database))


def not_found(session: SparkSession, name: str, path: str | None = None) -> AnalysisException:
    """The error for a name that nothing has. Args: `path` is where it was looked for, that of queries unless given."""
    quoted = ".".join(f"`{part}`" for part in name_parts(name))
    return AnalysisException(
        errorClass="TABLE_OR_VIEW_NOT_FOUND",
        messageParameters={"relationName": quoted, "searchPath": path or builtin_path(session)},
    )


def nothing_to_drop(session: SparkSession, name: str) -> AnalysisException:
    """The error for a table or view to drop: under its full name, and only in its database."""
    identifier = table_name(name, session._warehouse.current)
    return not_found(
        session,
        f"`{CATALOG}`.`{identifier.database}`.`{name_parts(name)[-1]}`",
        f"[`{CATALOG}`.`{identifier.database}`]",
    )
