"""Columns as XML text, without a loop over rows: what ``to_xml`` gives and the XML file writer writes.

A value in an element is three columns, `Inside`: attributes of its start tag, what stands between the tags, and whether there are
elements among that, in which case the end tag goes on a line of its own.

Source: Spark ``StaxXmlGenerator`` and the writer that it indents with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from actorstream.errors import IllegalArgumentException, SparkRuntimeException
from actorstream.expr.arrow import Array, Values, pa, pc
from actorstream.expr.distinct import by_distinct
from actorstream.expr.json_text import JsonStyle, iso_text, key_text
from actorstream.expr.nested import flat_values, lengths_of, map_entries, offsets_of, parents_of
from actorstream.expr.text import to_text
from actorstream.expr.types import (
    AnsiIntervalType,
    ArrayType,
    BinaryType,
    CalendarIntervalType,
    DataType,
    DateType,
    DayTimeIntervalType,
    DecimalType,
    MapType,
    NullType,
    StructType,
    TimestampNTZType,
    TimestampType,
    TimeType,
    VariantType,
    YearMonthIntervalType,
)
from actorstream.expr.xml_options import XmlOptions

Mask = npt.NDArray[np.bool_]

_NAME = re.compile(r"[^\W\d][\w.\-\u00b7]*(?::[\w.\-\u00b7]+)*\Z|:\Z")
_FORBIDDEN = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"


@dataclass(frozen=True, slots=True)
class Inside:
    """What a value writes into its element.

    Args:
        attributes: of the start tag, each after a blank.
        content: null where nothing is written.
        nests: where there are elements in it.
    """

    attributes: Array
    content: Array
    nests: Mask


@dataclass(frozen=True, slots=True)
class XmlWriter:
    """Writes rows as elements of the options' row tag."""

    options: XmlOptions

    @staticmethod
    def of(given: Mapping[str, str], zone: str) -> XmlWriter:
        """By options whose keys are in lower case. Raises: IllegalArgumentException, PySparkNotImplementedError."""
        options = XmlOptions.of(given, zone)
        if not options.attribute_prefix:
            raise IllegalArgumentException("requirement failed: 'attributePrefix' option should not be empty string.")
        return XmlWriter(options)

    def rows(self, values: Array, data_type: StructType, *, depth: int = 0) -> Array:
        """The element of each struct, its start tag indented `depth` times; null stays null.

        Raises: SparkRuntimeException for names and texts that XML cannot have.
        """
        name = pa.scalar(self.options.row_tag, pa.string())
        self._check(name, np.asarray(pc.is_valid(values)))
        inside = self._struct(values, data_type, depth)
        texts = self._element(name, inside, depth, len(values))
        if self.options.indent:
            texts = pc.utf8_slice_codeunits(texts, 1)  # the first line needs no end of the one before
        else:
            texts = pc.binary_join_element_wise(texts, "\n", "")
        return pc.if_else(pc.is_valid(values), texts, _nothing())

    # ------------------------------------------------------------ a value inside its element

    def _inside(self, values: Array, data_type: DataType, depth: int) -> Inside:
        """What values write into an element at a depth; null writes the options' text for it."""
        if isinstance(data_type, StructType):
            return self._or_null(self._struct(values, data_type, depth), values)
        if isinstance(data_type, MapType):
            return self._or_null(self._map(values, data_type, depth), values)
        if isinstance(data_type, ArrayType):
            return self._or_null(self._array(values, data_type, depth), values)
        texts = values.cast(pa.string()) if isinstance(data_type, NullType) else self._texts(values, data_type)
        return Inside(_empty(len(values)), self._filled(texts), np.zeros(len(values), np.bool_))

    def _or_null(self, inside: Inside, values: Array) -> Inside:
        null = np.asarray(pc.is_null(values))
        if not null.any():
            return inside
        mask = pa.array(null)
        return Inside(
            pc.if_else(mask, "", inside.attributes),
            pc.if_else(mask, pa.scalar(self._null_text(), pa.string()), inside.content),
            inside.nests & ~null,
        )

    def _null_text(self) -> str | None:
        null = self.options.null_value
        return None if null is None else _escaped(pa.array([null]))[0].as_py()

    def _filled(self, texts: Array) -> Array:
        null = self._null_text()
        return texts if null is None else pc.fill_null(texts, null)

    def _texts(self, values: Array, data_type: DataType) -> Array:
        """Plain values as escaped texts."""
        if isinstance(data_type, (AnsiIntervalType, CalendarIntervalType, VariantType)):
            raise IllegalArgumentException(
                errorClass="_LEGACY_ERROR_TEMP_3238",
                messageParameters={"v": str(values[0]), "class": type(data_type).__name__, "dt": repr(data_type)},
            )
        if isinstance(data_type, (DateType, TimestampType, TimestampNTZType)):
            options = self.options
            style = JsonStyle(
                date_format=options.date_format,
                timestamp_format=options.timestamp_format,
                timestamp_ntz_format=options.timestamp_ntz_format,
            )
            texts = iso_text(values, data_type, options.zone, style)
        elif isinstance(data_type, DecimalType):
            texts = by_distinct(_java_decimal, values, pa.string())
        else:
            texts = to_text(values, data_type, self.options.zone, pretty=isinstance(data_type, BinaryType))
        return _escaped(texts)

    def _struct(self, values: Array, data_type: StructType, depth: int) -> Inside:
        rows = len(values)
        parts = []
        # attributes first, since nothing else may stand in a start tag
        for child, item in sorted(
            zip(values.flatten(), data_type.fields, strict=True), key=lambda pair: not self._is_attribute(pair[1].name)
        ):
            name = pa.scalar(item.name, pa.string())
            if self._is_attribute(item.name):
                written = self._attributes(name, child, item.dataType)
                parts.append(Inside(written, pa.nulls(rows, pa.string()), np.zeros(rows, np.bool_)))
            else:
                parts.append(self._child(name, child, item.dataType, depth))
        return _together(parts, rows)

    def _array(self, values: Array, data_type: ArrayType, depth: int) -> Inside:
        """An array in an array, or in the text of an element: its elements have a name of the options'."""
        flat = flat_values(values)
        name = pa.scalar(self.options.array_element_name, pa.string())
        return _gathered(self._child(name, flat, data_type.elementType, depth), values)

    def _map(self, values: Array, data_type: MapType, depth: int) -> Inside:
        entries = map_entries(values)
        flat = pc.list_flatten(entries)
        names = to_text(flat.field(0), data_type.keyType, self.options.zone)
        items = flat.field(1)
        prefix = self.options.attribute_prefix
        attribute = np.asarray(pc.and_(pc.starts_with(names, prefix), pc.not_equal(names, self.options.value_tag)))
        tag = pa.array(attribute)
        written = pc.if_else(tag, self._attributes(names, items, data_type.valueType, checked=attribute), "")
        child = self._child(names, items, data_type.valueType, depth, checked=~attribute)
        content = pc.if_else(tag, _nothing(), child.content)
        return _gathered(Inside(written, content, child.nests & ~attribute), entries)

    # ------------------------------------------------------------ elements and attributes

    def _is_attribute(self, name: str) -> bool:
        return name.startswith(self.options.attribute_prefix) and name != self.options.value_tag

    def _child(
        self, names: Values, values: Array, data_type: DataType, depth: int, *, checked: Mask | None = None
    ) -> Inside:
        """A field that is no attribute, inside an element at a depth: an element, several for an array, or text.

        Args:
            names: of the fields, one for all if it is a scalar.
            checked: where names matter; everywhere if None.
        """
        if not isinstance(data_type, ArrayType):
            return self._child_element(names, values, data_type, depth, checked)
        lengths = lengths_of(values)
        of_elements = names if isinstance(names, pa.Scalar) else names.take(pa.array(parents_of(lengths)))
        checked_elements = None if checked is None else np.repeat(checked, lengths)
        flat = self._child_element(of_elements, flat_values(values), data_type.elementType, depth, checked_elements)
        found = _gathered(flat, values)
        if self.options.null_value is None:
            return found
        # a missing array is a missing element
        missing = self._child_element(names, pa.nulls(len(values)), NullType(), depth, checked)
        null = np.asarray(pc.is_null(values))
        content = pc.if_else(pa.array(null), missing.content, found.content)
        return Inside(found.attributes, content, np.where(null, missing.nests, found.nests))

    def _child_element(
        self, names: Values, values: Array, data_type: DataType, depth: int, checked: Mask | None
    ) -> Inside:
        rows = len(values)
        written = np.ones(rows, np.bool_) if self.options.null_value is not None else np.asarray(pc.is_valid(values))
        value_tag = self.options.value_tag
        if isinstance(names, pa.Scalar):
            is_text = np.full(rows, names.as_py() == value_tag)
        else:
            is_text = np.asarray(pc.equal(names, value_tag))
        if is_text.all():
            inside = self._inside(values, data_type, depth)
            return Inside(inside.attributes, _only(inside.content, written), inside.nests & written)
        self._check(names, written & ~is_text & (True if checked is None else checked))
        elements = self._element(names, self._inside(values, data_type, depth + 1), depth + 1, rows)
        found = Inside(_empty(rows), _only(elements, written), written)
        if not is_text.any():
            return found
        plain = self._inside(values, data_type, depth)
        tag = pa.array(is_text)
        return Inside(
            pc.if_else(tag, plain.attributes, found.attributes),
            _only(pc.if_else(tag, plain.content, found.content), written),
            np.where(is_text, plain.nests, found.nests) & written,
        )

    def _element(self, names: Values, inside: Inside, depth: int, rows: int) -> Array:
        """Elements on lines of their own, each after the end of the line before."""
        indent = self.options.indent
        line = "\n" + indent * depth if indent else ""
        name = pa.repeat(names, rows) if isinstance(names, pa.Scalar) else names
        start = pc.binary_join_element_wise(line + "<", name, inside.attributes, "")
        last = pc.if_else(pa.array(inside.nests), line, "")
        full = pc.binary_join_element_wise(start, ">", pc.fill_null(inside.content, ""), last, "</", name, ">", "")
        return pc.if_else(pc.is_valid(inside.content), full, pc.binary_join_element_wise(start, "/>", ""))

    def _attributes(self, names: Values, values: Array, data_type: DataType, *, checked: Mask | None = None) -> Array:
        """Attributes; values as the reference's internal text, which is days and microseconds since 1970 for times."""
        texts = _internal_text(values, data_type, self.options.zone)
        if self.options.null_value is not None:
            texts = pc.fill_null(texts, self.options.null_value)
        size = len(self.options.attribute_prefix)
        if isinstance(names, pa.Scalar):
            names = pa.scalar(names.as_py()[size:], pa.string())
        else:
            names = pc.utf8_slice_codeunits(names, size)
        self._check(names, np.asarray(pc.is_valid(texts)) & (True if checked is None else checked))
        written = pc.binary_join_element_wise(" ", names, '="', _escaped(texts, attribute=True), '"', "")
        return pc.fill_null(written, "")

    def _check(self, names: Values, written: Mask) -> None:
        """Raises: SparkRuntimeException XML_INVALID_NAME for a name that is written and cannot be one."""
        if not self.options.validate_name or not written.any():
            return
        if isinstance(names, pa.Scalar):
            given = [names.as_py()]
        else:
            given = pc.unique(names.filter(pa.array(written))).to_pylist()
        for name in given:
            if not _NAME.match(name):
                raise SparkRuntimeException(errorClass="XML_INVALID_NAME", messageParameters={"name": name})


# ---------------------------------------------------------------- columns of pieces


def _nothing() -> Values:
    # made when it is needed, since the first scalar that Arrow makes imports pandas
    return pa.scalar(None, pa.string())


def _empty(rows: int) -> Array:
    return pa.repeat(pa.scalar("", pa.string()), rows)


def _only(texts: Array, keep: Mask) -> Array:
    return texts if keep.all() else pc.if_else(pa.array(keep), texts, _nothing())


def _together(parts: list[Inside], rows: int) -> Inside:
    """Fields one after the other."""
    if not parts:
        return Inside(_empty(rows), pa.nulls(rows, pa.string()), np.zeros(rows, np.bool_))
    attributes = pc.binary_join_element_wise(*[part.attributes for part in parts], "")
    any_written = np.logical_or.reduce([np.asarray(pc.is_valid(part.content)) for part in parts])
    content = pc.binary_join_element_wise(*[pc.fill_null(part.content, "") for part in parts], "")
    return Inside(attributes, _only(content, any_written), np.logical_or.reduce([part.nests for part in parts]))


def _gathered(flat: Inside, lists: Array) -> Inside:
    """Elements of lists one after the other, for each list."""
    lengths = lengths_of(lists)
    offsets = offsets_of(lengths)

    def joined(texts: Array) -> Array:
        return pc.binary_join(pa.ListArray.from_arrays(offsets, pc.fill_null(texts, "")), "")

    def some(mask: Mask) -> Mask:
        counts = np.concatenate(([0], np.cumsum(mask)))
        ends = np.cumsum(lengths)
        found: Mask = counts[ends] > counts[ends - lengths]
        return found

    written = some(np.asarray(pc.is_valid(flat.content)))
    return Inside(joined(flat.attributes), _only(joined(flat.content), written), some(flat.nests))


# ---------------------------------------------------------------- texts


def _escaped(texts: Array, *, attribute: bool = False) -> Array:
    """Texts that may stand in an element or in the quotes of an attribute. Raises: SparkRuntimeException XML_INVALID_TEXT."""
    if pc.any(pc.match_substring_regex(texts, _FORBIDDEN)).as_py():
        raise SparkRuntimeException(errorClass="XML_INVALID_TEXT", messageParameters={})
    pairs = [("&", "&amp;"), ("<", "&lt;"), ("\r", "&#xd;")]
    pairs += [('"', "&quot;"), ("\n", "&#xa;"), ("\t", "&#x9;")] if attribute else [("]]>", "]]&gt;")]
    for plain, escaped in pairs:
        texts = pc.replace_substring(texts, plain, escaped)
    if not attribute and pc.any(pc.match_substring_regex(texts, r"[\x{7f}-\x{9f}]")).as_py():
        texts = by_distinct(_without_controls, texts, pa.string())
    return texts


def _internal_text(values: Array, data_type: DataType, zone: str) -> Array:
    if isinstance(data_type, NullType):
        return values.cast(pa.string())
    if isinstance(data_type, TimeType):
        return values.cast(pa.time64("ns")).cast(pa.int64()).cast(pa.string())
    if isinstance(data_type, (DayTimeIntervalType, YearMonthIntervalType)):
        width = pa.int64() if isinstance(data_type, DayTimeIntervalType) else pa.int32()
        return values.cast(width).cast(pa.string())
    if isinstance(data_type, DecimalType):
        return by_distinct(_java_decimal, values, pa.string())
    return key_text(values, data_type, zone)


def _without_controls(text: str) -> str:
    return re.sub("[\x7f-\x9f]", lambda match: f"&#x{ord(match[0]):x};", text)


def _java_decimal(value: Any) -> str:
    """A decimal as Java prints it: ``1E-7`` where it would begin with many zeros."""
    sign, digits, exponent = value.as_tuple()
    adjusted = exponent + len(digits) - 1
    if exponent <= 0 and adjusted >= -6:
        return format(value, "f")
    text = "".join(map(str, digits))
    mantissa = text[0] + ("." + text[1:] if len(text) > 1 else "")
    return f"{'-' if sign else ''}{mantissa}E{adjusted:+d}"
