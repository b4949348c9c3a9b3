"""The type that XML texts would be read as: ``schema_of_xml``, and files without a schema.

Source: Spark ``XmlInferSchema``.
"""

from __future__ import annotations

import decimal
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from actorstream.expr.functions.java_datetime_parser import parse_moment
from actorstream.expr.json_reader import Unfit, moment_us
from actorstream.expr.types import (
    ArrayType,
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    LongType,
    NullType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    timestamp_type,
)
from actorstream.expr.xml_events import MalformedXml, XmlEvents
from actorstream.expr.xml_options import XmlOptions
from actorstream.expr.xml_reader import XmlReader, java_double

_WHOLE = re.compile(r"[+-]?\d+\Z", re.ASCII)
_FIRST_OF_NUMBER = re.compile(r"[+-]?[\d.]")


class XmlInference:
    """Finds types.

    Args:
        timestamp: the type of timestamps; by default what ``spark.sql.timestampType`` says.
        case_sensitive: whether names of another case are other names.
    """

    def __init__(self, options: XmlOptions, *, timestamp: DataType | None = None, case_sensitive: bool = False) -> None:
        self._options = options
        self._timestamp = timestamp or timestamp_type()
        self._fold: Callable[[str], str] = str if case_sensitive else str.lower
        self._reader = XmlReader(StructType([]), options, case_sensitive=case_sensitive)

    def of_text(self, text: str) -> StructType | None:
        """The type of the first element of a text; None if the text is malformed."""
        try:
            events = XmlEvents(text)
            while (root := events.next()).kind != "start":
                pass
            return self._object(events, self._reader.attributes_of(root.attributes))
        except (MalformedXml, RecursionError):
            return None

    def of_rows(self, text: str) -> Iterator[StructType | None]:
        """The types of all elements of a text that have the options' row tag; None where it is no XML any more."""
        try:
            events = XmlEvents(text)
            while (start := events.find(self._reader.is_row)) is not None:
                yield self._object(events, self._reader.attributes_of(start.attributes))
        except (MalformedXml, RecursionError):
            yield None

    # ------------------------------------------------------------ elements

    def _object(self, events: XmlEvents, attributes: Mapping[str, str]) -> StructType:
        """The type of an element whose start tag was read, up to its end tag."""
        found: dict[str, tuple[str, DataType]] = {}
        for name, text in attributes.items():
            self._add(found, name, self._scalar(text))
        while (event := events.next()).kind != "end":
            if event.kind == "start":
                inner = self._field(events)
                own = self._reader.attributes_of(event.attributes)
                kind = self._with_attributes(inner, own) if own else inner
                self._add(found, self._reader.name_of(event.text), kind)
            elif not event.is_blank():
                self._add(found, self._options.value_tag, self._scalar(event.text))
        return _struct(found.values())

    def _field(self, events: XmlEvents) -> DataType:
        """The type of what is in an element, whose end tag is read, too."""
        event = events.peek()
        if event.kind == "end":
            events.next()
            return NullType()
        if event.kind == "start":
            return self._object(events, {})
        events.next()
        if event.is_blank():
            return self._field(events)
        kind = self._scalar(event.text)
        if events.peek().kind == "end":
            events.next()
            return kind
        inner = self._object(events, {})
        merged = {self._fold(item.name): (item.name, item.dataType) for item in inner.fields}
        self._add(merged, self._options.value_tag, kind)
        return _struct(merged.values())

    def _with_attributes(self, inner: DataType, attributes: Mapping[str, str]) -> StructType:
        found: dict[str, tuple[str, DataType]] = {}
        if isinstance(inner, StructType):
            found = {self._fold(item.name): (item.name, item.dataType) for item in inner.fields}
        elif not isinstance(inner, NullType):
            found[self._fold(self._options.value_tag)] = (self._options.value_tag, inner)
        for name, text in attributes.items():
            self._add(found, name, self._scalar(text))
        return _struct(found.values())

    def _add(self, found: dict[str, tuple[str, DataType]], name: str, kind: DataType) -> None:
        """A field more; of a name that is there already it makes an array."""
        key = self._fold(name)
        if key not in found:
            found[key] = (name, kind)
            return
        first, before = found[key]
        merged = self.wider(before, kind)
        found[key] = (first, merged if isinstance(before, ArrayType) else ArrayType(merged, True))

    # ------------------------------------------------------------ texts

    def _scalar(self, text: str) -> DataType:
        options = self._options
        if options.ignore_surrounding_spaces:
            text = text.strip()
        if not options.infer_schema:
            return StringType()
        if not text or text == options.null_value:
            return NullType()
        return self._number(text) or self._other(text)

    def _number(self, text: str) -> DataType | None:
        if _WHOLE.match(text) and -(2**63) <= int(text) < 2**63:
            return LongType()
        if not _FIRST_OF_NUMBER.match(text) or text[-1] in "dDfF":
            return None
        if self._options.prefers_decimal and (found := _decimal(text)) is not None:
            return found
        return DoubleType() if java_double(text) is not None else None

    def _other(self, text: str) -> DataType:
        if text.lower() in ("true", "false"):
            return BooleanType()
        options = self._options
        if options.prefers_date and _fits(text, options.date_format or "yyyy-MM-dd"):
            return DateType()
        if isinstance(self._timestamp, TimestampNTZType) and _reads(text, options.timestamp_ntz_format, None):
            return TimestampNTZType()
        return TimestampType() if _reads(text, options.timestamp_format, options.zone) else StringType()

    # ------------------------------------------------------------ types

    def wider(self, one: DataType, other: DataType) -> DataType:
        """The type that values of both are read as: text if nothing else fits."""
        if one == other or isinstance(other, NullType):
            return one
        if isinstance(one, NullType):
            return other
        if isinstance(one, StructType) and isinstance(other, StructType):
            return self._merged(one, other)
        if isinstance(one, ArrayType) or isinstance(other, ArrayType):
            parts = [item.elementType if isinstance(item, ArrayType) else item for item in (one, other)]
            return ArrayType(self.wider(parts[0], parts[1]), True)
        for struct, plain in ((one, other), (other, one)):
            # one element may have attributes beside its text, and another none
            if isinstance(struct, StructType) and self._options.value_tag in struct.names:
                fields = [
                    StructField(item.name, self.wider(item.dataType, plain), True)
                    if item.name == self._options.value_tag
                    else item
                    for item in struct.fields
                ]
                return StructType(fields)
        return _plain(one, other)

    def _merged(self, one: StructType, other: StructType) -> StructType:
        found = {self._fold(item.name): (item.name, item.dataType) for item in one.fields}
        for item in other.fields:
            key = self._fold(item.name)
            name, kind = found.get(key, (item.name, NullType()))
            found[key] = (name, self.wider(kind, item.dataType))
        return _struct(found.values())


def _struct(fields: Iterable[tuple[str, DataType]]) -> StructType:
    return StructType([StructField(name, kind, True) for name, kind in sorted(fields, key=lambda item: item[0])])


def _plain(one: DataType, other: DataType) -> DataType:
    numbers = (LongType, DecimalType, DoubleType)
    if isinstance(one, numbers) and isinstance(other, numbers):
        if isinstance(one, DoubleType) or isinstance(other, DoubleType):
            return DoubleType()
        a = one if isinstance(one, DecimalType) else DecimalType(20, 0)
        b = other if isinstance(other, DecimalType) else DecimalType(20, 0)
        scale = max(a.scale, b.scale)
        whole = max(a.precision - a.scale, b.precision - b.scale)
        return DoubleType() if whole + scale > 38 else DecimalType(whole + scale, scale)
    times = (DateType, TimestampType, TimestampNTZType)
    if isinstance(one, times) and isinstance(other, times):
        return TimestampType() if TimestampType in (type(one), type(other)) else TimestampNTZType()
    return StringType()


def _decimal(text: str) -> DecimalType | None:
    try:
        number = decimal.Decimal(text)
    except decimal.InvalidOperation:
        return None
    if not number.is_finite():
        return None
    _, digits, exponent = number.as_tuple()
    scale = max(-int(exponent), 0)
    precision = max(len(digits) + max(int(exponent), 0), scale)
    return DecimalType(precision, scale) if precision <= 38 else None


def _fits(text: str, pattern: str) -> bool:
    try:
        return parse_moment(text, pattern) is not None
    except ValueError:
        return False


def _reads(text: str, pattern: str | None, zone: str | None) -> bool:
    try:
        moment_us(text, pattern, zone)
    except Unfit:
        return False
    return True


def settled(data_type: DataType) -> DataType:
    """The type with text for what was always null."""
    if isinstance(data_type, NullType):
        return StringType()
    if isinstance(data_type, ArrayType):
        return ArrayType(settled(data_type.elementType), True)
    if isinstance(data_type, StructType):
        return StructType([StructField(item.name, settled(item.dataType), True) for item in data_type.fields])
    return data_type
