"""Spark's text of values: ``cast(x AS STRING)`` and the tables of `df.show()` and the console sink.

The two differ in small ways (Spark ``ToPrettyString``): `show` prints ``NULL`` and hex for binary. Everything is done on
whole columns; numbers and intervals that need Java's notation are formatted once per distinct value.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import numpy as np
import pyarrow

from actorstream.expr.arrow import Array, pa, pc
from actorstream.expr.distinct import by_distinct
from actorstream.expr.nested import map_entries
from actorstream.expr.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    CalendarIntervalType,
    CharType,
    DataType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    FloatType,
    MapType,
    NullType,
    StringType,
    StructType,
    TimestampNTZType,
    TimestampType,
    TimeType,
    VarcharType,
    VariantType,
    YearMonthIntervalType,
    from_arrow_schema,
)
from actorstream.expr.zones import arrow_zone, is_utc, machine_zone

_META = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f", "\b": "\\b", "\v": "\\v", "\a": "\\a"}
_META_PATTERN = re.compile("[\n\r\t\f\b\v\a]")
_US_PER_DAY = 86_400_000_000


def to_text(values: Any, data_type: DataType, zone: str = "UTC", *, pretty: bool = False) -> Array:
    """`values` as strings, null where they are null.

    Args:
        zone: time zone of timestamps.
        pretty: the spelling of `show`: nested nulls are ``NULL``, binary is hex.
    """
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks() if values.num_chunks != 1 else values.chunk(0)
    if isinstance(data_type, (StringType, CharType, VarcharType)):
        return values
    if isinstance(data_type, NullType):
        return pa.nulls(len(values), pa.string())
    if isinstance(data_type, (DoubleType, FloatType)):
        return _float_text(values)
    if isinstance(data_type, TimestampType):
        return _trim_fraction(local_time(values, zone).cast(pa.string()))
    if isinstance(data_type, TimestampNTZType):
        return _trim_fraction(values.cast(pa.string()))
    if isinstance(data_type, TimeType):
        return _trim_fraction(values.cast(pa.string()))
    if isinstance(data_type, BinaryType):
        return by_distinct(_hex_text, values, pa.string()) if pretty else values.cast(pa.string(), safe=False)
    if isinstance(data_type, DayTimeIntervalType):
        start, end = data_type.startField, data_type.endField
        return by_distinct(lambda us: day_time_text(us, start, end), values.cast(pa.int64()), pa.string())
    if isinstance(data_type, YearMonthIntervalType):
        start, end = data_type.startField, data_type.endField
        return by_distinct(lambda months: year_month_text(months, start, end), values, pa.string())
    if isinstance(data_type, CalendarIntervalType):
        return by_distinct(_calendar_text, values, pa.string())
    if isinstance(data_type, (ArrayType, MapType, StructType)):
        return _nested_text(values, data_type, zone, pretty)
    if isinstance(data_type, BooleanType):
        return pc.if_else(values, "true", "false")
    if isinstance(data_type, VariantType):
        from actorstream.expr.variant.columns import by_variant
        from actorstream.expr.variant.json_output import variant_json

        return by_variant(variant_json, values, pa.string())
    texts = values.cast(pa.string())
    if isinstance(data_type, DecimalType) and pc.any(pc.match_substring(texts, "E")).as_py():
        return by_distinct(lambda value: format(value, "f"), values, pa.string())
    return texts


def local_time(values: Array, zone: str) -> Array:
    """Timestamps with zone as the local time in `zone`, timestamp[us]."""
    if is_utc(zone):
        return values.cast(pa.timestamp("us"))
    return pc.local_timestamp(values.cast(pa.timestamp("us", tz=arrow_zone(zone))))


def _trim_fraction(texts: Array) -> Array:
    return pc.replace_substring_regex(texts, r"\.?0*$", "")


def _float_text(values: Array) -> Array:
    texts = values.cast(pa.string())
    size = pc.abs(values)
    # Java writes plain decimals between these bounds, Arrow does too, and both use the shortest digits
    plain = pc.or_(pc.and_(pc.greater_equal(size, 1e-3), pc.less(size, 1e7)), pc.equal(size, 0.0))
    texts = pc.if_else(pc.match_substring(texts, "."), texts, pc.binary_join_element_wise(texts, ".0", ""))
    if pc.all(pc.fill_null(plain, True)).as_py():
        return texts
    single = pa.types.is_float32(values.type)
    odd = pc.if_else(plain, pa.scalar(None, values.type), values)
    return pc.if_else(
        pc.fill_null(plain, True), texts, by_distinct(lambda v: java_float(v, single=single), odd, pa.string())
    )


def java_float(value: float, *, single: bool = False) -> str:
    """A floating-point number as Java prints it: ``1.0E10``, ``NaN``, ``-Infinity``."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    number = np.float32(value) if single else np.float64(value)
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return str(np.format_float_positional(number, unique=True, trim="0"))
    mantissa, exponent = np.format_float_scientific(number, unique=True, trim="0").split("e")
    return f"{mantissa}E{int(exponent)}"


def _hex_text(value: bytes) -> str:
    return "[" + " ".join(f"{byte:02X}" for byte in value) + "]"


def day_time_text(microseconds: int, start: int, end: int) -> str:
    """``INTERVAL '1 02:03:04.5' DAY TO SECOND``: the ANSI literal of a day-time interval."""
    sign = "-" if microseconds < 0 else ""
    rest = abs(microseconds)
    units = (_US_PER_DAY, 3_600_000_000, 60_000_000, 1_000_000)
    parts = []
    for index in range(start, end + 1):
        count, rest = divmod(rest, units[index])
        text = str(count) if index == 0 else f"{count:02d}"
        if index == 3 and rest:
            text += f".{rest:06d}".rstrip("0")
        parts.append(text)
    text = parts[0]
    for index, part in enumerate(parts[1:], start + 1):
        text += (" " if index == 1 else ":") + part
    names = ("DAY", "HOUR", "MINUTE", "SECOND")
    span = names[start] if start == end else f"{names[start]} TO {names[end]}"
    return f"INTERVAL '{sign}{text}' {span}"


def year_month_text(months: int, start: int, end: int) -> str:
    """``INTERVAL '1-2' YEAR TO MONTH``: the ANSI literal of a year-month interval."""
    sign = "-" if months < 0 else ""
    years, rest = divmod(abs(months), 12)
    if (start, end) == (0, 1):
        return f"INTERVAL '{sign}{years}-{rest}' YEAR TO MONTH"
    return f"INTERVAL '{sign}{years}' YEAR" if start == 0 else f"INTERVAL '{sign}{abs(months)}' MONTH"


def _calendar_text(value: Any) -> str:
    return calendar_text(value.months, value.days, value.nanoseconds // 1000)


def calendar_text(months: int, days: int, microseconds: int) -> str:
    """``1 years 2 months 3 days 4 hours``: the text of a calendar interval."""
    parts = []
    years, rest = divmod(abs(months), 12)
    sign = -1 if months < 0 else 1
    parts += [f"{sign * count} {unit}" for count, unit in ((years, "years"), (rest, "months")) if count]
    if days:
        parts.append(f"{days} days")
    sign_text, size = ("-" if microseconds < 0 else ""), abs(microseconds)
    hours, size = divmod(size, 3_600_000_000)
    minutes, size = divmod(size, 60_000_000)
    parts += [f"{sign_text}{count} {unit}" for count, unit in ((hours, "hours"), (minutes, "minutes")) if count]
    if size:
        seconds, fraction = divmod(size, 1_000_000)
        digits = f".{fraction:06d}".rstrip("0") if fraction else ""
        parts.append(f"{sign_text}{seconds}{digits} seconds")
    return " ".join(parts) or "0 seconds"


def _joined(texts: Array, lists: Any, null: str) -> Array:
    """``[a, b]`` inside out: one text per list from the texts of all elements; `texts` follows `lists.flatten()`."""
    lengths = np.asarray(pc.fill_null(pc.list_value_length(lists), 0))
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    regrouped = pa.ListArray.from_arrays(pa.array(offsets), pc.fill_null(texts, null))
    return pc.binary_join(regrouped, ", ")


def _nested_text(values: Any, data_type: DataType, zone: str, pretty: bool) -> Array:
    null = "NULL" if pretty else "null"
    if isinstance(data_type, StructType):
        parts = [
            pc.fill_null(to_text(part, field.dataType, zone, pretty=pretty), null)
            for part, field in zip(values.flatten(), data_type.fields, strict=True)
        ]
        joined = pc.binary_join_element_wise(*parts, ", ") if parts else pa.array([""] * len(values), pa.string())
        text = pc.binary_join_element_wise("{", joined, "}", "")
    elif isinstance(data_type, ArrayType):
        elements = to_text(pc.list_flatten(values), data_type.elementType, zone, pretty=pretty)
        text = pc.binary_join_element_wise("[", _joined(elements, values, null), "]", "")
    else:
        assert isinstance(data_type, MapType)
        entries = map_entries(values)
        flat = entries.flatten()
        keys = to_text(flat.field(0), data_type.keyType, zone, pretty=pretty)
        items = pc.fill_null(to_text(flat.field(1), data_type.valueType, zone, pretty=pretty), null)
        pairs = pc.binary_join_element_wise(keys, items, " -> ")
        text = pc.binary_join_element_wise("{", _joined(pairs, entries, null), "}", "")
    return pc.if_else(pc.is_valid(values), text, pa.scalar(None, pa.string()))


def _width(text: str) -> int:
    return len(text) if text.isascii() else sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _pad(text: str, width: int, *, right_align: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right_align else text + space


def _escape(text: str) -> str:
    return _META_PATTERN.sub(lambda match: _META[match[0]], text)


def _cells(table: pyarrow.Table, schema: StructType, truncate: int, zone: str) -> list[list[str]]:
    columns = []
    for column, field in zip(table.columns, schema.fields, strict=True):
        texts = to_text(column, field.dataType, zone, pretty=True).to_pylist()
        cells = ["NULL" if text is None else _escape(text) for text in texts]
        if truncate > 0:
            keep = truncate if truncate < 4 else truncate - 3
            dots = "" if truncate < 4 else "..."
            cells = [cell if len(cell) <= truncate else cell[:keep] + dots for cell in cells]
        columns.append(cells)
    return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(table.num_rows)]


def show_string(
    table: pyarrow.Table,
    schema: StructType | None = None,
    n: int = 20,
    truncate: int | bool = 20,
    vertical: bool = False,
    *,
    zone: str | None = None,
) -> str:
    """The text that `df.show()` prints, without the line break that `print` adds.

    Args:
        truncate: longest cell; True is 20, False or 0 is no limit (and left alignment).
        zone: time zone of timestamps; the machine's by default.

    Source: Spark ``Dataset.showString``.
    """
    schema = schema or from_arrow_schema(table.schema)
    width = (20 if truncate else 0) if isinstance(truncate, bool) else int(truncate)
    count = max(n, 0)
    names = [_escape(name) for name in schema.fieldNames()]
    rows = _cells(table.slice(0, min(count, table.num_rows)), schema, width, zone or machine_zone())
    more = table.num_rows > count
    body = _vertical(names, rows) if vertical else _horizontal(names, rows, right_align=width > 0)
    if vertical and not rows:
        return "(0 rows)\n"
    if more:
        body += f"only showing top {count} {'row' if count == 1 else 'rows'}"
    return body


def _horizontal(names: list[str], rows: list[list[str]], *, right_align: bool) -> str:
    widths = [max(3, *(_width(row[index]) for row in [names, *rows])) for index in range(len(names))]
    rule = "+" + "+".join("-" * width for width in widths) + "+\n"
    lines = [
        "|" + "|".join(_pad(c, w, right_align=right_align) for c, w in zip(row, widths, strict=True)) + "|\n"
        for row in [names, *rows]
    ]
    return rule + lines[0] + rule + "".join(lines[1:]) + rule


def _vertical(names: list[str], rows: list[list[str]]) -> str:
    name_width = max([3, *(_width(name) for name in names)])
    data_width = max([3, *(_width(cell) for row in rows for cell in row)])
    text = ""
    for number, row in enumerate(rows):
        text += f"-RECORD {number}".ljust(name_width + data_width + 5, "-") + "\n"
        for name, cell in zip(names, row, strict=True):
            text += f" {_pad(name, name_width, right_align=False)} | {_pad(cell, data_width, right_align=False)} \n"
    return text


__all__ = [
    "calendar_text",
    "day_time_text",
    "java_float",
    "local_time",
    "show_string",
    "to_text",
    "year_month_text",
]
