"""Functions of the TIME type: ``current_time make_time to_time time_diff time_trunc time_from_* time_to_*`` and its arithmetic.

A time of day is microseconds since midnight; what leaves the day is an error, never a wrap.
"""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import numpy as np

from actorstream.errors import ArithmeticException, DateTimeException, IllegalArgumentException
from actorstream.expr.arrow import Array, Values, pa, pc
from actorstream.expr.coercion import Rules, accept, is_string, literal, takes, type_of, unexpected_input, wrong_arity
from actorstream.expr.distinct import by_distinct, by_distinct_rows
from actorstream.expr.evaluation import Frame
from actorstream.expr.functions.date_parts import zone_of
from actorstream.expr.functions.java_datetime_parser import parse_moment
from actorstream.expr.grouping import Ids
from actorstream.expr.nodes import Call, Constant, Expression
from actorstream.expr.registry import Function
from actorstream.expr.text import day_time_text, local_time
from actorstream.expr.time_text import US_PER_DAY, parse_time_us, time_literal
from actorstream.expr.types import (
    DayTimeIntervalType,
    DecimalType,
    FractionalType,
    TimestampNTZType,
    TimeType,
)

_TIME = pa.time64("us")
_UNITS = {"HOUR": 3_600_000_000, "MINUTE": 60_000_000, "SECOND": 1_000_000, "MILLISECOND": 1000, "MICROSECOND": 1}


def micros_of(times: Array) -> Ids:
    """Microseconds since midnight; 0 for null."""
    found: Ids = np.asarray(pc.fill_null(times.cast(pa.int64()), 0))
    return found


def _times(micros: Ids, like: Array) -> Array:
    null = np.asarray(pc.is_null(like)) if like.null_count else None
    return pa.array(micros, pa.int64(), mask=null).cast(_TIME)


def truncated_time(times: Array, precision: int) -> Array:
    """Times cut to `precision` digits of a second."""
    if precision >= 6:
        return times
    micros = micros_of(times)
    return _times(micros - micros % 10 ** (6 - precision), times)


def _out_of_bounds(message: str) -> DateTimeException:
    return DateTimeException(
        errorClass="DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION", messageParameters={"rangeMessage": message}
    )


# ---------------------------------------------------------------- building


def _current_time_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) > 1:
        wrong_arity(name, "[0, 1]", len(args))
    precision = args[0] if args else literal(6)
    call = Call(name=name, args=(precision,))
    accept(call, 0, "int", rules)
    digits = precision.value if isinstance(precision, Constant) else None
    if not isinstance(digits, int) or not 0 <= digits <= 9:
        from actorstream.expr.coercion import mismatch, quoted, quoted_type
        from actorstream.expr.naming import sql_text

        if digits is None:
            raise mismatch(
                "NON_FOLDABLE_INPUT",
                call,
                inputName="`precision`",
                inputType=quoted_type(type_of(precision)),
                inputExpr=quoted(sql_text(precision)),
            )
        raise mismatch("VALUE_OUT_OF_RANGE", call, exprName="precision", valueRange="[0, 9]", currentValue=str(digits))
    return replace(call, data_type=TimeType(digits), nullable=False)


def _current_time(frame: Frame, precision: Values) -> Values:
    moment = pa.array([frame.context.batch_time_us], pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    local = local_time(moment, zone_of(frame)).cast(pa.int64())
    result = frame.site.result_type
    assert isinstance(result, TimeType)
    return truncated_time(_times(np.asarray(local) % US_PER_DAY, local), result.precision)[0]


_FIELDS = (("HourOfDay", 23), ("MinuteOfHour", 59), ("SecondOfMinute", 59))


def _make_time(frame: Frame, *parts: Values) -> Values:
    def make(hour: int, minute: int, seconds: Any) -> int:
        whole = int(seconds.to_integral_value("ROUND_FLOOR"))
        for value, (field, most) in zip((hour, minute, whole), _FIELDS, strict=True):
            if not 0 <= value <= most:
                raise _out_of_bounds(f"Invalid value for {field} (valid values 0 - {most}): {value}")
        return (hour * 60 + minute) * 60_000_000 + int(seconds * 1_000_000)

    return by_distinct_rows(make, list(parts), pa.int64(), length=frame.rows).cast(_TIME)


def _to_time_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    return takes("string", "string", optional=1, returns=TimeType(6), nullable=True)(name, args, rules)


_DEFAULT_PATTERN = "HH:mm:ss.SSSSSS"


def _to_time(frame: Frame, texts: Values, *patterns: Values) -> Values:
    strict = not frame.site.name.startswith("try_")

    def read(text: str, pattern: str | None) -> int | None:
        if pattern is None:
            found = parse_time_us(text)
        else:
            moment = parse_moment(text, pattern)
            time = moment[0].time() if moment is not None and _has_time(pattern) else None
            found = None if time is None else _micros(time)
        if found is None and strict:
            raise DateTimeException(
                errorClass="CANNOT_PARSE_TIME",
                messageParameters={"input": f"'{text}'", "format": f"'{pattern or _DEFAULT_PATTERN}'"},
            )
        return found

    if patterns:
        return by_distinct_rows(read, [texts, patterns[0]], pa.int64(), length=frame.rows).cast(_TIME)
    return by_distinct(lambda text: read(text, None), frame.array(texts), pa.int64()).cast(_TIME)


def _has_time(pattern: str) -> bool:
    return any(letter in pattern for letter in "HhKkmsSa")


def _micros(time: datetime.time) -> int:
    return ((time.hour * 60 + time.minute) * 60 + time.second) * 1_000_000 + time.microsecond


# ---------------------------------------------------------------- numbers

_PER_US = {"seconds": 1_000_000, "millis": 1000, "micros": 1}


def _from_number_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    call = takes("numeric", returns=TimeType(6), nullable=True)(name, args, rules)
    if is_string(type_of(args[0])):
        raise unexpected_input(Call(name=name, args=args), 0, '"NUMERIC"')
    return call


def _from_number(frame: Frame, numbers: Values) -> Values:
    """``time_from_seconds`` and its kin; a number outside of the day raises whatever the ANSI setting."""
    size = _PER_US[frame.site.name.removeprefix("time_from_")]
    source = frame.site.arg_types[0]

    def convert(value: Any) -> int:
        if isinstance(source, FractionalType) and not isinstance(source, DecimalType) and not np.isfinite(value):
            raise _out_of_bounds("Cannot convert NaN or Infinite value to TIME")
        nanos = int(value * size * 1000)
        if not 0 <= nanos < US_PER_DAY * 1000:
            raise _out_of_bounds(
                f"Invalid TIME value: must be between 00:00:00 and 23:59:59.999999999, but got {nanos} nanoseconds"
            )
        return nanos // 1000

    return by_distinct(convert, frame.array(numbers), pa.int64()).cast(_TIME)


def _to_number(frame: Frame, times: Values) -> Values:
    size = _PER_US[frame.site.name.removeprefix("time_to_")]
    return pc.divide(frame.array(times).cast(pa.int64()), size)


def _to_seconds(frame: Frame, times: Values) -> Values:
    return seconds_of(frame.array(times), DecimalType(14, 6))


def seconds_of(times: Array, target: DecimalType) -> Array:
    """Seconds since midnight as a decimal of scale 6."""
    # the unscaled value of a decimal of seconds with scale 6 is the number of microseconds
    words = np.zeros((len(times), 2), np.int64)
    words[:, 0] = micros_of(times)
    plain = pa.Array.from_buffers(pa.decimal128(target.precision, 6), len(times), [None, pa.py_buffer(words)])
    return pc.if_else(pc.is_valid(times), plain, pa.scalar(None, plain.type)) if times.null_count else plain


# ---------------------------------------------------------------- units


def _unit_size(frame: Frame, name: str) -> int:
    size = _UNITS.get(name.upper())
    if size is None:
        raise IllegalArgumentException(
            errorClass="INVALID_PARAMETER_VALUE.TIME_UNIT",
            messageParameters={
                "functionName": f"`{frame.site.name}`",
                "parameter": "`unit`",
                "invalidValue": f"'{name}'",
            },
        )
    return size


def _sizes(frame: Frame, units: Values, present: Array) -> tuple[Ids, Array]:
    """Microseconds of the unit per row, and where both unit and times are there. A unit that is none raises."""
    names = frame.array(units)
    known = pc.and_(pc.is_valid(names), present)
    codes = names.dictionary_encode()
    wanted = {} if not frame.rows else set(pc.unique(names.filter(known)).to_pylist())
    table = np.array([_unit_size(frame, name) if name in wanted else 1 for name in codes.dictionary.to_pylist()] or [1])
    sizes: Ids = table[np.asarray(codes.indices.fill_null(0))]
    return sizes, known


def _time_trunc(frame: Frame, units: Values, times: Values) -> Values:
    array = frame.array(times)
    sizes, known = _sizes(frame, units, pc.is_valid(array))
    micros = micros_of(array)
    return pa.array(micros - micros % sizes, pa.int64(), mask=~np.asarray(known)).cast(_TIME)


def _time_diff(frame: Frame, units: Values, start: Values, end: Values) -> Values:
    first, second = frame.array(start), frame.array(end)
    sizes, known = _sizes(frame, units, pc.and_(pc.is_valid(first), pc.is_valid(second)))
    count = micros_of(second) - micros_of(first)
    return pa.array(np.sign(count) * (np.abs(count) // sizes), pa.int64(), mask=~np.asarray(known))


def _time_trunc_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    return takes("string", "time", returns=lambda types: types[1], nullable=True)(name, args, rules)


# ---------------------------------------------------------------- arithmetic


def _shift_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    time, interval = type_of(args[0]), type_of(args[1])
    assert isinstance(time, TimeType)
    assert isinstance(interval, DayTimeIntervalType)
    precision = time.precision if interval.endField < DayTimeIntervalType.SECOND else max(6, time.precision)
    return Call(name=name, args=args, data_type=TimeType(precision), nullable=True)


def _shift(frame: Frame, times: Values, intervals: Values) -> Values:
    array, sizes = frame.array(times), frame.array(intervals)
    sign = 1 if frame.site.name == "time_of_day_add" else -1
    delta = sign * np.asarray(pc.fill_null(sizes.cast(pa.int64()), 0))
    micros = micros_of(array) + delta
    known = np.asarray(pc.and_(pc.is_valid(array), pc.is_valid(sizes)))
    wrong = known & ((micros < 0) | (micros >= US_PER_DAY))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        interval = frame.site.arg_types[1]
        assert isinstance(interval, DayTimeIntervalType)
        text = day_time_text(int(delta[row]), interval.startField, interval.endField)
        if (interval.startField, interval.endField) == (0, 1):
            text = day_time_text(int(delta[row]), 1, 1)
        raise ArithmeticException(
            errorClass="DATETIME_OVERFLOW",
            messageParameters={
                "operation": f"add {text} to the time value {time_literal(int(micros[row] - delta[row]))}"
            },
        )
    return pa.array(micros, pa.int64(), mask=~known).cast(_TIME)


def _subtract_times(frame: Frame, left: Values, right: Values) -> Values:
    a, b = frame.array(left).cast(pa.int64()), frame.array(right).cast(pa.int64())
    return pc.subtract(a, b).cast(pa.duration("us"))


# ---------------------------------------------------------------- parts


def _hour(frame: Frame, times: Values) -> Values:
    name = frame.site.name.removeprefix("time_of_day_")
    micros = frame.array(times).cast(pa.int64())
    size, cycle = {"hour": (3_600_000_000, 24), "minute": (60_000_000, 60), "second": (1_000_000, 60)}[name]
    whole = pc.divide(micros, size)
    return pc.subtract(whole, pc.multiply(pc.divide(whole, cycle), cycle)).cast(pa.int32())


def _second_fraction(frame: Frame, times: Values) -> Values:
    array = frame.array(times)
    return seconds_of(_times(micros_of(array) % 60_000_000, array), DecimalType(8, 6))


def _moment(frame: Frame, dates: Values, times: Values) -> Values:
    """A date and a time of day as one moment without time zone."""
    days = frame.array(dates).cast(pa.timestamp("us")).cast(pa.int64())
    return pc.add(days, frame.array(times).cast(pa.int64())).cast(pa.timestamp("us"))


FUNCTIONS = [
    Function("current_time", _current_time_rule, _current_time, "the local time of day of the micro-batch"),
    Function("make_time", takes("int", "int", "decimal(16,6)", returns=TimeType(6), nullable=True), _make_time, "a time of day of hour, minute and second", may_raise=True),
    Function("to_time", _to_time_rule, _to_time, "the time of day of a text, by a pattern if one is given", may_raise=True),
    Function("try_to_time", _to_time_rule, _to_time, "the time of day of a text, null if it has none"),
    Function("time_diff", takes("string", "time", "time", returns="bigint", nullable=True), _time_diff, "the number of whole units between two times of day", may_raise=True),
    Function("time_trunc", _time_trunc_rule, _time_trunc, "a time of day cut to a unit", may_raise=True),
    Function("time_from_seconds", _from_number_rule, _from_number, "the time of day of seconds since midnight", may_raise=True),
    *(
        Function(f"time_from_{unit}", takes("integral", returns=TimeType(6), nullable=True), _from_number, f"the time of day of {unit} since midnight", may_raise=True)
        for unit in ("millis", "micros")
    ),
    Function("time_to_seconds", takes("timevalue", returns=DecimalType(14, 6), nullable=True), _to_seconds, "seconds since midnight of a time of day"),
    *(
        Function(f"time_to_{unit}", takes("timevalue", returns="bigint", nullable=True), _to_number, f"{unit} since midnight of a time of day")
        for unit in ("millis", "micros")
    ),
    Function("time_of_day_add", _shift_rule, _shift, "a time of day plus an interval (internal)", may_raise=True),
    Function("time_of_day_sub", _shift_rule, _shift, "a time of day minus an interval (internal)", may_raise=True),
    Function("subtract_times", takes("time", "time", returns=DayTimeIntervalType(1, 3), nullable=True), _subtract_times, "the interval between two times of day (internal)"),
    *(
        Function(f"time_of_day_{part}", takes("time", returns="int", nullable=True), _hour, f"the {part} of a time of day (internal)")
        for part in ("hour", "minute", "second")
    ),
    Function("time_of_day_second_fraction", takes("time", returns=DecimalType(8, 6), nullable=True), _second_fraction, "the second of a time of day with its fraction (internal)"),
    Function("moment_of", takes("date", "time", returns=TimestampNTZType()), _moment, "a date and a time of day as one moment (internal)"),
]  # fmt: skip
