"""The clauses of a SELECT as expressions, before any name in them is resolved. Part of `plan.sql_query`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from actorstream.expr.nodes import Expression, SortOrder, Star
from actorstream.plan.expressions import Subquery
from actorstream.plan.resolution import contains_aggregate
from actorstream.plan.sql_text import translate, translate_order

Node = Any


@dataclass(slots=True)
class Parts:
    """What a SELECT says, clause by clause. `order` are the keys of ORDER BY, SORT BY or CLUSTER BY."""

    items: list[Expression]
    where: Expression | None
    having: Expression | None
    order: list[SortOrder]

    @staticmethod
    def of(node: Node) -> Parts:
        """The clauses of a syntax tree; of a set operation, those that stand after it."""
        items = [translate(item) for item in node.expressions] if isinstance(node, exp.Select) else []
        where, having = node.args.get("where"), node.args.get("having")
        order = node.args.get("order") or node.args.get("sort") or node.args.get("cluster")
        return Parts(
            items=items or [Star()],
            where=None if where is None else translate(where.this),
            having=None if having is None else translate(having.this),
            order=[] if order is None else [translate_order(item) for item in order.expressions],
        )

    def is_aggregated(self, node: Node) -> bool:
        """Whether rows are put together."""
        clauses = node.args.get("group") is not None or self.having is not None
        keys = (key.child for key in self.order)
        return clauses or any(contains_aggregate(item) for item in (*self.items, *keys))

    def after_grouping(self) -> list[Expression]:
        """The expressions that are evaluated on groups."""
        return [*self.items, *(key.child for key in self.order), *(() if self.having is None else (self.having,))]

    def with_after_grouping(self, changed: Sequence[Expression]) -> Parts:
        """The same clauses with these expressions in place of those of `after_grouping`."""
        count = len(self.items)
        order = [
            replace(key, child=child)
            for key, child in zip(self.order, changed[count : count + len(self.order)], strict=True)
        ]
        return replace(
            self, items=list(changed[:count]), order=order, having=None if self.having is None else changed[-1]
        )

    def mapped(self, change: Callable[[Expression], Expression]) -> Parts:
        """Every expression changed."""
        result = self.with_after_grouping([change(item) for item in self.after_grouping()])
        return replace(result, where=None if self.where is None else change(self.where))

    def expressions(self) -> list[Expression]:
        """Every expression."""
        return [*self.after_grouping(), *(() if self.where is None else (self.where,))]


def needs_input(key: Expression) -> bool:
    """Whether a sort key cannot be computed from the columns of the result."""
    return contains_aggregate(key) or any(isinstance(part, Subquery) for part in key.walk())
