"""What ``+ - * /`` between dates, times and intervals mean: the type rules; the kernels are in `arithmetic` and `date_math`.

Source: Spark ``BinaryArithmeticWithDatetimeResolver``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from actorstream.expr.coercion import (
    Rules,
    cast_to,
    common_type,
    is_string,
    mismatch,
    quoted_type,
    type_of,
    unexpected_input,
)
from actorstream.expr.nodes import Call, Cast, Expression
from actorstream.expr.types import (
    AnsiIntervalType,
    CalendarIntervalType,
    DataType,
    DatetimeType,
    DateType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    IntegerType,
    IntegralType,
    LongType,
    NullType,
    NumericType,
    StringType,
    TimestampNTZType,
    TimestampType,
    TimeType,
    YearMonthIntervalType,
)

_OPERANDS = '("NUMERIC" or "INTERVAL DAY TO SECOND" or "INTERVAL YEAR TO MONTH" or "INTERVAL")'

_MOMENT_TEXT = (
    '("(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)" or "(TIMESTAMP_LTZ(P) OR TIMESTAMP_NTZ(P) WITH P IN [7, 9])")'
)
_DAYS_TEXT = '("INT" or "SMALLINT" or "TINYINT")'
_MOMENTS = (TimestampType, TimestampNTZType)
_CLOCK = (CalendarIntervalType, DayTimeIntervalType)
_INTERVALS = (AnsiIntervalType, CalendarIntervalType)


def datetime_operation(name: str, symbol: str, args: Sequence[Expression], rules: Rules) -> Expression | None:
    """The call that `symbol` stands for when an operand is a date, a time or an interval; None when none is.

    Args:
        name: of the operator as it was called, ``try_add`` for one; it is kept where both operands are intervals.
    Raises: AnalysisException DATATYPE_MISMATCH.* for operands that do not go together.
    """
    left, right = args
    a, b = type_of(left), type_of(right)
    if not any(isinstance(kind, (DatetimeType, *_INTERVALS)) for kind in (a, b)):
        return None
    if symbol == "*" and (isinstance(a, _INTERVALS) or isinstance(b, _INTERVALS)):
        return scaled_interval(name, *((left, right) if isinstance(a, _INTERVALS) else (right, left)))
    found = None
    if symbol in ("+", "-"):
        found = _among_intervals(name, left, right) or (_sum if symbol == "+" else _difference)(left, right, rules)
    if found is not None:
        return found
    if is_string(a) != is_string(b):
        text, other = (left, b) if is_string(a) else (right, a)
        # an interval is told from a text by neither
        if not isinstance(other, _INTERVALS):
            read = cast_to(text, other if rules.ansi else DoubleType())
            return datetime_operation(name, symbol, (read, right) if text is left else (left, read), rules)
    common = common_type(a, b, rules)
    call = Call(name=symbol, args=(left, right))
    if type(a) is type(b) and common is not None:
        raise mismatch("BINARY_OP_WRONG_TYPE", call, inputType=operands(symbol), actualDataType=quoted_type(common))
    raise mismatch("BINARY_OP_DIFF_TYPES", call, left=quoted_type(a), right=quoted_type(b))


def operands(symbol: str) -> str:
    """What an operator takes, as errors say it."""
    return _OPERANDS if symbol in ("+", "-") else '"NUMERIC"'


def _call(name: str, args: tuple[Expression, ...], data_type: DataType) -> Call:
    return Call(name=name, args=args, data_type=data_type, nullable=any(item.nullable for item in args))


def _among_intervals(name: str, left: Expression, right: Expression) -> Expression | None:
    """Two intervals of one kind, of which one may be null."""
    a, b = type_of(left), type_of(right)
    if isinstance(a, NullType) and isinstance(b, AnsiIntervalType):
        left, a = cast_to(left, b), b
    elif isinstance(b, NullType) and isinstance(a, AnsiIntervalType):
        right, b = cast_to(right, a), a
    if isinstance(a, CalendarIntervalType) and isinstance(b, CalendarIntervalType):
        result: DataType = CalendarIntervalType()
    elif isinstance(a, AnsiIntervalType) and type(a) is type(b):
        assert isinstance(b, AnsiIntervalType)
        result = type(a)(min(a.startField, b.startField), max(a.endField, b.endField))
    else:
        return None
    call = _call(name, (left, right), result)
    return replace(call, nullable=True) if name.startswith("try_") else call


def _sum(left: Expression, right: Expression, rules: Rules) -> Expression | None:
    a, b = type_of(left), type_of(right)
    for time, moved in ((left, right), (right, left)):
        if isinstance(type_of(time), TimeType) and isinstance(type_of(moved), DayTimeIntervalType):
            return _on_clock("time_of_day_add", time, moved)
    if isinstance(b, YearMonthIntervalType) and isinstance(a, (DateType, *_MOMENTS)):
        return _call("time_add", (left, right), a)
    if isinstance(a, YearMonthIntervalType) and isinstance(b, (DateType, *_MOMENTS)):
        return _call("time_add", (right, left), b)
    if isinstance(b, _CLOCK):
        return _moved("+", left, right)
    if isinstance(a, _CLOCK):
        return _moved("+", right, left)
    for time, null in ((left, b), (right, a)):
        if isinstance(null, NullType) and isinstance(type_of(time), (DateType, *_MOMENTS)):
            return _moved("+", _as_moment(time), cast_to(right if time is left else left, DayTimeIntervalType(0, 3)))
    if isinstance(a, DateType) and not is_string(b):
        return _days("date_add", left, right)
    if isinstance(b, DateType) and not is_string(a):
        return _days("date_add", right, left)
    return None


def _difference(left: Expression, right: Expression, rules: Rules) -> Expression | None:
    a, b = type_of(left), type_of(right)
    if isinstance(a, TimeType) and isinstance(b, DayTimeIntervalType):
        return _on_clock("time_of_day_sub", left, right)
    if isinstance(a, TimeType) and isinstance(b, TimeType):
        return _on_clock("subtract_times", left, right)
    if isinstance(b, YearMonthIntervalType) and isinstance(a, (DateType, *_MOMENTS)):
        return _call("time_sub", (left, right), a)
    if isinstance(b, _CLOCK):
        return _moved("-", left, right)
    if isinstance(a, CalendarIntervalType) and isinstance(b, NullType):
        return _call("-", (left, cast_to(right, a)), a)
    if isinstance(a, _MOMENTS) or isinstance(b, _MOMENTS):
        return _between_moments(left, right, rules)
    if isinstance(b, DateType) or (isinstance(a, DateType) and isinstance(b, NullType)):
        return _between_dates(left, right, rules)
    if isinstance(a, DateType) and not is_string(b):
        return _days("date_sub", left, right)
    return None


def _on_clock(name: str, left: Expression, right: Expression) -> Expression:
    """An operation on times of day, which have a module of their own."""
    from actorstream.expr.registry import functions

    return functions()[name].rule(name, (left, right), Rules())


def _as_moment(time: Expression) -> Expression:
    return cast_to(time, TimestampType()) if isinstance(type_of(time), DateType) else time


def _moved(symbol: str, time: Expression, interval: Expression) -> Expression:
    """A date or moment plus or minus an interval of days or less, or of months, days and microseconds."""
    kind, length = type_of(time), type_of(interval)
    days_only = isinstance(length, DayTimeIntervalType) and (length.startField, length.endField) == (0, 0)
    if isinstance(kind, DateType) and days_only:
        days = _call("extractansiintervaldays", (interval,), IntegerType())
        return _call("date_add", (time, days if symbol == "+" else _call("-", (days,), IntegerType())), DateType())
    if is_string(kind):
        return cast_to(_moved(symbol, cast_to(time, TimestampType()), interval), StringType())
    if isinstance(kind, NullType):
        raise mismatch(
            "CAST_WITHOUT_SUGGESTION",
            Call(name="time_add" if symbol == "+" else "time_sub", args=(time, interval)),
            srcType='"TIMESTAMP"',
            targetType='"VOID"',
        )
    if isinstance(kind, DateType) and isinstance(length, DayTimeIntervalType):
        time = _as_moment(time)
    if not isinstance(kind, (DateType, *_MOMENTS)):
        shift = interval if symbol == "+" else Call(name="-", args=(interval,))
        raise unexpected_input(Call(name="time_add", args=(time, shift)), 0, _MOMENT_TEXT)
    return _call("time_add" if symbol == "+" else "time_sub", (time, interval), type_of(time))


def _between_moments(left: Expression, right: Expression, rules: Rules) -> Expression:
    kinds = [type_of(left), type_of(right)]
    for index, kind in enumerate(kinds):
        readable = (DateType, NullType, *_MOMENTS, *((StringType,) if rules.ansi else ()))
        if not isinstance(kind, readable):
            raise unexpected_input(Call(name="-", args=(left, right)), index, _MOMENT_TEXT)
    plain = any(isinstance(kind, TimestampNTZType) for kind in kinds) and not any(
        isinstance(kind, TimestampType) for kind in kinds
    )
    common: DataType = TimestampNTZType() if plain else TimestampType()
    return _call("subtract_timestamps", (cast_to(left, common), cast_to(right, common)), DayTimeIntervalType(0, 3))


def _between_dates(left: Expression, right: Expression, rules: Rules) -> Expression:
    if not isinstance(type_of(left), (DateType, NullType, StringType)):
        raise unexpected_input(Call(name="-", args=(left, right)), 0, '"DATE"')
    both = (cast_to(left, DateType()), cast_to(right, DateType()))
    return _call("subtract_dates", both, DayTimeIntervalType(0, 0))


def _days(name: str, date: Expression, days: Expression) -> Expression:
    if not isinstance(type_of(days), IntegralType) or isinstance(type_of(days), LongType):
        raise unexpected_input(Call(name=name, args=(date, days)), 1, _DAYS_TEXT)
    return _call(name, (date, cast_to(days, IntegerType())), DateType())


def scaled_interval(name: str, interval: Expression, factor: Expression) -> Expression:
    """An interval times or through a number; `name` is the operator. Raises: AnalysisException DATATYPE_MISMATCH.*."""
    data_type, number = type_of(interval), type_of(factor)
    symbol = "*" if name in ("*", "try_multiply") else "/"
    if not (isinstance(number, (NumericType, NullType)) or is_string(number)):
        raise unexpected_input(Call(name=symbol, args=(interval, factor)), 1, '"NUMERIC"')
    prefix = "try_" if name.startswith("try_") else ""
    number_of = cast_to(factor, DoubleType())
    if prefix and is_string(number) and isinstance(number_of, Cast):
        number_of = replace(number_of, mode="try")
    exact = isinstance(number, (IntegralType, DecimalType))
    wide: DataType = (
        DayTimeIntervalType(0, 3) if isinstance(data_type, DayTimeIntervalType) else YearMonthIntervalType(0, 1)
    )
    args = (interval, factor if exact else number_of)
    call = _call(prefix + ("scale_interval" if symbol == "*" else "divide_interval"), args, wide)
    return replace(call, nullable=True) if prefix else call
