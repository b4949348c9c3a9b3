"""Parts of dates, timestamps and intervals: ``year month dayofweek weekofyear hour extract ...``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from actorstream.errors import AnalysisException
from actorstream.expr.arrow import Array, Values, pa, pc
from actorstream.expr.coercion import Rules, cast_to, quoted, takes, type_of
from actorstream.expr.evaluation import Frame
from actorstream.expr.interval_parts import months_days_micros
from actorstream.expr.nodes import Call, Constant, Expression
from actorstream.expr.registry import Function, TypeRule, functions
from actorstream.expr.text import local_time
from actorstream.expr.types import (
    ByteType,
    CalendarIntervalType,
    DataType,
    DayTimeIntervalType,
    DecimalType,
    IntegerType,
    TimestampNTZType,
    TimestampType,
    TimeType,
    YearMonthIntervalType,
)
from actorstream.expr.windows import window_time

_DAY_US = 86_400_000_000


def zone_of(frame: Frame) -> str:
    """The time zone that local times mean here."""
    return frame.context.time_zone or frame.site.zone


def local_times(frame: Frame, values: Values, index: int = 0) -> Array:
    """Argument `index`, a timestamp with or without zone, as local time without zone."""
    array = frame.array(values)
    if isinstance(frame.site.arg_types[index], TimestampNTZType):
        return array
    return local_time(array, zone_of(frame))


def _date_part(kernel: Callable[[Array], Array]) -> Callable[..., Any]:
    def run(frame: Frame, dates: Values) -> Values:
        return kernel(frame.array(dates)).cast(frame.site.arrow_type)

    return run


def _time_part(kernel: Callable[[Array], Array]) -> Callable[..., Any]:
    def run(frame: Frame, times: Values) -> Values:
        return kernel(local_times(frame, times)).cast(frame.site.arrow_type)

    return run


def _sunday_first(dates: Array) -> Array:
    return pc.day_of_week(dates, count_from_zero=False, week_start=7)


def _monday_first(dates: Array) -> Array:
    return pc.day_of_week(dates, count_from_zero=True, week_start=1)


def _monday_one(dates: Array) -> Array:
    return pc.day_of_week(dates, count_from_zero=False, week_start=1)


def _names(kernel: Callable[[Array], Array], names: tuple[str, ...]) -> Callable[..., Any]:
    def run(frame: Frame, dates: Values) -> Values:
        return pa.array(names).take(kernel(frame.array(dates)))

    return run


def _second_fraction(frame: Frame, times: Values) -> Values:
    """Seconds with their fraction as decimal(8, 6)."""
    local = local_times(frame, times)
    micros = pc.add(
        pc.multiply(pc.second(local), 1_000_000),
        pc.add(pc.multiply(pc.millisecond(local), 1000), pc.microsecond(local)),
    )
    return _scaled(micros)


def _scaled(micros: Array) -> Array:
    """Microseconds as seconds, decimal(8, 6)."""
    # the unscaled value of a decimal(8, 6) of seconds is the number of microseconds
    values = np.asarray(pc.fill_null(micros, 0)).astype(np.int64)
    words = np.empty((len(values), 2), np.int64)
    words[:, 0], words[:, 1] = values, values >> 63
    plain = pa.Array.from_buffers(pa.decimal128(8, 6), len(values), [None, pa.py_buffer(words)])
    if not micros.null_count:
        return plain
    return pc.if_else(pc.is_valid(micros), plain, pa.scalar(None, pa.decimal128(8, 6)))


# ---------------------------------------------------------------- intervals


def _interval_part(frame: Frame, values: Values) -> Values:
    """``extract`` from an interval; parts carry its sign."""
    name = frame.site.name
    array = frame.array(values)
    null = np.asarray(pc.is_null(array))
    months, days, micros = months_days_micros(array, frame.site.arg_types[0])
    if name == "interval_day":
        return pa.array(days, pa.int64(), mask=null).cast(frame.site.arrow_type)
    numbers = months if name in ("interval_year", "interval_month") else micros
    sign, size = np.sign(numbers), np.abs(numbers)
    if name == "interval_second":
        part = pa.array(sign * (size % 60_000_000), pa.int64(), mask=null)
        return _scaled(part)
    part = {
        "interval_year": size // 12,
        "interval_month": size % 12,
        "interval_hour": size // 3_600_000_000 % 24,
        "interval_minute": size // 60_000_000 % 60,
    }[name]
    return pa.array(sign * part, pa.int64(), mask=null).cast(frame.site.arrow_type)


_FIELDS = {
    "year": ("YEAR", "Y", "YEARS", "YR", "YRS"),
    "yearofweek": ("YEAROFWEEK",),
    "quarter": ("QUARTER", "QTR"),
    "month": ("MONTH", "MON", "MONS", "MONTHS"),
    "weekofyear": ("WEEK", "W", "WEEKS"),
    "dayofmonth": ("DAY", "D", "DAYS"),
    "dayofweek": ("DAYOFWEEK", "DOW"),
    "dayofweek_iso": ("DAYOFWEEK_ISO", "DOW_ISO"),
    "dayofyear": ("DOY",),
    "hour": ("HOUR", "H", "HOURS", "HR", "HRS"),
    "minute": ("MINUTE", "M", "MIN", "MINS", "MINUTES"),
    "second_fraction": ("SECOND", "S", "SEC", "SECONDS", "SECS"),
}
_FUNCTION_OF = {name: function for function, names in _FIELDS.items() for name in names}
_INTERVAL_FUNCTIONS: dict[type[DataType], dict[str, tuple[str, DataType]]] = {
    YearMonthIntervalType: {"year": ("interval_year", IntegerType()), "month": ("interval_month", ByteType())},
    DayTimeIntervalType: {
        "dayofmonth": ("interval_day", IntegerType()),
        "hour": ("interval_hour", ByteType()),
        "minute": ("interval_minute", ByteType()),
        "second_fraction": ("interval_second", DecimalType(8, 6)),
    },
}
_INTERVAL_FUNCTIONS[CalendarIntervalType] = {
    **_INTERVAL_FUNCTIONS[YearMonthIntervalType],
    **_INTERVAL_FUNCTIONS[DayTimeIntervalType],
}


def _extract_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    """``extract(field FROM source)`` and ``date_part(field, source)``: a call of the function of that field."""
    field, source = args[:2]  # resolved before, the call of the function comes third
    data_type = type_of(source)
    text = str(field.value) if isinstance(field, Constant) else ""
    function = _FUNCTION_OF.get(text.upper())
    parts = _INTERVAL_FUNCTIONS.get(type(data_type))
    if isinstance(data_type, TimeType) and function not in ("hour", "minute", "second_fraction"):
        function = None
    if function is None or (parts is not None and function not in parts):
        from actorstream.expr.naming import sql_text

        raise AnalysisException(
            errorClass="INVALID_EXTRACT_FIELD",
            messageParameters={"field": f"`{text}`", "expr": quoted(sql_text(source))},
        )
    if parts is not None:
        inner_name, result = parts[function]
        inner: Expression = Call(name=inner_name, args=(source,), data_type=result, nullable=source.nullable)
    else:
        if function == "second_fraction" and not isinstance(data_type, (TimestampType, TimestampNTZType, TimeType)):
            source = cast_to(source, TimestampType())
        inner = functions()[function].rule(function, (source,), rules)
    return Call(name=name, args=(field, args[1], inner), data_type=type_of(inner), nullable=inner.nullable)


def _third(frame: Frame, field: Values, source: Values, value: Values) -> Values:
    return value


def _window_time_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    typed = takes("struct")(name, args, rules)
    window: Any = type_of(args[0])
    assert isinstance(typed, Call)
    return replace(typed, data_type=window.fields[0].dataType)


def _parts(name: str, kernel: Callable[[Array], Array], doc: str) -> Function:
    return Function(name, takes("date", returns="int"), _date_part(kernel), doc)


def _times(name: str, kernel: Callable[[Array], Array], doc: str) -> Function:
    return Function(name, _time_or(takes("moment", returns="int")), _time_part(kernel), doc)


def _time_or(otherwise: TypeRule) -> TypeRule:
    """The rule of a part that a TIME has too: then it is the function of times of day that is called."""

    def rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
        if len(args) == 1 and isinstance(type_of(args[0]), TimeType):
            return functions()[f"time_of_day_{name}"].rule(f"time_of_day_{name}", args, rules)
        return otherwise(name, args, rules)

    return rule


FUNCTIONS = [
    _parts("year", pc.year, "the year"),
    _parts("quarter", pc.quarter, "the quarter, 1 to 4"),
    _parts("month", pc.month, "the month, 1 to 12"),
    _parts("day", pc.day, "the day of the month"),
    _parts("dayofmonth", pc.day, "the day of the month"),
    _parts("dayofweek", _sunday_first, "the day of the week, 1 is Sunday"),
    _parts("dayofweek_iso", _monday_one, "the day of the week, 1 is Monday"),
    _parts("weekday", _monday_first, "the day of the week, 0 is Monday"),
    _parts("dayofyear", pc.day_of_year, "the day of the year"),
    _parts("weekofyear", pc.iso_week, "the ISO week of the year"),
    _parts("yearofweek", pc.iso_year, "the year that the ISO week belongs to"),
    _times("hour", pc.hour, "the hour of the day"),
    _times("minute", pc.minute, "the minute"),
    _times("second", pc.second, "the whole second"),
    Function("second_fraction", _time_or(takes("moment", returns=DecimalType(8, 6))), _second_fraction, "the second with its fraction (internal)"),
    Function("dayname", takes("date", returns="string"), _names(_monday_first, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")), "the short name of the weekday"),
    Function("monthname", takes("date", returns="string"), _names(lambda dates: pc.subtract(pc.month(dates), 1), ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")), "the short name of the month"),
    *(
        Function(name, _extract_rule, _third, "a part of a date, timestamp or interval, by name")
        for name in ("extract", "date_part", "datepart")
    ),
    *(
        Function(name, takes("daytime|yearmonth|calendar"), _interval_part, "a part of an interval (internal)")
        for name, _ in _INTERVAL_FUNCTIONS[CalendarIntervalType].values()
    ),
    Function("window_time", _window_time_rule, lambda frame, windows: window_time(frame.array(windows)), "the event time of a window: its end minus one microsecond"),
]  # fmt: skip
