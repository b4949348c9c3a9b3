"""WITH RECURSIVE: a table that is computed level by level, each from the rows of the one before, when a plan over it runs.

The syntax is in `plan.sql_recursion`. Source: Spark ``UnionLoop``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pyarrow as pa

from actorstream.common.config import RECURSION_LEVEL_LIMIT, RECURSION_ROW_LIMIT, Conf
from actorstream.connectors.table import TableProvider
from actorstream.dataflow.protocols import Source
from actorstream.errors import SparkRuntimeException
from actorstream.plan.nodes import LogicalPlan, Project, Prune, Relation, SubqueryAlias

Level = Callable[[], pa.Table]
"""Computes the rows of one level."""


@dataclass(slots=True)
class Working:
    """The rows of the level before, which the recursive part of the query reads."""

    table: pa.Table

    def provider(self, name: str) -> TableProvider:
        """What the recursive part reads by the name of the whole."""
        return TableProvider(name, self.table.schema, lambda: self.table)


@dataclass(frozen=True, slots=True)
class RecursiveTable:
    """The rows of all levels.

    Args:
        first: the rows without recursion.
        following: the rows that follow from those in `working`.
        level_limit: levels after which a table that is not complete is an error; the session's setting if None.
        rows_max: rows that are enough, for a LIMIT right above; None for all.
    """

    name: str
    schema: pa.Schema
    first: Level
    following: Level
    working: Working
    conf: Conf
    level_limit: int | None = None
    rows_max: int | None = None

    def create(self) -> Source:
        """A source for one run."""
        return TableProvider(self.name, self.schema, self._rows).create()

    def _rows(self) -> pa.Table:
        """Raises: SparkRuntimeException RECURSION_LEVEL_LIMIT_EXCEEDED, RECURSION_ROW_LIMIT_EXCEEDED."""
        levels = self.conf.value(RECURSION_LEVEL_LIMIT) if self.level_limit is None else self.level_limit
        rows = self.conf.value(RECURSION_ROW_LIMIT)
        found = [self.first()]
        count, level = found[0].num_rows, 0
        while found[-1].num_rows and (self.rows_max is None or count < self.rows_max):
            if level == levels:
                raise SparkRuntimeException(
                    errorClass="RECURSION_LEVEL_LIMIT_EXCEEDED", messageParameters={"levelLimit": str(levels)}
                )
            if self.rows_max is None and 0 <= rows < count:
                raise SparkRuntimeException(
                    errorClass="RECURSION_ROW_LIMIT_EXCEEDED", messageParameters={"rowLimit": str(rows)}
                )
            self.working.table = found[-1]
            found.append(self.following())
            count, level = count + found[-1].num_rows, level + 1
        return pa.concat_tables(found)


def enough(plan: LogicalPlan, count: int) -> LogicalPlan:
    """The plan of which only `count` rows are asked for: a recursion right below it then need not end by itself."""
    if isinstance(plan, Relation) and isinstance(plan.provider, RecursiveTable):
        return replace(plan, provider=replace(plan.provider, rows_max=count))
    if isinstance(plan, (Project, Prune, SubqueryAlias)):
        child = enough(plan.child, count)
        return plan if child is plan.child else plan.with_children((child,))
    return plan
