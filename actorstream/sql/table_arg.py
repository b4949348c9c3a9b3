"""A frame as argument of a table function: ``f(df.asTable().partitionBy("k").orderBy("v"))``. Source: `pyspark.sql.table_arg`."""

from __future__ import annotations

from dataclasses import replace

from actorstream.errors import IllegalArgumentException
from actorstream.expr.nodes import Expression, SortOrder
from actorstream.plan.expressions import TableArgument
from actorstream.sql.column import Column
from actorstream.sql.functions._build import required

__all__ = ["TableArg"]

ColumnOrName = Column | str


class TableArg:
    """Made by `DataFrame.asTable`."""

    def __init__(self, argument: TableArgument) -> None:
        self._argument = argument

    def partitionBy(self, *cols: ColumnOrName | list[ColumnOrName]) -> TableArg:
        """The table in groups of equal values; each goes to an object of the function of its own.

        Raises: IllegalArgumentException after another partitionBy or withSinglePartition.
        """
        self._check_first("partitionBy()")
        keys = tuple(required(item) for item in _flat(cols))
        return TableArg(replace(self._argument, partition_by=keys, single=not keys))

    def orderBy(self, *cols: ColumnOrName | list[ColumnOrName]) -> TableArg:
        """The rows of each group in an order. Raises: IllegalArgumentException before partitionBy or withSinglePartition."""
        if not self._is_partitioned():
            raise IllegalArgumentException("Please call partitionBy() or withSinglePartition() before orderBy().")
        return TableArg(replace(self._argument, order_by=tuple(_key(required(item)) for item in _flat(cols))))

    def withSinglePartition(self) -> TableArg:
        """All rows to one object of the function. Raises: IllegalArgumentException after another partitionBy or the same."""
        self._check_first("withSinglePartition()")
        return TableArg(replace(self._argument, single=True))

    def _is_partitioned(self) -> bool:
        return self._argument.single or bool(self._argument.partition_by)

    def _check_first(self, method: str) -> None:
        if self._is_partitioned():
            raise IllegalArgumentException(
                f"Cannot call {method} after partitionBy() or withSinglePartition() has been called."
            )


def _flat(cols: tuple[ColumnOrName | list[ColumnOrName], ...]) -> list[ColumnOrName]:
    return [item for given in cols for item in (given if isinstance(given, list) else [given])]


def _key(expression: Expression) -> SortOrder:
    return expression if isinstance(expression, SortOrder) else SortOrder(child=expression)
