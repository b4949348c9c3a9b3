"""XML text as rows of a schema: ``from_xml`` and the XML file reader.

A row is read event by event. A value that does not fit ends its element's reading where it stands, and what the reader finds next is
taken for what it looks like: so the reference reads a broken record, and what it keeps of one is kept here, too.

Source: Spark ``StaxXmlParser``.
"""

from __future__ import annotations

import datetime
import decimal
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from actorstream.expr.arrow import pa
from actorstream.expr.casts import cast_values
from actorstream.expr.functions.java_datetime_parser import parse_moment
from actorstream.expr.json_reader import Unfit, moment_us
from actorstream.expr.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    CharType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegralType,
    MapType,
    NullType,
    StringType,
    StructType,
    TimestampNTZType,
    TimestampType,
    TimeType,
    VarcharType,
)
from actorstream.expr.xml_events import MalformedXml, XmlEvent, XmlEvents
from actorstream.expr.xml_options import XmlOptions

_Convert: TypeAlias = Callable[[str], Any]
#: what Java's trim takes away
_BLANKS = "".join(map(chr, range(33)))
_TEXT = (StringType, CharType, VarcharType)
_LIMITS = {"tinyint": 1 << 7, "smallint": 1 << 15, "int": 1 << 31, "bigint": 1 << 63}


class XmlReader:
    """Reads XML texts as rows, each the struct of one element; rows are dicts, maps lists of pairs, times numbers, as Arrow takes them.

    Args:
        schema: of the rows, without a column for broken records.
        case_sensitive: whether names must have the schema's case.
    """

    def __init__(self, schema: StructType, options: XmlOptions, *, case_sensitive: bool = False) -> None:
        self.schema = schema
        self._options = options
        self._fold: Callable[[str], str] = str if case_sensitive else str.lower
        self._places: dict[int, dict[str, int]] = {}
        self._converters: dict[int, _Convert] = {}

    def read(self, text: str) -> tuple[dict[str, Any], bool]:
        """The row of a text's first element, and whether all of it fits."""
        try:
            events = XmlEvents(text)
            while (root := events.next()).kind != "start":
                pass
            values, fits = self._children(events, self.schema, root.attributes)
        except (Unfit, MalformedXml, RecursionError):
            values, fits = [None] * len(self.schema.fields), False
        return dict(zip(self.schema.names, values, strict=True)), fits

    def rows(self, text: str) -> Iterator[tuple[dict[str, Any], bool]]:
        """The rows of all elements of a text that have the options' row tag, and whether all of each fits.

        Where the text is no XML any more there is one row of nulls, and no other after it.
        """
        nothing = dict.fromkeys(self.schema.names)
        try:
            events = XmlEvents(text)
            while (start := events.find(self.is_row)) is not None:
                try:
                    values, fits = self._children(events, self.schema, start.attributes)
                    yield dict(zip(self.schema.names, values, strict=True)), fits
                except Unfit:
                    yield dict(nothing), False
        except (MalformedXml, RecursionError):
            yield nothing, False

    # ------------------------------------------------------------ elements

    def is_row(self, name: str) -> bool:
        """Whether a tag is the row tag."""
        return self.name_of(name) == self._options.row_tag

    def name_of(self, name: str) -> str:
        """A tag's or attribute's name, without its prefix if that is what the options want."""
        return name.split(":", 1)[-1] if self._options.ignore_namespace else name

    def attributes_of(self, given: Sequence[str]) -> dict[str, str]:
        """Attributes by the names of their columns."""
        if self._options.exclude_attribute:
            return {}
        prefix = self._options.attribute_prefix
        return {prefix + self.name_of(name): value for name, value in zip(given[::2], given[1::2], strict=True)}

    def _index(self, struct: StructType) -> dict[str, int]:
        found = self._places.get(id(struct))
        if found is None:
            found = {self._fold(item.name): place for place, item in enumerate(struct.fields)}
            self._places[id(struct)] = found
        return found

    def _children(self, events: XmlEvents, struct: StructType, attributes: Sequence[str]) -> tuple[list[Any], bool]:
        """The fields of an element whose start tag was read, up to its end tag, and whether all children fit.

        Raises: Unfit for attributes and text that do not.
        """
        values: list[Any] = [None] * len(struct.fields)
        index = self._index(struct)
        for name, text in self.attributes_of(attributes).items():
            place = index.get(self._fold(name))
            if place is not None:
                values[place] = self._value(text, struct.fields[place].dataType)
        fits = True
        while True:
            event = events.next()
            if event.kind == "end":
                return values, fits
            if event.kind == "start":
                try:
                    self._child(events, event, struct, values)
                except (Unfit, MalformedXml):
                    fits = False
            elif not event.is_blank():
                self._own_text(event.text, struct, values)

    def _child(self, events: XmlEvents, start: XmlEvent, struct: StructType, values: list[Any]) -> None:
        """Put the element of a start tag that was read into `values`."""
        name = self.name_of(start.text)
        place = self._index(struct).get(self._fold(name))
        if place is None:
            self._unknown(events, name, struct, values)
            return
        kind = struct.fields[place].dataType
        if isinstance(kind, StructType):
            values[place] = self._struct(events, kind, name, start.attributes)
        elif isinstance(kind, ArrayType):
            element = kind.elementType
            if isinstance(element, StructType):
                found = self._struct(events, element, name, start.attributes)
            else:
                found = self._field(events, element, name)
            values[place] = [*(values[place] or ()), found]
        else:
            values[place] = self._field(events, kind, name, start.attributes)

    def _unknown(self, events: XmlEvents, name: str, struct: StructType, values: list[Any]) -> None:
        """An element without a column goes into the wildcard's, as text, or nowhere."""
        place = struct.names.index(self._options.wildcard) if self._options.wildcard in struct.names else None
        if place is None:
            self._skip(events)
            return
        text = self._field(events, StringType(), name)
        if isinstance(struct.fields[place].dataType, ArrayType):
            values[place] = [*(values[place] or ()), text]
        else:
            values[place] = text

    @staticmethod
    def _skip(events: XmlEvents) -> None:
        """Leave an element whose start tag was read behind."""
        depth = 1
        while depth:
            kind = events.next().kind
            depth += (kind == "start") - (kind == "end")

    def _own_text(self, text: str, struct: StructType, values: list[Any]) -> None:
        """Text between the children of an element; the last one stays, unless the column takes several."""
        place = self._index(struct).get(self._fold(self._options.value_tag))
        if place is None:
            return
        kind = struct.fields[place].dataType
        if isinstance(kind, ArrayType):
            values[place] = [*(values[place] or ()), self._value(text, kind.elementType)]
        else:
            values[place] = self._value(text, kind)

    def _struct(self, events: XmlEvents, struct: StructType, name: str, attributes: Sequence[str]) -> dict[str, Any]:
        """An element as a struct: children first, attributes over them."""
        own = {}
        index = self._index(struct)
        for key, text in self.attributes_of(attributes).items():
            place = index.get(self._fold(key))
            if place is not None:
                own[place] = self._value(text, struct.fields[place].dataType)
        row = self._field(events, struct, name)
        values = list(row.values()) if row is not None else [None] * len(struct.fields)
        for place, value in own.items():
            values[place] = value
        return dict(zip(struct.names, values, strict=True))

    def _field(self, events: XmlEvents, kind: DataType, name: str, attributes: Sequence[str] = ()) -> Any:
        """The value of an element whose start tag was read."""
        event = events.peek()
        if event.kind == "start":
            return self._nested(events, kind, name, attributes)
        if event.kind == "end":
            events.next()
            return "" if isinstance(kind, _TEXT) and self._options.null_value != "" else None
        if isinstance(kind, _TEXT):
            return self._value(self._markup(events, name), kind)
        if isinstance(kind, ArrayType):
            events.next()
            value = self._value(event.text, kind.elementType)
            self._leave(events, name)
            return value
        if event.is_blank():
            events.next()
            return self._field(events, kind, name, attributes)
        if isinstance(kind, StructType):
            return self._nested(events, kind, name, attributes)
        # the text stays where it is if it does not fit
        value = self._value(event.text, kind)
        events.next()
        self._leave(events, name)
        return value

    def _nested(self, events: XmlEvents, kind: DataType, name: str, attributes: Sequence[str]) -> Any:
        """The value of an element with elements in it."""
        if isinstance(kind, StructType):
            values, fits = self._children(events, kind, ())
            if not fits:
                raise Unfit
            return dict(zip(kind.names, values, strict=True))
        if isinstance(kind, MapType):
            return self._map(events, kind.valueType, attributes)
        if isinstance(kind, ArrayType):
            return self._field(events, kind.elementType, name)
        if isinstance(kind, _TEXT):
            return self._value(self._markup(events, name), kind)
        raise Unfit

    def _map(self, events: XmlEvents, kind: DataType, attributes: Sequence[str]) -> list[tuple[str, Any]]:
        """An element as a map; of children of one name the last."""
        found: dict[str, Any] = {}
        for name, text in zip(attributes[::2], attributes[1::2], strict=True):
            found[self._options.attribute_prefix + name] = self._value(text, kind)
        while (event := events.next()).kind != "end":
            if event.kind == "start":
                name = self.name_of(event.text)
                found[name] = self._field(events, kind, name)
            elif not event.is_blank():
                found[self._options.value_tag] = self._value(event.text, kind)
        return list(found.items())

    def _markup(self, events: XmlEvents, name: str) -> str:
        """All that is in an element as text, tags included."""
        found: list[str] = []
        depth = 0
        while True:
            event = events.next()
            if event.kind == "start":
                pairs = zip(event.attributes[::2], event.attributes[1::2], strict=True)
                inner = "".join(f' {key}="{value}"' for key, value in pairs)
                found.append(f"<{event.text}{inner}>")
                depth += 1
            elif event.kind == "end":
                found.append(f"</{event.text}>")
                depth -= 1
            else:
                found.append(event.text)
            if depth == 0 and events.peek().kind == "end":
                self._leave(events, name)
                return "".join(found)

    def _leave(self, events: XmlEvents, name: str) -> None:
        """The end tag must be next. Raises: Unfit."""
        while (event := events.next()).is_blank():
            pass
        if event.kind != "end" or self.name_of(event.text) != name:
            raise Unfit

    # ------------------------------------------------------------ values

    def _value(self, text: str, kind: DataType) -> Any:
        """A text as a value. Raises: Unfit."""
        options = self._options
        if options.ignore_surrounding_spaces:
            text = text.strip(_BLANKS)
        if text == options.null_value:
            return None
        if isinstance(kind, _TEXT):
            return text
        convert = self._converters.get(id(kind))
        if convert is None:
            convert = self._converters[id(kind)] = self._converter(kind)
        return convert(text)

    def _converter(self, kind: DataType) -> _Convert:
        if isinstance(kind, NullType):
            return lambda text: None
        if isinstance(kind, IntegralType):
            limit = _LIMITS[kind.simpleString()]
            return lambda text: _integer(text, limit)
        if isinstance(kind, DoubleType):
            return _double
        if isinstance(kind, FloatType):
            return _float
        if isinstance(kind, BooleanType):
            return _boolean
        if isinstance(kind, DecimalType):
            return lambda text: _decimal(text, kind)
        if isinstance(kind, DateType):
            return self._date
        if isinstance(kind, (TimestampType, TimestampNTZType)):
            return self._timestamp(with_zone=isinstance(kind, TimestampType))
        if isinstance(kind, TimeType):
            return lambda text: self._time(text, kind)
        return _binary if isinstance(kind, BinaryType) else _refuse

    def _date(self, text: str) -> int:
        try:
            found = parse_moment(text, self._options.date_format or "yyyy-MM-dd")
        except ValueError:
            found = None
        if found is None:
            raise Unfit
        return found[0].date().toordinal() - 719_163

    def _timestamp(self, *, with_zone: bool) -> _Convert:
        options = self._options
        pattern = options.timestamp_format if with_zone else options.timestamp_ntz_format
        return lambda text: moment_us(text, pattern, options.zone if with_zone else None)

    def _time(self, text: str, kind: TimeType) -> datetime.time:
        if self._options.time_format is not None:
            try:
                found = parse_moment(f"1970-01-01 {text}", f"yyyy-MM-dd {self._options.time_format}")
            except ValueError:
                found = None
            if found is None:
                raise Unfit
            return found[0].time()
        value = cast_values(pa.array([text], pa.string()), StringType(), kind, "try", "UTC")[0].as_py()
        if value is None:
            raise Unfit
        return value


# ---------------------------------------------------------------- texts as values, as Java reads them

_DIGITS = re.compile(r"[+-]?\d+\Z")
#: what Double.parseDouble takes beside hexadecimal numbers
_JAVA_DOUBLE = re.compile(r"[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)\Z", re.ASCII)
_JAVA_HEX = re.compile(r"[+-]?0[xX][0-9a-fA-F]*\.?[0-9a-fA-F]*[pP][+-]?\d+[fFdD]?\Z", re.ASCII)
#: what a number format takes from the beginning of a text: whatever follows does not matter to it
_PREFIX = re.compile(r"(-?)(?:(NaN|\u221e)|(\d[\d,]*(?:\.\d*)?|,*\.\d+)(E-?\d+)?)")


def _integer(text: str, limit: int) -> int:
    if not _DIGITS.match(text):
        raise Unfit
    value = int(text)
    if not -limit <= value < limit:
        raise Unfit
    return value


def java_double(text: str) -> float | None:
    """A text as ``Double.parseDouble`` reads it."""
    if _JAVA_DOUBLE.match(text):
        return float(text.rstrip("fFdD") if text[-1] in "fFdD" else text)
    if _JAVA_HEX.match(text):
        try:
            return float.fromhex(text.rstrip("fFdD") if text[-1] in "fFdD" else text)
        except (ValueError, OverflowError):
            return None
    return None


def _double(text: str) -> float:
    sign, rest = (text[:1], text[1:]) if text[:1] in ("+", "-") else ("", text)
    value = java_double(rest)
    if value is None:
        found = _PREFIX.match(rest)
        if found is None:
            raise Unfit
        if found[2]:
            value = float("nan") if found[2] == "NaN" else float("inf")
        else:
            value = float(found[3].replace(",", "") + (found[4] or ""))
        value = -value if found[1] else value
    return -value if sign == "-" else value


def _float(text: str) -> float:
    with np.errstate(over="ignore"):
        return float(np.float32(_double(text)))


def _boolean(text: str) -> bool:
    found = {"true": True, "1": True, "false": False, "0": False}.get(text.lower())
    if found is None:
        raise Unfit
    return found


def _decimal(text: str, kind: DecimalType) -> decimal.Decimal:
    try:
        number = decimal.Decimal(text.replace(",", ""))
        with decimal.localcontext(prec=100):
            rounded = number.quantize(decimal.Decimal(1).scaleb(-kind.scale), decimal.ROUND_HALF_UP)
    except decimal.InvalidOperation:
        raise Unfit from None
    if not rounded.is_finite() or (rounded and rounded.adjusted() >= kind.precision - kind.scale):
        raise Unfit
    return rounded


_BYTES = re.compile(r"\[?((?:[0-9a-fA-F]{2}(?: [0-9a-fA-F]{2})*)?)\]?\Z")


def _binary(text: str) -> bytes:
    """Bytes as the writer prints them: ``[00 FF]``."""
    found = _BYTES.match(text)
    if found is None or text.startswith("[") != text.endswith("]"):
        raise Unfit
    return bytes.fromhex(found[1])


def _refuse(text: str) -> Any:
    raise Unfit
