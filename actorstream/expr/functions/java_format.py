"""Java's number formatting: ``String.format`` and ``DecimalFormat`` as far as Spark's functions use them."""

from __future__ import annotations

import decimal
import re
from collections.abc import Sequence
from typing import Any

from actorstream.expr.text import java_float

_SPEC = re.compile(r"%(\d+\$)?([-#+ 0,(]*)?(\d+)?(\.\d+)?([a-zA-Z%])")


def format_string(pattern: str, arguments: Sequence[Any]) -> str:
    """``String.format(pattern, arguments)``; ``%s`` prints values as Java does."""
    position = 0

    def one(match: re.Match[str]) -> str:
        nonlocal position
        index, flags, width, precision, kind = match.groups()
        if kind == "%":
            return "%"
        if kind == "n":
            return "\n"
        if index:
            value = arguments[int(index[:-1]) - 1]
        else:
            value = arguments[position] if position < len(arguments) else None
            position += 1
        return _format_one(value, flags or "", width, precision, kind)

    return _SPEC.sub(one, pattern)


def java_string(value: Any) -> str:
    """``toString`` of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return java_float(value) if isinstance(value, float) else str(value)


def _format_one(value: Any, flags: str, width: str | None, precision: str | None, kind: str) -> str:
    lower = kind.lower()
    if value is None or lower == "s":
        text = java_string(value)
        text = text[: int(precision[1:])] if precision else text
    elif lower == "b":
        text = java_string(bool(value))
    elif lower == "c":
        text = chr(value) if isinstance(value, int) else str(value)
    else:
        symbol = lower if lower in "xoefg" else "d"
        sign = "+" if "+" in flags else (" " if " " in flags else "")
        grouping = "," if "," in flags else ""
        zero = f"0{width}" if "0" in flags and width else ""
        if symbol in "xo" and value < 0:
            value += 2**32 if value >= -(2**31) else 2**64
        digits = precision or (".6" if symbol in "efg" else "")
        text = format(value, f"{sign}{zero}{grouping}{digits}{symbol}")
    if kind.isupper():
        text = text.upper()
    if width:
        text = text.ljust(int(width)) if "-" in flags else text.rjust(int(width))
    return text


def format_number(value: Any, places: int | str) -> str | None:
    """A number with grouped thousands and `places` decimals, rounded half to even (``DecimalFormat``)."""
    if isinstance(places, str):
        return _format_pattern(value, places)
    if places < 0:
        return None
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return "NaN" if value != value else ("∞" if value > 0 else "-∞")
    number = decimal.Decimal(value) if not isinstance(value, float) else decimal.Decimal(repr(value))
    rounded = number.quantize(decimal.Decimal(1).scaleb(-places), decimal.ROUND_HALF_EVEN)
    return f"{rounded:,f}"


def _format_pattern(value: Any, pattern: str) -> str:
    whole, _, fraction = pattern.partition(".")
    most, least = len(fraction), fraction.count("0")
    number = decimal.Decimal(repr(value)) if isinstance(value, float) else decimal.Decimal(value)
    rounded = number.quantize(decimal.Decimal(1).scaleb(-most), decimal.ROUND_HALF_EVEN)
    text = f"{rounded:,f}" if "," in whole else f"{rounded:f}"
    head, _, tail = text.partition(".")
    while len(tail) > least and tail.endswith("0"):
        tail = tail[:-1]
    digits = head.lstrip("-").rjust(whole.count("0"), "0")
    head = ("-" if head.startswith("-") else "") + digits
    return head + ("." + tail if tail else "")
