"""Functions of tuple sketches that stand in a column: estimates, summaries and set operations; see `sketch_theta`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from actorstream.expr.arrow import ArrowType, Values, pa
from actorstream.expr.coercion import Rules, require_parameters, takes
from actorstream.expr.distinct import by_distinct_rows
from actorstream.expr.evaluation import Frame
from actorstream.expr.functions import sketch_theta as theta
from actorstream.expr.functions.sketch_inputs import theta_of, tuple_of
from actorstream.expr.functions.sketch_theta import MODES, ThetaSketch
from actorstream.expr.nodes import Expression
from actorstream.expr.registry import Function, Kernel, TypeRule
from actorstream.expr.sketch_rules import check_lg_nominal, check_mode, checked

Kind = type[np.number[Any]]

KINDS: Mapping[str, Kind] = {"double": np.float64, "integer": np.int32}
"""Types of summaries by the last word of a function's name."""


_FOLDS: Mapping[str, Callable[[Any], Any]] = {"sum": np.sum, "min": np.min, "max": np.max}


def mode_of(text: str) -> int:
    """The mode that a text names."""
    return MODES.index(text.lower())


def _each(function: Callable[..., Any], result: ArrowType) -> Kernel:
    def run(frame: Frame, *arguments: Values) -> Values:
        return by_distinct_rows(function, list(arguments), result, length=frame.rows)

    return run


def _summary(name: str, kind: Kind) -> Callable[[bytes, str], Any]:
    def summary(data: bytes, mode: str) -> Any:
        sketch = tuple_of(name, data, kind)
        assert sketch.summaries is not None
        values = sketch.summaries.values.astype(np.float64 if kind is np.float64 else np.int64)
        if mode.lower() == "alwaysone":
            return values.dtype.type(len(values)).item()
        if not len(values):
            return values.dtype.type(0).item()
        return _FOLDS[mode.lower()](values).item()

    return summary


def _second(name: str, kind: Kind) -> Callable[[bytes, int], ThetaSketch]:
    """Reads the second argument, which may be a theta sketch, whose hashes have no summaries yet."""
    if "_theta_" in name:
        return lambda data, mode: theta.with_summaries(theta_of(name, data), mode, kind)
    return lambda data, mode: tuple_of(name, data, kind)


def _union(name: str, kind: Kind) -> Callable[[bytes, bytes, int, str], bytes]:
    read = _second(name, kind)

    def union(first: bytes, second: bytes, lg_k: int, mode: str) -> bytes:
        place = mode_of(mode)
        sketches = [tuple_of(name, first, kind), read(second, place)]
        return theta.tuple_to_bytes(theta.union(sketches, lg_k, place))

    return union


def _intersection(name: str, kind: Kind) -> Callable[[bytes, bytes, str], bytes]:
    read = _second(name, kind)

    def intersection(first: bytes, second: bytes, mode: str) -> bytes:
        place = mode_of(mode)
        return theta.tuple_to_bytes(theta.intersection([tuple_of(name, first, kind), read(second, place)], place))

    return intersection


def _difference(name: str, kind: Kind) -> Callable[[bytes, bytes], bytes]:
    read = _second(name, kind)
    return lambda first, second: theta.tuple_to_bytes(theta.difference(tuple_of(name, first, kind), read(second, 0)))


def _required(rule: TypeRule) -> TypeRule:
    def checked_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
        require_parameters(name, len(args), ("first", "second"))
        return rule(name, args, rules)

    return checked_rule


_BYTES, _DOUBLE = pa.binary(), pa.float64()
_ONE = takes("binary", returns="double", exact=True)
_UNION = _required(
    checked(
        "binary",
        "binary",
        "int",
        "string",
        returns="binary",
        defaults=(12, "sum"),
        checks=((2, check_lg_nominal), (3, check_mode)),
    )
)
_INTERSECTION = checked("binary", "binary", "string", returns="binary", defaults=("sum",), checks=((2, check_mode),))
_DIFFERENCE = takes("binary", "binary", returns="binary", exact=True)


def _functions(ending: str) -> list[Function]:
    kind = KINDS[ending]
    estimate, bound, summary = (f"tuple_sketch_{word}_{ending}" for word in ("estimate", "theta", "summary"))
    summed = checked(
        "binary",
        "string",
        returns="double" if ending == "double" else "bigint",
        defaults=("sum",),
        checks=((1, check_mode),),
    )
    result = _DOUBLE if ending == "double" else pa.int64()
    found = [
        Function(estimate, _ONE, _each(lambda data: tuple_of(estimate, data, kind).estimate(), _DOUBLE), "the number of distinct keys of a tuple sketch", may_raise=True),
        Function(bound, _ONE, _each(lambda data: tuple_of(bound, data, kind).theta / 2.0**63, _DOUBLE), "the share of all keys that a tuple sketch keeps", may_raise=True),
        Function(summary, summed, _each(_summary(summary, kind), result), "the summaries of a tuple sketch put together", may_raise=True),
    ]  # fmt: skip
    for other, words in (("", "another"), ("theta_", "a theta sketch")):
        union, common, less = (f"tuple_{word}_{other}{ending}" for word in ("union", "intersection", "difference"))
        found += [
            Function(union, _UNION, _each(_union(union, kind), _BYTES), f"the union of a tuple sketch and {words}", may_raise=True),
            Function(common, _INTERSECTION, _each(_intersection(common, kind), _BYTES), f"what a tuple sketch and {words} have in common", may_raise=True),
            Function(less, _DIFFERENCE, _each(_difference(less, kind), _BYTES), f"what is in a tuple sketch and not in {words}", may_raise=True),
        ]  # fmt: skip
    return found


FUNCTIONS = [function for ending in KINDS for function in _functions(ending)]
