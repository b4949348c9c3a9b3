"""Columns as JSON text, without a loop over rows: what the JSON sink writes and ``to_json`` gives.

Null fields are left out, null elements are ``null``, as in Spark's ``JacksonGenerator``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from actorstream.expr.arrow import Array, pa, pc
from actorstream.expr.nested import map_entries
from actorstream.expr.text import to_text
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
)

_ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"), ("\b", "\\b"), ("\f", "\\f"))


def json_text(values: Array, data_type: DataType, zone: str) -> Array:
    """One JSON text per value; null stays null. Times are ISO 8601 in `zone`."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(data_type, StructType):
        text = _object(values.flatten(), data_type, zone, len(values))
    elif isinstance(data_type, ArrayType):
        text = _bracketed(pc.list_flatten(values), data_type.elementType, values, zone)
    elif isinstance(data_type, MapType):
        text = _map(values, data_type, zone)
    elif isinstance(data_type, BooleanType):
        text = pc.if_else(values, "true", "false")
    elif isinstance(data_type, (FloatType, DoubleType)):
        plain = to_text(values, data_type, zone)
        text = pc.if_else(pc.is_finite(values), plain, _quoted(plain))
    elif isinstance(data_type, NumericType):
        text = to_text(values, data_type, zone)
    else:
        text = _quoted(_scalar_text(values, data_type, zone))
    return pc.if_else(pc.is_valid(values), text, pa.scalar(None, pa.string()))


def _scalar_text(values: Array, data_type: DataType, zone: str) -> Array:
    if isinstance(data_type, BinaryType):
        import base64

        return pa.array([None if item is None else base64.b64encode(item).decode() for item in values.to_pylist()])
    if isinstance(data_type, TimestampType):
        local = pc.local_timestamp(values.cast(pa.timestamp("ms", "UTC")).cast(pa.timestamp("ms", _zone(zone))))
        offset = "Z" if _zone(zone) == "UTC" else _offsets(values, local)
        return pc.binary_join_element_wise(pc.strftime(local, "%Y-%m-%dT%H:%M:%S"), offset, "")
    if isinstance(data_type, TimestampNTZType):
        return pc.strftime(values.cast(pa.timestamp("ms")), "%Y-%m-%dT%H:%M:%S")
    if isinstance(data_type, DateType):
        return pc.strftime(values, "%Y-%m-%d")
    return to_text(values, data_type, zone)


def _zone(zone: str) -> str:
    from actorstream.expr.zones import arrow_zone

    return arrow_zone(zone)


def _offsets(values: Array, local: Array) -> Array:
    """``+02:00``: how far local time is from UTC."""
    utc = values.cast(pa.timestamp("ms", "UTC")).cast(pa.int64())
    minutes = (np.asarray(local.cast(pa.int64()).fill_null(0)) - np.asarray(utc.fill_null(0))) // 60_000
    texts, places = np.unique(minutes, return_inverse=True)
    names = pa.array([f"{'-' if m < 0 else '+'}{abs(m) // 60:02d}:{abs(m) % 60:02d}" for m in texts.tolist()])
    return names.take(pa.array(places))


def _quoted(texts: Array) -> Array:
    for plain, escaped in _ESCAPES:
        texts = pc.replace_substring(texts, plain, escaped)
    return pc.binary_join_element_wise('"', texts, '"', "")


def _object(children: list[Array], data_type: StructType, zone: str, rows: int) -> Array:
    if not children:
        return pa.array(["{}"] * rows, pa.string())
    fields = []
    for child, item in zip(children, data_type.fields, strict=True):
        label = _quoted(pa.array([item.name]))[0].as_py() + ":"
        value = json_text(child, item.dataType, zone)
        fields.append(pc.binary_join_element_wise(label, value, ""))  # null where the value is
    joined = pc.binary_join_element_wise(*fields, ",", null_handling="skip")
    return pc.binary_join_element_wise("{", joined, "}", "")


def _bracketed(flat: Array, element: DataType, lists: Array, zone: str) -> Array:
    texts = pc.fill_null(json_text(flat, element, zone), "null")
    return pc.binary_join_element_wise("[", _joined(texts, lists), "]", "")


def _map(values: Array, data_type: MapType, zone: str) -> Array:
    entries = map_entries(values)
    flat = pc.list_flatten(entries)
    keys = _quoted(to_text(flat.field(0), data_type.keyType, zone))
    items = pc.fill_null(json_text(flat.field(1), data_type.valueType, zone), "null")
    pairs = pc.binary_join_element_wise(keys, items, ":")
    return pc.binary_join_element_wise("{", _joined(pairs, entries), "}", "")


def _joined(texts: Array, lists: Any) -> Array:
    lengths = np.asarray(pc.fill_null(pc.list_value_length(lists), 0))
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), texts), ",")
