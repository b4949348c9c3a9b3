"""Cells of CSV text as variants: numbers, dates, moments, booleans, or else texts.

Within a file a column only widens, as the reference's does: behind the first text everything in it is text.

Source: Spark ``UnivocityParser.VariantValueConverter``.
"""

from __future__ import annotations

import decimal
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from actorstream.expr.arrow import Array, pa
from actorstream.expr.types import DateType, TimestampType
from actorstream.expr.variant.encoding import (
    FALSE,
    NULL,
    TRUE,
    date_bytes,
    decimal_bytes,
    integer_bytes,
    primitive,
    text_bytes,
    timestamp_bytes,
)

if TYPE_CHECKING:
    from actorstream.expr.csv_text import CellReading

_WHOLE = re.compile(r"[+-]?[0-9]+\Z")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_MOST_DIGITS = 38


def cell_values(reading: CellReading, texts: Array) -> list[bytes]:
    """The value of every cell, JSON's null for a null one."""
    days = reading.convert(texts, DateType())[0].cast(pa.int32()).to_pylist()
    micros = reading.convert(texts, TimestampType())[0].cast(pa.int64()).to_pylist()
    found: list[bytes] = []
    widest = 0
    for text, day, moment in zip(texts.to_pylist(), days, micros, strict=True):
        if text is None:
            found.append(primitive(NULL))
            continue
        dated = day if reading.prefers_date and (reading.date_format is not None or _DAY.match(text)) else None
        candidates: Sequence[bytes | None] = (
            _whole(text),
            _decimal(text),
            None if dated is None else date_bytes(dated),
            None if moment is None else timestamp_bytes(moment, zoned=True),
            _boolean(text),
            text_bytes(text),
        )
        kind = next(kind for kind in range(widest, len(candidates)) if candidates[kind] is not None)
        found.append(candidates[kind] or b"")
        widest = kind if reading.widening else 0
    return found


def _whole(text: str) -> bytes | None:
    try:
        return integer_bytes(int(text)) if _WHOLE.match(text) else None
    except OverflowError:
        return None


def _decimal(text: str) -> bytes | None:
    plain = text.replace(",", "")
    if not _NUMBER.match(plain):
        return None
    number = decimal.Decimal(plain)
    _, digits, exponent = number.as_tuple()
    if len(digits) + max(int(exponent), 0) > _MOST_DIGITS or -int(exponent) > _MOST_DIGITS:
        return None
    return decimal_bytes(decimal.Decimal(format(number, "f")))


def _boolean(text: str) -> bytes | None:
    known = {"true": primitive(TRUE), "false": primitive(FALSE)}
    return known.get(text.lower())
