"""Functions of float vectors (``ARRAY<FLOAT>``): norms, products, distances, similarity.

A vector with a null element gives null. All is calculated in double, in the order of the reference, and the result made a float.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from actorstream.errors import SparkRuntimeException
from actorstream.expr.arrow import Array, Values, pa, pc
from actorstream.expr.coercion import Rules, literal, same_type, type_of, unexpected_input, wrong_arity
from actorstream.expr.evaluation import Frame
from actorstream.expr.nested import Lists, make_list
from actorstream.expr.nodes import Call, Expression
from actorstream.expr.registry import Function
from actorstream.expr.text import java_float
from actorstream.expr.types import ArrayType, DataType, FloatType, NullType

Doubles = np.ndarray[Any, np.dtype[np.float64]]

_VECTOR = ArrayType(FloatType())


def require_vector(call: Call, index: int) -> None:
    """Raise unless an argument is an array of floats: there is no implicit cast to a vector."""
    own = type_of(call.args[index])
    if not isinstance(own, NullType) and not same_type(own, _VECTOR):
        raise unexpected_input(call, index, '"ARRAY<FLOAT>"')


def _pair_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) != 2:
        wrong_arity(name, "2", len(args))
    call = Call(name=name, args=args)
    for index in range(2):
        require_vector(call, index)
    return Call(name=name, args=args, data_type=FloatType(), nullable=True)


def _norm_rule(result: DataType) -> Callable[[str, tuple[Expression, ...], Rules], Expression]:
    def rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
        if len(args) not in (1, 2):
            wrong_arity(name, "[1, 2]", len(args))
        if len(args) == 1:
            args = (*args, replace(literal(2.0), data_type=FloatType()))
        call = Call(name=name, args=args)
        require_vector(call, 0)
        if not isinstance(type_of(args[1]), (FloatType, NullType)):
            raise unexpected_input(call, 1, '"FLOAT"')
        return Call(name=name, args=args, data_type=result, nullable=True)

    return rule


def _parts(values: Array) -> tuple[Lists, Doubles, np.ndarray[Any, Any]]:
    """The vectors taken apart, their elements, and which of them are null or hold a null."""
    lists = Lists.of(values)
    missing = lists.any(np.asarray(pc.is_null(lists.flat)))
    if lists.null is not None:
        missing |= lists.null
    return lists, np.asarray(pc.fill_null(lists.flat.cast(pa.float64()), 0.0)), missing


def _sums(lists: Lists, terms: Doubles) -> Doubles:
    """The sum of the terms of each vector, by eights and then the rest one by one, all vectors side by side."""
    totals = np.zeros(lists.rows)
    starts, lengths = lists.starts, lists.lengths
    eights = lengths // 8
    with np.errstate(all="ignore"):
        for number in range(int(eights.max(initial=0))):
            rows = np.flatnonzero(eights > number)
            first = starts[rows] + 8 * number
            part = terms[first]
            for place in range(1, 8):
                part += terms[first + place]
            totals[rows] += part
        for place in range(7):
            rows = np.flatnonzero(lengths % 8 > place)
            totals[rows] += terms[starts[rows] + 8 * eights[rows] + place]
    return totals


def _floats(values: Doubles, missing: np.ndarray[Any, Any]) -> Array:
    with np.errstate(all="ignore"):
        return pa.array(values.astype(np.float32), pa.float32(), mask=missing)


def _matched(frame: Frame, left: Values, right: Values) -> tuple[Lists, Doubles, Doubles, np.ndarray[Any, Any]]:
    """Both vectors as elements side by side. Raises: SparkRuntimeException VECTOR_DIMENSION_MISMATCH."""
    first, second = frame.array(left), frame.array(right)
    absent = np.asarray(pc.or_(pc.is_null(first), pc.is_null(second)))
    sizes = (Lists.of(first).lengths, Lists.of(second).lengths)
    wrong = ~absent & (sizes[0] != sizes[1])
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise SparkRuntimeException(
            errorClass="VECTOR_DIMENSION_MISMATCH",
            messageParameters={
                "functionName": f"`{frame.site.name}`",
                "leftDim": str(sizes[0][row]),
                "rightDim": str(sizes[1][row]),
            },
        )
    hidden = pa.array(absent)
    lists, a, null_a = _parts(pc.if_else(hidden, pa.scalar(None, first.type), first))
    _, b, null_b = _parts(pc.if_else(hidden, pa.scalar(None, second.type), second))
    return lists, a, b, null_a | null_b


def _inner_product(frame: Frame, left: Values, right: Values) -> Values:
    lists, a, b, missing = _matched(frame, left, right)
    return _floats(_sums(lists, a * b), missing)


def _l2_distance(frame: Frame, left: Values, right: Values) -> Values:
    lists, a, b, missing = _matched(frame, left, right)
    difference = a - b
    return _floats(np.sqrt(_sums(lists, difference * difference)), missing)


def _cosine(frame: Frame, left: Values, right: Values) -> Values:
    """Inner product through both lengths; null when a vector is zero."""
    lists, a, b, missing = _matched(frame, left, right)
    with np.errstate(all="ignore"):
        size = np.sqrt(_sums(lists, a * a) * _sums(lists, b * b))
        found = _sums(lists, a * b) / np.where(size == 0, 1.0, size)
    return _floats(found, missing | (size == 0))


def _norms(frame: Frame, lists: Lists, elements: Doubles, degrees: Array, missing: np.ndarray[Any, Any]) -> Doubles:
    """The norm of each vector. Raises: SparkRuntimeException INVALID_VECTOR_NORM_DEGREE."""
    found = np.zeros(lists.rows)
    for degree in pc.unique(degrees.filter(pa.array(~missing))).to_pylist():
        rows = np.asarray(pc.fill_null(pc.equal(degrees, degree), False))
        if degree == 2.0:
            norm = np.sqrt(_sums(lists, elements * elements))
        elif degree == 1.0:
            norm = _sums(lists, np.abs(elements))
        elif degree == float("inf"):
            norm = np.zeros(lists.rows)
            np.maximum.at(norm, lists.parents, np.abs(elements))
        else:
            raise SparkRuntimeException(
                errorClass="INVALID_VECTOR_NORM_DEGREE",
                messageParameters={
                    "functionName": f"`{frame.site.name}`",
                    "degree": java_float(degree, single=True),
                },
            )
        found[rows] = norm[rows]
    return found


def _norm(frame: Frame, vectors: Values, degree: Values) -> Values:
    lists, elements, missing = _parts(frame.array(vectors))
    degrees = frame.array(degree)
    missing = missing | np.asarray(pc.is_null(degrees))
    return _floats(_norms(frame, lists, elements, degrees, missing), missing)


def _normalize(frame: Frame, vectors: Values, degree: Values) -> Values:
    """Each vector through its norm; null when that is zero."""
    lists, elements, missing = _parts(frame.array(vectors))
    degrees = frame.array(degree)
    missing = missing | np.asarray(pc.is_null(degrees))
    norms = _norms(frame, lists, elements, degrees, missing)
    missing = missing | ((norms == 0) & (lists.lengths > 0))
    divisors = np.where(norms == 0, 1.0, norms)[lists.parents]
    with np.errstate(all="ignore"):
        scaled = (elements / divisors).astype(np.float32)
    keep = ~missing[lists.parents]
    lengths = np.where(missing, 0, lists.lengths)
    return make_list(pa.array(scaled[keep], pa.float32()), lengths, missing, frame.site.arrow_type)


FUNCTIONS = [
    Function("vector_inner_product", _pair_rule, _inner_product, "the inner product of two float vectors", may_raise=True),
    Function("vector_l2_distance", _pair_rule, _l2_distance, "the Euclidean distance of two float vectors", may_raise=True),
    Function("vector_cosine_similarity", _pair_rule, _cosine, "the cosine of the angle between two float vectors", may_raise=True),
    Function("vector_norm", _norm_rule(FloatType()), _norm, "the norm of a float vector: degree 1, 2 or infinity", may_raise=True),
    Function("vector_normalize", _norm_rule(_VECTOR), _normalize, "a float vector scaled to norm 1", may_raise=True),
]  # fmt: skip
