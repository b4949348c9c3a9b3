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
from actorstream.sql.tables import CATALOG, DATABASE, TableDescription, name_parts, table_name

if TYPE_CHECKING:
    from actorstream.sql.session import SparkSession

SESSION_PATH = f"[`system`.`session`, `{CATALOG}`.`{DATABASE}`]"
"""Where the catalog looks for tables."""

BUILTIN_PATH = f"[`system`.`builtin`, `system`.`session`, `{CATALOG}`.`{DATABASE}`]"
"""Where names in queries are looked for."""


def find_relation(session: SparkSession, name: str) -> LogicalPlan | None:
    """The plan of a view or, read as it is now, of a table, under new column ids; None if there is neither."""
    view = session._views.find(name)
    if view is not None:
        return view
    if name.lower().startswith("global_temp."):
        return session._global_views.find(name.partition(".")[2])
    table = find_table(session, name)
    return None if table is None else table_plan(session, table, streaming=False)


def relation(session: SparkSession, name: str) -> LogicalPlan:
    """The plan of a view or a table. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND; ParseException INVALID_IDENTIFIER."""
    found = find_relation(session, name)
    if found is None:
        raise not_found(name)
    return found


def find_table(session: SparkSession, name: str) -> TableDescription | None:
    """The table of a name; None if there is none, or no such database."""
    try:
        bare = table_name(name)
    except AnalysisException as error:
        if error.getCondition() == "SCHEMA_NOT_FOUND":
            return None
        raise
    return session._warehouse.find(bare)


def table_plan(
    session: SparkSession, table: TableDescription, *, streaming: bool, options: Options | None = None
) -> LogicalPlan:
    """A table as a plan: its rows now, or the stream of those that arrive."""
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
    return SubqueryAlias(Relation(provider, tuple(attributes_of(provider.schema)), streaming), table.name)


def not_found(name: str, path: str = BUILTIN_PATH) -> AnalysisException:
    """The error for a name that nothing has."""
    quoted = ".".join(f"`{part}`" for part in name_parts(name))
    return AnalysisException(
        errorClass="TABLE_OR_VIEW_NOT_FOUND",
        messageParameters={"relationName": quoted, "searchPath": path},
    )
