"""Functions of sketches that stand in a column: estimates and set operations of HLL and theta sketches.

A sketch is read, worked on and written once per distinct row; see `sketch_hll` and `sketch_theta`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from actorstream.expr.arrow import ArrowType, Values, pa
from actorstream.expr.coercion import takes
from actorstream.expr.distinct import by_distinct_rows
from actorstream.expr.evaluation import Frame
from actorstream.expr.functions import sketch_theta as theta
from actorstream.expr.functions.sketch_hll import HllSketch
from actorstream.expr.functions.sketch_inputs import different_lg_k, hll_of, lg_nominal_out_of_range, theta_of
from actorstream.expr.registry import Function, Kernel


def _each(function: Callable[..., Any], result: ArrowType) -> Kernel:
    """A kernel that calls `function` with the arguments of every distinct row; a null gives null."""

    def run(frame: Frame, *arguments: Values) -> Values:
        return by_distinct_rows(function, list(arguments), result, length=frame.rows)

    return run


def _rounded(estimate: float) -> int:
    return math.floor(estimate + 0.5)


# ---------------------------------------------------------------- HLL


def _hll_estimate(data: bytes) -> int:
    return _rounded(hll_of("hll_sketch_estimate", data).estimate())


def _hll_union(first: bytes, second: bytes, allow_different: bool) -> bytes:
    one, two = hll_of("hll_union", first), hll_of("hll_union", second)
    if one.lg_k != two.lg_k and not allow_different:
        raise different_lg_k("hll_union", one.lg_k, two.lg_k)
    lg_max = min(one.lg_k, two.lg_k)
    union = HllSketch(lg_max)
    for sketch in (one, two):
        union = union.union(sketch, lg_max, wrapped=False)
    return union.to_bytes()


# ---------------------------------------------------------------- theta


def _theta_estimate(data: bytes) -> int:
    return _rounded(theta_of("theta_sketch_estimate", data).estimate())


def _theta_union(first: bytes, second: bytes, lg_k: int) -> bytes:
    name = "theta_union"
    if not theta.LG_K_MIN <= lg_k <= theta.LG_K_MAX:
        raise lg_nominal_out_of_range(name, lg_k)
    return theta.theta_to_bytes(theta.union([theta_of(name, first), theta_of(name, second)], lg_k))


def _theta_intersection(first: bytes, second: bytes) -> bytes:
    name = "theta_intersection"
    return theta.theta_to_bytes(theta.intersection([theta_of(name, first), theta_of(name, second)]))


def _theta_difference(first: bytes, second: bytes) -> bytes:
    name = "theta_difference"
    return theta.theta_to_bytes(theta.difference(theta_of(name, first), theta_of(name, second)))


_BYTES, _LONG = pa.binary(), pa.int64()
_TWO = takes("binary", "binary", returns="binary", exact=True)

FUNCTIONS = [
    Function("hll_sketch_estimate", takes("binary", returns="bigint", exact=True), _each(_hll_estimate, _LONG), "the number of distinct values that an HLL sketch has seen", may_raise=True),
    Function("hll_union", takes("binary", "binary", "boolean", returns="binary", defaults=(False,), exact=True), _each(_hll_union, _BYTES), "the union of two HLL sketches", may_raise=True),
    Function("theta_sketch_estimate", takes("binary", returns="bigint", exact=True), _each(_theta_estimate, _LONG), "the number of distinct values of a theta sketch", may_raise=True),
    Function("theta_union", takes("binary", "binary", "int", returns="binary", defaults=(12,), exact=True), _each(_theta_union, _BYTES), "the union of two theta sketches", may_raise=True),
    Function("theta_intersection", _TWO, _each(_theta_intersection, _BYTES), "what two theta sketches have in common", may_raise=True),
    Function("theta_difference", _TWO, _each(_theta_difference, _BYTES), "what is in the first theta sketch and not in the second", may_raise=True),
]  # fmt: skip
