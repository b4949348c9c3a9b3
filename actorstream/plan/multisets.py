"""``intersectAll`` and ``exceptAll``: rows counted on both sides, then as many of each as are left.

Source: Spark ``RewriteIntersectAll`` and ``RewriteExceptAll``.
"""

from __future__ import annotations

from collections.abc import Sequence

from actorstream.common.config import Conf
from actorstream.expr.nodes import AggregateCall, Alias, Attribute, Call, Cast, Constant, Expression
from actorstream.expr.types import IntegerType
from actorstream.plan import nodes
from actorstream.plan.aggregate import aggregate
from actorstream.plan.nodes import LogicalPlan, Project
from actorstream.plan.relational import union
from actorstream.plan.select import make_generate, select


def counted_rows(plan: nodes.SetOperation, conf: Conf) -> LogicalPlan:
    """A plan with the columns of `plan`, made of a union, an aggregation and a generator."""
    both = union(_marked(plan.left, 1, 0, conf), _marked(plan.right, 0, 1, conf), conf)
    *columns, ours, theirs = both.output
    counted = aggregate(both, columns, [_total(ours, "ours"), _total(theirs, "theirs")], conf)
    left, right = counted.output[-2:]
    if plan.kind == "except":
        times: Expression = Call(name="-", args=(left, right))
    else:
        times = Call(name="least", args=(left, right))
    positive = Call(name="greatest", args=(Cast(child=times, to=IntegerType()), Constant(value=0)))
    repeated = Call(name="explode", args=(Call(name="array_repeat", args=(Constant(value=0), positive)),))
    generated = make_generate(counted, repeated, (), conf)
    # under the ids that those above know
    return Project(
        generated,
        tuple(
            Alias(
                child=source,
                name=column.name,
                id=column.id,
                data_type=column.data_type,
                nullable=column.nullable,
            )
            for source, column in zip(generated.output, plan.output, strict=False)
        ),
    )


def _marked(plan: LogicalPlan, ours: int, theirs: int, conf: Conf) -> LogicalPlan:
    marks: Sequence[Expression] = [
        Alias(child=Constant(value=ours), name="ours"),
        Alias(child=Constant(value=theirs), name="theirs"),
    ]
    return select(plan, [*plan.output, *marks], conf)


def _total(column: Attribute, name: str) -> Expression:
    return Alias(child=AggregateCall(name="sum", args=(column,)), name=name)
