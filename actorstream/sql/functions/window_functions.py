"""Functions that only make sense over a window of rows: ranks, and values of other rows. Use them with ``over``."""

from __future__ import annotations

from typing import Any

from actorstream.errors import PySparkTypeError
from actorstream.expr.coercion import literal
from actorstream.sql.column import Column
from actorstream.sql.functions._build import Argument, call, column, literal_of, required

__all__ = [
    "counter_diff",
    "cume_dist",
    "dense_rank",
    "lag",
    "lead",
    "nth_value",
    "ntile",
    "percent_rank",
    "rank",
    "row_number",
]


def row_number() -> Column:
    """The number of the row in its window partition, from 1."""
    return call("row_number")


def rank() -> Column:
    """The rank of the row, from 1; rows that are equal in order share one, and the next one is left out for each of them."""
    return call("rank")


def dense_rank() -> Column:
    """The rank of the row, from 1, without gaps after equal rows."""
    return call("dense_rank")


def percent_rank() -> Column:
    """The rank as a share of the partition, from 0.0 for the first row to 1.0."""
    return call("percent_rank")


def cume_dist() -> Column:
    """The share of the partition's rows that are at or before the row."""
    return call("cume_dist")


def ntile(n: int) -> Column:
    """The number, from 1, of the row's bucket when the partition is cut into `n` buckets of nearly equal size."""
    return call("ntile", _whole(n, "n"))


def lag(col: Argument, offset: int = 1, default: Any | None = None) -> Column:
    """The value of `col` in the row `offset` rows before; `default` where there is none."""
    return call("lag", required(col), _whole(offset, "offset"), literal_of(default))


def lead(col: Argument, offset: int = 1, default: Any | None = None) -> Column:
    """The value of `col` in the row `offset` rows after; `default` where there is none."""
    return call("lead", required(col), _whole(offset, "offset"), literal_of(default))


def nth_value(col: Argument, offset: int, ignoreNulls: bool | None = False) -> Column:
    """The value of `col` in row number `offset` (from 1) of the frame, of those that are not null if `ignoreNulls`."""
    return call("nth_value", required(col), _whole(offset, "offset"), literal(bool(ignoreNulls)))


def counter_diff(value: Argument, startTime: Argument = None) -> Column:
    """How much a counter that only grows has grown since the row before; null where it was reset.

    A reset shows in a smaller value, or in a later `startTime`, the time at which the counter was set to zero.
    """
    return call("counter_diff", required(value, "value"), column(startTime))


def _whole(value: Any, name: str) -> Any:
    if not isinstance(value, int) or isinstance(value, bool):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={"arg_name": name, "expected_type": "int", "arg_type": type(value).__name__},
        )
    return literal(value)
