"""Columns as JSON text, without a loop over rows: what the JSON sink writes and ``to_json`` gives.

Null fields are left out, null elements are ``null``, as in Spark's ``JacksonGenerator``.
"""

from __future__ import annotations

import base64
import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np

from actorstream.expr.arrow import Array, pa, pc
from actorstream.expr.casts import tzinfo_of
from actorstream.expr.distinct import by_distinct
from actorstream.expr.functions.java_datetime import Moment, format_moment
from actorstream.expr.nested import map_entries
from actorstream.expr.text import local_time, to_text
from actorstream.expr.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DateType,
    DoubleType,
    FloatType,
    MapType,
    NumericType,
    StructType,
    TimestampNTZType,
    TimestampType,
    VariantType,
)
from actorstream.expr.variant.columns import by_variant
from actorstream.expr.variant.json_output import variant_json


@dataclass(frozen=True, slots=True)
class JsonStyle:
    """How ``to_json`` and the JSON sink write: the writer options that change the text. Formats are Java's patterns."""

    ignore_null_fields: bool = True
    date_format: str | None = None
    timestamp_format: str | None = None
    timestamp_ntz_format: str | None = None


_PLAIN = JsonStyle()
_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"), ("\b", "\\b"), ("\f", "\\f"))
_CONTROL = r"[\x00-\x1f]"


def json_text(values: Array, data_type: DataType, zone: str, style: JsonStyle = _PLAIN) -> Array:
    """One JSON text per value; null stays null. Times are ISO 8601 in `zone` unless `style` has a format."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(data_type, StructType):
        text = _object(values.flatten(), data_type, zone, style, len(values))
    elif isinstance(data_type, ArrayType):
        text = _bracketed(pc.list_flatten(values), data_type.elementType, values, zone, style)
    elif isinstance(data_type, MapType):
        text = _map(values, data_type, zone, style)
    elif isinstance(data_type, VariantType):
        text = by_variant(lambda variant: variant_json(variant, zone), values, pa.string())
    elif isinstance(data_type, BooleanType):
        text = pc.if_else(values, "true", "false")
    elif isinstance(data_type, (FloatType, DoubleType)):
        plain = to_text(values, data_type, zone)
        text = pc.if_else(pc.is_finite(values), plain, _quoted(plain))
    elif isinstance(data_type, NumericType):
        text = to_text(values, data_type, zone)
    else:
        text = _quoted(iso_text(values, data_type, zone, style))
    return pc.if_else(pc.is_valid(values), text, pa.scalar(None, pa.string()))


def iso_text(values: Array, data_type: DataType, zone: str, style: JsonStyle) -> Array:
    """A column of plain values as texts without quotes; times as `style` says."""
    if isinstance(data_type, BinaryType):
        return by_distinct(lambda data: base64.b64encode(data).decode(), values, pa.string())
    if isinstance(data_type, TimestampType):
        if style.timestamp_format is not None:
            return _formatted(local_time(values, zone), style.timestamp_format, zone)
        instants = _floored(values).cast(pa.timestamp("ms", "UTC"), safe=False)
        local = pc.local_timestamp(instants.cast(pa.timestamp("ms", _zone(zone))))
        offset = "Z" if _zone(zone) == "UTC" else _offsets(instants, local)
        return pc.binary_join_element_wise(pc.strftime(local, "%Y-%m-%dT%H:%M:%S"), offset, "")
    if isinstance(data_type, TimestampNTZType):
        if style.timestamp_ntz_format is not None:
            return _formatted(values, style.timestamp_ntz_format, "UTC")
        return pc.strftime(_floored(values).cast(pa.timestamp("ms"), safe=False), "%Y-%m-%dT%H:%M:%S")
    if isinstance(data_type, DateType):
        if style.date_format is not None:
            return _formatted(values.cast(pa.timestamp("us")), style.date_format, "UTC")
        return pc.strftime(values, "%Y-%m-%d")
    return to_text(values, data_type, zone)


def _floored(times: Array) -> Array:
    """Down to the millisecond; a cast would go up before 1970."""
    return pc.floor_temporal(times, unit="millisecond")


def _formatted(local: Array, pattern: str, zone: str) -> Array:
    """Local times of `zone` by a Java pattern."""
    info = tzinfo_of(zone)

    def one(moment: datetime.datetime) -> str:
        offset = moment.replace(tzinfo=info).utcoffset() or datetime.timedelta()
        return format_moment(Moment(moment, int(offset.total_seconds()), zone), pattern)

    return by_distinct(one, local, pa.string())


def _zone(zone: str) -> str:
    from actorstream.expr.zones import arrow_zone

    return arrow_zone(zone)


def _offsets(instants: Array, local: Array) -> Array:
    """``+02:00``: how far local time is from UTC. Units: milliseconds, both."""
    utc = np.asarray(instants.cast(pa.int64()).fill_null(0))
    minutes = (np.asarray(local.cast(pa.int64()).fill_null(0)) - utc) // 60_000
    texts, places = np.unique(minutes, return_inverse=True)
    names = pa.array([f"{'-' if m < 0 else '+'}{abs(m) // 60:02d}:{abs(m) % 60:02d}" for m in texts.tolist()])
    return names.take(pa.array(places))


def _quoted(texts: Array) -> Array:
    for plain, escaped in _ESCAPES:
        texts = pc.replace_substring(texts, plain, escaped)
    if pc.any(pc.match_substring_regex(texts, _CONTROL)).as_py():
        for code in range(32):
            texts = pc.replace_substring(texts, chr(code), f"\\u{code:04X}")
    return pc.binary_join_element_wise('"', texts, '"', "")


def _object(children: list[Array], data_type: StructType, zone: str, style: JsonStyle, rows: int) -> Array:
    if not children:
        return pa.array(["{}"] * rows, pa.string())
    fields = []
    for child, item in zip(children, data_type.fields, strict=True):
        label = "," + _quoted(pa.array([item.name]))[0].as_py() + ":"
        value = json_text(child, item.dataType, zone, style)
        if not style.ignore_null_fields:
            value = pc.fill_null(value, "null")
        fields.append(pc.fill_null(pc.binary_join_element_wise(label, value, ""), ""))
    # a join that skips nulls would do without the commas, but Arrow's loses rows in which all are null
    joined = pc.utf8_slice_codeunits(pc.binary_join_element_wise(*fields, ""), 1)
    return pc.binary_join_element_wise("{", joined, "}", "")


def _bracketed(flat: Array, element: DataType, lists: Array, zone: str, style: JsonStyle) -> Array:
    texts = pc.fill_null(json_text(flat, element, zone, style), "null")
    return pc.binary_join_element_wise("[", _joined(texts, lists), "]", "")


def _map(values: Array, data_type: MapType, zone: str, style: JsonStyle) -> Array:
    entries = map_entries(values)
    flat = pc.list_flatten(entries)
    keys = _quoted(key_text(flat.field(0), data_type.keyType, zone))
    items = pc.fill_null(json_text(flat.field(1), data_type.valueType, zone, style), "null")
    pairs = pc.binary_join_element_wise(keys, items, ":")
    return pc.binary_join_element_wise("{", _joined(pairs, entries), "}", "")


def key_text(keys: Array, data_type: DataType, zone: str) -> Array:
    """Keys as the reference's internal text: days and microseconds since 1970 for dates and times."""
    if isinstance(data_type, DateType):
        return keys.cast(pa.int32()).cast(pa.string())
    if isinstance(data_type, (TimestampType, TimestampNTZType)):
        return keys.cast(pa.int64()).cast(pa.string())
    texts = to_text(keys, data_type, zone)
    if isinstance(data_type, (StructType, ArrayType)):
        # nested keys print as plain lists of their values
        texts = pc.replace_substring_regex(pc.replace_substring(texts, ", ", ","), r"^[{](.*)[}]$", r"[\1]")
    return texts


def _joined(texts: Array, lists: Any) -> Array:
    lengths = np.asarray(pc.fill_null(pc.list_value_length(lists), 0))
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), texts), ",")
