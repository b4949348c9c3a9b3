"""Java's number formatting: ``String.format`` and ``DecimalFormat`` as far as Spark's functions use them."""

from __future__ import annotations

import datetime
import decimal
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from actorstream.errors import IllegalArgumentException, PySparkNotImplementedError
from actorstream.expr.text import java_float

_SPEC = re.compile(r"%(\d+\$)?([-#+ 0,(]*)?(\d+)?(\.\d+)?([a-zA-Z%])|%")
_EPOCH = datetime.datetime(1970, 1, 1)
#: Java's classes of the values that arrive, as its errors name them
_CLASSES = (
    (bool, "java.lang.Boolean"),
    (str, "org.apache.spark.unsafe.types.UTF8String"),
    (decimal.Decimal, "org.apache.spark.sql.types.Decimal"),
    (float, "java.lang.Double"),
    (int, "java.lang.Integer"),
)


def format_string(pattern: str, arguments: Sequence[Any], bits: Sequence[int] = ()) -> str:
    """``String.format(pattern, arguments)``; ``%s`` prints values as Java does.

    Args:
        bits: size of each argument that is a number, for ``%x`` of negative ones and ``%s`` of floats; 64 where not given.

    Raises: IllegalArgumentException as Java's formatter does for a bad specifier or a value that does not fit it.
    """
    position = 0

    def one(match: re.Match[str]) -> str:
        nonlocal position
        index, flags, width, precision, kind = match.groups()
        if kind is None:
            raise IllegalArgumentException(f"Format specifier '{pattern[match.start() : match.start() + 3]}'")
        if kind == "%":
            return "%"
        if kind == "n":
            return "\n"
        if "-" in flags and not width:
            raise IllegalArgumentException(match[0])
        place = int(index[:-1]) - 1 if index else position
        position += not index
        if place >= len(arguments):
            raise IllegalArgumentException(f"Format specifier '{match[0]}'")
        size = bits[place] if place < len(bits) else 64
        return _format_one(arguments[place], flags or "", width, precision, kind, size)

    return _SPEC.sub(one, pattern)


def java_string(value: Any) -> str:
    """``toString`` of a value; dates and times are the days and microseconds that stand for them."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return str((value.replace(tzinfo=None) - _EPOCH) // datetime.timedelta(microseconds=1))
    if isinstance(value, datetime.date):
        return str((value - _EPOCH.date()).days)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return java_string(list(value.values()))
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return f"keys: {java_string([key for key, _ in value])}, values: {java_string([item for _, item in value])}"
    if isinstance(value, list):
        return "[" + ",".join(java_string(item) for item in value) + "]"
    return java_float(value) if isinstance(value, float) else str(value)


def _unfit(kind: str, value: Any) -> IllegalArgumentException:
    name = next((name for base, name in _CLASSES if isinstance(value, base)), type(value).__name__)
    return IllegalArgumentException(f"{kind} != {name}")


def _format_one(value: Any, flags: str, width: str | None, precision: str | None, kind: str, bits: int) -> str:
    lower = kind.lower()
    if lower in "aht":
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={"feature": f"The conversion `%{kind}`", "remedy": "Use date_format for times."},
        )
    if lower not in "bscdoxegf" or (kind.isupper() and kind in "DOF"):
        raise IllegalArgumentException(f"Conversion = '{kind}'")
    if lower == "b":
        text = java_string(value if isinstance(value, bool) else value is not None)
    elif value is None or lower == "s":
        text = java_float(value, single=bits == 32) if isinstance(value, float) else java_string(value)
        text = text[: int(precision[1:])] if precision else text
    elif lower == "c":
        if not isinstance(value, int) or isinstance(value, bool):
            raise _unfit(kind, value)
        text = chr(value)
    else:
        return _format_number(value, flags, int(width or 0), precision, kind, bits)
    text = text.upper() if kind.isupper() else text
    return _padded(text, flags, int(width or 0))


def _padded(text: str, flags: str, width: int) -> str:
    # Java counts characters beyond 16 bits twice
    blanks = " " * (width - len(text.encode("utf-16-be")) // 2)
    return text + blanks if "-" in flags else blanks + text


def _format_number(value: Any, flags: str, width: int, precision: str | None, kind: str, bits: int) -> str:
    lower = kind.lower()
    wanted = float if lower in "efg" else int
    if not isinstance(value, wanted) or isinstance(value, bool):
        raise _unfit(kind, value)
    if lower in "xo":
        assert isinstance(value, int)
        return _padded(_unsigned(value, flags, width, lower, bits, upper=kind.isupper()), flags, width)
    if isinstance(value, float) and value - value != 0:
        return _padded(java_float(value), flags, width)
    size = abs(value)
    grouping = "," if "," in flags else ""
    text = _general(size, precision) if lower == "g" else format(size, f"{grouping}{precision or '.6'}{lower}") if lower in "ef" else format(size, f"{grouping}d")  # fmt: skip
    negative = value < 0 or (value == 0 and str(value).startswith("-"))
    before, after = ("-", "") if negative else ("+", "") if "+" in flags else (" ", "") if " " in flags else ("", "")
    if negative and "(" in flags:
        before, after = "(", ")"
    if "0" in flags:
        text = text.rjust(width - len(before) - len(after), "0")
    text = before + text + after
    return _padded(text.upper() if kind.isupper() else text, flags, width)


def _unsigned(value: int, flags: str, width: int, kind: str, bits: int, *, upper: bool) -> str:
    text = format(value + (1 << bits) if value < 0 else value, kind)
    if "#" in flags:
        text = ("0x" if kind == "x" else "0") + text
    if "0" in flags:
        text = text.rjust(width, "0")
    return text.upper() if upper else text


def _general(value: float, precision: str | None) -> str:
    """``%g``: the given number of significant digits, with an exponent outside 10^-4 to 10^precision."""
    digits = int(precision[1:]) if precision else 6
    digits = digits or 1
    if value == 0:
        return f"{0:.{digits - 1}f}"
    if 1e-4 <= value < 10**digits:
        whole = len(str(int(value))) if value >= 1 else 1 - len(f"{value:.10f}".split(".")[1]) + len(f"{value:.10f}".split(".")[1].lstrip("0"))  # fmt: skip
        return f"{value:.{max(digits - whole, 0)}f}"
    return f"{value:.{digits - 1}e}"


# ---------------------------------------------------------------- DecimalFormat


def format_number(value: Any, places: int | str) -> str | None:
    """A number with grouped thousands and `places` decimals, or by a pattern, rounded half to even (``DecimalFormat``).

    Raises: IllegalArgumentException for a malformed pattern.
    """
    if isinstance(places, int):
        if places < 0:
            return None
        layout = Layout(3, 1, places, places)
    else:
        layout = decimal_layout(places or "#,##0")
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return "NaN" if value != value else ("∞" if value > 0 else "-∞")
    return layout.format(decimal.Decimal(repr(value)) if isinstance(value, float) else decimal.Decimal(value))


@dataclass(frozen=True, slots=True)
class Layout:
    """What a pattern says: size of groups (0 for none), digits before and after the point, and what stands around."""

    group: int
    least_whole: int
    least_fraction: int
    most_fraction: int
    prefix: str = ""
    suffix: str = ""
    factor: int = 0  # power of ten that the number is multiplied by: 2 for per cent, 3 for per mille

    def format(self, number: decimal.Decimal) -> str:
        """The number as text."""
        with decimal.localcontext(prec=400):
            scaled = number.scaleb(self.factor)
            rounded = scaled.quantize(decimal.Decimal(1).scaleb(-self.most_fraction), decimal.ROUND_HALF_EVEN)
        whole, _, fraction = format(rounded.copy_abs(), "f").partition(".")
        while len(fraction) > self.least_fraction and fraction.endswith("0"):
            fraction = fraction[:-1]
        whole = whole.lstrip("0").rjust(self.least_whole, "0")
        if not whole and not fraction:
            whole = "0"
        if self.group:
            first = len(whole) % self.group
            parts = ([whole[:first]] if first else []) + [
                whole[place : place + self.group] for place in range(first, len(whole), self.group)
            ]
            whole = ",".join(parts)
        sign = "-" if number.is_signed() else ""
        return sign + self.prefix + whole + ("." + fraction if fraction else "") + self.suffix


_PATTERN = re.compile(r"((?:'[^']*'|[^#0,.'])*)([#,]*[0,]*)(?:\.(0*)(#*))?((?:'[^']*'|[^#0,.'])*)\Z")


@functools.lru_cache(maxsize=256)
def decimal_layout(pattern: str) -> Layout:
    """The layout of a pattern; only its part for positive numbers counts. Raises: IllegalArgumentException."""
    match = _PATTERN.match(pattern.split(";", maxsplit=1)[0])
    if match is None:
        raise IllegalArgumentException(f'Malformed pattern "{pattern}"')
    prefix, whole, zeros, optional, suffix = match.groups()
    group = len(whole) - whole.rindex(",") - 1 if "," in whole else 0
    around = prefix + suffix
    least_whole, least_fraction, most_fraction = (
        whole.count("0"),
        len(zeros or ""),
        len(zeros or "") + len(optional or ""),
    )
    if optional is not None and not least_whole and not least_fraction:
        # '#.##' wants a digit before the point, '.##' one after it
        least_whole, least_fraction = (1, 0) if whole else (0, min(1, most_fraction))
    return Layout(
        group,
        least_whole,
        least_fraction,
        most_fraction,
        prefix.replace("'", ""),
        suffix.replace("'", ""),
        2 if "%" in around else 3 if "‰" in around else 0,
    )
