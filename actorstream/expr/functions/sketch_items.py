"""The sketch of frequent items of Apache DataSketches, as ``approx_top_k`` and its relatives use it: its order and its bytes.

It counts every item as long as there is room, and drops the rare ones after that. Items of equal count come in the order in
which the reference's hash map is walked through. Source: Anderson and others: "A high-performance algorithm for identifying
frequent items in data streams" (2017); Apache DataSketches' description of the format; Spark ``ApproxTopK``.
"""

from __future__ import annotations

import decimal
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from actorstream.expr.functions import aggregate_kernels as kernels

MOST_TRACKED = 1_000_000

_LG_LEAST, _FAMILY, _VERSION = 3, 10, 1
_EMPTY = 5
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
#: marks in front of each number of these types
_MARKS = {pa.int8(): 2, pa.int16(): 3, pa.float32(): 6, pa.int32(): 9}


@dataclass(frozen=True, slots=True)
class Items:
    """Items with their counts, in order of arrival.

    Args:
        nulls: how often null came, which is counted apart.
        weight: how many items came in all.
        offset: the most that a count may fall short, because rare items were dropped.
    """

    values: pa.Array
    counts: list[int]
    nulls: int
    weight: int
    offset: int


def lg_size(tracked: int) -> int:
    """log2 of the places of a hash map for so many items."""
    return max(_LG_LEAST, (math.ceil(tracked / 0.75) - 1).bit_length())


def capacity(tracked: int) -> int:
    """How many items are counted before the rare ones are dropped."""
    return (1 << lg_size(tracked)) * 3 // 4


def top(items: Items, k: int) -> list[tuple[int, int]]:
    """The `k` most frequent items, each by its place (-1 is null) and how often it came; only those that are for certain."""
    order, _ = _walk(items.values)
    sure = [place for place in order if items.counts[place] > items.offset]
    sure.sort(key=lambda place: -items.counts[place])
    found = [(place, items.counts[place] + items.offset) for place in sure]
    if items.nulls:
        before = sum(1 for _, count in found if count >= items.nulls)
        found.insert(before, (-1, items.nulls))
    return found[:k]


def top_lists(many: Sequence[Items], k: int, result: pa.DataType) -> pa.Array:
    """The most frequent items of each, as lists of structs ``item`` and ``count``."""
    answers = [top(items, k) for items in many]
    fields = [result.value_type.field(place) for place in range(2)]
    taken = [
        items.values.take(pa.array([place if place >= 0 else None for place, _ in answer], pa.int64()))
        for items, answer in zip(many, answers, strict=True)
    ]
    values = pa.concat_arrays([pa.array([], fields[0].type), *taken])
    counts = pa.array([count for answer in answers for _, count in answer], pa.int64())
    pairs = pa.StructArray.from_arrays([values, counts], fields=fields)
    return kernels.lists(pairs, np.array([len(answer) for answer in answers], np.int64)).cast(result)


def _walk(values: pa.Array) -> tuple[list[int], list[int]]:
    """Items in the order of the walk through the hash map, and in the order of its places."""
    table: list[int] = [-1] * (1 << _LG_LEAST)
    hashes = _spread(_java_hashes(values)).tolist()

    def put(place: int) -> None:
        at = hashes[place] & (len(table) - 1)
        while table[at] >= 0:
            at = (at + 1) & (len(table) - 1)
        table[at] = place

    for number in range(len(hashes)):
        put(number)
        if (number + 1) * 4 > 3 * len(table):
            old, table = table, [-1] * (2 * len(table))
            for place in old:
                if place >= 0:
                    put(place)
    stride = int(len(table) * _GOLDEN) | 1
    walked = [table[(step * stride) & (len(table) - 1)] for step in range(len(table))]
    return [place for place in walked if place >= 0], [place for place in table if place >= 0]


def _spread(hashes: np.ndarray[Any, np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.uint64]]:
    keys = hashes.astype(np.int64).view(np.uint64)
    with np.errstate(over="ignore"):
        keys = (keys ^ (keys >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
        keys = (keys ^ (keys >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
        return keys ^ (keys >> np.uint64(33))


def _java_hashes(values: pa.Array) -> np.ndarray[Any, np.dtype[np.int64]]:
    """What ``hashCode`` gives for each value in Java."""
    data_type = values.type
    if pa.types.is_string(data_type):
        return np.array([_text_hash(text) for text in values.to_pylist()], np.int64)
    if pa.types.is_boolean(data_type):
        return np.where(np.asarray(values), 1231, 1237)
    if pa.types.is_decimal(data_type):
        return np.array([_decimal_hash(number) for number in values.to_pylist()], np.int64)
    if pa.types.is_temporal(data_type):
        values = values.view(pa.int32() if data_type.bit_width == 32 else pa.int64())
    numbers = np.asarray(values)
    if numbers.dtype == np.float32:
        return numbers.view(np.int32).astype(np.int64)
    if numbers.dtype.itemsize < 8:
        return numbers.astype(np.int64)
    bits = numbers.view(np.uint64)
    return (bits ^ (bits >> np.uint64(32))).astype(np.uint32).view(np.int32).astype(np.int64)


def _text_hash(text: str) -> int:
    units = np.frombuffer(text.encode("utf-16-le"), np.uint16).tolist()
    found = 0
    for unit in units:
        found = (31 * found + unit) & 0xFFFFFFFF
    return _signed(found)


def _decimal_hash(number: decimal.Decimal) -> int:
    """The hash of Scala's ``BigDecimal``: that of the equal int, long, float or double, if there is one."""
    if number == number.to_integral_value():
        return _whole_hash(int(number))
    double = float(number)
    if decimal.Decimal(repr(double)) == number:
        single = np.float32(double)
        if float(single) == double:
            return int(single.view(np.int32))
        bits = struct.unpack("<Q", struct.pack("<d", double))[0]
        return _signed(bits ^ (bits >> 32))
    digits = number.normalize()
    scale = -int(digits.as_tuple().exponent)
    mixed = (scale * 0xCC9E2D51) & 0xFFFFFFFF
    mixed = ((mixed << 15 | mixed >> 17) * 0x1B873593) & 0xFFFFFFFF
    return _signed(_words_hash(int(digits.scaleb(scale))) ^ mixed)


def _whole_hash(number: int) -> int:
    if -(1 << 31) <= number < 1 << 31:
        return number
    if -(1 << 63) <= number < 1 << 63:
        bits = number & (1 << 64) - 1
        return _signed(bits ^ (bits >> 32))
    return _words_hash(number)


def _words_hash(number: int) -> int:
    """The hash of Java's ``BigInteger``."""
    found, rest = 0, abs(number)
    words = []
    while rest:
        words.append(rest & 0xFFFFFFFF)
        rest >>= 32
    for word in reversed(words):
        found = 31 * found + word
    return _signed(found if number >= 0 else -found)


def _signed(number: int) -> int:
    """The lowest 32 bits as a signed number."""
    return ((number + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)


# ---------------------------------------------------------------- bytes


def to_bytes(items: Items, tracked: int) -> bytes:
    """The bytes of the reference's sketch for `tracked` items, and the number of nulls behind them."""
    nulls = struct.pack(">q", items.nulls)
    lg_max = lg_size(tracked)
    count = len(items.counts)
    if not count:
        return struct.pack("<BBBBBBH", 1, _VERSION, _FAMILY, lg_max, _LG_LEAST, _EMPTY, 0) + nulls
    lg_now = _LG_LEAST
    while count * 4 > 3 << lg_now:
        lg_now += 1
    _, order = _walk(items.values)
    head = struct.pack("<BBBBBBH", 4, _VERSION, _FAMILY, lg_max, lg_now, 0, 0)
    head += struct.pack("<iiqq", count, 0, items.weight, items.offset)
    counts = np.array([items.counts[place] for place in order], "<i8").tobytes()
    return head + counts + _written(items.values.take(pa.array(order))) + nulls


def from_bytes(data: bytes, data_type: pa.DataType) -> Items:
    """Read a sketch of items of a type. Raises: ValueError if the bytes are none."""
    if len(data) < 16 or data[1] != _VERSION or data[2] != _FAMILY:
        raise ValueError("not a sketch of frequent items")
    (nulls,) = struct.unpack(">q", data[-8:])
    if data[0] == 1:
        return Items(pa.array([], data_type), [], nulls, 0, 0)
    try:
        count, _, weight, offset = struct.unpack_from("<iiqq", data, 8)
        counts = np.frombuffer(data, "<i8", count, 32).tolist()
        return Items(_read(data[32 + 8 * count : -8], count, data_type), counts, nulls, weight, offset)
    except struct.error as error:
        raise ValueError(str(error)) from None


def _written(values: pa.Array) -> bytes:
    data_type = values.type
    if pa.types.is_string(data_type):
        return _with_lengths([text.encode() for text in values.to_pylist()])
    if pa.types.is_boolean(data_type):
        return np.packbits(np.asarray(values), bitorder="little").tobytes()
    if pa.types.is_decimal(data_type):
        if data_type.precision > 18:
            scaled = [int(number.scaleb(data_type.scale)) for number in values.to_pylist()]
            return _with_lengths([_big_endian(number) for number in scaled])
        unscaled = kernels.unscaled_int64(values)
        assert unscaled is not None
        values = pa.array(unscaled if data_type.precision > 9 else unscaled.astype(np.int32))
    numbers = np.asarray(_storage(values))
    mark = _MARKS.get(pa.from_numpy_dtype(numbers.dtype))
    if mark is None:
        return numbers.tobytes()
    marked = np.zeros(len(numbers), [("mark", "u1"), ("number", numbers.dtype.newbyteorder("<"))])
    marked["mark"], marked["number"] = mark, numbers
    return marked.tobytes()


def _read(data: bytes, count: int, data_type: pa.DataType) -> pa.Array:
    if pa.types.is_string(data_type):
        return pa.array([part.decode() for part in _parts(data, count)], data_type)
    if pa.types.is_boolean(data_type):
        return pa.array(np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[:count].astype(np.bool_))
    storage: pa.DataType = data_type
    if pa.types.is_decimal(data_type):
        if data_type.precision > 18:
            return _decimals([int.from_bytes(part, "big", signed=True) for part in _parts(data, count)], data_type)
        storage = pa.int64() if data_type.precision > 9 else pa.int32()
    elif pa.types.is_temporal(data_type):
        storage = pa.int32() if data_type.bit_width == 32 else pa.int64()
    number = np.dtype(storage.to_pandas_dtype()).newbyteorder("<")
    if storage in _MARKS:
        numbers = np.frombuffer(data, [("mark", "u1"), ("number", number)], count)["number"]
    else:
        numbers = np.frombuffer(data, number, count)
    if pa.types.is_decimal(data_type):
        return _decimals(numbers.tolist(), data_type)
    return pa.array(np.ascontiguousarray(numbers), storage).view(data_type)


def _decimals(unscaled: Sequence[int], data_type: pa.DataType) -> pa.Array:
    context = decimal.Context(prec=76)
    return pa.array([decimal.Decimal(number).scaleb(-data_type.scale, context) for number in unscaled], data_type)


def _storage(values: pa.Array) -> pa.Array:
    if pa.types.is_temporal(values.type):
        return values.view(pa.int32() if values.type.bit_width == 32 else pa.int64())
    return values


def _with_lengths(parts: Sequence[bytes]) -> bytes:
    return b"".join(struct.pack("<i", len(part)) + part for part in parts)


def _parts(data: bytes, count: int) -> list[bytes]:
    found, at = [], 0
    for _ in range(count):
        (size,) = struct.unpack_from("<i", data, at)
        found.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return found


def _big_endian(number: int) -> bytes:
    size = (number if number >= 0 else ~number).bit_length() // 8 + 1
    return number.to_bytes(size, "big", signed=True)
