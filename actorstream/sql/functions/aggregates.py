"""Aggregate functions with options: distinct counts, first and last, lists, percentiles."""

from __future__ import annotations

from actorstream.expr.coercion import literal
from actorstream.expr.nodes import Expression, Star
from actorstream.sql.column import Column
from actorstream.sql.functions._build import Argument, aggregate, column, columns, literal_of, value

__all__ = [
    "any_value",
    "approxCountDistinct",
    "approx_count_distinct",
    "approx_percentile",
    "collect_list",
    "collect_set",
    "count",
    "countDistinct",
    "count_distinct",
    "first",
    "first_value",
    "last",
    "last_value",
    "listagg_distinct",
    "max_by",
    "min_by",
    "mode",
    "percentile",
    "percentile_approx",
    "string_agg_distinct",
    "sumDistinct",
    "sum_distinct",
]


def count(col: Argument) -> Column:
    """The number of rows where `col` is not null; ``count("*")`` and ``count(lit(1))`` count all rows."""
    expression = column(col)
    rows = isinstance(expression, Star) and not expression.target
    return aggregate("count") if rows else aggregate("count", expression)


def count_distinct(col: Argument, *cols: Argument) -> Column:
    """The number of different values, or tuples of values, without nulls."""
    return aggregate("count", *columns((col, *cols)), distinct=True)


def countDistinct(col: Argument, *cols: Argument) -> Column:
    """Old name of `count_distinct`."""
    return count_distinct(col, *cols)


def approx_count_distinct(col: Argument, rsd: float | None = None) -> Column:
    """The approximate number of different values; `rsd` is the relative standard deviation allowed (default 0.05)."""
    return aggregate("approx_count_distinct", column(col), value(rsd))


def approxCountDistinct(col: Argument, rsd: float | None = None) -> Column:
    """Old name of `approx_count_distinct`."""
    return aggregate("approx_count_distinct", column(col), value(rsd))


def sum_distinct(col: Argument) -> Column:
    """The sum of the different values."""
    return aggregate("sum", column(col), distinct=True)


def sumDistinct(col: Argument) -> Column:
    """Old name of `sum_distinct`."""
    return sum_distinct(col)


def _choice(name: str, col: Argument, ignore_nulls: object) -> Column:
    flag: list[Expression] = []
    if ignore_nulls is not None and ignore_nulls is not False:
        flag.append(literal_of(ignore_nulls))
    return aggregate(name, column(col), *flag)


def listagg_distinct(col: Argument, delimiter: Argument = None) -> Column:
    """The different values of a group that are not null, one after the other, between them the delimiter."""
    return aggregate("listagg", column(col), value(delimiter), distinct=True)


def string_agg_distinct(col: Argument, delimiter: Argument = None) -> Column:
    """Another name of `listagg_distinct`."""
    return aggregate("string_agg", column(col), value(delimiter), distinct=True)


def first(col: Argument, ignorenulls: bool = False) -> Column:
    """The first value of a group in the order of arrival."""
    return _choice("first", col, ignorenulls)


def last(col: Argument, ignorenulls: bool = False) -> Column:
    """The last value of a group in the order of arrival."""
    return _choice("last", col, ignorenulls)


def first_value(col: Argument, ignoreNulls: bool | Column | None = None) -> Column:
    """The first value of a group in the order of arrival."""
    return _choice("first_value", col, ignoreNulls)


def last_value(col: Argument, ignoreNulls: bool | Column | None = None) -> Column:
    """The last value of a group in the order of arrival."""
    return _choice("last_value", col, ignoreNulls)


def any_value(col: Argument, ignoreNulls: bool | Column | None = None) -> Column:
    """Some value of a group."""
    return _choice("any_value", col, ignoreNulls)


def collect_list(col: Argument) -> Column:
    """All values of a group without nulls, as an array."""
    return aggregate("collect_list", column(col))


def collect_set(col: Argument) -> Column:
    """The different values of a group without nulls, as an array."""
    return aggregate("collect_set", column(col))


def max_by(col: Argument, ord: Argument, k: int | None = None) -> Column:
    """The value of `col` where `ord` is largest."""
    return aggregate("max_by", column(col), column(ord), value(k))


def min_by(col: Argument, ord: Argument, k: int | None = None) -> Column:
    """The value of `col` where `ord` is smallest."""
    return aggregate("min_by", column(col), column(ord), value(k))


def mode(col: Argument, deterministic: bool = False) -> Column:
    """The most frequent value."""
    return aggregate("mode", column(col), literal(True) if deterministic else None)


def percentile(col: Argument, percentage: Argument, frequency: Argument = 1) -> Column:
    """The exact percentile of a group, by interpolation."""
    weight = column(frequency) if isinstance(frequency, (str, Column)) else literal_of(frequency)
    return aggregate("percentile", column(col), literal_of(percentage), weight)


def percentile_approx(col: Argument, percentage: Argument, accuracy: Argument = 10000) -> Column:
    """A percentile that is a value of the group."""
    return aggregate("percentile_approx", column(col), literal_of(percentage), literal_of(accuracy))


def approx_percentile(col: Argument, percentage: Argument, accuracy: Argument = 10000) -> Column:
    """A percentile that is a value of the group."""
    return aggregate("approx_percentile", column(col), literal_of(percentage), literal_of(accuracy))
