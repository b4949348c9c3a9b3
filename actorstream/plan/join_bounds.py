"""When a stored row of a join of two streams can find no match any more: bounds taken from the join's condition (STF-112).

Used by `plan.unsupported`, which refuses outer joins without a bound, and by `plan.stream_joins`, which lowers them.
Source: Spark ``StreamingJoinHelper``, ``StreamingSymmetricHashJoinHelper``.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from actorstream.expr.coercion import Rules
from actorstream.expr.folding import folded, is_foldable
from actorstream.expr.nodes import WATERMARK_DELAY_KEY, Attribute, Call, Cast, Expression
from actorstream.expr.types import (
    BooleanType,
    CalendarIntervalType,
    DayTimeIntervalType,
    IntegralType,
    NumericType,
    TimestampType,
)
from actorstream.plan.nodes import Join
from actorstream.plan.resolution import references

_MS = 1_000
_SECOND = 1_000_000

#: from a comparison to the same with the smaller side first, and whether the sides may be equal
_COMPARISONS = {"<": (False, False), "<=": (False, True), ">": (True, False), ">=": (True, True)}


@dataclass(frozen=True, slots=True)
class JoinKeys:
    """The condition of a join taken apart.

    Attributes:
        pairs: expressions over the left and over the right columns that must be equal.
        null_safe: for each pair, whether nulls are equal.
        left, right: what must hold for the columns of one side alone.
        rest: what else must hold.
    """

    pairs: tuple[tuple[Expression, Expression], ...]
    null_safe: tuple[bool, ...]
    left: tuple[Expression, ...]
    right: tuple[Expression, ...]
    rest: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class StateBound:
    """A stored row is of no use once its time is at or before the watermark minus `lag_us`.

    The time is that of key number `key`, or of `column`.
    """

    lag_us: int = 0
    key: int | None = None
    column: Attribute | None = None


def take_apart(plan: Join) -> JoinKeys:
    """The parts of a join's condition."""
    lefts = {column.id for column in plan.left.output}
    rights = {column.id for column in plan.right.output}
    pairs: list[tuple[Expression, Expression]] = []
    null_safe: list[bool] = []
    left: list[Expression] = []
    right: list[Expression] = []
    rest: list[Expression] = []
    for part in conjuncts(plan.condition):
        used = references(part)
        if used and used <= lefts:
            left.append(part)
        elif used and used <= rights:
            right.append(part)
        elif (pair := _pair(part, lefts, rights)) is not None:
            pairs.append(pair)
            null_safe.append(isinstance(part, Call) and part.name == "<=>")
        else:
            rest.append(part)
    return JoinKeys(tuple(pairs), tuple(null_safe), tuple(left), tuple(right), tuple(rest))


def _pair(part: Expression, lefts: set[int], rights: set[int]) -> tuple[Expression, Expression] | None:
    """Both sides of an equality of a left and a right expression."""
    if not (isinstance(part, Call) and part.name in ("=", "<=>")):
        return None
    one, other = part.args
    mine, theirs = references(one), references(other)
    if mine and theirs and mine <= lefts and theirs <= rights:
        return one, other
    if mine and theirs and mine <= rights and theirs <= lefts:
        return other, one
    return None


def conjuncts(condition: Expression | None) -> list[Expression]:
    """The parts of a condition that must all hold."""
    if condition is None:
        return []
    if isinstance(condition, Call) and condition.name == "between":
        return conjuncts(condition.args[3])  # the comparisons that it stands for
    if isinstance(condition, Call) and condition.name == "and":
        return [part for argument in condition.args for part in conjuncts(argument)]
    return [condition]


def all_of(parts: Sequence[Expression]) -> Expression | None:
    """One condition of parts that must all hold; None for none."""
    result: Expression | None = None
    for part in parts:
        result = part if result is None else Call(name="and", args=(result, part), data_type=BooleanType())
    return result


# ---------------------------------------------------------------- bounds


def marked_key(keys: JoinKeys) -> int | None:
    """Number of the key that carries an event-time mark on either side."""
    for side in (0, 1):
        for number, pair in enumerate(keys.pairs):
            if _is_marked(pair[side]):
                return number
    return None


def state_bounds(plan: Join, rules: Rules) -> tuple[StateBound | None, StateBound | None]:
    """The bounds of both sides; None for a side whose rows are kept for ever."""
    key = marked_key(take_apart(plan))
    if key is not None:
        return StateBound(key=key), StateBound(key=key)
    sides = (plan.left.output, plan.right.output)
    found = []
    for own, other in (sides, sides[::-1]):
        # the reference evicts only from a side with a watermark of its own
        found.append(value_bound(plan.condition, own, other, rules) if any(map(_is_marked, own)) else None)
    return found[0], found[1]


def value_bound(
    condition: Expression | None, own: Sequence[Attribute], other: Sequence[Attribute], rules: Rules
) -> StateBound | None:
    """The bound that comparisons with the marked column of the other side put on a time column of one side."""
    bounds: list[StateBound] = []
    for part in conjuncts(condition):
        is_negated = isinstance(part, Call) and part.name in ("not", "!")
        if is_negated:
            (part,) = part.children
        if isinstance(part, Call) and part.name in _COMPARISONS:
            swap, may_be_equal = _COMPARISONS[part.name]
            if is_negated:
                swap, may_be_equal = not swap, not may_be_equal
            less, more = reversed(part.args) if swap else part.args
            bound = _bound_of(less, more, own, other, rules)
            if bound is not None:
                # rows are evicted at the bound itself, so one that may still be equal has to stay a moment longer
                bounds.append(StateBound(bound.lag_us + _MS, column=bound.column) if may_be_equal else bound)
    if not bounds:
        return None
    chosen = next((item.column for item in bounds if item.column is not None and _is_marked(item.column)), None)
    column = bounds[0].column if chosen is None else chosen
    assert column is not None
    return StateBound(
        max(item.lag_us for item in bounds if item.column is not None and item.column.id == column.id), column=column
    )


def _bound_of(
    less: Expression, more: Expression, own: Sequence[Attribute], other: Sequence[Attribute], rules: Rules
) -> StateBound | None:
    """From ``other + offset < own``: a row of the own side is of no use at or before the other's watermark plus offset."""
    try:
        difference = _linear(less, rules).minus(_linear(more, rules))
    except _NotLinear:
        return None
    mine = [column for column in difference.factors if any(column.id == item.id for item in own)]
    theirs = [column for column in difference.factors if any(column.id == item.id for item in other)]
    if len(mine) != 1 or len(theirs) != 1:
        return None
    if difference.factors[mine[0]] != -1 or difference.factors[theirs[0]] != 1 or not _is_marked(theirs[0]):
        return None
    return StateBound(-difference.offset_us + difference.slack_us, column=mine[0])


def _is_marked(expression: Expression) -> bool:
    return isinstance(expression, Attribute) and WATERMARK_DELAY_KEY in expression.metadata


class _NotLinear(Exception):
    """The expression is no sum of times and constants."""


@dataclass(frozen=True, slots=True)
class _Linear:
    """A sum of time columns and a constant. `slack_us`: what rounding may have taken away."""

    factors: dict[Attribute, int]
    offset_us: int = 0
    slack_us: int = 0

    def plus(self, other: _Linear, sign: int = 1) -> _Linear:
        factors = dict(self.factors)
        for column, factor in other.factors.items():
            factors[column] = factors.get(column, 0) + sign * factor
        return _Linear(
            {column: factor for column, factor in factors.items() if factor},
            self.offset_us + sign * other.offset_us,
            self.slack_us + other.slack_us,
        )

    def minus(self, other: _Linear) -> _Linear:
        return self.plus(other, -1)


def _linear(expression: Expression, rules: Rules) -> _Linear:
    """Units: numbers are seconds, as a cast of a timestamp to a number gives."""
    if isinstance(expression, Attribute):
        if not isinstance(expression.data_type, TimestampType):
            raise _NotLinear
        return _Linear({replace(expression, qualifier=(), nullable=True): 1})
    if is_foldable(expression):
        return _Linear({}, _microseconds(folded(expression, rules), expression))
    if isinstance(expression, Cast):
        inner = _linear(expression.child, rules)
        if isinstance(expression.to, IntegralType):
            return _Linear(inner.factors, inner.offset_us, inner.slack_us + _SECOND)
        if isinstance(expression.to, (NumericType, DayTimeIntervalType, TimestampType)):
            return inner
        raise _NotLinear
    if isinstance(expression, Call) and expression.name in ("time_add", "+"):
        one, other = expression.args
        return _linear(one, rules).plus(_linear(other, rules))
    if isinstance(expression, Call) and expression.name in ("time_sub", "-", "subtract_timestamps"):
        one, other = expression.args
        return _linear(one, rules).minus(_linear(other, rules))
    raise _NotLinear


def _microseconds(value: Any, expression: Expression) -> int:
    """A constant interval or number of seconds."""
    if isinstance(value, datetime.timedelta):
        return value // datetime.timedelta(microseconds=1)
    if isinstance(expression.data_type, CalendarIntervalType) and value is not None and not value[0]:
        _, days, nanoseconds = value
        return int(days * 86_400 * _SECOND + nanoseconds // 1_000)
    if isinstance(expression.data_type, NumericType) and isinstance(value, (int, float, Decimal)):
        return int(value * _SECOND)
    raise _NotLinear
