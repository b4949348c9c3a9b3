"""Functions of the row's place and of chance: ``rand uuid monotonically_increasing_id spark_partition_id`` and session facts.

Random values depend on the query's seed, the epoch, the partition and the number of the row in it, and on nothing else: an
epoch that is run again gives the same rows, however its input is cut into batches.
"""

from __future__ import annotations

import getpass
import uuid
from typing import Any

import numpy as np
import numpy.typing as npt

from actorstream.expr.arrow import Values, pa
from actorstream.expr.coercion import Rules, takes, type_of
from actorstream.expr.evaluation import Frame
from actorstream.expr.nodes import Call, Expression
from actorstream.expr.registry import Function
from actorstream.expr.types import DoubleType, IntegerType, IntegralType

Words = npt.NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
SPARK_VERSION = "4.3.0"


def _mix(values: Words) -> Words:
    """The finaliser of splitmix64."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def random_words(frame: Frame, count: int, seed: Values | None = None) -> Words:
    """The next `count` random 64-bit words of this call site in this epoch and partition."""
    context = frame.context
    first = context.drawn.get(frame.site.number, 0)
    context.drawn[frame.site.number] = first + count
    given: Any = None if seed is None or frame.rows == 0 else frame.array(seed)[0].as_py()
    with np.errstate(over="ignore"):
        state = np.array([context.seed if given is None else given], np.int64).view(np.uint64)
        # two calls with one seed are the same column, as in Spark
        place = frame.site.number if given is None else 0
        for part in (context.epoch + 1, context.partition, place):
            state = _mix(state + _GOLDEN + np.uint64(part))
        return _mix(state + (np.arange(first, first + count, dtype=np.uint64) + np.uint64(1)) * _GOLDEN)


def random_floats(frame: Frame, count: int, seed: Values | None = None) -> npt.NDArray[np.float64]:
    """Numbers in [0, 1)."""
    found: npt.NDArray[np.float64] = (random_words(frame, count, seed) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return found


def _rand(frame: Frame, *seed: Values) -> Values:
    return pa.array(random_floats(frame, frame.rows, *seed))


def _randn(frame: Frame, *seed: Values) -> Values:
    """Box and Muller's transform of two uniform numbers."""
    pairs = random_floats(frame, 2 * frame.rows, *seed)
    radius = np.sqrt(-2.0 * np.log(1.0 - pairs[0::2]))
    return pa.array(radius * np.cos(2.0 * np.pi * pairs[1::2]))


def _uniform_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    typed = takes("numeric", "numeric", "bigint", optional=1)(name, args, rules)
    assert isinstance(typed, Call)
    integral = all(isinstance(type_of(item), IntegralType) for item in typed.args[:2])
    return Call(name=name, args=typed.args, data_type=IntegerType() if integral else DoubleType(), nullable=False)


def _uniform(frame: Frame, low: Values, high: Values, *seed: Values) -> Values:
    a, b = (np.asarray(frame.array(value)).astype(np.float64) for value in (low, high))
    values = a + (b - a) * random_floats(frame, frame.rows, *seed)
    if pa.types.is_floating(frame.site.arrow_type):
        return pa.array(values).cast(frame.site.arrow_type)
    return pa.array(np.floor(values)).cast(frame.site.arrow_type, safe=False)


_LETTERS = np.frombuffer(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", np.uint8)


def _randstr(frame: Frame, length: Values, *seed: Values) -> Values:
    size = int(frame.array(length)[0].as_py()) if frame.rows else 0
    letters = _LETTERS[(random_words(frame, frame.rows * size, *seed) % np.uint64(62)).astype(np.int64)]
    offsets = (np.arange(frame.rows + 1) * size).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(letters))]
    return pa.Array.from_buffers(pa.string(), frame.rows, buffers)


def _uuid(frame: Frame, *seed: Values) -> Values:
    words = random_words(frame, 2 * frame.rows, *seed)
    made = [
        str(uuid.UUID(int=(int(high) << 64) | int(low), version=4))
        for high, low in zip(words[0::2], words[1::2], strict=True)
    ]
    return pa.array(made, pa.string())


def _increasing(frame: Frame) -> Values:
    """The partition in the upper 31 bits, the row's number in the epoch and partition in the lower 33."""
    first = frame.context.drawn.get(frame.site.number, 0)
    frame.context.drawn[frame.site.number] = first + frame.rows
    return pa.array(np.arange(first, first + frame.rows, dtype=np.int64) + (frame.context.partition << 33))


def _user(frame: Frame) -> Values:
    return pa.scalar(getpass.getuser())


_SEARCH_PATH = "system.builtin,system.session,spark_catalog.default"
_HINT = "repeatable per epoch and partition, not Spark's sequence"
FUNCTIONS = [
    Function("rand", takes("bigint", optional=1, returns="double", nullable=False), _rand, f"random numbers in [0, 1): {_HINT}", deterministic=False),
    Function("random", takes("bigint", optional=1, returns="double", nullable=False), _rand, f"random numbers in [0, 1): {_HINT}", deterministic=False),
    Function("randn", takes("bigint", optional=1, returns="double", nullable=False), _randn, f"random numbers of the normal distribution: {_HINT}", deterministic=False),
    Function("uniform", _uniform_rule, _uniform, f"random numbers between two bounds: {_HINT}", deterministic=False),
    Function("randstr", takes("int", "bigint", optional=1, returns="string", nullable=False), _randstr, f"random letters and digits: {_HINT}", deterministic=False),
    Function("uuid", takes("bigint", optional=1, returns="string", nullable=False), _uuid, f"a random UUID: {_HINT}", deterministic=False),
    Function("monotonically_increasing_id", takes(returns="bigint", nullable=False), _increasing, "a number that grows within each epoch and partition", deterministic=False),
    Function("spark_partition_id", takes(returns="int", nullable=False), lambda frame: pa.scalar(frame.context.partition, pa.int32()), "the number of the partition", deterministic=False),
    Function("version", takes(returns="string", nullable=False), lambda frame: pa.scalar(SPARK_VERSION), "the version of PySpark that is followed"),
    *(
        Function(name, takes(returns="string", nullable=False), _user, "the name of the user who runs the query")
        for name in ("current_user", "user", "session_user")
    ),
    *(
        Function(name, takes(returns="string", nullable=False), lambda frame: pa.scalar("default"), "the name of the current database")
        for name in ("current_database", "current_schema")
    ),
    Function("current_path", takes(returns="string", nullable=False), lambda frame: pa.scalar(_SEARCH_PATH), "where the names of functions are looked for"),
    # the facts of a file are known only while it is read; as in the reference, a row of no file has these
    Function("input_file_name", takes(returns="string", nullable=False), lambda frame: pa.scalar(""), "empty: no row here remembers its file; the file source has the column _metadata"),
    *(
        Function(name, takes(returns="bigint", nullable=False), lambda frame: pa.scalar(-1, pa.int64()), "-1: no row here remembers its file")
        for name in ("input_file_block_start", "input_file_block_length")
    ),
    Function("current_catalog", takes(returns="string", nullable=False), lambda frame: pa.scalar("spark_catalog"), "the name of the current catalog"),
]  # fmt: skip
