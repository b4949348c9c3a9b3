"""English names of time zones, as Java has them: ``PST``, ``Pacific Standard Time``, ``PT``, ``Pacific Time``.

The time zone database of Python has abbreviations only. Zones that are not listed show these, and are not read by a name.
"""

from __future__ import annotations

import datetime
import functools
from dataclasses import dataclass

from actorstream.expr.casts import tzinfo_of


@dataclass(frozen=True, slots=True)
class _Names:
    """Short and long names of standard time, of summer time, and of both."""

    standard: tuple[str, str]
    summer: tuple[str, str]
    generic: tuple[str, str]


def _named(stem: str, letters: str, summer: str = "Daylight") -> _Names:
    """Names that all begin with the same words, ``Eastern``, and letters, ``E``."""
    return _Names(
        (f"{letters}ST", f"{stem} Standard Time"),
        (f"{letters}{summer[0]}T", f"{stem} {summer} Time"),
        (f"{letters}T", f"{stem} Time"),
    )


def _without_summer(short: str, long: str, generic: str, generic_long: str) -> _Names:
    return _Names((short, long), (short, long), (generic, generic_long))


_CENTRAL_EUROPE = _Names(
    ("CET", "Central European Standard Time"),
    ("CEST", "Central European Summer Time"),
    ("CET", "Central European Time"),
)
_EASTERN_EUROPE = _Names(
    ("EET", "Eastern European Standard Time"),
    ("EEST", "Eastern European Summer Time"),
    ("EET", "Eastern European Time"),
)
_WESTERN_EUROPE = _Names(
    ("WET", "Western European Standard Time"),
    ("WEST", "Western European Summer Time"),
    ("WET", "Western European Time"),
)
_UTC = _without_summer("UTC", "Coordinated Universal Time", "UTC", "Coordinated Universal Time")
_GMT = _without_summer("GMT", "Greenwich Mean Time", "GMT", "Greenwich Mean Time")
_SYDNEY = _Names(
    ("AEST", "Australian Eastern Standard Time"),
    ("AEDT", "Australian Eastern Daylight Time"),
    ("AET", "Eastern Australia Time"),
)

#: the first zone of a line is the one that a name is read as
_ZONES: tuple[tuple[_Names, str], ...] = (
    (_named("Eastern", "E"), "America/New_York America/Detroit America/Toronto US/Eastern"),
    (_named("Central", "C"), "America/Chicago America/Winnipeg US/Central"),
    (_named("Mountain", "M"), "America/Denver America/Edmonton America/Boise US/Mountain"),
    (_named("Pacific", "P"), "America/Los_Angeles America/Vancouver America/Tijuana US/Pacific"),
    (_named("Alaska", "AK"), "America/Anchorage US/Alaska"),
    (_named("Atlantic", "A"), "America/Halifax Atlantic/Bermuda"),
    (_without_summer("HST", "Hawaii-Aleutian Standard Time", "HST", "Hawaii-Aleutian Time"), "Pacific/Honolulu US/Hawaii"),
    (_without_summer("BRT", "Brasilia Standard Time", "BRT", "Brasilia Time"), "America/Sao_Paulo"),
    (_CENTRAL_EUROPE, "Europe/Paris Europe/Berlin Europe/Madrid Europe/Rome Europe/Amsterdam Europe/Brussels Europe/Vienna "
     "Europe/Zurich Europe/Stockholm Europe/Oslo Europe/Copenhagen Europe/Prague Europe/Budapest Europe/Warsaw"),
    (_EASTERN_EUROPE, "Europe/Bucharest Europe/Athens Europe/Helsinki Europe/Sofia Europe/Kiev Africa/Cairo"),
    (_WESTERN_EUROPE, "Europe/Lisbon"),
    (_Names(("GMT", "Greenwich Mean Time"), ("BST", "British Summer Time"), ("BT", "British Time")), "Europe/London"),
    (_without_summer("MSK", "Moscow Standard Time", "MT", "Moscow Time"), "Europe/Moscow"),
    (_without_summer("TRT", "Turkey Time", "TRT", "Turkey Time"), "Europe/Istanbul"),
    (_without_summer("SAST", "South Africa Standard Time", "SAT", "South Africa Time"), "Africa/Johannesburg"),
    (_without_summer("GST", "Gulf Standard Time", "GT", "Gulf Time"), "Asia/Dubai"),
    (_without_summer("IST", "India Standard Time", "IT", "India Time"), "Asia/Kolkata Asia/Calcutta"),
    (_without_summer("NPT", "Nepal Time", "NPT", "Nepal Time"), "Asia/Kathmandu"),
    (_without_summer("CST", "China Standard Time", "CT", "China Time"), "Asia/Shanghai"),
    (_without_summer("HKT", "Hong Kong Standard Time", "HKT", "Hong Kong Time"), "Asia/Hong_Kong"),
    (_without_summer("SGT", "Singapore Standard Time", "SGT", "Singapore Time"), "Asia/Singapore"),
    (_without_summer("JST", "Japan Standard Time", "JT", "Japan Time"), "Asia/Tokyo"),
    (_without_summer("KST", "Korean Standard Time", "KT", "Korean Time"), "Asia/Seoul"),
    (_SYDNEY, "Australia/Sydney Australia/Melbourne"),
    (_named("New Zealand", "NZ"), "Pacific/Auckland"),
    (_GMT, "GMT"),
    (_UTC, "UTC Etc/UTC Z"),
)  # fmt: skip

#: short names that Java reads as another zone than the one that shows them, or that no zone above has
_READ_AS = {
    "IST": "Europe/Dublin",
    "BST": "Pacific/Bougainville",
    "MT": "Europe/Moscow",
    "MST": "America/Denver",
    "CST": "America/Chicago",
    "CT": "America/Chicago",
    "AST": "America/Halifax",
    "ACST": "America/Rio_Branco",
    "AWST": "Australia/Perth",
    "ART": "America/Argentina/Buenos_Aires",
    "CAT": "Africa/Maputo",
    "EAT": "Africa/Nairobi",
    "WAT": "Africa/Lagos",
}


@functools.cache
def _by_zone() -> dict[str, _Names]:
    return {zone: names for names, zones in _ZONES for zone in zones.split()}


@functools.cache
def _by_name(short: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for names, zones in _ZONES:
        for pair in (names.standard, names.summer, names.generic):
            for name in pair if short else pair[1:]:
                found.setdefault(name.upper(), zones.split()[0])
    return {**found, **_READ_AS} if short else found


def zone_by_name(name: str, *, short: bool) -> str | None:
    """The zone that a name means, in any case; None for no name that is known. Short names only where they are asked for."""
    return _by_name(short).get(name.upper())


def display_name(zone: str, local: datetime.datetime, *, long: bool, generic: bool = False) -> str:
    """What a zone is called at a local time; `generic` for the name that summer time shares."""
    names = _by_zone().get(zone)
    moment = local.replace(tzinfo=tzinfo_of(zone))
    if names is None:
        plain = moment.tzname() or zone
        if zone.startswith("Etc/"):
            return f"GMT{moment.isoformat()[-6:]}"
        return plain if plain.isalpha() else zone
    pair = names.generic if generic else names.summer if moment.dst() else names.standard
    return pair[int(long)]
