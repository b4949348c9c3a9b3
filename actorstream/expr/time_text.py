"""Times of day as text: how Spark reads and prints a TIME. Values are microseconds since midnight."""

from __future__ import annotations

import re

US_PER_DAY = 86_400_000_000
_TIME = re.compile(r"T?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,}))?)?\s*([AaPp][Mm])?\Z")


def parse_time_us(text: str) -> int | None:
    """Microseconds since midnight of ``[T]h:m[:s[.fraction]][ AM|PM]``; None if it is no time of day.

    Source: Spark ``SparkDateTimeUtils.stringToTime``.
    """
    match = _TIME.match(text.strip())
    if match is None:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[5]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[5].upper() == "PM" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + int((match[4] or "").ljust(6, "0")[:6])


def time_text(micros: int) -> str:
    """``10:11:12.5``: seconds always, a fraction without its trailing zeros."""
    seconds, fraction = divmod(micros, 1_000_000)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return text + (f".{fraction:06d}".rstrip("0") if fraction else "")


def time_literal(micros: int) -> str:
    """``TIME '10:11:12.5'``, as column names and errors show a time."""
    return f"TIME '{time_text(micros)}'"
