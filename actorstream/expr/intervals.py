"""Interval texts (``10 seconds``, ``interval 1 day 2 hours``, ``1.5 seconds``) and the durations read from them.

Used by watermarks (STF-2), windows (STF-23), triggers (EXE-4) and casts. Each of these rejects bad texts in its own words.
"""

from __future__ import annotations

import datetime
import re

from actorstream.errors import AnalysisException, IllegalArgumentException, PySparkException
from actorstream.expr.interval_text import check_micros
from actorstream.expr.nodes import Constant
from actorstream.expr.types import DataType, DayTimeIntervalType, YearMonthIntervalType

US_PER_SECOND = 1_000_000
US_PER_DAY = 86_400 * US_PER_SECOND
DAYS_PER_MONTH = 31
"""A month counts 31 days where a watermark delay needs a length (STF-2)."""

_MONTHS = {"year": 12, "years": 12, "month": 1, "months": 1}
_DAYS = {"week": 7, "weeks": 7, "day": 1, "days": 1}
_MICROS = {
    "hour": 3600 * US_PER_SECOND,
    "minute": 60 * US_PER_SECOND,
    "second": US_PER_SECOND,
    "millisecond": 1000,
    "microsecond": 1,
}
_MICROS |= {unit + "s": size for unit, size in list(_MICROS.items())}
_NUMBER = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?\Z")
_SIGNED = re.compile(r"([+-])\s+(?=[\d.])")


def _reject(text: str, kind: str, **parameters: str) -> IllegalArgumentException:
    return IllegalArgumentException(
        errorClass=f"INVALID_INTERVAL_FORMAT.{kind}", messageParameters={"input": text, **parameters}
    )


def read_interval(text: str) -> tuple[int, int, int]:
    """Months, days and microseconds of an interval text.

    Raises: IllegalArgumentException INVALID_INTERVAL_FORMAT.*. Source: Spark ``IntervalUtils.stringToInterval``.
    """
    words = _SIGNED.sub(r"\1", text.strip().lower()).split()
    if not words:
        raise _reject(text, "INPUT_IS_EMPTY")
    if words[0] == "interval":
        words = words[1:]
        if not words:
            raise _reject(text, "INPUT_IS_EMPTY")
    elif words[0].startswith("interval"):
        raise _reject(text, "INVALID_PREFIX", prefix=text.strip().split()[0])
    months = days = micros = 0
    index = 0
    while index < len(words):
        word = words[index]
        match = _NUMBER.match(word)
        if match is None or not (match[2] or match[3]):
            raise _reject(text, "UNRECOGNIZED_NUMBER", number=word)
        if index + 1 >= len(words):
            raise _reject(text, "MISSING_UNIT", word=word)
        unit = words[index + 1]
        sign = -1 if match[1] == "-" else 1
        whole, fraction = int(match[2] or 0), match[3] or ""
        if fraction and unit not in ("second", "seconds"):
            raise _reject(text, "INVALID_FRACTION", unit=unit)
        if len(fraction) > 9:
            raise _reject(text, "INVALID_PRECISION", value=word)
        if unit in _MONTHS:
            months += sign * whole * _MONTHS[unit]
        elif unit in _DAYS:
            days += sign * whole * _DAYS[unit]
        elif unit in _MICROS:
            micros += sign * (whole * _MICROS[unit] + int(fraction.ljust(6, "0")[:6] or 0))
        else:
            raise _reject(text, "INVALID_UNIT", unit=unit)
        index += 2
    return months, days, micros


def parse_interval(text: str) -> tuple[int, int, int]:
    """Months, days and microseconds of an interval text in a DataFrame call.

    Raises: AnalysisException CANNOT_PARSE_INTERVAL.
    """
    try:
        return read_interval(text)
    except PySparkException:
        raise AnalysisException(
            errorClass="CANNOT_PARSE_INTERVAL", messageParameters={"intervalString": f"'{text}'"}
        ) from None


def watermark_delay_ms(text: str) -> int:
    """The delay of ``withWatermark`` in ms. Raises: CANNOT_PARSE_INTERVAL, IllegalArgumentException if negative (STF-2)."""
    months, days, micros = parse_interval(text)
    delay = ((months * DAYS_PER_MONTH + days) * US_PER_DAY + micros) // 1000
    if delay < 0:
        raise IllegalArgumentException(f"requirement failed: delay threshold ({text}) should not be negative.")
    return delay


def window_duration_us(text: str) -> int:
    """A duration of ``window()`` in microseconds. Raises: CANNOT_PARSE_INTERVAL, _LEGACY_ERROR_TEMP_3231 (STF-23)."""
    months, days, micros = parse_interval(text)
    if months:
        raise IllegalArgumentException(errorClass="_LEGACY_ERROR_TEMP_3231", messageParameters={"interval": text})
    return days * US_PER_DAY + micros


def trigger_interval_ms(text: str) -> int:
    """The interval of a trigger in ms. Raises: INVALID_INTERVAL_FORMAT.*, _LEGACY_ERROR_TEMP_3262 (EXE-4)."""
    months, days, micros = read_interval(text)
    if months:
        raise IllegalArgumentException(errorClass="_LEGACY_ERROR_TEMP_3262", messageParameters={"interval": text})
    interval = (days * US_PER_DAY + micros) // 1000
    if interval < 0:
        raise IllegalArgumentException("requirement failed: the interval of trigger should not be negative")
    return interval


_UNIT_FIELD = {"day": 0, "hour": 1, "minute": 2, "second": 3}


def interval_literal(text: str, units: list[str]) -> Constant:
    """The constant that SQL's ``INTERVAL`` names: ``1 day 2 hours`` with units day, hour is ``INTERVAL DAY TO HOUR``.

    Args:
        text: numbers and units, as in `read_interval`.
        units: the units that occur, singular; they give the type its fields.
    """
    months, days, micros = read_interval(text)
    names = [unit.lower().removesuffix("s") for unit in units]
    if all(name in ("year", "month") for name in names):
        fields = sorted({0 if name == "year" else 1 for name in names})
        data_type: DataType = YearMonthIntervalType(fields[0], fields[-1])
        return Constant(value=months, data_type=data_type, nullable=False)
    if months:
        raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_0029", messageParameters={"literal": text})
    finest = {"week": 0, "millisecond": 3, "microsecond": 3}
    numbers = sorted({finest.get(name, _UNIT_FIELD.get(name, 3)) for name in names})
    return Constant(
        value=datetime.timedelta(microseconds=check_micros(days * US_PER_DAY + micros)),
        data_type=DayTimeIntervalType(numbers[0], numbers[-1]),
        nullable=False,
    )


def duration_ms(text: str) -> int:
    """Milliseconds of ``7d``, ``10 minutes`` and the like. Raises: IllegalArgumentException INVALID_INTERVAL_FORMAT.*."""
    units = {"d": "days", "h": "hours", "m": "minutes", "min": "minutes", "s": "seconds", "ms": "milliseconds"}
    digits = text.strip().rstrip("abcdefghijklmnopqrstuvwxyz ")
    unit = text.strip()[len(digits) :].strip()
    months, days, micros = read_interval(f"{digits} {units.get(unit, unit or 'milliseconds')}")
    return ((months * 31 + days) * US_PER_DAY + micros) // 1000
