"""Functions of the bitmaps that ``bitmap_construct_agg`` makes: 4096 bytes, one bit for each of 32768 positions."""

from __future__ import annotations

import numpy as np

from actorstream.expr.arrow import Values, pa, pc
from actorstream.expr.coercion import Rules, takes, type_of, unexpected_input, wrong_arity
from actorstream.expr.evaluation import Frame, from_numpy, numpy_of
from actorstream.expr.nodes import Call, Expression
from actorstream.expr.registry import Function
from actorstream.expr.types import BinaryType, LongType, NullType

BITMAP_BYTES = 4096
BITMAP_BITS = 8 * BITMAP_BYTES


def _bit_position(frame: Frame, values: Values) -> Values:
    """Where a number has its bit: numbers from 1 on are numbered from 0, the others by their size."""
    array = frame.array(values)
    numbers = numpy_of(array)
    found = np.where(numbers > 0, np.fmod(numbers - 1, BITMAP_BITS), np.fmod(-numbers, BITMAP_BITS))
    return from_numpy(found, [array], pa.int64())


def _bucket_number(frame: Frame, values: Values) -> Values:
    """Which bitmap a number belongs to: 1 is the first for numbers above 0."""
    array = frame.array(values)
    numbers = numpy_of(array)
    truncated = numbers // BITMAP_BITS + (numbers % BITMAP_BITS != 0)
    return from_numpy(np.where(numbers > 0, 1 + (numbers - 1) // BITMAP_BITS, truncated), [array], pa.int64())


def _count_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) != 1:
        wrong_arity(name, "1", len(args))
    call = Call(name=name, args=args, data_type=LongType(), nullable=args[0].nullable)
    if not isinstance(type_of(args[0]), (BinaryType, NullType)):
        raise unexpected_input(call, 0, '"BINARY"')
    return call


def _count(frame: Frame, bitmaps: Values) -> Values:
    array = frame.array(bitmaps)
    buffers = array.buffers()
    if buffers[2] is None:
        return pc.if_else(pc.is_valid(array), pa.scalar(0, pa.int64()), pa.scalar(None, pa.int64()))
    offsets = np.frombuffer(buffers[1], np.int32, count=len(array) + 1, offset=4 * array.offset)
    ones = np.bitwise_count(np.frombuffer(buffers[2], np.uint8)).astype(np.int64)
    running = np.concatenate(([0], np.cumsum(ones)))
    return from_numpy(running[offsets[1:]] - running[offsets[:-1]], [array], pa.int64())


FUNCTIONS = [
    Function("bitmap_bit_position", takes("bigint", returns="bigint"), _bit_position, "the place of a number's bit in its bitmap"),
    Function("bitmap_bucket_number", takes("bigint", returns="bigint"), _bucket_number, "the number of the bitmap that a number belongs to"),
    Function("bitmap_count", _count_rule, _count, "the number of bits that are set in a bitmap"),
]  # fmt: skip
