"""Dates and timestamps as text and as numbers: ``date_format to_date to_timestamp unix_timestamp from_unixtime ...``."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from actorstream.errors import ArithmeticException, DateTimeException
from actorstream.expr.arrow import Array, Values, pa, pc
from actorstream.expr.casts import CastMode, cast_values, to_instants, tzinfo_of
from actorstream.expr.coercion import Rules, accept, is_string, takes, type_of, wrong_arity
from actorstream.expr.distinct import by_distinct, by_distinct_rows
from actorstream.expr.evaluation import Frame
from actorstream.expr.functions.date_parts import zone_of
from actorstream.expr.functions.java_datetime import Moment, format_moment, strftime_format
from actorstream.expr.functions.java_datetime_parser import parse_failure, parse_moment
from actorstream.expr.nodes import Call, Constant, Expression
from actorstream.expr.registry import Function, TypeRule, functions
from actorstream.expr.text import local_time
from actorstream.expr.types import (
    DataType,
    DateType,
    DecimalType,
    FractionalType,
    LongType,
    StringType,
    TimestampNTZType,
    TimestampType,
    TimeType,
)

_UTC = pa.timestamp("us", tz="UTC")
_DEFAULT_PATTERN = "yyyy-MM-dd HH:mm:ss"


# ---------------------------------------------------------------- to text


def _format(frame: Frame, times: Values, patterns: Values) -> Values:
    zone, instants = zone_of(frame), frame.array(times)
    if isinstance(frame.site.arg_types[0], TimestampNTZType):
        instants = to_instants(instants, zone)
    local = local_time(instants, zone)
    if isinstance(patterns, pa.Scalar) and patterns.is_valid:
        quick = strftime_format(patterns.as_py())
        if quick is not None and _four_digit_years(local):
            # down to the second; a cast would go up before 1970
            return pc.strftime(pc.floor_temporal(local, unit="second").cast(pa.timestamp("s")), format=quick)

    def one(moment: datetime.datetime, instant: datetime.datetime, pattern: str) -> str:
        return format_moment(Moment(moment, int((moment - instant).total_seconds()), zone), pattern)

    plain = instants.cast(pa.timestamp("us"))
    return by_distinct_rows(one, [local, plain, patterns], pa.string(), length=frame.rows)


def _four_digit_years(local: Array) -> bool:
    bounds = pc.min_max(pc.year(local)).as_py()
    return bounds["min"] is None or (bounds["min"] >= 1000 and bounds["max"] <= 9999)


def _from_unix(frame: Frame, seconds: Values, patterns: Values) -> Values:
    instants = pc.multiply(frame.array(seconds), 1_000_000).cast(_UTC)
    local = local_time(instants, zone_of(frame))
    quick = strftime_format(patterns.as_py()) if isinstance(patterns, pa.Scalar) and patterns.is_valid else None
    if quick is not None and _four_digit_years(local):
        return pc.strftime(local.cast(pa.timestamp("s"), safe=False), format=quick)
    return by_distinct_rows(
        lambda moment, pattern: format_moment(Moment(moment, 0, zone_of(frame)), pattern),
        [local, patterns],
        pa.string(),
        length=frame.rows,
    )


# ---------------------------------------------------------------- from text


def _to_time_rule(returns: DataType | Literal["timestamp", "seconds"]) -> TypeRule:
    """One argument is a cast; with a pattern, a text is read by it.

    Args:
        returns: a type, ``timestamp`` for the one that this means, or ``seconds`` since 1970.
    """

    def rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
        if len(args) not in (1, 2):
            wrong_arity(name, "[1, 2]", len(args))
        call = Call(name=name, args=args)
        source = accept(call, 0, "string|date|timestamp|timestamp_ntz", rules)
        cast_args = (source, *(accept(call, 1, "string", rules) for _ in args[1:]))
        if returns == "seconds" and len(args) == 1:
            from actorstream.expr.coercion import literal

            cast_args = (source, literal(_DEFAULT_PATTERN))
        # a text that does not fit is an error under ANSI; a cast, which one argument is, may be null all the same
        patterned = len(cast_args) == 2 and rules.ansi and not name.startswith("try_")
        nullable = any(item.nullable for item in args) or (is_string(type_of(source)) and not patterned)
        result = returns if isinstance(returns, DataType) else LongType() if returns == "seconds" else rules.timestamp
        return Call(name=name, args=cast_args, data_type=result, nullable=nullable)

    return rule


def _parsed_us(frame: Frame, texts: Values, patterns: Values, *, plain: bool) -> Array:
    """Texts read by patterns, as microseconds since 1970.

    Raises: DateTimeException CANNOT_PARSE_TIMESTAMP under ANSI, unless the function's name starts with ``try_``.
    """
    name, zone = frame.site.name, zone_of(frame)
    strict = frame.site.ansi and not name.startswith("try_")
    alternative = {"to_date": "try_to_date", "to_time": "try_to_time"}.get(name, "try_to_timestamp")
    epoch = datetime.datetime(1970, 1, 1)

    def one(text: str, pattern: str) -> int | None:
        found = parse_moment(text, pattern)
        if found is None:
            if strict:
                raise DateTimeException(
                    errorClass="CANNOT_PARSE_TIMESTAMP",
                    messageParameters={
                        "message": parse_failure(text, pattern),
                        "func": f"`{alternative}`",
                    },
                )
            return None
        local, named = found
        micros = (local - epoch) // datetime.timedelta(microseconds=1)
        if plain:
            return micros
        offset = local.replace(tzinfo=tzinfo_of(named or zone)).utcoffset() or datetime.timedelta()
        return micros - offset // datetime.timedelta(microseconds=1)

    return by_distinct_rows(one, [texts, patterns], pa.int64(), length=frame.rows)


def _mode(frame: Frame) -> CastMode:
    if frame.site.name.startswith("try_"):
        return "try"
    return "ansi" if frame.site.ansi else "legacy"


def _to_time(frame: Frame, values: Values, *patterns: Values) -> Values:
    source, target = frame.site.arg_types[0], frame.site.result_type
    if patterns and isinstance(source, StringType):
        plain = isinstance(target, (TimestampNTZType, DateType))
        micros = _parsed_us(frame, values, patterns[0], plain=plain)
        if isinstance(target, DateType):
            return micros.cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
        return micros.cast(frame.site.arrow_type)
    return cast_values(frame.array(values), source, target, _mode(frame), zone_of(frame))


def _unix_timestamp(frame: Frame, values: Values, patterns: Values) -> Values:
    source = frame.site.arg_types[0]
    if isinstance(source, StringType):
        micros = _parsed_us(frame, values, patterns, plain=False)
    elif isinstance(source, TimestampNTZType):
        micros = frame.array(values).cast(pa.int64())  # as it stands, whatever the zone
    else:
        instants = cast_values(frame.array(values), source, TimestampType(), _mode(frame), zone_of(frame))
        micros = instants.cast(pa.int64())
    return pc.divide(micros, 1_000_000)  # towards zero, unlike unix_seconds


def _floor_divide(values: Array, size: int) -> Array:
    quotient = pc.divide(values, size)
    remainder = pc.subtract(values, pc.multiply(quotient, size))
    return pc.if_else(pc.less(remainder, 0), pc.subtract(quotient, 1), quotient)


# ---------------------------------------------------------------- numbers

_UNITS = {"seconds": 1_000_000, "millis": 1000, "micros": 1}


def _unix_number(frame: Frame, times: Values) -> Values:
    size = _UNITS[frame.site.name.removeprefix("unix_")]
    return _floor_divide(frame.array(times).cast(pa.int64()), size)


def _from_number(frame: Frame, numbers: Values) -> Values:
    size = _UNITS[frame.site.name.removeprefix("timestamp_")]
    array = frame.array(numbers)
    data_type = frame.site.arg_types[0]
    if isinstance(data_type, DecimalType):
        micros = by_distinct(lambda value: int(value * decimal.Decimal(size)), array, pa.int64())
    elif isinstance(data_type, FractionalType):
        micros = pc.multiply(array.cast(pa.float64()), float(size)).cast(pa.int64(), safe=False)
    else:
        try:
            micros = pc.multiply_checked(array.cast(pa.int64()), size)
        except pa.ArrowInvalid:
            raise _too_far(array, size) from None
    return micros.cast(_UTC)


def _too_far(numbers: Array, size: int) -> ArithmeticException:
    """The error of the first number that is beyond the last timestamp."""
    limit = (2**63 - 1) // size
    wide = numbers.cast(pa.int64())
    wrong = pc.or_(pc.greater(wide, limit), pc.less(wide, -limit))
    suffix = "L" if pa.types.is_int64(numbers.type) else ""
    unit = {1_000_000: "seconds", 1000: "milliseconds"}[size]
    return ArithmeticException(
        errorClass="DATETIME_OVERFLOW",
        messageParameters={
            "operation": f"create a TIMESTAMP from {wide.filter(wrong)[0].as_py()}{suffix} {unit} since the epoch"
        },
    )


def _days(frame: Frame, values: Values) -> Values:
    array = frame.array(values)
    return array.cast(pa.int32()) if frame.site.name == "unix_date" else array.cast(pa.int32()).cast(pa.date32())


def _format_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    """A time of day is formatted on the first day of 1970."""
    typed = takes("timestamp|timestamp_ntz|time", "string", returns="string")(name, args, rules)
    if len(args) == 2 and isinstance(type_of(args[0]), TimeType):
        assert isinstance(typed, Call)
        epoch = Constant(value=datetime.date(1970, 1, 1), data_type=DateType(), nullable=False)
        moment = functions()["moment_of"].rule("moment_of", (epoch, args[0]), rules)
        return replace(typed, args=(moment, typed.args[1]))
    return typed


_TO_TIMESTAMP: Mapping[str, DataType | Literal["timestamp"]] = {
    "to_timestamp": "timestamp",
    "to_timestamp_ltz": TimestampType(),
    "to_timestamp_ntz": TimestampNTZType(),
    "try_to_timestamp": "timestamp",
}

FUNCTIONS = [
    Function("date_format", _format_rule, _format, "a date or timestamp as text by a pattern", may_raise=True),
    Function("from_unixtime", takes("bigint", "string", defaults=(_DEFAULT_PATTERN,), returns="string", nullable=True), _from_unix, "seconds since 1970 as text by a pattern", may_raise=True),
    Function("to_date", _to_time_rule(DateType()), _to_time, "the date of a text, by a pattern if one is given", may_raise=True),
    Function("try_to_date", _to_time_rule(DateType()), _to_time, "the date of a text, null if it has none"),
    *(
        Function(name, _to_time_rule(returns), _to_time, "the timestamp of a text, by a pattern if one is given", may_raise=not name.startswith("try"))
        for name, returns in _TO_TIMESTAMP.items()
    ),
    Function("unix_timestamp", _to_time_rule("seconds"), _unix_timestamp, "seconds since 1970 of a timestamp or text", may_raise=True),
    Function("to_unix_timestamp", _to_time_rule("seconds"), _unix_timestamp, "seconds since 1970 of a timestamp or text", may_raise=True),
    *(
        Function(f"unix_{unit}", takes("timestamp", returns="bigint"), _unix_number, f"{unit} since 1970 of a timestamp")
        for unit in _UNITS
    ),
    Function("timestamp_seconds", takes("number", returns="timestamp"), _from_number, "the timestamp of seconds since 1970", may_raise=True),
    *(
        Function(f"timestamp_{unit}", takes("integral", returns="timestamp"), _from_number, f"the timestamp of {unit} since 1970", may_raise=True)
        for unit in ("millis", "micros")
    ),
    Function("unix_date", takes("date", returns="int"), _days, "days since 1970 of a date"),
    Function("date_from_unix_date", takes("int", returns="date"), _days, "the date of days since 1970"),
]  # fmt: skip
