"""Reads the binary form of variants.

A `Variant` is a place in the two byte strings; nothing is decoded that nobody asks for, so a path into a large value costs little.

Source: Parquet's VariantEncoding.md; Spark ``VariantUtil``.
"""

from __future__ import annotations

import decimal
import enum
import functools
import itertools
import struct
import uuid
from typing import Any, NamedTuple

from actorstream.errors import SparkRuntimeException
from actorstream.expr.variant.encoding import (
    ARRAY,
    BINARY,
    DATE,
    DECIMAL4,
    DECIMAL8,
    DECIMAL16,
    DECIMAL_DIGITS,
    DOUBLE,
    FALSE,
    FLOAT,
    INT8,
    INT16,
    INT32,
    INT64,
    LONG_TEXT,
    NULL,
    OBJECT,
    PRIMITIVE,
    SHORT_TEXT,
    TIMESTAMP,
    TIMESTAMP_NTZ,
    TRUE,
    UUID,
    Members,
    Tree,
)


class Kind(enum.Enum):
    """What a variant holds."""

    OBJECT = "object"
    ARRAY = "array"
    NULL = "null"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DOUBLE = "double"
    FLOAT = "float"
    DECIMAL = "decimal"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TIMESTAMP_NTZ = "timestamp_ntz"
    BINARY = "binary"
    TEXT = "text"
    UUID = "uuid"


#: per primitive: what it is, and the bytes of its content (None: they begin with their number)
_PRIMITIVES: dict[int, tuple[Kind, int | None]] = {
    NULL: (Kind.NULL, 0),
    TRUE: (Kind.BOOLEAN, 0),
    FALSE: (Kind.BOOLEAN, 0),
    INT8: (Kind.INTEGER, 1),
    INT16: (Kind.INTEGER, 2),
    INT32: (Kind.INTEGER, 4),
    INT64: (Kind.INTEGER, 8),
    DOUBLE: (Kind.DOUBLE, 8),
    DECIMAL4: (Kind.DECIMAL, 5),
    DECIMAL8: (Kind.DECIMAL, 9),
    DECIMAL16: (Kind.DECIMAL, 17),
    DATE: (Kind.DATE, 4),
    TIMESTAMP: (Kind.TIMESTAMP, 8),
    TIMESTAMP_NTZ: (Kind.TIMESTAMP_NTZ, 8),
    FLOAT: (Kind.FLOAT, 4),
    BINARY: (Kind.BINARY, None),
    LONG_TEXT: (Kind.TEXT, None),
    UUID: (Kind.UUID, 16),
}


def stripped(number: decimal.Decimal) -> decimal.Decimal:
    """A decimal without the zeros at the end of its fraction."""
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    while exponent < 0 and digits[-1] == 0 and len(digits) > 1:
        digits, exponent = digits[:-1], exponent + 1
    return decimal.Decimal((sign, digits, exponent)) if number else decimal.Decimal(0)


def malformed() -> SparkRuntimeException:
    """The error for bytes that are no variant."""
    return SparkRuntimeException(errorClass="MALFORMED_VARIANT", messageParameters={})


def _primitive(info: int) -> tuple[Kind, int | None]:
    found = _PRIMITIVES.get(info)
    if found is None:
        raise SparkRuntimeException(errorClass="UNKNOWN_PRIMITIVE_TYPE_IN_VARIANT", messageParameters={"id": str(info)})
    return found


def _slice(data: bytes, start: int, length: int) -> bytes:
    """Raises: SparkRuntimeException MALFORMED_VARIANT if there are fewer bytes."""
    found = data[start : start + length]
    if len(found) != length:
        raise malformed()
    return found


def _number(data: bytes, start: int, width: int, *, signed: bool = False) -> int:
    return int.from_bytes(_slice(data, start, width), "little", signed=signed)


@functools.lru_cache(maxsize=1024)
def names_of(metadata: bytes) -> tuple[str, ...]:
    """The names that a dictionary has, by their numbers; values of one shape share it. Raises: MALFORMED_VARIANT."""
    width = (_number(metadata, 0, 1) >> 6) + 1
    count = _number(metadata, 1, width)
    bounds = [_number(metadata, 1 + place * width, width) for place in range(1, count + 2)]
    start = 1 + (count + 2) * width
    if any(one > after for one, after in itertools.pairwise(bounds)):
        raise malformed()
    return tuple(
        _slice(metadata, start + one, after - one).decode(errors="replace") for one, after in itertools.pairwise(bounds)
    )


def open_variant(value: bytes, metadata: bytes) -> Variant:
    """The variant of its two byte strings. Raises: SparkRuntimeException MALFORMED_VARIANT for another version than 1."""
    if not metadata or metadata[0] & 15 != 1:
        raise malformed()
    return Variant(value, metadata)


class Variant(NamedTuple):
    """The value that begins at byte `at` of `value`. All methods raise MALFORMED_VARIANT for bytes that make no sense."""

    value: bytes
    metadata: bytes
    at: int = 0

    @property
    def _header(self) -> tuple[int, int]:
        byte = _number(self.value, self.at, 1)
        return byte & 3, byte >> 2

    @property
    def kind(self) -> Kind:
        """What the value holds."""
        basic, info = self._header
        if basic == PRIMITIVE:
            return _primitive(info)[0]
        return {SHORT_TEXT: Kind.TEXT, OBJECT: Kind.OBJECT, ARRAY: Kind.ARRAY}[basic]

    # ------------------------------------------------------------ scalars

    def _content(self) -> tuple[int, int, int]:
        """Of a scalar: the primitive's number, and where its content begins and ends. A short text counts as a long one."""
        basic, info = self._header
        start = self.at + 1
        if basic == SHORT_TEXT:
            return LONG_TEXT, start, start + info
        if basic != PRIMITIVE:
            raise malformed()
        width = _primitive(info)[1]
        if width is None:
            return info, start + 4, start + 4 + _number(self.value, start, 4)
        return info, start, start + width

    def scalar(self) -> Any:
        """The value of a scalar: dates are days and moments microseconds since 1970, decimals have the scale that was written."""
        info, start, end = self._content()
        data = _slice(self.value, start, end - start)
        kind = _PRIMITIVES[info][0]
        if kind is Kind.TEXT:
            return data.decode(errors="replace")
        if kind in (Kind.INTEGER, Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMP_NTZ):
            return int.from_bytes(data, "little", signed=True)
        if kind is Kind.DECIMAL:
            unscaled, most = int.from_bytes(data[1:], "little", signed=True), DECIMAL_DIGITS[info]
            if abs(unscaled) >= 10**most or data[0] > most:
                raise malformed()
            return decimal.Decimal((unscaled < 0, tuple(map(int, str(abs(unscaled)))), -data[0]))
        if kind in (Kind.DOUBLE, Kind.FLOAT):
            return struct.unpack("<d" if kind is Kind.DOUBLE else "<f", data)[0]
        if kind is Kind.BINARY:
            return data
        if kind is Kind.UUID:
            return str(uuid.UUID(bytes=data))
        return None if kind is Kind.NULL else info == TRUE

    # ------------------------------------------------------------ objects and arrays

    def _layout(self) -> tuple[int, int, int, int, int]:
        """Of a container: number of parts, where field numbers, offsets and parts begin, and the width of an offset."""
        basic, info = self._header
        large = info >> 4 & 1 if basic == OBJECT else info >> 2 & 1
        count = _number(self.value, self.at + 1, 4 if large else 1)
        ids = self.at + 1 + (4 if large else 1)
        width = (info & 3) + 1
        offsets = ids + (count * ((info >> 2 & 3) + 1) if basic == OBJECT else 0)
        return count, ids, offsets, offsets + (count + 1) * width, width

    def _part(self, place: int, offsets: int, parts: int, width: int) -> Variant:
        return Variant(self.value, self.metadata, parts + _number(self.value, offsets + place * width, width))

    def elements(self) -> list[Variant]:
        """The elements of an array."""
        count, _, offsets, parts, width = self._layout()
        return [self._part(place, offsets, parts, width) for place in range(count)]

    def members(self) -> list[tuple[str, Variant]]:
        """The members of an object, in the order of their names."""
        _, _, offsets, parts, width = self._layout()
        return [(name, self._part(place, offsets, parts, width)) for place, name in enumerate(self._member_names())]

    def _member_names(self) -> list[str]:
        count, ids, *_ = self._layout()
        width = (self._header[1] >> 2 & 3) + 1
        numbers = _slice(self.value, ids, count * width)
        known = names_of(self.metadata)
        try:
            if width == 1:
                return [known[number] for number in numbers]
            return [known[_number(numbers, place * width, width)] for place in range(count)]
        except IndexError:
            raise malformed() from None

    def member(self, name: str) -> Variant | None:
        """The member of a name; None if there is none, or this is no object."""
        if self.kind is not Kind.OBJECT:
            return None
        names = self._member_names()
        if name not in names:
            return None
        _, _, offsets, parts, width = self._layout()
        return self._part(names.index(name), offsets, parts, width)

    def element(self, place: int) -> Variant | None:
        """The element at a place; None if there is none, or this is no array."""
        if self.kind is not Kind.ARRAY:
            return None
        count, _, offsets, parts, width = self._layout()
        return self._part(place, offsets, parts, width) if place < count else None

    # ------------------------------------------------------------ whole

    def tree(self) -> Tree:
        """All of it, to be changed or written again; scalars stay the bytes that they are."""
        kind = self.kind
        if kind is Kind.OBJECT:
            return Members((name, item.tree()) for name, item in self.members())
        if kind is Kind.ARRAY:
            return [item.tree() for item in self.elements()]
        return self.raw()

    def raw(self) -> bytes:
        """The bytes of this value alone."""
        if self.kind in (Kind.OBJECT, Kind.ARRAY):
            count, _, offsets, parts, width = self._layout()
            end = parts + _number(self.value, offsets + count * width, width)
        else:
            end = self._content()[2]
        return _slice(self.value, self.at, end - self.at)

    def check(self) -> None:
        """Read everything. Raises: SparkRuntimeException MALFORMED_VARIANT."""
        kind = self.kind
        if kind is Kind.OBJECT:
            for _, item in self.members():
                item.check()
        elif kind is Kind.ARRAY:
            for item in self.elements():
                item.check()
        else:
            self.scalar()
