"""Cells of CSV text as typed columns and back: what the CSV reader and writer do with a field once it is cut out.

Source: Spark ``UnivocityParser``, ``UnivocityGenerator``, ``CSVInferSchema``.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from actorstream.expr.arrow import Array, pa, pc
from actorstream.expr.casts import cast_values, tzinfo_of
from actorstream.expr.distinct import by_distinct
from actorstream.expr.functions.java_datetime import Moment, format_moment
from actorstream.expr.functions.java_datetime_parser import parse_moment
from actorstream.expr.json_text import json_text
from actorstream.expr.text import local_time, to_text
from actorstream.expr.types import (
    BinaryType,
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    IntegralType,
    LongType,
    NullType,
    StringType,
    TimestampNTZType,
    TimestampType,
    VariantType,
    timestamp_type,
    to_arrow,
)
from actorstream.expr.variant.columns import variant_array
from actorstream.expr.variant.csv_input import cell_values
from actorstream.expr.variant.encoding import NO_NAMES

_EPOCH = datetime.datetime(1970, 1, 1)
_MICRO = datetime.timedelta(microseconds=1)
_BLANKS = " \t"


@dataclass(frozen=True, slots=True)
class CellReading:
    """How cells become values. Formats are Java's patterns; None reads what a cast from text reads."""

    zone: str = "UTC"
    null_value: str = ""
    empty_value: str = ""
    nan_value: str = "NaN"
    positive_inf: str = "Inf"
    negative_inf: str = "-Inf"
    date_format: str | None = None
    timestamp_format: str | None = None
    timestamp_ntz_format: str | None = None
    strip_start: bool = False
    strip_end: bool = False
    prefers_date: bool = True
    #: whether a variant is at least of the kind of those before it in its column
    widening: bool = False

    def cells(self, texts: Array, quoted: npt.NDArray[np.bool_]) -> Array:
        """The texts of a column: blanks outside quotes stripped if wanted, nulls made."""
        if self.strip_start or self.strip_end:
            outside = texts
            if self.strip_start:
                outside = pc.utf8_ltrim(outside, characters=_BLANKS)
            if self.strip_end:
                outside = pc.utf8_rtrim(outside, characters=_BLANKS)
            texts = pc.if_else(pa.array(quoted), texts, outside)
        empty = np.asarray(pc.fill_null(pc.equal(texts, ""), False))
        if self.empty_value and (empty & quoted).any():
            texts = pc.if_else(pa.array(empty & quoted), self.empty_value, texts)
        null = pc.or_(pa.array(empty & ~quoted), pc.fill_null(pc.equal(texts, self.null_value), True))
        return pc.if_else(null, pa.scalar(None, pa.string()), texts)

    def convert(self, texts: Array, data_type: DataType) -> tuple[Array, npt.NDArray[np.bool_]]:
        """Values of a type, null where a text is none of them; and where that happened."""
        if isinstance(data_type, StringType):
            return texts, np.zeros(len(texts), np.bool_)
        if isinstance(data_type, VariantType):
            pairs = [(value, NO_NAMES) for value in cell_values(self, texts)]
            return variant_array(pairs), np.zeros(len(texts), np.bool_)
        values = self._values(texts, data_type)
        return values, np.asarray(pc.and_(pc.is_valid(texts), pc.is_null(values)))

    def _values(self, texts: Array, data_type: DataType) -> Array:
        if isinstance(data_type, BooleanType):
            lowered = pc.utf8_lower(texts)
            known = pc.is_in(lowered, value_set=pa.array(["true", "false"]))
            return pc.if_else(known, pc.equal(lowered, "true"), pa.scalar(None, pa.bool_()))
        if isinstance(data_type, DateType) and self.date_format is not None:
            return _by_pattern(texts, self.date_format, None).cast(pa.date32(), safe=False)
        if isinstance(data_type, TimestampType) and self.timestamp_format is not None:
            return _by_pattern(texts, self.timestamp_format, self.zone).cast(to_arrow(data_type))
        if isinstance(data_type, TimestampNTZType):
            if self.timestamp_ntz_format is not None:
                return _by_pattern(texts, self.timestamp_ntz_format, None)
            # a zone is not ignored here: it is not a local time
            texts = _only(
                texts,
                pc.invert(pc.match_substring_regex(texts, r"(Z|UTC|GMT|:\d\d(\.\d+)?\s*[+-]\d{1,2}(:\d\d)?)\s*$")),
            )
        elif isinstance(data_type, (IntegralType, DecimalType)):
            texts = _only(texts, pc.invert(pc.match_substring_regex(texts, r"^\s|\s$")))
            if isinstance(data_type, DecimalType):
                texts = pc.replace_substring(texts, ",", "")
        elif isinstance(data_type, (DoubleType, FloatType)):
            return self._floats(texts, data_type)
        return cast_values(texts, StringType(), data_type, "try", self.zone)

    def _floats(self, texts: Array, data_type: DataType) -> Array:
        values = cast_values(texts, StringType(), data_type, "try", self.zone)
        for word, number in (
            (self.nan_value, float("nan")),
            (self.positive_inf, float("inf")),
            (self.negative_inf, float("-inf")),
        ):
            found = pc.fill_null(pc.equal(texts, word), False)
            values = pc.if_else(found, pa.scalar(number, values.type), values)
        hexadecimal = pc.and_(pc.is_null(values), pc.match_substring_regex(texts, r"^[+-]?0[xX][0-9a-fA-F.]+[pP]"))
        if pc.any(pc.fill_null(hexadecimal, False)).as_py():
            read = by_distinct(_hex_float, _only(texts, hexadecimal), pa.float64()).cast(values.type)
            values = pc.coalesce(values, read)
        return values

    # ------------------------------------------------------------ inference

    def infer(self, texts: Array, so_far: DataType) -> DataType:
        """The narrowest type that these texts and earlier ones, which had type `so_far`, all have."""
        found = so_far
        texts = pc.unique(texts.drop_null())
        for fits, data_type in self._kinds(texts):
            mask = np.asarray(pc.fill_null(fits(texts), False), dtype=np.bool_)
            if not mask.any():
                continue
            hit = texts.filter(pa.array(mask))
            found = wider(found, _decimal_of(hit) if isinstance(data_type, DecimalType) else data_type)
            texts = texts.filter(pa.array(~mask))
            if isinstance(found, StringType):
                return found
        return wider(found, StringType()) if len(texts) else found

    def _kinds(self, texts: Array) -> list[tuple[Callable[[Array], Array], DataType]]:
        def converts(data_type: DataType) -> Callable[[Array], Array]:
            return lambda rest: pc.is_valid(self._values(rest, data_type))

        def date(rest: Array) -> Array:
            if self.date_format is None:
                return pc.and_(pc.match_substring_regex(rest, r"^\d{4}-\d{2}-\d{2}$"), converts(DateType())(rest))
            return converts(DateType())(rest)

        kinds: list[tuple[Callable[[Array], Array], DataType]] = [
            (converts(IntegerType()), IntegerType()),
            (converts(LongType()), LongType()),
            (lambda rest: pc.match_substring_regex(rest, r"^[+-]?\d{1,38}$"), DecimalType(38, 0)),
            (converts(DoubleType()), DoubleType()),
        ]
        if self.prefers_date:
            kinds.append((date, DateType()))
        times = dict.fromkeys((timestamp_type(), TimestampType()))  # a local time has no zone
        return [*kinds, *((converts(kind), kind) for kind in (*times, BooleanType()))]


def wider(one: DataType, other: DataType) -> DataType:
    """The type that values of both are read as: text if nothing else fits."""
    if one == other or isinstance(other, NullType):
        return one
    if isinstance(one, NullType):
        return other
    numbers = (IntegerType, LongType, DecimalType, DoubleType)
    if isinstance(one, numbers) and isinstance(other, numbers):
        if isinstance(one, DecimalType) and isinstance(other, DecimalType):
            return one if one.precision > other.precision else other
        return max(one, other, key=lambda kind: numbers.index(type(kind)))
    times = (DateType, TimestampNTZType, TimestampType)
    if isinstance(one, times) and isinstance(other, times):
        return max(one, other, key=lambda kind: times.index(type(kind)))
    return StringType()


def _decimal_of(texts: Array) -> DecimalType:
    digits = pc.max(pc.utf8_length(pc.utf8_ltrim(pc.utf8_ltrim(texts, characters="+-"), characters="0"))).as_py()
    return DecimalType(max(digits, 20), 0)


def _only(texts: Array, keep: Array) -> Array:
    return pc.if_else(keep, texts, pa.scalar(None, pa.string()))


def _hex_float(text: str) -> float | None:
    try:
        return float.fromhex(text)
    except (ValueError, OverflowError):
        return None


def _by_pattern(texts: Array, pattern: str, zone: str | None) -> Array:
    """Local times by a Java pattern, or with `zone` instants, as ``timestamp[us]``; null where a text does not fit."""

    def one(text: str) -> int | None:
        found = parse_moment(text, pattern)
        if found is None:
            return None
        local, named = found
        micros = (local - _EPOCH) // _MICRO
        if zone is None:
            return micros
        try:
            info = tzinfo_of(named or zone)
        except ValueError:
            return None
        return micros - (local.replace(tzinfo=info).utcoffset() or datetime.timedelta()) // _MICRO

    micros = by_distinct(one, texts, pa.int64())
    return micros.cast(pa.timestamp("us") if zone is None else pa.timestamp("us", "UTC"))


# ---------------------------------------------------------------- writing


@dataclass(frozen=True, slots=True)
class CellWriting:
    """How values become cells, and when a cell is put in quotes."""

    separator: str = ","
    quote: str = '"'
    escape: str = "\\"
    zone: str = "UTC"
    null_value: str = ""
    empty_value: str = '""'
    quote_all: bool = False
    escape_quotes: bool = True
    date_format: str | None = None
    timestamp_format: str | None = None
    timestamp_ntz_format: str | None = None
    strip_start: bool = True
    strip_end: bool = True

    def cells(self, values: Array, data_type: DataType, *, first: bool) -> Array:
        """The cells of a column, no nulls among them; the `first` of a line must not look like a comment."""
        return self.quoted(self._texts(values, data_type), first=first)

    def _texts(self, values: Array, data_type: DataType) -> Array:
        if isinstance(data_type, DateType) and self.date_format is not None:
            return _formatted(values.cast(pa.timestamp("us")), self.date_format, "UTC")
        if isinstance(data_type, TimestampType) and self.timestamp_format is not None:
            return _formatted(local_time(values, self.zone), self.timestamp_format, self.zone)
        if isinstance(data_type, TimestampNTZType) and self.timestamp_ntz_format is not None:
            return _formatted(values, self.timestamp_ntz_format, "UTC")
        if isinstance(data_type, (TimestampType, TimestampNTZType)):
            # as JSON has them, to the millisecond
            floored = pc.floor_temporal(values, unit="millisecond")
            return pc.utf8_slice_codeunits(json_text(floored, data_type, self.zone), 1, -1)
        if isinstance(data_type, BinaryType):
            return by_distinct(lambda data: f"[{data.hex(' ').upper()}]", values, pa.string())
        return to_text(values, data_type, self.zone)

    def quoted(self, texts: Array, *, first: bool) -> Array:
        """Texts as cells: stripped, escaped, in quotes where needed."""
        if self.strip_start:
            texts = pc.utf8_ltrim_whitespace(texts)
        if self.strip_end:
            texts = pc.utf8_rtrim_whitespace(texts)
        special = [self.separator, "\n", "\r", *((self.quote,) if self.escape_quotes and self.quote else ())]
        pattern = "|".join(re.escape(item) for item in special)
        if first:
            pattern += "|^#"
        if self.quote and not self.escape_quotes:
            pattern += f"|^{re.escape(self.quote)}"
        needs = pc.match_substring_regex(texts, pattern)
        if self.quote_all:
            needs = pc.is_valid(texts)
        inner = texts
        for letter in dict.fromkeys((self.escape, self.quote)):
            if letter and self.escape:
                inner = pc.replace_substring(inner, letter, self.escape + letter)
        if not self.quote:
            inner = pc.replace_substring(texts, "\0", "\0\0")
        quote = self.quote or "\0"
        cells = pc.if_else(needs, pc.binary_join_element_wise(quote, inner, quote, ""), texts)
        cells = pc.if_else(pc.equal(texts, ""), self.empty_value, cells)
        null = f"{quote}{self.null_value}{quote}" if self.quote_all else self.null_value
        return pc.fill_null(cells, null)


def _formatted(local: Array, pattern: str, zone: str) -> Array:
    """Local times of `zone` by a Java pattern."""
    info = tzinfo_of(zone)

    def one(moment: Any) -> str:
        offset = moment.replace(tzinfo=info).utcoffset() or datetime.timedelta()
        return format_moment(Moment(moment, int(offset.total_seconds()), zone), pattern)

    return by_distinct(one, local, pa.string())
