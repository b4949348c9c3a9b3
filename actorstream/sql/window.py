"""`Window` and `WindowSpec`: the rows that a function with ``over`` looks at. For static DataFrames."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from actorstream.errors import PySparkTypeError
from actorstream.expr.coercion import literal
from actorstream.expr.nodes import Constant, Expression, SortOrder, WindowFrame
from actorstream.sql.column import named_expression

__all__ = ["Window", "WindowSpec"]

_LEAST, _GREATEST = -(1 << 63), (1 << 63) - 1


def _expressions(cols: Sequence[Any]) -> tuple[Expression, ...]:
    given = cols[0] if len(cols) == 1 and isinstance(cols[0], list) else cols
    return tuple(named_expression(item) for item in given)


def _bound(value: Any, name: str) -> Constant | None:
    """A frame bound: None is unbounded."""
    if not isinstance(value, int):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={"arg_name": name, "expected_type": "int", "arg_type": type(value).__name__},
        )
    if name == "start":
        return None if value <= max(-sys.maxsize, _LEAST) else literal(value)
    return None if value >= min(sys.maxsize, _GREATEST) else literal(value)


@dataclass(frozen=True, slots=True)
class WindowSpec:
    """A window of rows: partition, order and frame. Made by the methods of `Window`; immutable.

    `frame` None is Spark's default: up to the current row with an order, the whole partition without.
    """

    partition_by: tuple[Expression, ...] = ()
    order_by: tuple[SortOrder, ...] = ()
    frame: WindowFrame | None = None

    def partitionBy(self, *cols: Any) -> WindowSpec:
        """The same window within the rows that agree in these columns."""
        return replace(self, partition_by=_expressions(cols))

    def orderBy(self, *cols: Any) -> WindowSpec:
        """The same window with rows in this order."""
        keys = tuple(
            item if isinstance(item, SortOrder) else SortOrder(child=item, ascending=True, nulls_first=True)
            for item in _expressions(cols)
        )
        return replace(self, order_by=keys)

    def rowsBetween(self, start: int, end: int) -> WindowSpec:
        """A frame by number of rows; 0 is the current row."""
        return replace(self, frame=WindowFrame(kind="rows", lower=_bound(start, "start"), upper=_bound(end, "end")))

    def rangeBetween(self, start: int, end: int) -> WindowSpec:
        """A frame by distance of the sort key; 0 is the current row's key."""
        return replace(self, frame=WindowFrame(kind="range", lower=_bound(start, "start"), upper=_bound(end, "end")))


class Window:
    """Makes window specifications. Source: `pyspark.sql.Window`."""

    unboundedPreceding: int = _LEAST
    unboundedFollowing: int = _GREATEST
    currentRow: int = 0

    @staticmethod
    def partitionBy(*cols: Any) -> WindowSpec:
        """Windows within the rows that agree in these columns."""
        return WindowSpec().partitionBy(*cols)

    @staticmethod
    def orderBy(*cols: Any) -> WindowSpec:
        """Windows over rows in this order."""
        return WindowSpec().orderBy(*cols)

    @staticmethod
    def rowsBetween(start: int, end: int) -> WindowSpec:
        """A frame by number of rows; 0 is the current row."""
        return WindowSpec().rowsBetween(start, end)

    @staticmethod
    def rangeBetween(start: int, end: int) -> WindowSpec:
        """A frame by distance of the sort key; 0 is the current row's key."""
        return WindowSpec().rangeBetween(start, end)
