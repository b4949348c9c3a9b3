"""`CAST`: which casts exist, and the kernels of all of them.

Three manners (`CastMode`): ``ansi`` raises on bad input, ``try`` gives null instead, ``legacy`` (ANSI off) gives null or wraps
around as Spark did before. The common shape of a text is cast by Arrow at once; odd spellings go through Python once per
distinct value.
"""

from __future__ import annotations

import datetime
import decimal
import re
import zoneinfo
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np

from actorstream.errors import (
    ArithmeticException,
    DateTimeException,
    IllegalArgumentException,
    NumberFormatException,
    PySparkNotImplementedError,
    SparkRuntimeException,
)
from actorstream.expr.arrow import Array, ArrowType, pa, pc
from actorstream.expr.cast_rules import ANSI_CONFIG
from actorstream.expr.coercion import is_string, quoted_type, same_type
from actorstream.expr.distinct import by_distinct
from actorstream.expr.evaluation import from_numpy, numpy_of
from actorstream.expr.nested import flat_values, lengths_of, make_list, make_map, make_struct, map_parts, nulls_of
from actorstream.expr.text import java_float, local_time, to_text
from actorstream.expr.time_text import US_PER_DAY, parse_time_us, time_literal
from actorstream.expr.types import (
    AnsiIntervalType,
    ArrayType,
    BinaryType,
    BooleanType,
    CalendarIntervalType,
    CharType,
    DataType,
    DatetimeType,
    DateType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    FloatType,
    FractionalType,
    IntegerType,
    IntegralType,
    LongType,
    MapType,
    NullType,
    NumericType,
    StructType,
    TimestampNTZType,
    TimestampType,
    TimeType,
    VarcharType,
    VariantType,
    YearMonthIntervalType,
    to_arrow,
)
from actorstream.expr.zones import arrow_zone, is_utc, zone_name

CastMode: TypeAlias = Literal["ansi", "try", "legacy"]

_INT = re.compile(r"[+-]?[0-9]+\Z")
_FLOAT = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_FLOAT_PATTERN = re.compile(_FLOAT.replace("$", r"[dDfF]?\Z"))
_FLOAT_WORDS = {"nan": float("nan"), "inf": float("inf"), "infinity": float("inf")}
_TRUE, _FALSE = ["t", "true", "y", "yes", "1"], ["f", "false", "n", "no", "0"]
_DATE = re.compile(r"([+-]?\d{4,7})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T].*)?)?)?\Z", re.DOTALL)
_PLAIN_DATE = r"^\d{4}-\d{2}-\d{2}$"
_PLAIN_TIMESTAMP = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?$"
#: each part only after the one before it, a zone only after the seconds
_TIMESTAMP = re.compile(
    r"([+-]?\d{4,6})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T](\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?"
    r"([^\d.].*)?)?)?)?)?)?\Z",
    re.DOTALL,
)
_ZONE_OFFSET = re.compile(r"(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{1,2}))?(?::?(\d{1,2}))?\Z")
_DAY = datetime.timedelta(days=1)
_EPOCH = datetime.datetime(1970, 1, 1)
_LONG = np.iinfo(np.int64)
_NANO = decimal.Decimal("1e-9")


def cast_values(values: Array, source: DataType, target: DataType, mode: CastMode, zone: str) -> Array:
    """`values` of type `source` as `target`.

    Raises: NumberFormatException, DateTimeException or SparkRuntimeException CAST_INVALID_INPUT; ArithmeticException
        CAST_OVERFLOW, NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION (mode ``ansi`` only); SparkRuntimeException
        INVALID_VARIANT_CAST (modes ``ansi`` and ``legacy``).
    """
    arrow_type = to_arrow(target)
    if values.type == arrow_type and same_type(source, target):
        return values
    if isinstance(source, NullType) or values.null_count == len(values):
        return pa.nulls(len(values), arrow_type)
    if isinstance(source, VariantType) or isinstance(target, VariantType):
        from actorstream.expr.variant.casts import from_variants, to_variants

        if isinstance(source, VariantType):
            return from_variants(values, target, zone, strict=mode != "try")
        return to_variants(values, source)
    if isinstance(target, ArrayType) and isinstance(source, ArrayType):
        child = cast_values(flat_values(values), source.elementType, target.elementType, mode, zone)
        return make_list(child, lengths_of(values), nulls_of(values), arrow_type)
    if isinstance(target, MapType) and isinstance(source, MapType):
        keys, items, lengths = map_parts(values)
        new_keys = cast_values(keys, source.keyType, target.keyType, mode, zone)
        new_items = cast_values(items, source.valueType, target.valueType, mode, zone)
        return make_map(new_keys, new_items, lengths, nulls_of(values), arrow_type)
    if isinstance(target, StructType) and isinstance(source, StructType):
        children = [
            cast_values(child, a.dataType, b.dataType, mode, zone)
            for child, a, b in zip(values.flatten(), source.fields, target.fields, strict=True)
        ]
        return make_struct(children, nulls_of(values), arrow_type, len(values))
    if is_string(target) and isinstance(source, DecimalType) and mode == "legacy":
        # as Java's BigDecimal says it, which Python's Decimal does too: 1E-7
        return _limited(by_distinct(str, values, pa.string()), target)
    if is_string(target):
        return _limited(to_text(values, source, zone), target)
    if is_string(source):
        return _from_text(values, target, mode, zone)
    return _between(values, source, target, mode, zone)


def _limited(texts: Array, target: DataType) -> Array:
    if isinstance(target, CharType):
        return pc.utf8_slice_codeunits(pc.utf8_rpad(texts, width=target.length, padding=" "), 0, target.length)
    return pc.utf8_slice_codeunits(texts, 0, target.length) if isinstance(target, VarcharType) else texts


# -- from text


def _invalid(value: str, target: DataType) -> Exception:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    parameters = {
        "expression": f"'{escaped}'",
        "sourceType": '"STRING"',
        "targetType": quoted_type(target),
        "ansiConfig": ANSI_CONFIG,
    }
    error: type[NumberFormatException | DateTimeException | SparkRuntimeException] = SparkRuntimeException
    if isinstance(target, NumericType):
        error = NumberFormatException
    elif isinstance(target, DatetimeType):
        error = DateTimeException
    return error(errorClass="CAST_INVALID_INPUT", messageParameters=parameters)


def _parsed(
    texts: Array, parse: Callable[[str], Any], target: DataType, mode: CastMode, arrow_type: ArrowType | None = None
) -> Array:
    """`parse` of each distinct text; what it raises ValueError or gives None for is bad input."""

    def convert(text: str) -> Any:
        try:
            found = parse(text.strip())
        except (ValueError, OverflowError, ArithmeticError):
            found = None
        if found is None and mode == "ansi":
            raise _invalid(text, target)
        return found

    return by_distinct(convert, texts, arrow_type or to_arrow(target))


def _all(mask: Array) -> bool:
    return pc.all(mask, min_count=0).as_py() is not False


def _from_text(values: Array, target: DataType, mode: CastMode, zone: str) -> Array:
    if isinstance(target, BinaryType):
        return values.cast(pa.binary())
    if isinstance(target, IntegralType):
        return _text_to_int(values, target, mode)
    if isinstance(target, (DoubleType, FloatType)):
        if _all(pc.match_substring_regex(values, _FLOAT)):
            return values.cast(pa.float64()).cast(to_arrow(target))
        return _parsed(values, _parse_float, target, mode)
    if isinstance(target, DecimalType):
        return _text_to_decimal(values, target, mode)
    if isinstance(target, BooleanType):
        lowered = pc.utf8_lower(pc.utf8_trim_whitespace(values))
        true = pc.is_in(lowered, value_set=pa.array(_TRUE))
        known = pc.or_(true, pc.is_in(lowered, value_set=pa.array(_FALSE)))
        bad = pc.and_(pc.invert(known), pc.is_valid(values))
        if mode == "ansi" and pc.any(bad).as_py():
            raise _invalid(values.filter(bad)[0].as_py(), target)
        return pc.if_else(known, true, pa.scalar(None, pa.bool_()))
    if isinstance(target, DateType):
        if _all(pc.match_substring_regex(values, _PLAIN_DATE)):
            try:
                return values.cast(pa.date32())
            except pa.ArrowInvalid:
                pass  # a day that does not exist: the slow way names it
        return _parsed(values, parse_date, target, mode)
    if isinstance(target, (TimestampType, TimestampNTZType)):
        return _text_to_timestamp(values, target, mode, zone)
    if isinstance(target, (DayTimeIntervalType, YearMonthIntervalType, CalendarIntervalType)):
        return _text_to_interval(values, target, mode)
    if isinstance(target, TimeType):
        return _cut_time(_parsed(values, parse_time_us, target, mode, pa.int64()).cast(pa.time64("us")), target)
    raise PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED",
        messageParameters={"feature": f"cast of STRING to {target.simpleString().upper()}", "remedy": ""},
    )


def _text_to_int(values: Array, target: DataType, mode: CastMode) -> Array:
    arrow_type = to_arrow(target)
    if _all(pc.match_substring_regex(values, r"^-?[0-9]{1,18}$")):
        wide = values.cast(pa.int64())
        try:
            return wide.cast(arrow_type)
        except pa.ArrowInvalid:
            pass  # out of range: the slow way names the value
    bits = arrow_type.bit_width
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1

    def parse(text: str) -> int | None:
        if not _INT.match(text):
            if mode != "legacy" or not re.match(r"[+-]?([0-9]+\.[0-9]*|\.[0-9]+)\Z", text):
                return None
            text = text.split(".")[0] if text.split(".")[0] not in ("", "+", "-") else "0"
        number = int(text)
        return number if low <= number <= high else None

    return _parsed(values, parse, target, mode)


def _parse_float(text: str) -> float | None:
    if _FLOAT_PATTERN.match(text):
        return float(text.rstrip("dDfF"))
    sign = -1.0 if text.startswith("-") else 1.0
    word = _FLOAT_WORDS.get(text.lstrip("+-").lower())
    return None if word is None else sign * word


def _text_to_decimal(values: Array, target: DecimalType, mode: CastMode) -> Array:
    def convert(text: str) -> decimal.Decimal | None:
        stripped = text.strip()
        if not re.match(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", stripped):
            if mode == "ansi":
                raise _invalid(text, target)
            return None
        return fit_decimal(decimal.Decimal(stripped), target, mode)

    return by_distinct(convert, values, to_arrow(target))


def fit_decimal(value: decimal.Decimal, target: DecimalType, mode: CastMode) -> decimal.Decimal | None:
    """`value` rounded half up to the scale of `target`; null or error when it has too many digits."""
    rounded = value
    if value.adjusted() < 400:  # or it cannot fit however it is rounded
        with decimal.localcontext() as context:
            context.prec = 500
            rounded = value.quantize(decimal.Decimal(1).scaleb(-target.scale), decimal.ROUND_HALF_UP)
    if rounded and rounded.adjusted() + 1 > target.precision - target.scale:
        if mode == "ansi":
            raise decimal_overflow(value, target)
        return None
    return rounded


def decimal_overflow(value: decimal.Decimal, target: DecimalType) -> ArithmeticException:
    """The error of a number that the decimal type cannot hold."""
    return ArithmeticException(
        errorClass="NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
        messageParameters={
            "value": format(value, "f"),
            "precision": str(target.precision),
            "scale": str(target.scale),
            "config": ANSI_CONFIG,
        },
    )


def parse_date(text: str) -> datetime.date | None:
    """``yyyy[-m[-d]]``, whatever follows a blank or ``T`` is ignored; None if it is no date."""
    match = _DATE.match(text)
    if match is None:
        return None
    return datetime.date(int(match[1]), int(match[2] or 1), int(match[3] or 1))


def _text_to_timestamp(values: Array, target: DataType, mode: CastMode, zone: str) -> Array:
    plain = isinstance(target, TimestampNTZType)
    if _all(pc.match_substring_regex(values, _PLAIN_TIMESTAMP)):
        try:
            return to_instants(values.cast(pa.timestamp("us")), None if plain else zone)
        except pa.ArrowInvalid:
            pass  # a moment that does not exist: the slow way names it
    return _parsed(
        values, lambda text: parse_timestamp_us(text, None if plain else zone), target, mode, pa.int64()
    ).cast(to_arrow(target))


def to_instants(naive: Array, zone: str | None) -> Array:
    """Local times as instants of `zone`; unchanged without a zone."""
    if zone is None:
        return naive
    if is_utc(zone):
        return naive.cast(pa.timestamp("us", tz="UTC"))
    where, instant = arrow_zone(zone), pa.timestamp("us", tz="UTC")
    found = pc.assume_timezone(naive, where, ambiguous="earliest", nonexistent="latest")
    # a time that the clocks skipped is as long after the gap as it was after the gap's beginning
    shifted = pc.not_equal(pc.local_timestamp(found), naive)
    if pc.any(shifted).as_py():
        before = pc.assume_timezone(pc.subtract(naive, _DAY), where, ambiguous="earliest", nonexistent="earliest")
        found = pc.if_else(shifted, pc.add(before.cast(instant), _DAY), found.cast(instant))
    return found.cast(instant)


def parse_timestamp_us(text: str, zone: str | None) -> int | None:
    """Microseconds since 1970 of a timestamp text; `zone` None reads local time and ignores a zone in the text.

    Source: Spark ``SparkDateTimeUtils.stringToTimestamp``.
    """
    match = _TIMESTAMP.match(text)
    # a time without a date would mean today, and a replay tomorrow would give other rows: it is no timestamp here
    if match is None:
        return None
    hour, minute, second = int(match[4] or 0), int(match[5] or 0), int(match[6] or 0)
    fraction = int((match[7] or "").ljust(6, "0")[:6] or 0)
    base = datetime.datetime(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    moment = base.replace(hour=hour, minute=minute, second=second, microsecond=fraction)
    micros = (moment - _EPOCH) // datetime.timedelta(microseconds=1)
    named = None if match[8] is None else tzinfo_of(match[8].strip())  # which must be one, also where it does not count
    if zone is None:
        return micros
    info = named or tzinfo_of(zone)
    offset = moment.replace(tzinfo=info).utcoffset()
    return micros - (offset or datetime.timedelta()) // datetime.timedelta(microseconds=1)


def names_zone(text: str) -> bool:
    """Whether a timestamp text says which zone it is in."""
    match = _TIMESTAMP.match(text)
    return match is not None and match[8] is not None


def tzinfo_of(name: str) -> datetime.tzinfo:
    """The Python time zone of a Spark zone text. Raises: ValueError."""
    if name in ("Z", "UTC", "GMT", "UT"):
        return datetime.UTC
    name = zone_name(name)
    match = _ZONE_OFFSET.match(name)
    if match:
        size = datetime.timedelta(hours=int(match[2]), minutes=int(match[3] or 0), seconds=int(match[4] or 0))
        if size > datetime.timedelta(hours=18):
            raise ValueError(name)
        return datetime.timezone(size if match[1] == "+" else -size)
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, OSError):
        raise ValueError(name) from None


def _text_to_interval(values: Array, target: DataType, mode: CastMode) -> Array:
    from actorstream.expr.interval_text import read_ansi_interval
    from actorstream.expr.intervals import read_interval

    def ansi_interval(text: str) -> int | None:
        assert isinstance(target, AnsiIntervalType)
        try:
            return read_ansi_interval(text, target)
        except (IllegalArgumentException, ArithmeticException):
            if mode == "try":
                return None
            raise

    def calendar(text: str) -> Any:
        try:
            months, days, micros = read_interval(text)
        except IllegalArgumentException:
            return None
        return pa.MonthDayNano([months, days, micros * 1000])

    if isinstance(target, AnsiIntervalType):
        whole = pa.int64() if isinstance(target, DayTimeIntervalType) else pa.int32()
        return by_distinct(ansi_interval, values, whole).cast(to_arrow(target))
    # a text that is no interval gives null whatever the setting, as in the reference
    return by_distinct(calendar, values, to_arrow(target))


# -- between other types


def _cut_time(times: Array, target: TimeType) -> Array:
    """Times of day without the digits that `target` has no room for."""
    if target.precision >= 6:  # Arrow's microseconds
        return times
    micros = numpy_of(times.cast(pa.int64()))
    return from_numpy(micros - micros % 10 ** (6 - target.precision), [times], pa.int64()).cast(times.type)


def _from_time(values: Array, source: TimeType, target: DataType, mode: CastMode) -> Array:
    """Seconds since midnight: whole ones, or with their fraction as a decimal."""
    micros = values.cast(pa.int64())
    if isinstance(target, DecimalType):
        # nine digits of fraction, so that an error shows the value as the reference does
        seconds = by_distinct(lambda us: decimal.Decimal(us).scaleb(-6).quantize(_NANO), micros, pa.decimal128(14, 9))
        return _to_decimal(seconds, DecimalType(14, 9), target, mode)
    whole = pc.divide(micros, 1_000_000)
    limit = np.iinfo(to_arrow(target).to_pandas_dtype()).max
    wrong = pc.greater(whole, int(limit))
    if pc.any(wrong).as_py():
        if mode == "ansi":
            raise ArithmeticException(
                errorClass="CAST_OVERFLOW",
                messageParameters={
                    "value": time_literal(micros.filter(wrong)[0].as_py()),
                    "sourceType": quoted_type(source),
                    "targetType": quoted_type(target),
                    "ansiConfig": ANSI_CONFIG,
                },
            )
        whole = pc.if_else(wrong, pa.scalar(None, pa.int64()), whole)
    return whole.cast(to_arrow(target))


def _to_time(values: Array, source: DataType, target: TimeType, zone: str) -> Array:
    if isinstance(source, TimeType):
        return _cut_time(values, target)
    local = local_time(values, zone) if isinstance(source, TimestampType) else values
    micros = np.mod(numpy_of(local.cast(pa.int64())), US_PER_DAY)
    return _cut_time(from_numpy(micros, [values], pa.int64()).cast(pa.time64("us")), target)


def overflow(value: Any, source: DataType, target: DataType) -> ArithmeticException:
    """The CAST_OVERFLOW error of one value."""
    if isinstance(source, (DoubleType, FloatType)):
        finite = value == value and abs(value) != float("inf")
        text = java_float(value, single=isinstance(source, FloatType))
        text += "D" if isinstance(source, DoubleType) and finite else ""
    elif isinstance(source, TimestampType):
        text = f"TIMESTAMP '{value}'"
    elif isinstance(source, DecimalType):
        text = f"{value}BD"
    else:
        suffix = {"bigint": "L", "smallint": "S", "tinyint": "T"}.get(source.simpleString(), "")
        text = f"{value}{suffix}"
    return ArithmeticException(
        errorClass="CAST_OVERFLOW",
        messageParameters={
            "value": text,
            "sourceType": quoted_type(source),
            "targetType": quoted_type(target),
            "ansiConfig": ANSI_CONFIG,
        },
    )


def overflow_error(alternative: str = "", what: str = "overflow") -> ArithmeticException:
    """ARITHMETIC_OVERFLOW. `alternative` is the function that gives null instead, `what` says what overflowed."""
    hint = f" Use '{alternative}' to tolerate overflow and return NULL instead." if alternative else ""
    return ArithmeticException(
        errorClass="ARITHMETIC_OVERFLOW",
        messageParameters={
            "message": what,
            "alternative": hint,
            "config": ANSI_CONFIG,
        },
    )


def _between(values: Array, source: DataType, target: DataType, mode: CastMode, zone: str) -> Array:
    arrow_type = to_arrow(target)
    if isinstance(source, DateType) and isinstance(target, (NumericType, BooleanType)):
        return pa.nulls(len(values), arrow_type)  # without ANSI, a date is no number
    if isinstance(source, IntegralType) and isinstance(target, BinaryType):
        return by_distinct(lambda v: v.to_bytes(values.type.bit_width // 8, "big", signed=True), values, arrow_type)
    if isinstance(target, TimeType):
        return _to_time(values, source, target, zone)
    if isinstance(source, TimeType):
        return _from_time(values, source, target, mode)
    if isinstance(source, AnsiIntervalType) and isinstance(target, NumericType):
        return _from_interval(values, source, target, mode)
    if isinstance(source, BooleanType):
        if isinstance(target, TimestampType):
            return values.cast(pa.int64()).cast(arrow_type)
        return _between(values.cast(pa.int32()), IntegerType(), target, mode, zone)
    if isinstance(target, BooleanType):
        return pc.not_equal(values.cast(pa.int64()) if not isinstance(source, NumericType) else values, 0)
    if isinstance(target, IntegralType):
        return _to_integral(values, source, target, mode, zone)
    if isinstance(target, DecimalType):
        return _to_decimal(values, source, target, mode)
    if isinstance(target, FractionalType):
        if isinstance(source, TimestampType):
            return pc.divide(values.cast(pa.int64()).cast(pa.float64(), safe=False), 1e6).cast(arrow_type)
        if isinstance(source, DecimalType):
            return doubles_of(values) if isinstance(target, DoubleType) else values.cast(pa.string()).cast(arrow_type)
        return values.cast(arrow_type, safe=False)
    if isinstance(target, DateType):
        return _floor_date(values, source, zone)
    if isinstance(target, TimestampType):
        return _to_timestamp(values, source, mode, zone)
    if isinstance(target, TimestampNTZType):
        return local_time(values, zone) if isinstance(source, TimestampType) else values.cast(arrow_type)
    if isinstance(target, DayTimeIntervalType):
        return _to_interval(values, source, target, mode)
    if isinstance(target, YearMonthIntervalType):
        return _to_interval(values, source, target, mode)
    raise PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED",
        messageParameters={
            "feature": f"cast of {source.simpleString().upper()} to {target.simpleString().upper()}",
            "remedy": "",
        },
    )


def doubles_of(decimals: Array) -> Array:
    """Decimals as the nearest doubles: Arrow's own cast misses them by a last digit as often as not."""
    if decimals.type.precision > 15 or len(decimals) == 0:
        return decimals.cast(pa.string()).cast(pa.float64())
    # both whole numbers are exact in double, so that the quotient is rounded once
    words = np.frombuffer(decimals.buffers()[1], np.int64)[2 * decimals.offset : 2 * (decimals.offset + len(decimals))]
    return from_numpy(words[0::2] / 10.0**decimals.type.scale, [decimals], pa.float64())


_DAY_TIME_US = (86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000)


def _interval_unit(data_type: AnsiIntervalType) -> int:
    """Microseconds or months of the last unit of an interval type."""
    if isinstance(data_type, DayTimeIntervalType):
        return _DAY_TIME_US[data_type.endField]
    return 12 if data_type.endField == YearMonthIntervalType.YEAR else 1


def _to_interval(values: Array, source: DataType, target: AnsiIntervalType, mode: CastMode) -> Array:
    """Numbers of the unit, or intervals cut to the last unit."""
    arrow_type, unit = to_arrow(target), _interval_unit(target)
    bits = 64 if isinstance(target, DayTimeIntervalType) else 32
    whole = pa.int64() if bits == 64 else pa.int32()
    if isinstance(source, AnsiIntervalType):
        if target.endField >= source.endField:
            return values
        numbers = values.cast(whole)
        return pc.multiply(pc.divide(numbers, unit), pa.scalar(unit, whole)).cast(arrow_type)

    def one(value: Any) -> int | None:
        exact = (
            int((value * unit).to_integral_value("ROUND_HALF_UP")) if isinstance(source, DecimalType) else value * unit
        )
        if -(1 << (bits - 1)) <= exact < 1 << (bits - 1):
            return int(exact)
        if mode == "try":
            return None
        raise overflow(value, source, target)

    try:
        if isinstance(source, IntegralType):
            return pc.multiply_checked(values.cast(whole), pa.scalar(unit, whole)).cast(arrow_type)
    except pa.ArrowInvalid:
        pass  # out of range: the slow way names the value
    return by_distinct(one, values, whole).cast(arrow_type)


def _from_interval(values: Array, source: AnsiIntervalType, target: DataType, mode: CastMode) -> Array:
    """The number of last units, whole ones or as a decimal with their fraction."""
    unit = _interval_unit(source)
    numbers = values.cast(pa.int64())
    if isinstance(target, DecimalType):
        digits = 6 if source.endField == DayTimeIntervalType.SECOND else 0
        exact = by_distinct(lambda v: decimal.Decimal(v) / unit, numbers, pa.decimal128(19 + digits, digits))
        return _to_decimal(exact, DecimalType(19 + digits, digits), target, mode)
    whole = pc.divide(numbers, unit)
    limits = np.iinfo(to_arrow(target).to_pandas_dtype())
    wrong = pc.or_(pc.less(whole, int(limits.min)), pc.greater(whole, int(limits.max)))
    if pc.any(wrong).as_py():
        if mode != "try":
            raise ArithmeticException(
                errorClass="CAST_OVERFLOW",
                messageParameters={
                    "value": to_text(values.filter(wrong).slice(0, 1), source)[0].as_py(),
                    "sourceType": quoted_type(source),
                    "targetType": quoted_type(target),
                    "ansiConfig": ANSI_CONFIG,
                },
            )
        whole = pc.if_else(wrong, pa.scalar(None, pa.int64()), whole)
    return whole.cast(to_arrow(target), safe=False)


def _floor_date(values: Array, source: DataType, zone: str) -> Array:
    local = local_time(values, zone) if isinstance(source, TimestampType) else values
    # floor, not truncation: moments before 1970 belong to the day they are in
    days = np.floor_divide(numpy_of(local.cast(pa.int64())), 86_400_000_000).astype(np.int32)
    return from_numpy(days, [values], pa.int32()).cast(pa.date32())


def _to_timestamp(values: Array, source: DataType, mode: CastMode, zone: str) -> Array:
    if isinstance(source, DateType):
        return to_instants(values.cast(pa.timestamp("us")), zone)
    if isinstance(source, TimestampNTZType):
        return to_instants(values, zone)
    if isinstance(source, IntegralType):
        # Java's TimeUnit stops at the ends of a bigint
        seconds, limit = numpy_of(values.cast(pa.int64())), _LONG.max // 1_000_000
        micros = np.where(seconds > limit, _LONG.max, np.clip(seconds, -limit, limit) * 1_000_000)
        return _instants(np.where(seconds < -limit, _LONG.min, micros), values)
    if isinstance(source, DecimalType):
        return by_distinct(_low_bits, values, pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    seconds = values.cast(pa.float64())
    odd = pc.invert(pc.is_finite(seconds))
    if mode == "ansi" and pc.any(odd).as_py():
        raise DateTimeException(
            errorClass="CAST_INVALID_INPUT",
            messageParameters={
                "expression": java_float(seconds.filter(odd)[0].as_py()),
                "sourceType": quoted_type(source),
                "targetType": quoted_type(TimestampType()),
                "ansiConfig": ANSI_CONFIG,
            },
        )
    finite = pc.if_else(odd, pa.scalar(None, pa.float64()), seconds)
    with np.errstate(over="ignore"):
        exact = numpy_of(finite, 0.0) * 1e6
    above, below = exact >= 2.0**63, exact < -(2.0**63)
    beyond = np.flatnonzero(above | below)
    if mode == "ansi" and len(beyond):
        raise overflow(float(exact[beyond[0]]), DoubleType(), LongType())
    inside = np.where(above | below, 0.0, exact).astype(np.int64)
    return _instants(np.where(above, _LONG.max, np.where(below, _LONG.min, inside)), finite)


def _instants(micros: Any, like: Array) -> Array:
    return from_numpy(micros, [like], pa.int64()).cast(pa.timestamp("us", tz="UTC"))


def _low_bits(seconds: decimal.Decimal) -> int:
    """Microseconds; of more than a bigint holds the low bits, as Java takes them."""
    return (int(seconds * 1_000_000) + 2**63) % 2**64 - 2**63


def _to_integral(values: Array, source: DataType, target: DataType, mode: CastMode, zone: str) -> Array:
    arrow_type = to_arrow(target)
    if isinstance(source, TimestampType):
        seconds = from_numpy(np.floor_divide(numpy_of(values.cast(pa.int64())), 1_000_000), [values], pa.int64())
        limits = np.iinfo(arrow_type.to_pandas_dtype())
        wrong = pc.or_(pc.less(seconds, int(limits.min)), pc.greater(seconds, int(limits.max)))
        if pc.any(wrong).as_py():
            if mode == "ansi":
                text = to_text(values.filter(wrong).slice(0, 1), source, zone)[0].as_py()
                raise overflow(text, source, target)
            seconds = pc.if_else(wrong, pa.scalar(None, pa.int64()), seconds)
        return seconds.cast(arrow_type)
    if isinstance(source, DecimalType):
        return _decimal_to_integral(values, source, target, mode)
    if isinstance(source, (DoubleType, FloatType)):
        return _float_to_integral(values, source, target, mode)
    try:
        return values.cast(arrow_type)
    except pa.ArrowInvalid:
        if mode == "legacy":
            return values.cast(arrow_type, safe=False)
        bits = arrow_type.bit_width
        wrong = pc.or_(pc.less(values, -(2 ** (bits - 1))), pc.greater(values, 2 ** (bits - 1) - 1))
        if mode == "ansi":
            raise overflow(values.filter(wrong)[0].as_py(), source, target) from None
        return pc.if_else(wrong, pa.scalar(None, values.type), values).cast(arrow_type)


def _float_to_integral(values: Array, source: DataType, target: DataType, mode: CastMode) -> Array:
    arrow_type = to_arrow(target)
    bits = arrow_type.bit_width
    numbers = np.trunc(numpy_of(values, 0.0).astype(np.float64))
    # 2**63 has no exact neighbour below in float64, so the upper bound is exclusive
    low, high = -(2.0 ** (bits - 1)), 2.0 ** (bits - 1)
    wrong = ~((numbers >= low) & (numbers < high))
    if mode == "legacy":
        # Java: NaN is 0, the rest is clamped to int or long, and narrower types keep the low bits
        step = max(bits, 32)
        wide = np.int64 if step == 64 else np.int32
        bounds = np.iinfo(wide)
        above = numbers >= 2.0 ** (step - 1)
        inside = np.where(np.isnan(numbers) | above, 0.0, np.maximum(numbers, float(bounds.min)))
        whole = np.where(above, bounds.max, inside.astype(np.int64))
        return from_numpy(whole.astype(wide).astype(arrow_type.to_pandas_dtype()), [values], arrow_type)
    if wrong.any():
        if mode == "ansi":
            index = int(np.flatnonzero(wrong)[0])
            raise overflow(values[index].as_py(), source, target)
        values = pc.if_else(pa.array(wrong), pa.scalar(None, values.type), values)
        numbers = np.where(wrong, 0.0, numbers)
    return from_numpy(numbers.astype(arrow_type.to_pandas_dtype()), [values], arrow_type)


def _decimal_to_integral(values: Array, source: DecimalType, target: DataType, mode: CastMode) -> Array:
    arrow_type = to_arrow(target)
    if source.precision == source.scale:
        # no digit before the point, and Arrow has no room for the 0 that is left
        return from_numpy(np.zeros(len(values), arrow_type.to_pandas_dtype()), [values], arrow_type)
    whole = pc.trunc(values)
    try:
        return whole.cast(arrow_type)
    except pa.ArrowInvalid:
        bits = arrow_type.bit_width

        def convert(value: decimal.Decimal) -> int | None:
            number = int(value)
            if -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
                return number
            if mode == "ansi":
                raise overflow(value, source, target)
            return None if mode == "try" else ((number + 2 ** (bits - 1)) % 2**bits) - 2 ** (bits - 1)

        return by_distinct(convert, values, arrow_type)


def _to_decimal(values: Array, source: DataType, target: DecimalType, mode: CastMode) -> Array:
    if isinstance(source, (DoubleType, FloatType)):

        def convert(value: float) -> decimal.Decimal | None:
            if value != value or value in (float("inf"), float("-inf")):
                return None
            return fit_decimal(decimal.Decimal(repr(value)), target, mode)

        return by_distinct(convert, values, to_arrow(target))
    if isinstance(source, TimestampType):
        return by_distinct(
            lambda us: fit_decimal(decimal.Decimal(us).scaleb(-6), target, mode),
            values.cast(pa.int64()),
            to_arrow(target),
        )
    if isinstance(source, IntegralType):
        return fit_decimals(values.cast(pa.int64()).cast(pa.decimal256(19, 0)), target, mode)
    if isinstance(source, DecimalType):
        if target.scale >= source.scale and target.precision - target.scale >= source.precision - source.scale:
            return values.cast(to_arrow(target))
        return fit_decimals(values.cast(pa.decimal256(source.precision, source.scale)), target, mode)
    raise PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED",
        messageParameters={"feature": f"cast of {source.simpleString().upper()} to DECIMAL", "remedy": ""},
    )


def fit_decimals(wide: Array, target: DecimalType, mode: CastMode) -> Array:
    """256-bit decimals rounded half up to `target`; too many digits are an error (``ansi``) or null."""
    exact = wide
    if wide.type.scale > target.scale:
        # rounding up may take a digit more
        wide = wide.cast(pa.decimal256(min(76, wide.type.precision + 1), wide.type.scale))
        wide = pc.round(wide, ndigits=target.scale, round_mode="half_towards_infinity")
    whole_digits = target.precision - target.scale
    if wide.type.precision - wide.type.scale >= whole_digits:
        limit = pa.scalar(decimal.Decimal(10**whole_digits), pa.decimal256(whole_digits + 1, 0))
        wrong = pc.greater_equal(pc.abs(wide), limit)
        if pc.any(wrong).as_py():
            if mode == "ansi":
                raise decimal_overflow(exact.filter(wrong)[0].as_py(), target)
            wide = pc.if_else(wrong, pa.scalar(None, wide.type), wide)
    return wide.cast(pa.decimal256(min(76, whole_digits + 1 + target.scale), target.scale)).cast(to_arrow(target))
