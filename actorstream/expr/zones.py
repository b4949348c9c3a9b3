"""Which time zone dates, texts and local datetimes mean: the session's, else the machine's."""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path

from actorstream.common.config import SESSION_TIME_ZONE, Conf

_OFFSET = re.compile(r"(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?\Z")
#: what Java takes for a zone besides the names of the time zone database. Source: ``java.time.ZoneId.SHORT_IDS``
_SHORT_NAMES = {
    "ACT": "Australia/Darwin",
    "AET": "Australia/Sydney",
    "AGT": "America/Argentina/Buenos_Aires",
    "ART": "Africa/Cairo",
    "AST": "America/Anchorage",
    "BET": "America/Sao_Paulo",
    "BST": "Asia/Dhaka",
    "CAT": "Africa/Harare",
    "CNT": "America/St_Johns",
    "CST": "America/Chicago",
    "CTT": "Asia/Shanghai",
    "EAT": "Africa/Addis_Ababa",
    "ECT": "Europe/Paris",
    "EST": "-05:00",
    "HST": "-10:00",
    "IET": "America/Indiana/Indianapolis",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "MIT": "Pacific/Apia",
    "MST": "-07:00",
    "NET": "Asia/Yerevan",
    "NST": "Pacific/Auckland",
    "PLT": "Asia/Karachi",
    "PNT": "America/Phoenix",
    "PRT": "America/Puerto_Rico",
    "PST": "America/Los_Angeles",
    "SST": "Pacific/Guadalcanal",
    "VST": "Asia/Ho_Chi_Minh",
}
_UTC_NAMES = frozenset({"UTC", "Z", "GMT", "Etc/UTC", "Etc/GMT", "Etc/UCT", "UCT", "Zulu", "UT"})


def zone_name(zone: str) -> str:
    """The zone under its name in the time zone database, if it is one of Java's short names."""
    return _SHORT_NAMES.get(zone, zone)


@functools.cache
def machine_zone() -> str:
    """The name of this machine's time zone; ``UTC`` when nothing says otherwise."""
    named = os.environ.get("TZ", "").lstrip(":")
    if named and not named.startswith("/"):
        return named
    link = Path("/etc/localtime")
    if link.is_symlink():
        target = str(link.resolve())
        if "zoneinfo/" in target:
            return target.split("zoneinfo/", 1)[1]
    return "UTC"


def session_zone(conf: Conf) -> str:
    """The zone of ``spark.sql.session.timeZone``, by default the machine's."""
    return conf.value(SESSION_TIME_ZONE) or machine_zone()


def is_utc(zone: str) -> bool:
    """Whether local time in `zone` is UTC."""
    return zone in _UTC_NAMES or arrow_zone(zone) == "+00:00"


def arrow_zone(zone: str) -> str:
    """The zone as Arrow spells it: ``UTC+2`` and ``+2`` become ``+02:00``, ``PST`` becomes ``America/Los_Angeles``."""
    zone = zone_name(zone)
    match = _OFFSET.match(zone)
    if match is None:
        return "UTC" if zone in _UTC_NAMES else zone
    return f"{match[1]}{int(match[2]):02d}:{match[3] or '00'}"
