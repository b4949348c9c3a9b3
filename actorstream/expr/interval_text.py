"""Texts of ANSI intervals: ``1 02:03`` for DAY TO MINUTE, ``1-2`` for YEAR TO MONTH, and those of casts.

Read by the literals of SQL and by casts from text. The first field may be as long as it likes, the others keep to their clock.
Source: Spark ``IntervalUtils.castStringToDTInterval``, ``castStringToYMInterval``.
"""

from __future__ import annotations

import functools
import re

from actorstream.errors import ArithmeticException, IllegalArgumentException
from actorstream.expr.types import AnsiIntervalType, DayTimeIntervalType, YearMonthIntervalType

_UNIT_US = (86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000)
_LEADING_DIGITS = (9, 10, 12, 13)
_LIMITS = (None, 23, 59, 59)
_LETTERS = ("d", "h", "m", "s.n")
_NAMES = ("day", "hour", "minute", "second")
_LONG = 1 << 63


def units_text(data_type: AnsiIntervalType) -> str:
    """``DAY TO HOUR``: the units of an interval type."""
    return data_type.simpleString().removeprefix("interval ").upper()


@functools.cache
def _pattern(data_type: AnsiIntervalType) -> re.Pattern[str]:
    """Sign and one group per field."""
    start, end = data_type.startField, data_type.endField
    if isinstance(data_type, YearMonthIntervalType):
        return re.compile(r"([+-])?(\d+)-(\d+)\Z" if start != end else r"([+-])?(\d+)\Z")
    text = r"([+-])?"
    for field in range(start, end + 1):
        if field > start:
            text += " " if field == 1 else ":"
        text += rf"(\d{{1,{_LEADING_DIGITS[field] if field == start else 2}}})"
        if field == DayTimeIntervalType.SECOND:
            text += r"(?:\.(\d{1,9}))?"
    return re.compile(text + r"\Z")


@functools.cache
def _literal_pattern(data_type: AnsiIntervalType) -> re.Pattern[str]:
    """``INTERVAL -'1 2' DAY TO HOUR``: a text may repeat the whole literal."""
    units = units_text(data_type).replace(" ", r"\s+")
    return re.compile(rf"(?i)INTERVAL\s+([+-])?'([^']*)'\s+{units}\Z")


def _unmatched(text: str, data_type: AnsiIntervalType) -> IllegalArgumentException:
    if isinstance(data_type, YearMonthIntervalType):
        kind, letters = (
            "year-month",
            {(0, 0): "y", (0, 1): "y-m", (1, 1): "m"}[data_type.startField, data_type.endField],
        )
    else:
        kind, letters = "day-time", ""
        for field in range(data_type.startField, data_type.endField + 1):
            separator = "" if not letters else (" " if field == 1 else ":")
            letters += separator + _LETTERS[field]
    short = f"[+|-]{letters}"
    notice = "_WITH_NOTICE" if kind == "day-time" else ""
    return IllegalArgumentException(
        errorClass=f"INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING{notice}",
        messageParameters={
            "input": text,
            "intervalStr": kind,
            "supportedFormat": f"`{short}`, `INTERVAL [+|-]'{short}' {units_text(data_type)}`",
            "typeName": data_type.simpleString(),
        },
    )


def read_ansi_interval(text: str, data_type: AnsiIntervalType) -> int:
    """Months or microseconds of an interval text of that type.

    Raises: IllegalArgumentException INVALID_INTERVAL_FORMAT.* or, without a condition, for a field beyond its clock;
        ArithmeticException INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION.
    """
    inner, sign = text.strip(), 1
    literal = _literal_pattern(data_type).match(inner)
    if literal is not None:
        inner, sign = literal[2], -1 if literal[1] == "-" else 1
    match = _pattern(data_type).match(inner)
    if match is None:
        raise _unmatched(text, data_type)
    if match[1] == "-":
        sign = -sign
    fields = [group or "0" for group in match.groups()[1:]]
    if isinstance(data_type, YearMonthIntervalType):
        return sign * _months(text, fields, data_type)
    micros = 0
    start, end = data_type.startField, data_type.endField
    for field, digits in zip(range(start, end + 1), fields, strict=False):
        limit = _LIMITS[field]
        if field > start and limit is not None and int(digits) > limit:
            raise IllegalArgumentException(
                f"requirement failed: {_NAMES[field]} {int(digits)} outside range [0, {limit}]"
            )
        micros += int(digits) * _UNIT_US[field]
    if end == DayTimeIntervalType.SECOND:
        micros += int(fields[-1].ljust(6, "0")[:6])
    return check_micros(sign * micros)


def _months(text: str, fields: list[str], data_type: YearMonthIntervalType) -> int:
    if len(fields) == 1:
        return int(fields[0]) * (12 if data_type.endField == YearMonthIntervalType.YEAR else 1)
    if int(fields[1]) > 11:
        raise IllegalArgumentException(
            errorClass="INVALID_INTERVAL_FORMAT.INTERVAL_PARSING",
            messageParameters={"input": text, "interval": "year-month"},
        )
    return int(fields[0]) * 12 + int(fields[1])


def check_micros(micros: int) -> int:
    """`micros` if 64 bits hold them. Raises: ArithmeticException INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION."""
    if not -_LONG <= micros < _LONG:
        raise interval_overflow()
    return micros


def interval_overflow(alternative: str = "") -> ArithmeticException:
    """INTERVAL_ARITHMETIC_OVERFLOW; `alternative` is the function that gives null instead."""
    if alternative:
        return ArithmeticException(
            errorClass="INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION",
            messageParameters={"functionName": f"`{alternative}`"},
        )
    return ArithmeticException(errorClass="INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION", messageParameters={})
