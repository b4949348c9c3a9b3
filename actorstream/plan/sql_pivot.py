"""PIVOT, UNPIVOT and TABLESAMPLE after a relation of FROM. Part of `plan.sql_from`."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from actorstream.common.config import Conf
from actorstream.errors import ParseException, PySparkNotImplementedError
from actorstream.expr.coercion import literal, type_of
from actorstream.expr.naming import output_name
from actorstream.expr.nodes import (
    AggregateCall,
    Alias,
    Attribute,
    Call,
    Constant,
    Expression,
    UnresolvedAttribute,
)
from actorstream.expr.types import StringType
from actorstream.plan import select as building
from actorstream.plan.aggregate import aggregate
from actorstream.plan.nodes import LogicalPlan, Sample
from actorstream.plan.resolution import resolve_on
from actorstream.plan.sql_dialect import written
from actorstream.plan.sql_text import identifier, translate
from actorstream.plan.unpivot import unpivot

Node = Any


def pivoted(plan: LogicalPlan, node: Node, conf: Conf) -> LogicalPlan:
    """``PIVOT (aggregates FOR column IN (values))``: a row per group of the other columns, a column per value.

    Raises: PySparkNotImplementedError for several columns at once.
    """
    if node.args.get("unpivot"):
        return _unpivoted(plan, node, conf)
    (field, *more) = node.args["fields"]
    if more or isinstance(field.this, exp.Tuple) or not isinstance(field, exp.In):
        raise _unsupported(node)
    column = resolve_on(plan, translate(field.this), conf)
    calls = [translate(item) for item in node.expressions]
    used = {part.id for part in column.walk() if isinstance(part, Attribute)}
    for call in calls:
        for part in call.walk():
            if isinstance(part, UnresolvedAttribute):
                found = resolve_on(plan, part, conf)
                used.update(inner.id for inner in found.walk() if isinstance(inner, Attribute))
    keys = [item for item in plan.output if item.id not in used]
    results: list[Expression] = []
    for item in field.expressions:
        value = translate(item.this if isinstance(item, exp.PivotAlias) else item)
        value = value.child if isinstance(value, Alias) else value
        name = identifier(item.args["alias"]) if isinstance(item, exp.PivotAlias) else _value_name(value)
        chosen = Call(name="<=>", args=(column, value))
        for call in calls:
            core = call.child if isinstance(call, Alias) else call
            label = name if len(calls) == 1 else f"{name}_{output_name(call)}"
            results.append(Alias(child=_of_rows(core, chosen), name=label))
    return aggregate(plan, keys, results, conf)


def _value_name(value: Expression) -> str:
    if isinstance(value, Constant):
        return "null" if value.value is None else output_name(value)
    return output_name(value)


def _of_rows(expression: Expression, chosen: Expression) -> Expression:
    """Aggregates over the rows of one value; null, not zero, where there is none."""

    def change(part: Expression) -> Expression:
        if isinstance(part, AggregateCall):
            both = chosen if part.filter is None else Call(name="and", args=(part.filter, chosen))
            return AggregateCall(name=part.name, args=part.args, distinct=part.distinct, filter=both)
        return part.map_children(change)

    rows = AggregateCall(name="count", args=(), filter=chosen)
    return Call(name="if", args=(Call(name=">", args=(rows, literal(0))), change(expression), literal(None)))


def _unpivoted(plan: LogicalPlan, node: Node, conf: Conf) -> LogicalPlan:
    """``UNPIVOT (value FOR name IN (columns))``: a row per column."""
    (field, *more) = node.args["fields"]
    if more or len(node.expressions) != 1 or any(isinstance(item, exp.Tuple) for item in field.expressions):
        raise _unsupported(node)
    columns: list[Expression] = []
    for item in field.expressions:
        if isinstance(item, exp.PivotAlias):
            columns.append(Alias(child=translate(item.this), name=identifier(item.args["alias"])))
        else:
            columns.append(translate(item))
    resolved = [resolve_on(plan, column, conf) for column in columns]
    taken = {part.id for column in resolved for part in column.walk() if isinstance(part, Attribute)}
    kept = [column for column in plan.output if column.id not in taken]
    result = unpivot(plan, kept, columns, field.this.name, node.expressions[0].name, conf)
    if node.args.get("include_nulls"):
        return result
    return building.where(result, Call(name="isnotnull", args=(result.output[-1],)), conf)


def sampled(plan: LogicalPlan, node: Node) -> LogicalPlan:
    """``TABLESAMPLE (n ROWS)``, ``TABLESAMPLE (p PERCENT)``."""
    size, percent = node.args.get("size"), node.args.get("percent")
    given = translate(size if size is not None else percent) if size is not None or percent is not None else None
    if not isinstance(given, Constant) or given.value is None or type_of(given) == StringType():
        raise _unsupported(node)
    if size is not None:
        return building.limit(plan, int(given.value))
    share = float(given.value) / 100
    if not -1e-6 <= share <= 1 + 1e-6:
        raise ParseException(errorClass="INVALID_TABLESAMPLE_FRACTION", messageParameters={"fraction": str(share)})
    seed = node.args.get("seed")
    return plan if share >= 1 else Sample(plan, 0.0, share, int(seed.name) if seed is not None else 0)


def _unsupported(node: Node) -> PySparkNotImplementedError:
    return PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED",
        messageParameters={
            "feature": f"The SQL syntax `{written(node)}`",
            "remedy": "Write it with the DataFrame API.",
        },
    )
