"""Frames inside expressions of other frames: ``df.scalar()``, ``df.exists()``, ``col.isin(df)``. They become joins, as in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from actorstream.common.config import Conf
from actorstream.expr.nodes import Expression
from actorstream.plan.expressions import Subquery

if TYPE_CHECKING:
    from actorstream.plan.nodes import LogicalPlan


@dataclass(slots=True)
class _Settings:
    """What the translation of a frame needs of a planner."""

    conf: Conf
    outer: Any = None


def is_subquery(node: Expression) -> bool:
    """Whether a node is a frame, whose plan is known already."""
    from actorstream.plan.nodes import LogicalPlan

    return isinstance(node, Subquery) and isinstance(node.query, LogicalPlan)


def frame_values(
    plan: LogicalPlan, expressions: Sequence[Expression], conf: Conf
) -> tuple[LogicalPlan, list[Expression]]:
    """The plan with a column for every frame in the expressions, and the expressions with these columns."""
    from actorstream.plan.sql_subqueries import replace_subqueries

    return replace_subqueries(cast("Any", _Settings(conf)), plan, expressions)


def lateral_frame(plan: LogicalPlan, right: LogicalPlan, conf: Conf, *, outer: bool) -> LogicalPlan:
    """For each row of a plan the rows of a frame that looks at its columns; with `outer` a row without any stays, with nulls."""
    from actorstream.plan.sql_subqueries import lateral

    return lateral(cast("Any", _Settings(conf)), plan, right, None, outer=outer)


def filtered_by_frames(plan: LogicalPlan, condition: Expression, conf: Conf) -> LogicalPlan:
    """The rows for which a condition on frames is true."""
    from actorstream.plan.sql_subqueries import filtered

    return filtered(cast("Any", _Settings(conf)), plan, condition)
