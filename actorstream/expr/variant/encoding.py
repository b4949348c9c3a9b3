"""Writes the binary form of variants, byte for byte as Spark does.

A value that is about to be written is a `Tree`: bytes of a scalar that is encoded already, text, True, False, None (JSON's null), a
list, or `Members`. Field names get their numbers in the order in which they are met; the members of an object are listed by name, but
their values stay in the order given.

Source: Parquet's VariantEncoding.md; Spark ``VariantBuilder``.
"""

from __future__ import annotations

import decimal
import itertools
import struct
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from actorstream.errors import SparkRuntimeException

# the two low bits of a header
PRIMITIVE, SHORT_TEXT, OBJECT, ARRAY = range(4)
# the kinds of primitives, in the bits above
NULL, TRUE, FALSE, INT8, INT16, INT32, INT64, DOUBLE, DECIMAL4, DECIMAL8, DECIMAL16 = range(11)
DATE, TIMESTAMP, TIMESTAMP_NTZ, FLOAT, BINARY, LONG_TEXT = range(11, 17)
UUID = 20

#: longest text whose length fits into the header, in bytes
_SHORT = 63
#: digits that a decimal of 4, 8 and 16 bytes may have
DECIMAL_DIGITS = {DECIMAL4: 9, DECIMAL8: 18, DECIMAL16: 38}
_DECIMAL_BYTES = {DECIMAL4: 4, DECIMAL8: 8, DECIMAL16: 16}
_INT_BYTES = ((INT8, 1), (INT16, 2), (INT32, 4), (INT64, 8))
#: of value and of metadata, each
SIZE_LIMIT = 128 * 1024 * 1024


class Members(list[Any]):
    """The members of an object, as pairs of name and value."""


Tree: TypeAlias = "bytes | str | bool | list[Tree] | Members | None"


def encode(tree: Tree, function: str = "parse_json") -> tuple[bytes, bytes]:
    """The `value` and `metadata` of a tree that `function` makes.

    Raises: SparkRuntimeException VARIANT_DUPLICATE_KEY, VARIANT_SIZE_LIMIT.
    """
    numbers: dict[str, int] = {}
    value = _encoded(tree, numbers)
    metadata = _dictionary(numbers) if numbers else NO_NAMES
    if max(len(value), len(metadata)) > SIZE_LIMIT:
        raise SparkRuntimeException(
            errorClass="VARIANT_SIZE_LIMIT",
            messageParameters={"sizeLimit": f"{SIZE_LIMIT / 2**20:.1f} MiB", "functionName": f"`{function}`"},
        )
    return value, metadata


def _encoded(tree: Tree, numbers: dict[str, int]) -> bytes:
    if isinstance(tree, bytes):
        return tree
    if isinstance(tree, str):
        return text_bytes(tree)
    if tree is None or isinstance(tree, bool):
        return _WORDS[tree]
    if not isinstance(tree, Members):
        parts = [_encoded(item, numbers) for item in tree]
        return _container(ARRAY, b"", 0, parts, range(len(parts)))
    ids: list[int] = []
    parts = []
    for name, item in tree:
        ids.append(numbers.setdefault(name, len(numbers)))
        parts.append(_encoded(item, numbers))
    order = sorted(range(len(parts)), key=lambda place: name_order(tree[place][0]))
    for one, next_one in itertools.pairwise(order):
        if ids[one] == ids[next_one]:
            raise SparkRuntimeException(errorClass="VARIANT_DUPLICATE_KEY", messageParameters={"key": tree[one][0]})
    width = _width(max(ids, default=0))
    return _container(OBJECT, _numbers([ids[place] for place in order], width), width, parts, order)


def _container(basic: int, ids: bytes, id_width: int, parts: Sequence[bytes], order: Sequence[int]) -> bytes:
    """Header, count, field numbers and offsets in front of the parts: of an object, or without field numbers of an array."""
    starts = [0]
    for part in parts:
        starts.append(starts[-1] + len(part))
    width = _width(starts[-1])
    large = len(parts) > 255
    bits = width - 1
    if basic == OBJECT:
        bits |= (id_width - 1) << 2 | large << 4
    else:
        bits |= large << 2
    count = len(parts).to_bytes(4 if large else 1, "little")
    offsets = _numbers([*(starts[place] for place in order), starts[-1]], width)
    return b"".join((bytes([basic | bits << 2]), count, ids, offsets, *parts))


def _dictionary(numbers: Mapping[str, int]) -> bytes:
    """The metadata: version, how many names, where each ends, and all of them."""
    names = [name.encode() for name in numbers]
    starts = [0]
    for name in names:
        starts.append(starts[-1] + len(name))
    width = _width(max(starts[-1], len(names)))
    head = bytes([1 | (width - 1) << 6]) + len(names).to_bytes(width, "little")
    return head + _numbers(starts, width) + b"".join(names)


def _numbers(values: Sequence[int], width: int) -> bytes:
    return bytes(values) if width == 1 else b"".join(value.to_bytes(width, "little") for value in values)


def _width(largest: int) -> int:
    """The bytes that numbers up to `largest` take."""
    return 1 if largest < 1 << 8 else 2 if largest < 1 << 16 else 3 if largest < 1 << 24 else 4


def name_order(name: str) -> bytes:
    """The key that sorts field names as Java compares texts: by UTF-16 units."""
    return name.encode("utf-16-be")


# ---------------------------------------------------------------- scalars


def primitive(kind: int, content: bytes = b"") -> bytes:
    """A primitive of a kind."""
    return bytes([kind << 2]) + content


NO_NAMES = bytes([1, 0, 0])
"""The metadata of a value without objects."""
_WORDS: Mapping[bool | None, bytes] = {None: primitive(NULL), True: primitive(TRUE), False: primitive(FALSE)}


def text_bytes(text: str) -> bytes:
    """A text. Raises: UnicodeEncodeError for half characters."""
    data = text.encode()
    if len(data) <= _SHORT:
        return bytes([len(data) << 2 | SHORT_TEXT]) + data
    return primitive(LONG_TEXT, len(data).to_bytes(4, "little") + data)


def integer_bytes(number: int) -> bytes:
    """A whole number in as few bytes as hold it. Raises: OverflowError beyond 64 bits."""
    for kind, width in _INT_BYTES:
        if -(1 << (8 * width - 1)) <= number < 1 << (8 * width - 1):
            return primitive(kind, number.to_bytes(width, "little", signed=True))
    raise OverflowError(number)


def decimal_bytes(number: decimal.Decimal) -> bytes:
    """A decimal of at most 38 digits with its own scale, which is from 0 to 38."""
    sign, digits, exponent = number.as_tuple()
    unscaled, scale = int("".join(map(str, digits))), -int(exponent)
    size = max(len(str(unscaled)), scale)
    kind = next(kind for kind, most in DECIMAL_DIGITS.items() if size <= most)
    content = (-unscaled if sign else unscaled).to_bytes(_DECIMAL_BYTES[kind], "little", signed=True)
    return primitive(kind, bytes([scale]) + content)


def double_bytes(number: float) -> bytes:
    """A number of 64 bits."""
    return primitive(DOUBLE, struct.pack("<d", number))


def float_bytes(number: float) -> bytes:
    """A number of 32 bits."""
    return primitive(FLOAT, struct.pack("<f", number))


def binary_bytes(data: bytes) -> bytes:
    """Bytes."""
    return primitive(BINARY, len(data).to_bytes(4, "little") + data)


def date_bytes(days: int) -> bytes:
    """A day, counted from 1970."""
    return primitive(DATE, days.to_bytes(4, "little", signed=True))


def timestamp_bytes(micros: int, *, zoned: bool) -> bytes:
    """A moment in microseconds since 1970; without `zoned` it is local time."""
    return primitive(TIMESTAMP if zoned else TIMESTAMP_NTZ, micros.to_bytes(8, "little", signed=True))
