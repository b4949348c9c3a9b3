"""Arithmetic on dates and timestamps: adding intervals, differences, truncation, building from parts, time zones.

Months and days count in local time, smaller units on the time line, as in Spark.
"""

from __future__ import annotations

import calendar
import datetime
import decimal
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from actorstream.errors import AnalysisException, DateTimeException, IllegalArgumentException
from actorstream.expr.arrow import Array, Values, pa, pc
from actorstream.expr.casts import to_instants, tzinfo_of
from actorstream.expr.coercion import Rules, takes, type_of, wrong_arity
from actorstream.expr.distinct import by_distinct_rows
from actorstream.expr.evaluation import Frame
from actorstream.expr.functions.arrays import either_null
from actorstream.expr.functions.calendar_intervals import built_intervals
from actorstream.expr.functions.date_parts import local_times, zone_of
from actorstream.expr.grouping import Ids
from actorstream.expr.interval_parts import months_days_micros
from actorstream.expr.interval_text import interval_overflow
from actorstream.expr.nodes import Call, Constant, Expression
from actorstream.expr.registry import Function, Kernel, TypeRule
from actorstream.expr.text import local_time
from actorstream.expr.types import (
    CalendarIntervalType,
    DataType,
    DateType,
    DayTimeIntervalType,
    IntegerType,
    StringType,
    TimestampNTZType,
    YearMonthIntervalType,
)

_DAY_US = 86_400_000_000
_UTC = pa.timestamp("us", tz="UTC")
_EPOCH = datetime.date(1970, 1, 1)


def _ints(values: Array) -> Ids:
    return np.asarray(pc.fill_null(values.cast(pa.int64()), 0))


def _days(values: Array) -> Ids:
    return np.asarray(pc.fill_null(values.cast(pa.int32()), 0)).astype(np.int64)


def _dates(days: Ids, null: np.ndarray[Any, Any] | None) -> Array:
    return pa.array(days.astype(np.int32), pa.int32(), mask=null).cast(pa.date32())


def plus_months(days: Ids, months: Ids) -> Ids:
    """Days since 1970 moved by calendar months; the day of the month is cut to the length of the new month."""
    own = days.astype("datetime64[D]").astype("datetime64[M]")
    day = days - own.astype("datetime64[D]").astype(np.int64)
    target = own.astype(np.int64) + months
    first = target.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    last = (target + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - 1
    found: Ids = np.minimum(first + day, last)
    return found


def add_months_date(day: datetime.date, months: int) -> datetime.date:
    """One date moved by calendar months."""
    moved = plus_months(np.array([(day - _EPOCH).days]), np.array([months]))
    return _EPOCH + datetime.timedelta(days=int(moved[0]))


def shift_local(
    moment: datetime.datetime, *, months: int, delta: datetime.timedelta, zone: str | None
) -> datetime.datetime:
    """One moment moved by months and whole days of local time in `zone`, then by the rest of `delta`."""
    info = None if zone is None else tzinfo_of(zone)
    local = moment if info is None else moment.astimezone(info).replace(tzinfo=None)
    days = delta // datetime.timedelta(days=1)
    rest = delta - datetime.timedelta(days=days)
    date = add_months_date(local.date(), months) + datetime.timedelta(days=days)
    moved = datetime.datetime.combine(date, local.time())
    if info is not None:
        moved = moved.replace(tzinfo=info).astimezone(datetime.UTC)
    return moved + rest


# ---------------------------------------------------------------- intervals


def shifted(frame: Frame, times: Array, data_type: DataType, months: Ids, days: Ids, micros: Ids) -> Array:
    """Timestamps moved by months and days of local time and then by microseconds; null stays null."""
    null = np.asarray(pc.is_null(times)) if times.null_count else None
    if not months.any() and not days.any():
        moved = _ints(times) + micros
        return pa.array(moved, pa.int64(), mask=null).cast(times.type)
    plain = isinstance(data_type, TimestampNTZType)
    local = times if plain else local_time(times, zone_of(frame))
    stamps = _ints(local)
    day, rest = np.divmod(stamps, _DAY_US)
    moved = (plus_months(day, months) + days) * _DAY_US + rest
    naive = pa.array(moved, pa.int64(), mask=null).cast(pa.timestamp("us"))
    if plain:
        return pc.add(naive.cast(pa.int64()), pa.array(micros)).cast(pa.timestamp("us"))
    instants = to_instants(naive, zone_of(frame)).cast(pa.int64())
    return pc.add(instants, pa.array(micros)).cast(_UTC)


def _time_add(frame: Frame, times: Values, interval: Values) -> Values:
    sign = 1 if frame.site.name == "time_add" else -1
    moments, intervals = frame.array(times), frame.array(interval)
    parts = months_days_micros(intervals, frame.site.arg_types[1])
    months, days, micros = (sign * part for part in parts)
    null = either_null(moments, intervals)
    if isinstance(frame.site.arg_types[0], DateType):
        if frame.site.ansi and isinstance(frame.site.arg_types[1], CalendarIntervalType) and micros.any():
            raise IllegalArgumentException(
                errorClass="INVALID_INTERVAL_WITH_MICROSECONDS_ADDITION", messageParameters={}
            )
        return _dates(plus_months(_days(moments), months) + days, null)
    found = shifted(frame, moments, frame.site.arg_types[0], months, days, micros)
    return found if null is None else pc.if_else(pa.array(null), pa.scalar(None, found.type), found)


def _time_add_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    nullable = any(item.nullable for item in args)
    return Call(name=name, args=args, data_type=type_of(args[0]), nullable=nullable)


def _subtract_timestamps(frame: Frame, left: Values, right: Values) -> Values:
    a, b = local_times(frame, left, 0), local_times(frame, right, 1)
    return pc.subtract(a.cast(pa.int64()), b.cast(pa.int64())).cast(pa.duration("us"))


def _subtract_dates(frame: Frame, left: Values, right: Values) -> Values:
    days = pc.subtract(frame.array(left).cast(pa.int32()), frame.array(right).cast(pa.int32()))
    return pc.multiply(days.cast(pa.int64()), _DAY_US).cast(pa.duration("us"))


# ---------------------------------------------------------------- days and months


def _date_add(frame: Frame, dates: Values, days: Values) -> Values:
    kernel = pc.subtract if frame.site.name == "date_sub" else pc.add
    moved = kernel(frame.array(dates).cast(pa.int32()).cast(pa.int64()), frame.array(days).cast(pa.int64()))
    return moved.cast(pa.int32()).cast(pa.date32())


def _date_diff(frame: Frame, end: Values, start: Values) -> Values:
    return pc.subtract(frame.array(end).cast(pa.int32()), frame.array(start).cast(pa.int32()))


def _add_months(frame: Frame, dates: Values, months: Values) -> Values:
    days, counts = frame.array(dates), frame.array(months)
    return _dates(plus_months(_days(days), _ints(counts)), either_null(days, counts))


def _last_day(frame: Frame, dates: Values) -> Values:
    days = frame.array(dates)
    month = _days(days).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    last = (month + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - 1
    return _dates(last, either_null(days))


_WEEKDAY_NAMES = {
    name[:size].upper(): place
    for place, name in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
    for size in (2, 3, len(name))
}


def _next_day(frame: Frame, dates: Values, names: Values) -> Values:
    ansi = frame.site.ansi

    def find(day: datetime.date, name: str) -> datetime.date | None:
        wanted = _WEEKDAY_NAMES.get(name.strip().upper())
        if wanted is None:
            if ansi:
                raise IllegalArgumentException(errorClass="ILLEGAL_DAY_OF_WEEK", messageParameters={"string": name})
            return None
        return day + datetime.timedelta(days=(wanted - day.weekday() - 1) % 7 + 1)

    return by_distinct_rows(find, [dates, names], pa.date32(), length=frame.rows)


def _months_between(frame: Frame, end: Values, start: Values, rounded: Values) -> Values:
    """Whole months if both are the same day of the month or both the last one, else with 31-day parts."""
    later, earlier = local_times(frame, end, 0), local_times(frame, start, 1)
    null = either_null(later, earlier)
    (day1, rest1), (day2, rest2) = (np.divmod(_ints(item), _DAY_US) for item in (later, earlier))
    months1, months2 = (day.astype("datetime64[D]").astype("datetime64[M]") for day in (day1, day2))
    dom1, dom2 = (
        day - month.astype("datetime64[D]").astype(np.int64) + 1 for day, month in ((day1, months1), (day2, months2))
    )
    last1, last2 = (
        (month + 1).astype("datetime64[D]").astype(np.int64) - 1 == day
        for day, month in ((day1, months1), (day2, months2))
    )
    whole = (months1.astype(np.int64) - months2.astype(np.int64)).astype(np.float64)
    seconds = (dom1 - dom2) * 86400 + rest1 // 1_000_000 - rest2 // 1_000_000
    exact = (dom1 == dom2) | (last1 & last2)
    found = np.where(exact, whole, whole + seconds / (31 * 86400.0))
    if frame.array(rounded)[0].as_py() if frame.rows else True:
        found = np.round(found * 1e8) / 1e8
    return pa.array(found, pa.float64(), mask=null)


# ---------------------------------------------------------------- units

_TRUNCATIONS = {
    "YEAR": "year", "YYYY": "year", "YY": "year", "QUARTER": "quarter", "MONTH": "month", "MON": "month", "MM": "month",
    "WEEK": "week", "DAY": "day", "DD": "day", "HOUR": "hour", "MINUTE": "minute", "SECOND": "second",
    "MILLISECOND": "millisecond", "MICROSECOND": "microsecond",
}  # fmt: skip
_DATE_TRUNCATIONS = frozenset({"year", "quarter", "month", "week"})


def _trunc(frame: Frame, dates: Values, units: Values) -> Values:
    return _truncated(frame, frame.array(dates), units, lambda unit: unit in _DATE_TRUNCATIONS)


def _date_trunc(frame: Frame, units: Values, times: Values) -> Values:
    local = local_times(frame, times, 1)
    found = _truncated(frame, local, units, lambda unit: True)
    return to_instants(found, zone_of(frame))


def _truncated(frame: Frame, values: Array, units: Values, usable: Callable[[str], bool]) -> Array:
    """Floor to a unit; a unit that does not exist gives null."""
    names = frame.array(units)
    result = pa.nulls(frame.rows, values.type)
    for name in pc.unique(names).to_pylist():
        unit = None if name is None else _TRUNCATIONS.get(str(name).upper())
        if unit is None or not usable(unit):
            continue
        floored = pc.floor_temporal(values, unit=unit, week_starts_monday=True).cast(values.type)
        result = pc.if_else(pc.fill_null(pc.equal(names, name), False), floored, result)
    return result


_UNIT_US = {
    "MICROSECOND": 1,
    "MILLISECOND": 1000,
    "SECOND": 1_000_000,
    "MINUTE": 60_000_000,
    "HOUR": 3_600_000_000,
}
_UNIT_DAYS = {"DAY": 1, "DAYOFYEAR": 1, "WEEK": 7}
_UNIT_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}


def _unit_of(frame: Frame, units: Values) -> str:
    name = str(frame.array(units)[0].as_py()).upper() if frame.rows else "DAY"
    if name not in _UNIT_US and name not in _UNIT_DAYS and name not in _UNIT_MONTHS:
        raise IllegalArgumentException(
            errorClass="INVALID_PARAMETER_VALUE.DATETIME_UNIT",
            messageParameters={
                "functionName": f"`{frame.site.name.upper()}`",
                "parameter": "`unit`",
                "invalidValue": f"'{name}'",
            },
        )
    return name


def _timestamp_add(frame: Frame, units: Values, quantity: Values, times: Values) -> Values:
    unit = _unit_of(frame, units)
    counts, moments = frame.array(quantity), frame.array(times)
    number = _ints(counts)
    nothing = np.zeros(frame.rows, np.int64)
    found = shifted(
        frame,
        moments,
        frame.site.arg_types[2],
        number * _UNIT_MONTHS.get(unit, 0) if unit in _UNIT_MONTHS else nothing,
        number * _UNIT_DAYS.get(unit, 0) if unit in _UNIT_DAYS else nothing,
        number * _UNIT_US.get(unit, 0),
    )
    null = either_null(counts, moments)
    return found if null is None else pc.if_else(pa.array(null), pa.scalar(None, found.type), found)


def _timestamp_diff(frame: Frame, units: Values, start: Values, end: Values) -> Values:
    """Whole units from start to end in local time, truncated towards zero."""
    unit = _unit_of(frame, units)
    first, second = local_times(frame, start, 1), local_times(frame, end, 2)
    null = either_null(first, second)
    a, b = _ints(first), _ints(second)
    if unit in _UNIT_MONTHS:
        (day1, rest1), (day2, rest2) = np.divmod(a, _DAY_US), np.divmod(b, _DAY_US)
        month1, month2 = (day.astype("datetime64[D]").astype("datetime64[M]") for day in (day1, day2))
        in1 = (day1 - month1.astype("datetime64[D]").astype(np.int64)) * _DAY_US + rest1
        in2 = (day2 - month2.astype("datetime64[D]").astype(np.int64)) * _DAY_US + rest2
        months = month2.astype(np.int64) - month1.astype(np.int64)
        months = months - ((months > 0) & (in2 < in1)) + ((months < 0) & (in2 > in1))
        size, count = _UNIT_MONTHS[unit], months
    else:
        size, count = _UNIT_US.get(unit, 0) or _UNIT_DAYS[unit] * _DAY_US, b - a
    found = np.sign(count) * (np.abs(count) // size)
    return pa.array(found, pa.int64(), mask=null)


# ---------------------------------------------------------------- building


def _field_error(message: str) -> DateTimeException:
    return DateTimeException(
        errorClass="DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION", messageParameters={"rangeMessage": message}
    )


def _builder(make: Callable[..., Any]) -> Kernel:
    """A kernel that builds a value from parts; parts that fit no date raise under ANSI and give null otherwise."""

    def run(frame: Frame, *values: Values) -> Values:
        strict = frame.site.ansi and not frame.site.name.startswith("try_")
        zone = zone_of(frame)

        def one(*parts: Any) -> Any:
            try:
                return make(zone, *parts)
            except (ValueError, OverflowError) as error:
                if strict:
                    raise _field_error(str(error)) from None
                return None

        return by_distinct_rows(one, list(values), frame.site.arrow_type, length=frame.rows)

    return run


def _make_date(zone: str, year: int, month: int, day: int) -> datetime.date:
    _check_fields(year, month, day)
    return datetime.date(year, month, day)


_FIELD_LIMITS = (
    ("MonthOfYear", 1, 12, "12"),
    ("DayOfMonth", 1, 31, "28/31"),
    ("HourOfDay", 0, 23, "23"),
    ("MinuteOfHour", 0, 59, "59"),
    ("SecondOfMinute", 0, 59, "59"),
)


def _check_fields(year: int, month: int, day: int, *time: int) -> None:
    """Raise ValueError with Java's words for parts that are no date or time."""
    for value, (name, least, most, shown) in zip((month, day, *time), _FIELD_LIMITS, strict=False):
        if not least <= value <= most:
            raise ValueError(f"Invalid value for {name} (valid values {least} - {shown}): {value}")
    length = calendar.monthrange(year if 1 <= year <= 9999 else 2000, month)[1]
    if day > length:
        if day == 29:
            raise ValueError(f"Invalid date 'February 29' as '{year}' is not a leap year")
        raise ValueError(f"Invalid date '{calendar.month_name[month].upper()} {day}'")


def _make_local(year: int, month: int, day: int, hour: int, minute: int, seconds: Any) -> datetime.datetime:
    micros = round(seconds * 1_000_000)
    whole, fraction = divmod(micros, 1_000_000)
    _check_fields(year, month, day, hour, minute, 0 if whole == 60 and fraction == 0 else whole)
    if whole == 60 and fraction == 0:
        return datetime.datetime(year, month, day, hour, minute) + datetime.timedelta(minutes=1)
    return datetime.datetime(year, month, day, hour, minute, whole, fraction)


def _timestamp_builder(frame: Frame, *parts: Values) -> Values:
    """Local time needs no zone, though one may be given."""
    if isinstance(frame.site.result_type, TimestampNTZType):
        return _builder(_make_timestamp_ntz)(frame, *parts[: 2 if len(parts) < 6 else 6])
    return _builder(_make_timestamp)(frame, *parts)


def _make_timestamp(zone: str, *parts: Any) -> datetime.datetime:
    if isinstance(parts[0], datetime.date):
        local = datetime.datetime.combine(parts[0], parts[1])
        name = parts[2] if len(parts) == 3 else zone
    else:
        local = _make_local(*parts[:6])
        name = parts[6] if len(parts) == 7 else zone
    _check_zone(name)
    return local.replace(tzinfo=tzinfo_of(name)).astimezone(datetime.UTC)


def _make_timestamp_ntz(zone: str, *parts: Any) -> datetime.datetime:
    if isinstance(parts[0], datetime.date):
        return datetime.datetime.combine(parts[0], parts[1])
    return _make_local(*parts)


def _of_parts(*zone: str, returns: str) -> TypeRule:
    """Six numbers, or a date and a time of day; then perhaps a zone."""

    def rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
        if len(args) in (2, 3):
            parameters: tuple[str, ...] = ("date", "time", *zone)
            null = True if returns == "timestamp_ntz" else None
            return takes(*parameters, optional=len(zone), returns=returns, nullable=null)(name, args, rules)
        result = rules.timestamp if name.removeprefix("try_") == "make_timestamp" else returns
        typed = takes(*_NUMBERS, *zone, optional=len(zone), returns=result)(name, args, rules)
        # parts may fit no moment, which is an error under ANSI
        assert isinstance(typed, Call)
        lenient = not rules.ansi or name.startswith("try_")
        return replace(typed, nullable=lenient or any(item.nullable for item in typed.args))

    return rule


def _make_day_time(frame: Frame, *parts: Values) -> Values:
    days, hours, minutes, seconds = (frame.array(part) for part in parts)
    micros = _ints(days) * _DAY_US + _ints(hours) * 3_600_000_000 + _ints(minutes) * 60_000_000
    exact = pc.multiply(seconds.cast(pa.decimal128(25, 6)), pa.scalar(1_000_000, pa.decimal128(7, 0)))
    micros = micros + np.asarray(pc.fill_null(exact.cast(pa.int64(), safe=False), 0))
    null = either_null(days, hours, minutes, seconds)
    rough = _ints(days) * float(_DAY_US) + _ints(hours) * 3.6e9 + _ints(minutes) * 6e7
    if (np.abs(rough) >= 2.0**63).any():
        raise interval_overflow()
    return pa.array(micros, pa.int64(), mask=null).cast(pa.duration("us"))


def _make_year_month(frame: Frame, *parts: Values) -> Values:
    years, months = (frame.array(part) for part in parts)
    total = _ints(years) * 12 + _ints(months)
    if (np.abs(total) >= 1 << 31).any():
        raise interval_overflow()
    return pa.array(total, pa.int64(), mask=either_null(years, months)).cast(pa.int32())


def _interval_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    """Without ANSI, parts that are too many give null."""
    parts = takes(*("int",) * 6, "decimal(18,6)", defaults=(*(0,) * 6, _NO_SECONDS), returns=CalendarIntervalType())
    typed = parts(name, args, rules)
    return replace(typed, nullable=typed.nullable or name.startswith("try_") or not rules.ansi)


def _make_interval(frame: Frame, *parts: Values) -> Values:
    names = [np.zeros(frame.rows, np.int64)] * 6
    arrays = [frame.array(part) for part in parts]
    for index, array in enumerate(arrays[:6]):
        names[index] = _ints(array)
    years, months, weeks, days, hours, minutes = names
    micros = hours * 3_600_000_000 + minutes * 60_000_000
    if len(arrays) == 7:
        exact = pc.multiply(arrays[6].cast(pa.decimal128(25, 6)), pa.scalar(1_000_000, pa.decimal128(7, 0)))
        micros = micros + np.asarray(pc.fill_null(exact.cast(pa.int64(), safe=False), 0))
    null = either_null(*arrays)
    missing = np.zeros(frame.rows, np.bool_) if null is None else null
    all_months, all_days = years * 12 + months, weeks * 7 + days
    if not frame.site.ansi:  # too many give null; elsewhere without ANSI they wrap around
        for part in (all_months, all_days):
            missing = missing | (part < -(2**31)) | (part >= 2**31)
    return built_intervals(frame, all_months, all_days, micros, missing)


# ---------------------------------------------------------------- zones and the epoch's time


def _utc_shift(frame: Frame, times: Values, zones: Values) -> Values:
    """``from_utc_timestamp`` and ``to_utc_timestamp``: the clock reading of one zone taken for another's."""
    names = frame.array(zones)
    local = frame.array(times).cast(pa.timestamp("us"))
    result = pa.nulls(frame.rows, _UTC)
    for name in pc.unique(names).to_pylist():
        if name is None:
            continue
        _check_zone(name)
        if frame.site.name == "from_utc_timestamp":
            moved = local_time(local.cast(_UTC), name).cast(_UTC)
        else:
            moved = to_instants(local, name)
        result = pc.if_else(pc.fill_null(pc.equal(names, name), False), moved, result)
    return result


def _check_zone(name: str) -> None:
    try:
        tzinfo_of(name)
    except ValueError:
        raise DateTimeException(errorClass="INVALID_TIMEZONE", messageParameters={"timeZone": name}) from None


def _convert_zone(frame: Frame, *parts: Values) -> Values:
    """``convert_timezone([source,] target, time)`` on local times."""

    def convert(*row: Any) -> datetime.datetime:
        source, target, moment = row
        _check_zone(source)
        _check_zone(target)
        aware = moment.replace(tzinfo=tzinfo_of(source))
        moved: datetime.datetime = aware.astimezone(tzinfo_of(target)).replace(tzinfo=None)
        return moved

    return by_distinct_rows(convert, list(parts), pa.timestamp("us"), length=frame.rows)


def _convert_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) == 2:
        zone = Call(name="current_timezone", args=(), data_type=StringType(), nullable=False)
        args = (zone, *args)
    names = ("string",) * (len(args) - 1)
    return takes(*(names or ("string", "string")), "timestamp_ntz", returns="timestamp_ntz")(name, args, rules)


def _now(frame: Frame) -> Values:
    moment = pa.scalar(frame.context.batch_time_us, pa.int64()).cast(_UTC)
    if frame.site.name in ("current_timestamp", "now"):
        return moment
    local = local_time(pa.array([moment.as_py()], _UTC), zone_of(frame))
    return local.cast(pa.date32(), safe=False)[0] if frame.site.name in ("current_date", "curdate") else local[0]


def _current_zone(frame: Frame) -> Values:
    return pa.scalar(zone_of(frame))


def _plus_rule(*parameters: str) -> Callable[[str, tuple[Expression, ...], Rules], Expression]:
    """``date_add(d, n)``; the three-argument form names a unit and works on timestamps."""

    def rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
        if len(args) == 3:
            if not (isinstance(args[0], Constant) and isinstance(args[0].value, str)):
                wrong_arity(name, "2", 3)
            if name in ("date_add", "dateadd"):
                return _TIMESTAMP_ADD("timestampadd", args, rules)
            return _TIMESTAMP_DIFF("timestampdiff", args, rules)
        args = _whole_days(name, args, rules)
        return takes(*parameters, returns="int" if parameters[1] == "date" else "date")(name, args, rules)

    return rule


def _whole_days(name: str, args: tuple[Expression, ...], rules: Rules) -> tuple[Expression, ...]:
    """With ANSI off, days that are a literal text are the number in it.

    Raises: AnalysisException SECOND_FUNCTION_ARGUMENT_NOT_INTEGER.
    """
    days = args[1] if len(args) == 2 and name in ("date_add", "date_sub") and not rules.ansi else None
    if not (isinstance(days, Constant) and isinstance(days.value, str)):
        return args
    try:
        return (args[0], Constant(value=int(days.value), data_type=IntegerType(), nullable=False))
    except ValueError:
        raise AnalysisException(
            errorClass="SECOND_FUNCTION_ARGUMENT_NOT_INTEGER", messageParameters={"functionName": name}
        ) from None


_TIMESTAMP_ADD = takes("string", "bigint", "moment", returns=lambda types: types[2])


_TIMESTAMP_DIFF = takes("string", "timestamp", "timestamp", returns="bigint")


_NO_SECONDS = decimal.Decimal("0.000000")
_NUMBERS = ("int", "int", "int", "int", "int", "decimal(16,6)")
FUNCTIONS = [
    Function("time_add", _time_add_rule, _time_add, "a moment plus an interval (internal)"),
    Function("time_sub", _time_add_rule, _time_add, "a moment minus an interval (internal)"),
    Function("subtract_timestamps", takes("any", "any", returns=DayTimeIntervalType(0, 3)), _subtract_timestamps, "the interval between two moments (internal)"),
    Function("subtract_dates", takes("date", "date", returns=DayTimeIntervalType(0, 0)), _subtract_dates, "the interval between two dates (internal)"),
    Function("date_add", _plus_rule("date", "int|smallint|tinyint"), _date_add, "a date plus a number of days"),
    Function("dateadd", _plus_rule("date", "int|smallint|tinyint"), _date_add, "a date plus a number of days"),
    Function("date_sub", _plus_rule("date", "int|smallint|tinyint"), _date_add, "a date minus a number of days"),
    Function("datediff", _plus_rule("date", "date"), _date_diff, "the number of days between two dates"),
    Function("date_diff", _plus_rule("date", "date"), _date_diff, "the number of days between two dates"),
    Function("add_months", takes("date", "int", returns="date"), _add_months, "a date plus a number of months"),
    Function("last_day", takes("date", returns="date"), _last_day, "the last day of the month"),
    Function("next_day", takes("date", "string", returns="date", nullable=True), _next_day, "the first given weekday after a date", may_raise=True),
    Function("months_between", takes("timestamp", "timestamp", "boolean", returns="double", defaults=(True,)), _months_between, "the number of months between two moments"),
    Function("trunc", takes("date", "string", returns="date", nullable=True), _trunc, "a date cut to a unit"),
    Function("date_trunc", takes("string", "instant", returns="timestamp", nullable=True), _date_trunc, "a timestamp cut to a unit"),
    Function("timestampadd", _TIMESTAMP_ADD, _timestamp_add, "a timestamp plus a number of units", may_raise=True),
    Function("timestampdiff", _TIMESTAMP_DIFF, _timestamp_diff, "the number of whole units between two timestamps", may_raise=True),
    Function("make_date", takes("int", "int", "int", returns="date"), _builder(_make_date), "a date of its parts", may_raise=True),
    *(
        Function(name, _of_parts("string", returns="timestamp"), _timestamp_builder, "a timestamp of its parts", may_raise=not name.startswith("try"))
        for name in ("make_timestamp", "make_timestamp_ltz", "try_make_timestamp", "try_make_timestamp_ltz")
    ),
    *(
        Function(name, _of_parts(returns="timestamp_ntz"), _builder(_make_timestamp_ntz), "a timestamp without zone of its parts", may_raise=not name.startswith("try"))
        for name in ("make_timestamp_ntz", "try_make_timestamp_ntz")
    ),
    Function("make_dt_interval", takes("int", "int", "int", "decimal(18,6)", defaults=(0, 0, 0, _NO_SECONDS), returns=DayTimeIntervalType(0, 3)), _make_day_time, "a day-time interval of its parts"),
    Function("make_ym_interval", takes("int", "int", defaults=(0, 0), returns=YearMonthIntervalType(0, 1)), _make_year_month, "a year-month interval of its parts"),
    Function("make_interval", _interval_rule, _make_interval, "an interval of its parts", may_raise=True),
    Function("try_make_interval", _interval_rule, _make_interval, "an interval of its parts, null if they are too many"),
    Function("from_utc_timestamp", takes("timestamp", "string"), _utc_shift, "a UTC clock reading shown in a zone", may_raise=True),
    Function("to_utc_timestamp", takes("timestamp", "string"), _utc_shift, "a zone's clock reading shown in UTC", may_raise=True),
    Function("convert_timezone", _convert_rule, _convert_zone, "a local time of one zone as that of another", may_raise=True),
    Function("current_timestamp", takes(returns="timestamp"), _now, "the time of the micro-batch"),
    Function("now", takes(returns="timestamp"), _now, "the time of the micro-batch"),
    Function("localtimestamp", takes(returns="timestamp_ntz"), _now, "the local time of the micro-batch"),
    Function("current_date", takes(returns="date"), _now, "the date of the micro-batch"),
    Function("curdate", takes(returns="date"), _now, "the date of the micro-batch"),
    Function("current_timezone", takes(returns="string"), _current_zone, "the session's time zone"),
]  # fmt: skip
