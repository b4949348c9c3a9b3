"""Java's date and time patterns (``yyyy-MM-dd HH:mm:ss.SSS``): compiled once, then formats moments.

Covers the letters that Spark 3 and later accept, with English names. `java_datetime_parser` reads moments by them.

Source: Spark ``DateTimeFormatterHelper``, java.time.format.DateTimeFormatter.
"""

from __future__ import annotations

import calendar
import datetime
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass

from actorstream.errors import IllegalArgumentException, PySparkException, SparkRuntimeException, SparkUpgradeException
from actorstream.expr.functions.zone_names import display_name

MONTHS = tuple(calendar.month_name[1:])
DAYS = tuple(calendar.day_name)
_LEGAL = frozenset("GyMLdDQqEFaHhKkmsSVvzOXxZg")
#: letters that depend on where a week begins, those that are refused, and those that cannot be read back
_WEEK_BASED, _REFUSED, _NOT_READ = frozenset("YWwuec"), frozenset("ABnNp"), frozenset("EFqQ")
#: letters that are too many: narrow names, and years that the calendar has not
_TOO_LONG = (*(letter * 5 for letter in "GMLEQq"), "y" * 11)
_LONGEST = {"y": 6, "M": 4, "L": 4, "d": 2, "D": 3, "E": 4, "a": 1, "H": 2, "h": 2, "K": 2, "k": 2, "m": 2, "s": 2,
            "S": 9, "Q": 4, "q": 4, "G": 4, "V": 2, "v": 4, "z": 4, "O": 4, "X": 5, "x": 5, "Z": 5, "F": 1, "g": 19}  # fmt: skip
#: letters that stand so many times only
_WIDTHS = {"V": (2,), "v": (1, 4), "O": (1, 4)}
_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Moment:
    """A local time with what patterns can show of its zone."""

    local: datetime.datetime
    offset_s: int = 0
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a pattern: `letter` repeated `width` times, or the literal `text`."""

    letter: str
    width: int
    text: str = ""


_DOCROOT = "https://spark.apache.org/docs/latest"
#: what Java's SimpleDateFormat, the formatter of Spark 2, knows
_LEGACY = frozenset("GyYMLwWDdFEuaHkKhmsSzZX")


def _illegal(pattern: str, error: PySparkException | None = None) -> Exception:
    """The error of a pattern: that it has a meaning in Spark 2 only, what is wrong with it, or that it has no meaning at all."""
    letters = re.sub(r"'[^']*'", "", pattern)
    if "'" not in letters and all(item in _LEGACY for item in letters if item.isalpha()) and "XXXX" not in letters:
        return SparkUpgradeException(
            errorClass="INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION",
            messageParameters={
                "pattern": f"'{pattern}'",
                "config": '"spark.sql.legacy.timeParserPolicy"',
                "docroot": _DOCROOT,
            },
        )
    shown = pattern.replace("\\", "\\\\").replace("'", "\\'")
    return error or SparkRuntimeException(
        errorClass="INVALID_DATETIME_PATTERN.WITH_SUGGESTION",
        messageParameters={"pattern": f"'{shown}'", "docroot": _DOCROOT},
    )


def _check(pattern: str, *, parsing: bool) -> None:
    """Refuse what Spark refuses before it asks Java, in its order.

    Source: Spark ``DateTimeFormatterHelper.convertIncompatiblePattern``.
    """
    refused = _REFUSED | _NOT_READ if parsing else _REFUSED
    for text in pattern.split("'")[::2]:
        for letter in text:
            if letter in _WEEK_BASED:
                condition = "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN"
                raise _illegal(pattern, IllegalArgumentException(errorClass=condition, messageParameters={"c": letter}))
        for letter in text:
            if letter in refused:
                condition, parameters = "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER", {"c": letter, "pattern": pattern}
                raise _illegal(pattern, IllegalArgumentException(errorClass=condition, messageParameters=parameters))
        for style in _TOO_LONG:
            if style in text:
                condition = "INVALID_DATETIME_PATTERN.LENGTH"
                raise _illegal(
                    pattern, IllegalArgumentException(errorClass=condition, messageParameters={"pattern": style})
                )


@functools.lru_cache(maxsize=256)
def parts_of(pattern: str, *, parsing: bool = False) -> tuple[Part, ...]:
    """The pieces of a pattern; `parsing` for one that is read by.

    Raises: SparkUpgradeException DATETIME_PATTERN_RECOGNITION for one of Spark 2; IllegalArgumentException
        DATETIME_WEEK_BASED_PATTERN, INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER, .LENGTH; SparkRuntimeException
        INVALID_DATETIME_PATTERN.WITH_SUGGESTION.
    """
    _check(pattern, parsing=parsing)
    found: list[Part] = []
    opened = 0
    for match in _TOKEN.finditer(pattern):
        text = match[0]
        if match[1] is not None:
            found.append(Part("", 0, match[1].replace("''", "'") or "'"))
        elif match[2] is None:
            if text in "[]#{}'":
                opened += (text == "[") - (text == "]")
                if text in "#{}'" or opened < 0:
                    raise _illegal(pattern)
                found.append(Part(text, 0))
            else:
                found.append(Part("", 0, text))
        else:
            letter, width = text[0], len(text)
            if letter not in _LEGAL or width > _LONGEST[letter] or width not in _WIDTHS.get(letter, (width,)):
                raise _illegal(pattern)
            found.append(Part(letter, width))
    return tuple(found)


_STRFTIME = {
    ("y", 4): "%Y",
    ("M", 2): "%m",
    ("d", 2): "%d",
    ("H", 2): "%H",
    ("m", 2): "%M",
    ("s", 2): "%S",
    ("D", 3): "%j",
}


def strftime_format(pattern: str) -> str | None:
    """The same pattern for Arrow's `strftime` on whole seconds; None if it has letters that differ."""
    out = []
    for part in parts_of(pattern):
        if part.letter in "[]" and part.letter:
            return None
        code = _STRFTIME.get((part.letter, part.width)) if part.letter else part.text.replace("%", "%%")
        if code is None:
            return None
        out.append(code)
    return "".join(out)


# ---------------------------------------------------------------- formatting


def format_moment(moment: Moment, pattern: str) -> str:
    """The text of a moment. Optional sections (in brackets) are always written."""
    return "".join(_FORMATS[part.letter](part, moment) if part.letter else part.text for part in parts_of(pattern))


def _number(value: int, width: int) -> str:
    return str(value).rjust(width, "0")


def _year(part: Part, moment: Moment) -> str:
    year = moment.local.year
    return f"{year % 100:02d}" if part.width == 2 else _number(year, part.width)


def _month(part: Part, moment: Moment) -> str:
    month = moment.local.month
    if part.width <= 2:
        return _number(month, part.width)
    return MONTHS[month - 1] if part.width == 4 else MONTHS[month - 1][:3]


def _quarter(part: Part, moment: Moment) -> str:
    quarter = (moment.local.month + 2) // 3
    ordinal = ("1st", "2nd", "3rd", "4th")[quarter - 1]
    return {1: str(quarter), 2: f"0{quarter}", 3: f"Q{quarter}", 4: f"{ordinal} quarter"}[part.width]


def _weekday(part: Part, moment: Moment) -> str:
    name = DAYS[moment.local.weekday()]
    return name if part.width == 4 else name[:3]


def _offset(seconds: int, *, colon: bool, minutes: bool, zulu: str | None) -> str:
    if seconds == 0 and zulu is not None:
        return zulu
    sign, size = "-" if seconds < 0 else "+", abs(seconds)
    hours, rest = divmod(size // 60, 60)
    if not minutes and not rest:
        return f"{sign}{hours:02d}"
    return f"{sign}{hours:02d}{':' if colon else ''}{rest:02d}"


def _x(part: Part, moment: Moment) -> str:
    return _offset(
        moment.offset_s,
        colon=part.width in (3, 5),
        minutes=part.width > 1,
        zulu="Z" if part.letter == "X" else None,
    )


def _z_offset(part: Part, moment: Moment) -> str:
    if part.width == 4:
        return "GMT" if moment.offset_s == 0 else "GMT" + _offset(moment.offset_s, colon=True, minutes=True, zulu=None)
    if part.width == 5:
        return _offset(moment.offset_s, colon=True, minutes=True, zulu="Z")
    return _offset(moment.offset_s, colon=False, minutes=True, zulu=None)


def _localized(part: Part, moment: Moment) -> str:
    if moment.offset_s == 0:
        return "GMT"
    text = _offset(moment.offset_s, colon=True, minutes=part.width == 4, zulu=None)
    return "GMT" + (text if part.width == 4 else text.replace("+0", "+").replace("-0", "-"))


def _zone_name(part: Part, moment: Moment) -> str:
    return display_name(moment.zone, moment.local, long=part.width == 4, generic=part.letter == "v")


_FORMATS: dict[str, Callable[[Part, Moment], str]] = {
    "[": lambda part, moment: "",
    "]": lambda part, moment: "",
    "G": lambda part, moment: "Anno Domini" if part.width == 4 else "AD",
    "y": _year,
    "M": _month,
    "L": _month,
    "d": lambda part, moment: _number(moment.local.day, part.width),
    "D": lambda part, moment: _number(moment.local.timetuple().tm_yday, part.width),
    "Q": _quarter,
    "q": _quarter,
    "E": _weekday,
    "F": lambda part, moment: str((moment.local.day - 1) % 7 + 1),
    "a": lambda part, moment: "AM" if moment.local.hour < 12 else "PM",
    "H": lambda part, moment: _number(moment.local.hour, part.width),
    "h": lambda part, moment: _number((moment.local.hour - 1) % 12 + 1, part.width),
    "K": lambda part, moment: _number(moment.local.hour % 12, part.width),
    "k": lambda part, moment: _number((moment.local.hour - 1) % 24 + 1, part.width),
    "m": lambda part, moment: _number(moment.local.minute, part.width),
    "s": lambda part, moment: _number(moment.local.second, part.width),
    "S": lambda part, moment: f"{moment.local.microsecond:06d}000"[: part.width],
    "V": lambda part, moment: moment.zone,
    "z": _zone_name,
    "v": _zone_name,
    # the modified Julian day
    "g": lambda part, moment: _number(moment.local.toordinal() - datetime.date(1858, 11, 17).toordinal(), part.width),
    "O": _localized,
    "X": _x,
    "x": _x,
    "Z": _z_offset,
}
