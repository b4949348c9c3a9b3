"""Functions of chance: ``rand randn uniform randstr uuid shuffle``.

With a seed they give the reference's own numbers, those of the partition's number added to the seed, the same in every epoch.
Without one they depend on the query's seed, the epoch, the partition and the number of the row in it, and on nothing else.
Either way an epoch that is run again gives the same rows, however its input is cut into batches.

Source: Spark ``randomExpressions``, ``RandomIndicesGenerator``, ``RandomUUIDGenerator``.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from actorstream.errors import AnalysisException
from actorstream.expr.arrow import Values, pa, pc
from actorstream.expr.casts import cast_values
from actorstream.expr.coercion import Rules, cast_to, mismatch, quoted, quoted_type, takes, type_of
from actorstream.expr.evaluation import Frame
from actorstream.expr.folding import is_foldable
from actorstream.expr.mersenne import MersenneTwister
from actorstream.expr.naming import sql_text
from actorstream.expr.nested import Lists
from actorstream.expr.nodes import Call, Constant, Expression
from actorstream.expr.registry import Function
from actorstream.expr.strict_math import cos, log
from actorstream.expr.types import (
    ArrayType,
    DataType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    IntegralType,
    LongType,
    NullType,
    NumericType,
)
from actorstream.expr.xorshift import XorShift

Words = npt.NDArray[np.uint64]
G = TypeVar("G")

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


# ---------------------------------------------------------------- where the numbers come from


def _mix(values: Words) -> Words:
    """The finaliser of splitmix64."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _words(frame: Frame, count: int) -> Words:
    """The next random 64-bit words of a call without a seed in this epoch and partition."""
    context = frame.context
    place, first = context.draw(frame.site, count)
    with np.errstate(over="ignore"):
        state = np.array([context.seed], np.int64).view(np.uint64)
        for part in (context.epoch + 1, context.partition, place):
            state = _mix(state + _GOLDEN + np.uint64(part))
        return _mix(state + (np.arange(first, first + count, dtype=np.uint64) + np.uint64(1)) * _GOLDEN)


def _floats(frame: Frame, count: int) -> npt.NDArray[np.float64]:
    found: npt.NDArray[np.float64] = (_words(frame, count) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return found


def _generator(frame: Frame, seed: tuple[Values, ...], make: Callable[[int], G]) -> G | None:
    """The generator of a call with a seed, where it stands; None without a seed. A null seed is 0."""
    if not seed:
        return None
    given = seed[0]

    def first() -> G:
        value = (given if isinstance(given, pa.Scalar) else given[0]).as_py()
        return make((value or 0) + frame.context.partition)

    found: G = frame.context.generator(frame.site, first)
    return found


# ---------------------------------------------------------------- type rules


def _seed(call: Call, place: int) -> Expression:
    """The seed among the arguments: a constant INT or BIGINT. Raises: AnalysisException."""
    seed = call.args[place]
    if not isinstance(type_of(seed), (IntegerType, LongType, NullType)):
        raise mismatch(
            "UNEXPECTED_INPUT_TYPE",
            call,
            paramIndex=("first", "second", "third")[place],
            requiredType='("INT" or "BIGINT")',
            inputSql=quoted(sql_text(seed)),
            inputType=quoted_type(type_of(seed)),
        )
    if not is_foldable(seed):
        raise AnalysisException(
            errorClass="SEED_EXPRESSION_IS_UNFOLDABLE",
            messageParameters={"seedExpr": quoted(sql_text(seed)), "exprWithSeed": quoted(sql_text(call))},
        )
    return cast_to(seed, LongType())


def _constant_argument(call: Call, place: int, name: str, kind: str) -> None:
    if not is_foldable(call.args[place]):
        raise mismatch(
            "NON_FOLDABLE_INPUT",
            call,
            inputName=f"`{name}`",
            inputType=kind,
            inputExpr=quoted(sql_text(call.args[place])),
        )


def _seeded(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    """``name([seed])``."""
    takes("any", optional=1, returns="double")(name, args, rules)  # checks their number
    call = Call(name=name, args=args)
    return Call(name=name, args=(_seed(call, 0),) if args else (), data_type=DoubleType(), nullable=False)


def _uniform_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    takes("any", "any", "any", optional=1)(name, args, rules)  # checks their number
    call = Call(name=name, args=args)
    for place, bound in enumerate(("min", "max")):
        if not isinstance(type_of(args[place]), (NumericType, NullType)):
            raise mismatch(
                "UNEXPECTED_INPUT_TYPE",
                call,
                paramIndex=("first", "second")[place],
                requiredType='"NUMERIC"',
                inputSql=quoted(sql_text(args[place])),
                inputType=quoted_type(type_of(args[place])),
            )
        _constant_argument(call, place, bound, "integer or floating-point")
    seed = (_seed(call, 2),) if len(args) > 2 else ()
    low, high = args[0], args[1]
    result = _between(type_of(low), type_of(high))
    nullable = any(isinstance(type_of(item), NullType) for item in (low, high))
    bounds = (cast_to(low, DoubleType()), cast_to(high, DoubleType()))
    return Call(name=name, args=(*bounds, *seed), data_type=result, nullable=nullable)


def _between(low: DataType, high: DataType) -> DataType:
    """The type of numbers between bounds of two types: the wider one, and that of a decimal bound before that of an integer."""
    if isinstance(low, IntegralType) and isinstance(high, IntegralType):
        return max(low, high, key=_size)
    for kind in (NullType, DoubleType, FloatType):
        if isinstance(low, kind) or isinstance(high, kind):
            return DoubleType() if kind is NullType else kind()
    decimals = [item for item in (low, high) if isinstance(item, DecimalType)]
    return max(decimals, key=lambda item: item.precision)


def _size(data_type: NumericType) -> int:
    return ("tinyint", "smallint", "int", "bigint").index(data_type.simpleString())


def _randstr_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    typed = takes("int", "any", optional=1, returns="string", nullable=False)(name, args, rules)
    assert isinstance(typed, Call)
    _constant_argument(Call(name=name, args=args), 0, "length", "integer")
    length = args[0].value if isinstance(args[0], Constant) else None
    if isinstance(length, int) and length < 0:
        raise mismatch(
            "VALUE_OUT_OF_RANGE",
            Call(name=name, args=args),
            exprName="`length`",
            valueRange=f"[0, {2**31 - 1}]",
            currentValue=str(length),
        )
    seed = (_seed(Call(name=name, args=args), 1),) if len(args) > 1 else ()
    return Call(name=name, args=(typed.args[0], *seed), data_type=typed.data_type, nullable=False)


def _shuffle_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    typed = takes("array", "any", optional=1)(name, args, rules)
    assert isinstance(typed, Call)
    array = typed.args[0]
    if isinstance(type_of(array), NullType):
        array = cast_to(array, ArrayType(NullType(), containsNull=True))
    seed = typed.args[1:]
    if seed and not (isinstance(seed[0], Constant) and isinstance(type_of(seed[0]), (IntegerType, LongType, NullType))):
        raise AnalysisException(
            errorClass="INVALID_PARAMETER_VALUE.LONG",
            messageParameters={
                "functionName": f"`{name}`",
                "parameter": "`seed`",
                "invalidValue": quoted(sql_text(seed[0])),
            },
        )
    return Call(name=name, args=(array, *seed), data_type=type_of(array), nullable=array.nullable)


# ---------------------------------------------------------------- kernels


def _uniform_numbers(frame: Frame, seed: tuple[Values, ...]) -> npt.NDArray[np.float64]:
    generator = _generator(frame, seed, XorShift)
    return _floats(frame, frame.rows) if generator is None else generator.doubles(frame.rows)


def _rand(frame: Frame, *seed: Values) -> Values:
    return pa.array(_uniform_numbers(frame, seed))


def _randn(frame: Frame, *seed: Values) -> Values:
    generator = _generator(frame, seed, XorShift)
    if generator is not None:
        return pa.array(generator.normals(frame.rows))
    pairs = _floats(frame, 2 * frame.rows)
    radius = np.sqrt(-2.0 * log(1.0 - pairs[0::2]))
    return pa.array(radius * cos(2.0 * np.pi * pairs[1::2]))


def _uniform(frame: Frame, low: Values, high: Values, *seed: Values) -> Values:
    width = pc.subtract(high, low)
    values = pc.add(low, pc.multiply(width, pa.array(_uniform_numbers(frame, seed))))
    return cast_values(frame.array(values), DoubleType(), frame.site.result_type, "legacy", frame.site.zone)


_LETTERS = np.frombuffer(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", np.uint8)


def _randstr(frame: Frame, length: Values, *seed: Values) -> Values:
    size = int(frame.array(length)[0].as_py()) if frame.rows else 0
    count = frame.rows * size
    generator = _generator(frame, seed, XorShift)
    if generator is None:
        places = (_words(frame, count) % np.uint64(62)).astype(np.int64)
    else:
        places = np.abs(np.fmod(generator.integers(count), np.int32(62)))
    offsets = (np.arange(frame.rows + 1) * size).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(_LETTERS[places]))]
    return pa.Array.from_buffers(pa.string(), frame.rows, buffers)


def _uuid(frame: Frame, *seed: Values) -> Values:
    generator = _generator(frame, seed, MersenneTwister)
    words = _words(frame, 2 * frame.rows) if generator is None else generator.longs(2 * frame.rows)
    made = [
        str(uuid.UUID(int=(int(high) << 64) | int(low), version=4))
        for high, low in zip(words[0::2], words[1::2], strict=True)
    ]
    return pa.array(made, pa.string())


def _shuffle(frame: Frame, array: Values, *seed: Values) -> Values:
    lists = Lists.of(frame.array(array))
    generator = _generator(frame, seed, MersenneTwister)
    if generator is None:
        order = np.lexsort([_words(frame, len(lists.flat)), lists.parents])
        return lists.ordered(order, frame.site.arrow_type)
    drawn = generator.below(lists.places + 1)
    order = np.zeros(len(lists.flat), np.int64)
    # inside-out shuffle of all lists at once: element i goes to a place among the first i, whose own moves to the end
    for place in range(int(lists.lengths.max(initial=0))):
        starts = lists.starts[lists.lengths > place]
        to = starts + drawn[starts + place]
        order[starts + place] = order[to]
        order[to] = place
    return lists.ordered(order + np.repeat(lists.starts, lists.lengths), frame.site.arrow_type)


_NUMBERS: Any = {"deterministic": False}
FUNCTIONS = [
    Function("rand", _seeded, _rand, "random numbers in [0, 1)", **_NUMBERS),
    Function("random", _seeded, _rand, "random numbers in [0, 1)", **_NUMBERS),
    Function("randn", _seeded, _randn, "random numbers of the normal distribution", **_NUMBERS),
    Function("uniform", _uniform_rule, _uniform, "random numbers between two constant bounds", **_NUMBERS),
    Function("randstr", _randstr_rule, _randstr, "random letters and digits", **_NUMBERS),
    Function("uuid", takes("bigint", optional=1, returns="string", nullable=False), _uuid, "a random UUID", **_NUMBERS),
    Function("shuffle", _shuffle_rule, _shuffle, "the array in random order", **_NUMBERS),
]
