"""Reads moments by Java's date and time patterns; the patterns are in `java_datetime`.

Reading is strict, as Spark's is: ``MM`` wants two digits, ``yyyy`` four, ``xxx`` a colon. A fraction of a second may be shorter
than its pattern, and a number of one letter takes all digits there are unless others of a fixed width follow it.

Source: java.time.format.DateTimeFormatterBuilder, Spark ``DateTimeFormatterHelper``.
"""

from __future__ import annotations

import datetime
import functools
import re
import zoneinfo

from actorstream.expr.casts import tzinfo_of
from actorstream.expr.functions.java_datetime import DAYS, MONTHS, Part, parts_of
from actorstream.expr.functions.zone_names import zone_by_name
from actorstream.expr.zones import zone_name

_NAMED = {"M": MONTHS, "L": MONTHS, "E": DAYS}
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
_NUMERIC = frozenset("yMLdDHhKkms")
_OFFSETS = {
    ("X", 1): r"Z|[+-]\d\d(?:\d\d)?",
    ("X", 2): r"Z|[+-]\d{4}",
    ("X", 3): r"Z|[+-]\d\d:\d\d",
    ("X", 4): r"Z|[+-]\d{4}(?:\d\d)?",
    ("X", 5): r"Z|[+-]\d\d:\d\d(?::\d\d)?",
    ("x", 1): r"\+00|(?!\+00)[+-]\d\d(?:\d\d)?",
    ("x", 2): r"[+-]\d{4}",
    ("x", 3): r"[+-]\d\d:\d\d",
    ("x", 4): r"[+-]\d{4}(?:\d\d)?",
    ("x", 5): r"[+-]\d\d:\d\d(?::\d\d)?",
    ("Z", 4): r"GMT(?:[+-]\d\d:\d\d(?::\d\d)?)?",
    ("Z", 5): r"Z|[+-]\d\d:\d\d(?::\d\d)?",
    ("O", 1): r"GMT(?:[+-]\d\d?(?::\d\d(?::\d\d)?)?)?",
    ("O", 4): r"GMT(?:[+-]\d\d:\d\d(?::\d\d)?)?",
}
_PLAIN_OFFSET = re.compile(r"([+-])(\d\d?)(?::?(\d\d))?(?::?(\d\d))?\Z")


@functools.lru_cache(maxsize=256)
def _reader(pattern: str) -> tuple[re.Pattern[str], tuple[Part, ...]]:
    """A regular expression for the pattern, one group per letter part."""
    pieces, fields = _pieces(pattern)
    # brackets that are open at the end are closed there
    whole = "".join(pieces) + ")?" * (pieces.count("(?:") - pieces.count(")?"))
    return re.compile(whole + r"\Z", re.IGNORECASE), fields


@functools.lru_cache(maxsize=256)
def _pieces(pattern: str) -> tuple[tuple[str, ...], tuple[Part, ...]]:
    """The regular expression of each part of the pattern, and the parts that are letters."""
    out: list[str] = []
    fields: list[Part] = []
    parts = parts_of(pattern, parsing=True)
    for index, part in enumerate(parts):
        if part.letter == "[":
            out.append("(?:")
        elif part.letter == "]":
            out.append(")?")
        elif not part.letter:
            out.append(re.escape(part.text))
        else:
            following = parts[index + 1] if index + 1 < len(parts) else None
            out.append(f"({_field_regex(part, adjacent=following is not None and _is_fixed(following))})")
            fields.append(part)
    return tuple(out), tuple(fields)


def _is_fixed(part: Part) -> bool:
    """Whether a part is a number with as many digits as it has letters."""
    return part.letter in _NUMERIC and (part.width == 2 or (part.letter == "D" and part.width == 3))


def _field_regex(part: Part, *, adjacent: bool) -> str:
    letter, width = part.letter, part.width
    if letter in _NAMED and width >= 3:
        names = _NAMED[letter]
        return "|".join(names if width == 4 else (name[:3] for name in names))
    if letter == "S":
        return rf"\d{{1,{width}}}"
    if letter == "a":
        return "AM|PM"
    if letter == "G":
        return "Anno Domini|Before Christ" if width == 4 else "AD|BC"
    if letter in "XxZO":
        return _OFFSETS.get((letter, width), r"[+-]\d{4}")
    if letter in "Vzv":
        return r"[A-Za-z0-9_/+:\-]+" if letter == "V" or width < 4 else r"[A-Za-z0-9_/+: \-]+"
    if letter == "y" and width >= 3:
        return rf"\d{{{width}}}" if adjacent else rf"\d{{{width}}}(?!\d)" if width > 3 else r"\d{3,19}+"
    if width == 1:
        return r"\d{1,19}" if adjacent else r"\d{1,19}+"
    return rf"\d{{{width},3}}" if letter == "D" else rf"\d{{{width}}}"


def parse_moment(text: str, pattern: str) -> tuple[datetime.datetime, str | None] | None:
    """Local time and the zone that the text names (None if it names none); None if the text does not fit the pattern."""
    regex, fields = _reader(pattern)
    match = regex.match(text)
    if match is None:
        return None
    given: dict[str, str] = {}
    parts: dict[str, Part] = {}
    for part, value in zip(fields, match.groups(), strict=True):
        if value is not None:
            given[part.letter] = value
            parts[part.letter] = part
    named = next((letter for letter in "VzvXxZO" if letter in given), None)
    try:
        zone = None if named is None else _zone(given[named], parts[named])
        return _assembled(given, parts), zone
    except (ValueError, OverflowError):
        return None


def _zone(text: str, part: Part) -> str:
    """A zone as `tzinfo_of` knows it. Raises: ValueError for none."""
    if text.upper() in ("Z", "GMT", "UTC", "UT"):
        return "UTC"
    offset = _PLAIN_OFFSET.match(re.sub(r"\A(?:GMT|UTC|UT)(?=[+-])", "", text, flags=re.IGNORECASE))
    if offset is not None:
        if part.letter in "Vzv" and ":" not in text:
            raise ValueError(text)
        return f"{offset[1]}{int(offset[2]):02d}:{offset[3] or '00'}"
    if zone_name(text) == text:  # what is a zone of a session by three letters is none in a text, or another
        try:
            tzinfo_of(text)
            return text
        except (ValueError, zoneinfo.ZoneInfoNotFoundError):
            pass  # a name, not an id
    found = zone_by_name(text, short=part.width < 4) if part.letter != "V" else None
    if found is None:
        raise ValueError(text)
    return found


def parse_failure(text: str, pattern: str) -> str:
    """Why `parse_moment` gave None, as java.time says it: where reading stopped, or which field is out of range."""
    told = f"Text '{text}' could not be parsed"
    regex, fields = _reader(pattern)
    match = regex.match(text)
    if match is not None:
        given = {part.letter: value for part, value in zip(fields, match.groups(), strict=True) if value}
        reason = _misfit(given)
        # without a year there is no date until the whole has been read
        return reason if "y" not in given and reason.startswith("Invalid date") else f"{told}: {reason}"
    pieces, _ = _pieces(pattern)
    place = 0
    for count in range(1, len(pieces) + 1):
        try:
            found = re.match("".join(pieces[:count]), text, re.IGNORECASE)
        except re.error:  # the middle of an optional section
            continue
        if found is None:
            return f"{told} at index {place}"
        place = found.end()
    return f"{told}, unparsed text found at index {place}"


def _misfit(given: dict[str, str]) -> str:
    for letter, (name, values, least, most) in _FIELDS.items():
        value = given.get(letter, "")
        if value.isdigit() and not least <= int(value) <= most:
            return f"Invalid value for {name} (valid values {values}): {value.lstrip('0') or '0'}"
    year = given.get("y", "1970")
    if "D" in given:
        return f"Invalid date 'DayOfYear 366' as '{int(year)}' is not a leap year"
    number = _month(given)
    if number == 2 and int(given.get("d", "1")) == 29:
        return f"Invalid date 'February 29' as '{int(year)}' is not a leap year"
    return f"Invalid date '{MONTHS[number - 1].upper()} {int(given.get('d', '1'))}'"


def _month(given: dict[str, str]) -> int:
    text = given.get("M", given.get("L", "1"))
    return int(text) if text.isdigit() else [name[:3].lower() for name in MONTHS].index(text[:3].lower()) + 1


def _hour(given: dict[str, str]) -> int:
    afternoon = given.get("a", "AM").upper() == "PM"
    if "h" in given or "K" in given:
        twelve = int(given["h"]) % 12 if "h" in given else int(given["K"])
        if ("h" in given and not 1 <= int(given["h"]) <= 12) or twelve > 11:
            raise ValueError("hour")
        return twelve + (12 if afternoon else 0)
    if "k" in given:
        if not 1 <= int(given["k"]) <= 24:
            raise ValueError("hour")
        return int(given["k"]) % 24
    return int(given.get("H", "12" if afternoon else "0"))


def _assembled(given: dict[str, str], parts: dict[str, Part]) -> datetime.datetime:
    year = int(given.get("y", "1970"))
    if "y" in parts and parts["y"].width == 2:
        year += 2000
    if given.get("G", "").upper().startswith("B"):
        raise ValueError("before year 1")
    moment = datetime.datetime(
        year,
        _month(given),
        int(given.get("d", "1")),
        _hour(given),
        int(given.get("m", "0")),
        int(given.get("s", "0")),
        int(given.get("S", "0").ljust(6, "0")[:6]),
    )
    if "D" in given:
        found = moment.replace(month=1, day=1) + datetime.timedelta(days=int(given["D"]) - 1)
        if found.year != year or int(given["D"]) < 1:
            raise ValueError("day of year")
        return found
    return moment
