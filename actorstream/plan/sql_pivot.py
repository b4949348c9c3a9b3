"""PIVOT, UNPIVOT and TABLESAMPLE after a relation of FROM. Part of `plan.sql_from`."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from actorstream.common.config import Conf
from actorstream.errors import AnalysisException, ParseException, PySparkNotImplementedError
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
from actorstream.plan.unpivot import unpivot_groups

Node = Any


def pivoted(plan: LogicalPlan, node: Node, conf: Conf) -> LogicalPlan:
    """``PIVOT (aggregates FOR column IN (values))``: a row per group of the other columns, a column per value.

    Several columns at once stand in parentheses, and so do their values.
    """
    if node.args.get("unpivot"):
        return _unpivoted(plan, node, conf)
    (field, *more) = node.args["fields"]
    if more or not isinstance(field, exp.In):
        raise _unsupported(node)
    columns = [resolve_on(plan, translate(item), conf) for item in _members(field.this)]
    calls = [translate(item) for item in node.expressions]
    used = {part.id for column in columns for part in column.walk() if isinstance(part, Attribute)}
    for call in calls:
        for part in call.walk():
            if isinstance(part, UnresolvedAttribute):
                found = resolve_on(plan, part, conf)
                used.update(inner.id for inner in found.walk() if isinstance(inner, Attribute))
    keys = [item for item in plan.output if item.id not in used]
    results: list[Expression] = []
    for item in field.expressions:
        written_values = _members(item.this if isinstance(item, exp.PivotAlias) else item)
        values = [_bare(translate(value)) for value in written_values]
        if len(values) != len(columns):
            raise _unsupported(node)
        shown = _value_name(values[0]) if len(values) == 1 else f"{{{', '.join(map(_value_name, values))}}}"
        name = identifier(item.args["alias"]) if isinstance(item, exp.PivotAlias) else shown
        chosen: Expression = Call(name="<=>", args=(columns[0], values[0]))
        for column, value in zip(columns[1:], values[1:], strict=True):
            chosen = Call(name="and", args=(chosen, Call(name="<=>", args=(column, value))))
        for call in calls:
            label = name if len(calls) == 1 else f"{name}_{output_name(call)}"
            results.append(Alias(child=_of_rows(_bare(call), chosen), name=label))
    return aggregate(plan, keys, results, conf)


def _members(node: Node) -> list[Node]:
    """The items of a tuple, or the one thing that is none."""
    return list(node.expressions) if isinstance(node, exp.Tuple) else [node]


def _bare(expression: Expression) -> Expression:
    return expression.child if isinstance(expression, Alias) else expression


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
    names = [item.name for target in node.expressions for item in _members(target)]
    if more or len(node.expressions) != 1:
        raise _unsupported(node)
    groups: list[tuple[str, list[Expression]]] = []
    for item in field.expressions:
        target = item.this if isinstance(item, exp.PivotAlias) else item
        columns = [resolve_on(plan, translate(member), conf) for member in _members(target)]
        if len(columns) != len(names):
            raise AnalysisException(
                errorClass="UNPIVOT_VALUE_SIZE_MISMATCH", messageParameters={"names": str(len(names))}
            )
        label = identifier(item.args["alias"]) if isinstance(item, exp.PivotAlias) else None
        groups.append((label or "_".join(map(output_name, columns)), columns))
    taken = {
        part.id for _, columns in groups for column in columns for part in column.walk() if isinstance(part, Attribute)
    }
    kept = [column for column in plan.output if column.id not in taken]
    result = unpivot_groups(plan, kept, groups, field.this.name, names, conf)
    if node.args.get("include_nulls"):
        return result
    there: Expression | None = None
    for column in result.output[len(result.output) - len(names) :]:
        test = Call(name="isnotnull", args=(column,))
        there = test if there is None else Call(name="or", args=(there, test))
    assert there is not None
    return building.where(result, there, conf)


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
