"""Java's date and time patterns (``yyyy-MM-dd HH:mm:ss.SSS``): compiled once, then formats and parses moments.

Covers the letters that Spark 3 and later accept, with English names. Parsing is strict, as Spark's is: ``MM`` wants two digits.

Source: Spark ``DateTimeFormatterHelper``, java.time.format.DateTimeFormatter.
"""

from __future__ import annotations

import calendar
import datetime
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass

from actorstream.errors import IllegalArgumentException, SparkRuntimeException, SparkUpgradeException
from actorstream.expr.casts import tzinfo_of

MONTHS = tuple(calendar.month_name[1:])
DAYS = tuple(calendar.day_name)
_LEGAL = frozenset("GyMLdDQqEFaHhKkmsSVzOXxZ")
#: letters that Spark refuses by name, and those that depend on where a week begins
_UNSUPPORTED = frozenset("AcenNpYWwu")
_LONGEST = {"y": 6, "M": 4, "L": 4, "d": 2, "D": 3, "E": 4, "a": 1, "H": 2, "h": 2, "K": 2, "k": 2, "m": 2, "s": 2,
            "S": 9, "Q": 4, "q": 4, "G": 4, "V": 2, "z": 4, "O": 4, "X": 5, "x": 5, "Z": 5, "F": 1}  # fmt: skip
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


def _illegal(pattern: str, letter: str = "") -> Exception:
    """The error of a pattern that has a meaning only in Spark 2, has none because of a letter, or has none at all."""
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
    if letter:
        return IllegalArgumentException(
            errorClass="INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER",
            messageParameters={"c": letter, "pattern": pattern},
        )
    return SparkRuntimeException(
        errorClass="INVALID_DATETIME_PATTERN.WITH_SUGGESTION",
        messageParameters={"pattern": f"'{pattern}'", "docroot": _DOCROOT},
    )


@functools.lru_cache(maxsize=256)
def parts_of(pattern: str) -> tuple[Part, ...]:
    """The pieces of a pattern.

    Raises: SparkUpgradeException DATETIME_PATTERN_RECOGNITION for one of Spark 2; IllegalArgumentException
        INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER; SparkRuntimeException INVALID_DATETIME_PATTERN.WITH_SUGGESTION.
    """
    found: list[Part] = []
    for match in _TOKEN.finditer(pattern):
        text = match[0]
        if match[1] is not None:
            found.append(Part("", 0, match[1].replace("''", "'") or "'"))
        elif match[2] is None:
            if text in "[]#{}":
                if text in "#{}":
                    raise _illegal(pattern)
                found.append(Part(text, 0))
            else:
                found.append(Part("", 0, text))
        else:
            letter, width = text[0], len(text)
            if letter in _UNSUPPORTED:
                raise _illegal(pattern, letter)
            if letter not in _LEGAL or width > _LONGEST[letter]:
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
    info = tzinfo_of(moment.zone)
    return moment.local.replace(tzinfo=info).tzname() or moment.zone


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
    "O": _localized,
    "X": _x,
    "x": _x,
    "Z": _z_offset,
}

# ---------------------------------------------------------------- parsing

_NAMED = {"M": MONTHS, "L": MONTHS, "E": DAYS}


@functools.lru_cache(maxsize=256)
def _reader(pattern: str) -> tuple[re.Pattern[str], tuple[Part, ...]]:
    """A regular expression for the pattern, one group per letter part."""
    pieces, fields = _pieces(pattern)
    return re.compile("".join(pieces) + r"\Z", re.IGNORECASE), fields


@functools.lru_cache(maxsize=256)
def _pieces(pattern: str) -> tuple[tuple[str, ...], tuple[Part, ...]]:
    """The regular expression of each part of the pattern, and the parts that are letters."""
    out: list[str] = []
    fields: list[Part] = []
    parts = parts_of(pattern)
    for index, part in enumerate(parts):
        if part.letter == "[":
            out.append("(?:")
        elif part.letter == "]":
            out.append(")?")
        elif not part.letter:
            out.append(re.escape(part.text))
        else:
            if part.letter in "EFqQ":
                raise _illegal(pattern)
            following = parts[index + 1] if index + 1 < len(parts) else None
            adjacent = following is not None and bool(following.letter) and following.letter not in "[]"
            out.append(f"({_field_regex(part, adjacent=adjacent)})")
            fields.append(part)
    return tuple(out), tuple(fields)


def _field_regex(part: Part, *, adjacent: bool) -> str:
    letter, width = part.letter, part.width
    if letter in _NAMED and width >= 3:
        names = _NAMED[letter]
        return "|".join(names if width == 4 else (name[:3] for name in names))
    if letter == "y":
        if width == 2:
            return r"\d\d"
        return rf"\d{{{width}}}" if adjacent else rf"\d{{{width}}}" if width == 4 else rf"\d{{{width},6}}"
    if letter == "S":
        return rf"\d{{{width}}}" if adjacent or width < 7 else rf"\d{{1,{width}}}"
    if letter == "a":
        return "AM|PM"
    if letter == "G":
        return "AD|BC|Anno Domini|Before Christ"
    if letter in "XxZO":
        return r"Z|(?:GMT)?[+-]\d\d?(?::?\d\d)?|GMT"
    if letter in "Vz":
        return r"[A-Za-z0-9_/+:\-]+"
    longest = 3 if letter == "D" else 2
    return rf"\d{{{width}}}" if width > 1 else rf"\d{{1,{longest}}}"


def parse_moment(text: str, pattern: str) -> tuple[datetime.datetime, str | None] | None:
    """Local time and the zone that the text names (None if it names none); None if the text does not fit the pattern."""
    regex, fields = _reader(pattern)
    match = regex.match(text)
    if match is None:
        return None
    given: dict[str, str] = {}
    names: dict[str, Part] = {}
    for part, value in zip(fields, match.groups(), strict=True):
        if value is not None:
            given[part.letter] = value
            names[part.letter] = part
    try:
        return _assembled(given, names), next((given[z] for z in "VzXxZO" if z in given), None)
    except ValueError:
        return None


#: what java.time calls the fields of a time, and their least and greatest values
_FIELDS: dict[str, tuple[str, str, int, int]] = {
    "M": ("MonthOfYear", "1 - 12", 1, 12),
    "d": ("DayOfMonth", "1 - 28/31", 1, 31),
    "D": ("DayOfYear", "1 - 365/366", 1, 366),
    "H": ("HourOfDay", "0 - 23", 0, 23),
    "k": ("ClockHourOfDay", "1 - 24", 1, 24),
    "K": ("HourOfAmPm", "0 - 11", 0, 11),
    "h": ("ClockHourOfAmPm", "1 - 12", 1, 12),
    "m": ("MinuteOfHour", "0 - 59", 0, 59),
    "s": ("SecondOfMinute", "0 - 59", 0, 59),
}


def parse_failure(text: str, pattern: str) -> str:
    """Why `parse_moment` gave None, as java.time ends the sentence: where reading stopped, or which field is out of range."""
    regex, fields = _reader(pattern)
    match = regex.match(text)
    if match is not None:
        return _misfit({part.letter: value for part, value in zip(fields, match.groups(), strict=True) if value})
    pieces, _ = _pieces(pattern)
    place = 0
    for count in range(1, len(pieces) + 1):
        try:
            found = re.match("".join(pieces[:count]), text, re.IGNORECASE)
        except re.error:  # the middle of an optional section
            continue
        if found is None:
            return f" at index {place}"
        place = found.end()
    return f", unparsed text found at index {place}"


def _misfit(given: dict[str, str]) -> str:
    for letter, (name, values, least, most) in _FIELDS.items():
        value = given.get(letter, "")
        if value.isdigit() and not least <= int(value) <= most:
            return f": Invalid value for {name} (valid values {values}): {value.lstrip('0') or '0'}"
    year = given.get("y", "1970")
    if "D" in given:
        return f": Invalid date 'DayOfYear 366' as '{int(year)}' is not a leap year"
    month = given.get("M", given.get("L", "1"))
    names = [name[:3].lower() for name in MONTHS]
    number = int(month) if month.isdigit() else names.index(month[:3].lower()) + 1
    if number == 2 and int(given.get("d", "1")) == 29:
        return f": Invalid date 'February 29' as '{int(year)}' is not a leap year"
    return f": Invalid date '{MONTHS[number - 1].upper()} {int(given.get('d', '1'))}'"


def _assembled(given: dict[str, str], parts: dict[str, Part]) -> datetime.datetime:
    year = int(given.get("y", "1970"))
    if "y" in parts and parts["y"].width == 2:
        year += 2000
    if given.get("G", "").upper().startswith("B"):
        raise ValueError("before year 1")
    month_text = given.get("M", given.get("L", "1"))
    month = (
        int(month_text)
        if month_text.isdigit()
        else [name[:3].lower() for name in MONTHS].index(month_text[:3].lower()) + 1
    )
    hour = int(given.get("H", "0"))
    if "h" in given or "K" in given:
        twelve = int(given["h"]) % 12 if "h" in given else int(given["K"])
        if ("h" in given and not 1 <= int(given["h"]) <= 12) or twelve > 11:
            raise ValueError("hour")
        hour = twelve + (12 if given.get("a", "AM").upper() == "PM" else 0)
    elif "k" in given:
        hour = int(given["k"]) % 24
    fraction = int(given.get("S", "0").ljust(6, "0")[:6])
    moment = datetime.datetime(
        year, month, int(given.get("d", "1")), hour, int(given.get("m", "0")), int(given.get("s", "0")), fraction
    )
    if "D" in given:
        moment = moment.replace(month=1, day=1) + datetime.timedelta(days=int(given["D"]) - 1)
    return moment
