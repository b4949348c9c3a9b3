"""GROUP BY and HAVING of SQL: keys by number and alias, ALL, ROLLUP, CUBE and GROUPING SETS. Part of `plan.sql_query`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from actorstream.common.config import Conf
from actorstream.errors import AnalysisException, PySparkNotImplementedError
from actorstream.expr.naming import output_name
from actorstream.expr.nodes import AggregateCall, Alias, Attribute, Constant, Expression, UnresolvedAttribute
from actorstream.plan import select as building
from actorstream.plan.aggregate import aggregate
from actorstream.plan.nodes import LogicalPlan
from actorstream.plan.resolution import contains_aggregate, same_name
from actorstream.plan.sql_parts import Parts, needs_input
from actorstream.plan.sql_text import translate

Node = Any


def grouped(
    conf: Conf, plan: LogicalPlan, parts: Parts, group: Node | None, carried: Sequence[Attribute]
) -> tuple[LogicalPlan, dict[Expression, Attribute]]:
    """The aggregation of a SELECT: its items, the carried keys and, at the end, hidden columns for sort keys.

    Returns: the plan, and the hidden column of each sort key that needs one.
    """
    sets, keys = _keys(conf, plan, parts.items, group)
    names = {output_name(item).lower() for item in parts.items}
    wanted = [key.child for key in parts.order if not _is_of_result(key.child, names)]
    hidden = [_over_aliases(item, parts.items, conf) for item in wanted]
    if parts.having is not None:
        hidden.append(_over_aliases(parts.having, parts.items, conf))
    results = [*parts.items, *carried, *(Alias(child=item, name=f"__hidden_{n}") for n, item in enumerate(hidden))]
    alone = group is None and not any(contains_aggregate(item) for item in results)
    if alone:  # HAVING makes one group of all rows
        results.append(Alias(child=AggregateCall(name="count", args=()), name="__rows"))
    if sets is not None and carried:
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": "GROUPING SETS in a correlated subquery",
                "remedy": "Group in a common table expression and join with it.",
            },
        )
    result = aggregate(plan, [*keys, *carried], results, conf, retain_keys=False, sets=sets)
    columns = result.output[: len(result.output) - alone]
    if parts.having is not None:
        result = building.select(building.where(result, columns[-1], conf), columns[:-1], conf)
        columns = columns[:-1]
    return result, dict(zip(wanted, columns[len(columns) - len(wanted) :], strict=True))


def _is_of_result(key: Expression, names: set[str]) -> bool:
    """Whether a sort key is a number, ALL, or made of names of the result."""
    if needs_input(key):
        return False
    used = [part for part in key.walk() if isinstance(part, UnresolvedAttribute)]
    return all(len(part.parts) == 1 and part.parts[0].lower() in names for part in used)


def _over_aliases(expression: Expression, items: Sequence[Expression], conf: Conf) -> Expression:
    """HAVING and ORDER BY may name items of the select list; inside an aggregate, names are columns of the input."""
    if isinstance(expression, AggregateCall):
        return expression
    if isinstance(expression, UnresolvedAttribute) and len(expression.parts) == 1:
        for item in items:
            if isinstance(item, Alias) and same_name(item.name, expression.parts[0], conf):
                return item.child
        return expression
    return expression.map_children(lambda child: _over_aliases(child, items, conf))


# ---------------------------------------------------------------- keys


def _keys(
    conf: Conf, plan: LogicalPlan, items: Sequence[Expression], group: Node | None
) -> tuple[list[tuple[int, ...]] | None, list[Expression]]:
    """The grouping sets, as places in the list of keys (None: one set of all of them), and that list."""
    if group is None:
        return None, []
    if group.args.get("all"):
        return None, [_bare(item) for item in items if not contains_aggregate(item)]
    keys: list[Expression] = []

    def place(node: Node) -> int:
        key = _key(translate(node), items, plan, conf)
        if key not in keys:
            keys.append(key)
        return keys.index(key)

    factors: list[list[tuple[int, ...]]] = []
    plain = True
    for node in group.expressions:
        found = _sets(node, place)
        plain = plain and found is None
        factors.append([(place(node),)] if found is None else found)
    every = tuple(range(len(keys)))
    if group.args.get("rollup"):
        return _rollup([(key,) for key in every]), keys
    if group.args.get("cube"):
        return _cube([(key,) for key in every]), keys
    if group.args.get("grouping_sets"):
        return [found for item in group.args["grouping_sets"] for found in _sets(item, place) or []], keys
    if plain:
        return None, keys
    sets = [tuple(dict.fromkeys(itertools.chain(*choice))) for choice in itertools.product(*factors)]
    return sets, keys


def _sets(node: Node, place: Any) -> list[tuple[int, ...]] | None:
    """The sets that an element of GROUP BY stands for; None for a plain key."""
    if isinstance(node, exp.Rollup):
        return _rollup([_members(item, place) for item in node.expressions])
    if isinstance(node, exp.Cube):
        return _cube([_members(item, place) for item in node.expressions])
    if isinstance(node, exp.GroupingSets):
        found: list[tuple[int, ...]] = []
        for item in node.expressions:
            inner = _sets(item, place)
            found.extend([_members(item, place)] if inner is None else inner)
        return found
    return None


def _members(node: Node, place: Any) -> tuple[int, ...]:
    if isinstance(node, exp.Tuple):
        return tuple(place(item) for item in node.expressions)
    return (place(node.this if isinstance(node, exp.Paren) else node),)


def _rollup(units: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    return [tuple(itertools.chain(*units[:count])) for count in range(len(units), -1, -1)]


def _cube(units: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    return [
        tuple(itertools.chain(*chosen))
        for count in range(len(units), -1, -1)
        for chosen in itertools.combinations(units, count)
    ]


def _key(key: Expression, items: Sequence[Expression], plan: LogicalPlan, conf: Conf) -> Expression:
    """A key by number or by the alias of a select item stands for that item."""
    if isinstance(key, Constant) and isinstance(key.value, int) and not isinstance(key.value, bool):
        if not 1 <= key.value <= len(items):
            raise AnalysisException(
                errorClass="GROUP_BY_POS_OUT_OF_RANGE",
                messageParameters={"index": str(key.value), "size": str(len(items))},
            )
        item = _bare(items[key.value - 1])
        if contains_aggregate(item):
            raise AnalysisException(
                errorClass="GROUP_BY_POS_AGGREGATE",
                messageParameters={"index": str(key.value), "aggExpr": output_name(items[key.value - 1])},
            )
        return item
    if isinstance(key, UnresolvedAttribute) and len(key.parts) == 1:
        name = key.parts[0]
        if not any(same_name(column.name, name, conf) for column in plan.output):
            for item in items:
                if isinstance(item, Alias) and same_name(item.name, name, conf):
                    return item.child
    return key


def _bare(expression: Expression) -> Expression:
    return expression.child if isinstance(expression, Alias) else expression
