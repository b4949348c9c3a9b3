"""The order in which rows of a complete aggregation reach a sort, which decides about rows that it finds equal.

The reference sorts stably, partition after partition of the aggregation: so rows with equal sort keys come in the order of the
Murmur3 hash of their group key, modulo ``spark.sql.shuffle.partitions``. Here partitions are spread otherwise and run at once;
without a rule for equal rows a sorted result would differ from run to run.
"""

from __future__ import annotations

from collections.abc import Sequence

from actorstream.common.config import SHUFFLE_PARTITIONS, Conf
from actorstream.expr.nodes import Alias, Attribute, Call, Constant, Expression, SortOrder
from actorstream.expr.types import MapType
from actorstream.expr.typing import resolve
from actorstream.plan.nodes import Aggregate, LogicalPlan, Project

#: what the reference has if nobody sets it
_PARTITIONS = 200


def arrival_order(plan: LogicalPlan, columns: Sequence[Attribute], conf: Conf) -> tuple[SortOrder, ...]:
    """Sort keys for rows of `plan` that are otherwise equal; none if its rows are not groups or the keys are gone.

    Args:
        columns: what the rows of `plan` have.
    """
    keys = _group_keys(plan)
    if not keys or not {key.id for key in keys} <= {column.id for column in columns}:
        return ()
    if any(isinstance(key.data_type, MapType) for key in keys):
        return ()
    partitions = conf.value(SHUFFLE_PARTITIONS) or _PARTITIONS
    place: Expression = Call(name="pmod", args=(Call(name="hash", args=keys), Constant(value=partitions)))
    resolved = resolve(place, list(columns), conf)
    return (SortOrder(child=resolved, data_type=resolved.data_type, nullable=False),)


def _group_keys(plan: LogicalPlan) -> tuple[Attribute, ...]:
    """The key columns of the aggregation below projections and filters, as the rows of `plan` carry them."""
    if isinstance(plan, Aggregate):
        return tuple(column for key in plan.keys for column in plan.output if column.id == key.id)
    if len(plan.children) != 1:
        return ()
    keys = _group_keys(plan.children[0])
    if not isinstance(plan, Project):
        return keys
    renamed = {
        column.child.id: output
        for column, output in zip(plan.columns, plan.output, strict=True)
        if isinstance(column, Alias) and isinstance(column.child, Attribute)
    }
    return tuple(renamed.get(key.id, key) for key in keys)
