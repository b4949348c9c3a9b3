"""Functions with a form of their own: columns and literals, conditions, windows, lambdas, structs, JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actorstream.errors import PySparkTypeError, PySparkValueError
from actorstream.expr.coercion import literal
from actorstream.expr.intervals import window_duration_us
from actorstream.expr.names import name_expression
from actorstream.expr.nodes import (
    Call,
    CaseWhen,
    Expression,
    SessionWindow,
    SortOrder,
    TimeWindow,
)
from actorstream.sql._origin import originated
from actorstream.sql.column import Column
from actorstream.sql.functions._build import (
    Argument,
    call,
    columns,
    literal_of,
    required,
    value,
)
from actorstream.sql.functions._build import (
    column as column_of,
)

__all__ = [
    "array",
    "asc",
    "asc_nulls_first",
    "asc_nulls_last",
    "bitwiseNOT",
    "broadcast",
    "call_function",
    "coalesce",
    "col",
    "column",
    "create_map",
    "current_timestamp",
    "date_part",
    "datepart",
    "desc",
    "desc_nulls_first",
    "desc_nulls_last",
    "expr",
    "extract",
    "greatest",
    "grouping",
    "grouping_id",
    "isnull",
    "least",
    "lit",
    "log",
    "make_dt_interval",
    "make_interval",
    "make_timestamp",
    "make_timestamp_ntz",
    "make_ym_interval",
    "map_concat",
    "months_between",
    "named_struct",
    "negate",
    "rand",
    "randn",
    "session_window",
    "sha2",
    "shiftLeft",
    "shiftRight",
    "shiftRightUnsigned",
    "sort_array",
    "stack",
    "struct",
    "timestamp_add",
    "timestamp_diff",
    "toDegrees",
    "toRadians",
    "try_make_interval",
    "try_make_timestamp",
    "try_make_timestamp_ntz",
    "unix_timestamp",
    "when",
    "window",
    "window_time",
]


def col(col: str) -> Column:
    """The column of that name."""
    return Column(originated(name_expression(col), "col"))


column = col


def lit(col: Any) -> Column:
    """A literal column; a `Column` is returned as it is."""
    if isinstance(col, Column):
        return col
    return Column(literal_of(col))


def expr(str: str) -> Column:
    """The column that SQL text describes. Raises: ParseException."""
    from actorstream.plan.sql_text import parse_expression

    return Column(parse_expression(str))


def when(condition: Column, value: Any) -> Column:
    """The first branch of a CASE; go on with `Column.when` and `Column.otherwise`."""
    if not isinstance(condition, Column):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={
                "expected_type": "Column",
                "arg_name": "condition",
                "arg_type": type(condition).__name__,
            },
        )
    return Column(CaseWhen(branches=((condition.expression, literal_of(value)),)))


def _order(item: Argument, *, ascending: bool, nulls_first: bool) -> Column:
    return Column(SortOrder(child=required(item), ascending=ascending, nulls_first=nulls_first))


def asc(col: Argument) -> Column:
    """Ascending sort key, nulls first."""
    return _order(col, ascending=True, nulls_first=True)


def asc_nulls_first(col: Argument) -> Column:
    """Ascending sort key, nulls first."""
    return _order(col, ascending=True, nulls_first=True)


def asc_nulls_last(col: Argument) -> Column:
    """Ascending sort key, nulls last."""
    return _order(col, ascending=True, nulls_first=False)


def desc(col: Argument) -> Column:
    """Descending sort key, nulls last."""
    return _order(col, ascending=False, nulls_first=False)


def desc_nulls_first(col: Argument) -> Column:
    """Descending sort key, nulls first."""
    return _order(col, ascending=False, nulls_first=True)


def desc_nulls_last(col: Argument) -> Column:
    """Descending sort key, nulls last."""
    return _order(col, ascending=False, nulls_first=False)


# -- windows


def _duration(name: str, item: Any) -> str:
    if not item or not isinstance(item, str):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={"arg_name": name, "expected_type": "str", "arg_type": type(item).__name__},
        )
    return item


def window(
    timeColumn: Argument, windowDuration: str, slideDuration: str | None = None, startTime: str | None = None
) -> Column:
    """The time window of a timestamp: a struct ``window{start, end}``, start inclusive (STF-20).

    Raises: PySparkTypeError NOT_EXPECTED_TYPE, AnalysisException CANNOT_PARSE_INTERVAL (STF-23).
    """
    _duration("windowDuration", windowDuration)
    if slideDuration:
        _duration("slideDuration", slideDuration)
    if startTime:
        _duration("startTime", startTime)
    duration = window_duration_us(windowDuration)
    return Column(
        TimeWindow(
            time=required(timeColumn),
            duration_us=duration,
            slide_us=window_duration_us(slideDuration) if slideDuration else duration,
            start_us=window_duration_us(startTime) if startTime else 0,
        )
    )


def window_time(windowColumn: Argument) -> Column:
    """The event time of a window column: its end minus one microsecond (STF-26)."""
    return call("window_time", column_of(windowColumn))


def session_window(timeColumn: Argument, gapDuration: Argument) -> Column:
    """The session of a timestamp: a struct ``session_window{start, end}``; grouped by, sessions that meet become one (STF-27).

    Args:
        gapDuration: the time after which a session ends without another row: a text, or a column of texts or intervals. Rows
            whose gap is not a positive interval are dropped.
    Raises: PySparkTypeError NOT_EXPECTED_TYPE, AnalysisException _LEGACY_ERROR_TEMP_1040.
    """
    if isinstance(gapDuration, str):
        gap: Expression = literal(gapDuration)
    elif isinstance(gapDuration, Column):
        gap = gapDuration.expression
    else:
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={
                "expected_type": "Column or str",
                "arg_name": "gapDuration",
                "arg_type": type(gapDuration).__name__,
            },
        )
    return Column(SessionWindow(time=required(timeColumn), gap=gap))


def current_timestamp() -> Column:
    """The time of the micro-batch, the same in all its rows."""
    return call("current_timestamp")


# -- variable arguments


def struct(*cols: Argument) -> Column:
    """A struct of columns, named after them."""
    return call("struct", *columns(cols))


def named_struct(*cols: Argument) -> Column:
    """A struct of alternating names and values."""
    return call("named_struct", *columns(cols))


def array(*cols: Argument) -> Column:
    """An array of columns."""
    return call("array", *columns(cols))


def create_map(*cols: Argument) -> Column:
    """A map of alternating keys and values."""
    return call("map", *columns(cols))


def map_concat(*cols: Argument) -> Column:
    """The union of maps."""
    return call("map_concat", *columns(cols))


def coalesce(*cols: Argument) -> Column:
    """The first value that is not null."""
    return call("coalesce", *columns(cols))


def greatest(*cols: Argument) -> Column:
    """The largest of two or more values, nulls skipped."""
    return _at_least_two("greatest", cols)


def least(*cols: Argument) -> Column:
    """The smallest of two or more values, nulls skipped."""
    return _at_least_two("least", cols)


def _at_least_two(name: str, cols: Sequence[Argument]) -> Column:
    if len(cols) < 2:
        raise PySparkValueError(errorClass="WRONG_NUM_COLUMNS", messageParameters={"func_name": name, "num_cols": "2"})
    return call(name, *columns(cols))


def sort_array(col: Argument, asc: bool = True) -> Column:
    """An array in order: ascending with nulls first, or descending with nulls last."""
    return call("sort_array", column_of(col), value(asc))


def months_between(date1: Argument, date2: Argument, roundOff: bool = True) -> Column:
    """The number of months from `date2` to `date1`, by default rounded to 8 digits."""
    return call("months_between", column_of(date1), column_of(date2), value(roundOff))


def _made_timestamp(name: str, parts: Sequence[Argument], zone: Argument, date: Argument, time: Argument) -> Column:
    if any(part is not None for part in parts):
        if date is not None or time is not None:
            raise PySparkValueError(
                errorClass="CANNOT_SET_TOGETHER",
                messageParameters={"arg_list": "years|months|days|hours|mins|secs and date|time"},
            )
        given = [required(part, "arg") for part in parts]
    else:
        given = [required(date, "arg"), required(time, "arg")]
    return call(name, *given, None if zone is None else column_of(zone))


def make_timestamp(
    years: Argument = None,
    months: Argument = None,
    days: Argument = None,
    hours: Argument = None,
    mins: Argument = None,
    secs: Argument = None,
    timezone: Argument = None,
    date: Argument = None,
    time: Argument = None,
) -> Column:
    """A timestamp of its parts, in `timezone` or the session's time zone."""
    return _made_timestamp("make_timestamp", (years, months, days, hours, mins, secs), timezone, date, time)


def try_make_timestamp(
    years: Argument = None,
    months: Argument = None,
    days: Argument = None,
    hours: Argument = None,
    mins: Argument = None,
    secs: Argument = None,
    timezone: Argument = None,
    date: Argument = None,
    time: Argument = None,
) -> Column:
    """Like `make_timestamp`; null for parts that make no time."""
    return _made_timestamp("try_make_timestamp", (years, months, days, hours, mins, secs), timezone, date, time)


def make_timestamp_ntz(
    years: Argument = None,
    months: Argument = None,
    days: Argument = None,
    hours: Argument = None,
    mins: Argument = None,
    secs: Argument = None,
    date: Argument = None,
    time: Argument = None,
) -> Column:
    """A timestamp without time zone of its parts."""
    return _made_timestamp("make_timestamp_ntz", (years, months, days, hours, mins, secs), None, date, time)


def try_make_timestamp_ntz(
    years: Argument = None,
    months: Argument = None,
    days: Argument = None,
    hours: Argument = None,
    mins: Argument = None,
    secs: Argument = None,
    date: Argument = None,
    time: Argument = None,
) -> Column:
    """Like `make_timestamp_ntz`; null for parts that make no time."""
    return _made_timestamp("try_make_timestamp_ntz", (years, months, days, hours, mins, secs), None, date, time)


def _numbers(*parts: Argument) -> list[Expression]:
    return [literal(0) if part is None else required(part) for part in parts]


def make_dt_interval(
    days: Argument = None, hours: Argument = None, mins: Argument = None, secs: Argument = None
) -> Column:
    """A day-time interval of its parts; what is not given is 0."""
    return call("make_dt_interval", *_numbers(days, hours, mins, secs))


def make_ym_interval(years: Argument = None, months: Argument = None) -> Column:
    """A year-month interval of its parts; what is not given is 0."""
    return call("make_ym_interval", *_numbers(years, months))


def make_interval(
    years: Argument = None,
    months: Argument = None,
    weeks: Argument = None,
    days: Argument = None,
    hours: Argument = None,
    mins: Argument = None,
    secs: Argument = None,
) -> Column:
    """A calendar interval of its parts; what is not given is 0."""
    return call("make_interval", *_numbers(years, months, weeks, days, hours, mins, secs))


def try_make_interval(
    years: Argument = None,
    months: Argument = None,
    weeks: Argument = None,
    days: Argument = None,
    hours: Argument = None,
    mins: Argument = None,
    secs: Argument = None,
) -> Column:
    """Like `make_interval`; null for parts that are too many."""
    return call("try_make_interval", *_numbers(years, months, weeks, days, hours, mins, secs))


def sha2(col: Argument, numBits: int) -> Column:
    """The SHA-2 hash of 224, 256, 384 or 512 bits as hexadecimal text. Raises: PySparkValueError VALUE_NOT_ALLOWED."""
    if numBits not in (0, 224, 256, 384, 512):
        raise PySparkValueError(
            errorClass="VALUE_NOT_ALLOWED",
            messageParameters={"arg_name": "numBits", "allowed_values": "[0, 224, 256, 384, 512]"},
        )
    return call("sha2", column_of(col), value(numBits))


def stack(*cols: Argument) -> Column:
    """Rows of columns: the first argument is their number."""
    return call("stack", *columns(cols))


def isnull(col: Argument) -> Column:
    """Whether a value is null."""
    return call("isnull", column_of(col))


def log(arg1: Argument, arg2: Argument = None) -> Column:
    """The natural logarithm, or with two arguments that of the second to the base of the first."""
    if arg2 is None:
        return call("ln", column_of(arg1))
    return call("log", literal_of(arg1) if not isinstance(arg1, str) else column_of(arg1), column_of(arg2))


def negate(col: Argument) -> Column:
    """The opposite number."""
    return call("negative", column_of(col))


def bitwiseNOT(col: Argument) -> Column:
    """Old name of `bitwise_not`."""
    return call("~", column_of(col))


def shiftLeft(col: Argument, numBits: int) -> Column:
    """Old name of `shiftleft`."""
    return call("shiftleft", column_of(col), value(numBits))


def shiftRight(col: Argument, numBits: int) -> Column:
    """Old name of `shiftright`."""
    return call("shiftright", column_of(col), value(numBits))


def shiftRightUnsigned(col: Argument, numBits: int) -> Column:
    """Old name of `shiftrightunsigned`."""
    return call("shiftrightunsigned", column_of(col), value(numBits))


def toDegrees(col: Argument) -> Column:
    """Old name of `degrees`."""
    return call("degrees", column_of(col))


def toRadians(col: Argument) -> Column:
    """Old name of `radians`."""
    return call("radians", column_of(col))


def rand(seed: int | None = None) -> Column:
    """Random numbers in [0, 1): repeatable per epoch and partition, not Spark's sequence."""
    return call("rand", value(seed))


def randn(seed: int | None = None) -> Column:
    """Random numbers of the standard normal distribution."""
    return call("randn", value(seed))


def unix_timestamp(timestamp: Argument = None, format: str = "yyyy-MM-dd HH:mm:ss") -> Column:
    """Seconds since 1970 of a timestamp or text; without arguments, of the micro-batch."""
    if timestamp is None:
        return call("unix_timestamp", call("current_timestamp").expression)
    return call("unix_timestamp", column_of(timestamp), value(format))


def extract(field: Column, source: Argument) -> Column:
    """A part of a date, timestamp or interval, by name."""
    return call("extract", literal_of(field), column_of(source))


def date_part(field: Column, source: Argument) -> Column:
    """A part of a date, timestamp or interval, by name."""
    return call("date_part", literal_of(field), column_of(source))


def datepart(field: Column, source: Argument) -> Column:
    """A part of a date, timestamp or interval, by name."""
    return call("datepart", literal_of(field), column_of(source))


def timestamp_add(unit: str, quantity: Argument, ts: Argument) -> Column:
    """A timestamp plus a number of units."""
    return call("timestampadd", literal(unit), column_of(quantity), column_of(ts))


def timestamp_diff(unit: str, start: Argument, end: Argument) -> Column:
    """The number of whole units between two timestamps."""
    return call("timestampdiff", literal(unit), column_of(start), column_of(end))


def call_function(funcName: str, *cols: Argument) -> Column:
    """A function by its SQL name."""
    from actorstream.expr.functions.aggregate import is_aggregate
    from actorstream.sql.functions._build import aggregate

    maker = aggregate if is_aggregate(funcName.lower()) else call
    return maker(funcName.lower(), *columns(cols))


def grouping(col: Argument) -> Column:
    """1 where a row of a rollup, cube or grouping sets is not grouped by a key, else 0."""
    return Column(call_expression("grouping", col))


def grouping_id(*cols: Argument) -> Column:
    """The bits of `grouping` of all keys, the first key's the highest."""
    return Column(call_expression("grouping_id", *cols))


def call_expression(name: str, *cols: Argument) -> Expression:
    """A call that the plan replaces, and no kernel computes."""
    return Call(name=name, args=tuple(required(item) for item in cols))


def broadcast(df: Any) -> Any:
    """The same DataFrame: the hint to send it everywhere changes nothing here, a static side always is."""
    return df
