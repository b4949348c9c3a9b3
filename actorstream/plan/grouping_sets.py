"""Builds the plan of ROLLUP, CUBE and GROUPING SETS: every row once per set, with the keys outside of it null."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from actorstream.common.config import Conf
from actorstream.errors import AnalysisException
from actorstream.expr.coercion import literal
from actorstream.expr.naming import output_name, sql_text
from actorstream.expr.nodes import (
    AggregateCall,
    Alias,
    Attribute,
    Call,
    Cast,
    Constant,
    Expression,
    next_attribute_id,
)
from actorstream.expr.types import ByteType, LongType
from actorstream.plan.aggregate import aggregate
from actorstream.plan.nodes import Expand, LogicalPlan, to_attribute
from actorstream.plan.resolution import resolve_on, to_named
from actorstream.plan.select import extract_windows

_MARKS = frozenset({"grouping", "grouping_id"})


def aggregate_sets(
    plan: LogicalPlan,
    keys: Sequence[Expression],
    sets: Sequence[tuple[int, ...]],
    results: Sequence[Expression],
    conf: Conf,
) -> LogicalPlan:
    """An aggregation by several sets of keys at once; its output is the results.

    Args:
        sets: places in `keys`.
    Raises: AnalysisException GROUPING_COLUMN_MISMATCH, and what `aggregate` raises.
    """
    plan, together = extract_windows(plan, [*keys, *results], conf)
    named = [to_named(resolve_on(plan, key, conf)) for key in together[: len(keys)]]
    written = together[len(keys) :]
    values = [item.child if isinstance(item, Alias) else item for item in named]
    columns = [
        replace(to_attribute(item), id=next_attribute_id(), nullable=True, qualifier=getattr(item, "qualifier", ()))
        for item in named
    ]
    number = Attribute(name="spark_grouping_id", id=next_attribute_id(), data_type=LongType(), nullable=False)
    projections = []
    for chosen in sets:
        missing = sum(1 << (len(keys) - 1 - place) for place in range(len(keys)) if place not in chosen)
        cells: list[Expression] = [
            value if place in chosen else Constant(value=None, data_type=value.data_type)
            for place, value in enumerate(values)
        ]
        projections.append((*cells, Constant(value=missing, data_type=LongType(), nullable=False)))
    expanded = Expand(plan, tuple(projections), (*columns, number))

    def mark(call: Call) -> Expression:
        """``grouping(key)`` and ``grouping_id()`` as bits of the set's number."""
        if call.name.lower() == "grouping_id":
            return number
        wanted = resolve_on(plan, call.args[0], conf)
        if wanted not in values:
            raise AnalysisException(
                errorClass="GROUPING_COLUMN_MISMATCH",
                messageParameters={
                    "grouping": sql_text(call.args[0]),
                    "groupingColumns": ",".join(sql_text(value) for value in values),
                },
            )
        bit = len(keys) - 1 - values.index(wanted)
        shifted = Call(name="shiftright", args=(number, literal(bit)))
        return Cast(child=Call(name="&", args=(shifted, literal(1))), to=ByteType())

    def over_columns(part: Expression) -> Expression:
        if isinstance(part, AggregateCall):
            return part
        if isinstance(part, Call) and part.name.lower() in _MARKS:
            return mark(part)
        if not isinstance(part, Alias):
            try:
                found = resolve_on(plan, part, conf) if not has_mark(part) else None
            except AnalysisException:
                found = None
            bare = found.child if isinstance(found, Alias) else found
            if bare is not None and bare in values:
                return columns[values.index(bare)]
        return part.map_children(over_columns)

    changed = []
    for result in written:
        name = output_name(result) if has_mark(result) else output_name(resolve_on(plan, result, conf))
        item = over_columns(result)
        changed.append(item if isinstance(item, Alias) else Alias(child=item, name=name))
    return aggregate(expanded, [*columns, number], changed, conf, retain_keys=False)


def has_mark(expression: Expression) -> bool:
    """Whether ``grouping`` or ``grouping_id`` is called in it."""
    return any(isinstance(part, Call) and part.name.lower() in _MARKS for part in expression.walk())
