"""``rollup``, ``cube`` and ``groupingSets``: every row once per set of keys, with null for the keys that are not in it.

Below the aggregation; `plan.aggregate` groups by the keys that this makes and by the number of the set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from actorstream.errors import AnalysisException
from actorstream.expr.coercion import literal, quoted
from actorstream.expr.naming import output_name, sql_text
from actorstream.expr.nodes import Alias, Attribute, Call, Cast, Constant, Expression, next_attribute_id
from actorstream.expr.types import ByteType, LongType
from actorstream.plan.nodes import Expand, LogicalPlan, Named, to_attribute

GroupingSets = Sequence[Sequence[int]]
"""Places of keys, from 0."""


def rollup_sets(keys: int) -> GroupingSets:
    """All keys, then one less each time, down to none."""
    return [range(count) for count in range(keys, -1, -1)]


def cube_sets(keys: int) -> GroupingSets:
    """Every subset of the keys, the fullest first."""
    return [[place for place in range(keys) if not mask >> (keys - 1 - place) & 1] for mask in range(1 << keys)]


def expand_keys(
    plan: LogicalPlan, keys: Sequence[Named], sets: GroupingSets
) -> tuple[Expand, tuple[Attribute, ...], tuple[Attribute, ...]]:
    """The rows with a column per key that is null where the set has no such key.

    Returns: the plan; the key columns; the columns that tell the sets apart: first the grouping id, then a number if two sets
        are the same.
    """
    columns = tuple(replace(to_attribute(key), id=next_attribute_id(), nullable=True) for key in keys)
    number = Attribute(name="grouping id", id=next_attribute_id(), data_type=LongType(), nullable=False)
    marks = [number]
    members = [frozenset(item) for item in sets]
    if len(set(members)) < len(members):
        marks.append(replace(number, name="grouping position", id=next_attribute_id()))
    variants = []
    for position, places in enumerate(members):
        values: list[Expression] = []
        for place, key in enumerate(keys):
            child = key.child if isinstance(key, Alias) else key
            values.append(child if place in places else Constant(value=None, data_type=key.data_type))
        absent = sum(1 << (len(keys) - 1 - place) for place in range(len(keys)) if place not in places)
        numbers = [absent, position][: len(marks)]
        values += [Constant(value=value, data_type=LongType(), nullable=False) for value in numbers]
        variants.append(tuple(values))
    return Expand(plan, tuple(variants), (*columns, *marks)), columns, tuple(marks)


def has_grouping_call(expression: Expression) -> bool:
    """Whether ``grouping`` or ``grouping_id`` is called in it."""
    return any(isinstance(node, Call) and node.name in ("grouping", "grouping_id") for node in expression.walk())


def without_grouping_calls(
    expression: Expression,
    keys: Sequence[Expression],
    number: Attribute | None,
    value_of: Callable[[Expression], Expression],
) -> Expression:
    """The expression with ``grouping(k)`` and ``grouping_id()`` computed from the grouping id, under the name it would have.

    Args:
        keys: what the keys compute, in the form that `value_of` gives for an argument.
        number: the grouping id; None outside of grouping sets.
    Raises: AnalysisException UNSUPPORTED_GROUPING_EXPRESSION, GROUPING_COLUMN_MISMATCH, GROUPING_ID_COLUMN_MISMATCH.
    """
    if not has_grouping_call(expression):
        return expression
    if number is None:
        raise AnalysisException(errorClass="UNSUPPORTED_GROUPING_EXPRESSION", messageParameters={})
    grouping_id = number

    def change(node: Expression) -> Expression:
        if not isinstance(node, Call) or node.name not in ("grouping", "grouping_id"):
            return node
        arguments = [value_of(argument) for argument in node.args]
        if node.name == "grouping_id":
            if arguments and arguments != list(keys):
                raise AnalysisException(
                    errorClass="GROUPING_ID_COLUMN_MISMATCH",
                    messageParameters={
                        "groupingIdColumn": ", ".join(map(sql_text, node.args)),
                        "groupByColumns": ", ".join(map(sql_text, keys)),
                    },
                )
            return grouping_id
        if arguments[0] not in keys:
            raise AnalysisException(
                errorClass="GROUPING_COLUMN_MISMATCH",
                messageParameters={
                    "grouping": quoted(sql_text(node.args[0])),
                    "groupingColumns": ", ".join(quoted(sql_text(key)) for key in keys),
                },
            )
        shift = literal(len(keys) - 1 - list(keys).index(arguments[0]))
        shifted = Call(name="shiftright", args=(grouping_id, shift))
        return Cast(child=Call(name="&", args=(shifted, literal(1))), to=ByteType())

    changed = expression.transform_up(change)
    return changed if isinstance(changed, Alias) else Alias(child=changed, name=output_name(expression))
