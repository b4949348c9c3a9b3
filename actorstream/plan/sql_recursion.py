"""The syntax of ``WITH RECURSIVE t(n) AS (first UNION ALL following)``. Part of `plan.sql_query`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from actorstream.engine.batch import run_batch
from actorstream.errors import AnalysisException, PySparkNotImplementedError
from actorstream.expr.coercion import Rules, common_type, quoted_type, type_of
from actorstream.expr.types import DataType, NullType, NumericType, StructField, StructType, to_arrow_schema
from actorstream.expr.typing import attributes_of, rules_of
from actorstream.plan import select as building
from actorstream.plan.lowering import lower_static
from actorstream.plan.nodes import Aggregate, Join, LogicalPlan, Relation, WindowFunctions
from actorstream.plan.recursion import RecursiveTable, Working
from actorstream.plan.resolution import nodes_of
from actorstream.plan.sql_dialect import LEVEL_LIMIT
from actorstream.plan.sql_text import identifier

if TYPE_CHECKING:
    from actorstream.plan.sql_query import Planner

Node = Any


def names_itself(item: Node) -> bool:
    """Whether a common table expression reads its own name."""
    return _reads(item.this, identifier(item.args["alias"]))


def _reads(node: Node, name: str) -> bool:
    return any(
        isinstance(table.this, exp.Identifier) and len(table.parts) == 1 and table.name.lower() == name.lower()
        for table in node.find_all(exp.Table)
    )


def recursive(planner: Planner, item: Node) -> LogicalPlan:
    """The plan of a common table expression that reads its own name.

    Raises: AnalysisException INVALID_RECURSIVE_CTE, INVALID_RECURSIVE_REFERENCE.PLACE,
        UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE, CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE.
    """
    alias, union = item.args["alias"], item.this
    name = identifier(alias)
    while isinstance(union, exp.Subquery) and not union.args.get("order") and not union.args.get("limit"):
        union = union.this
    whole = isinstance(union, exp.Union) and not any(union.args.get(part) for part in ("order", "limit", "offset"))
    if not whole or _reads(union.this, name):
        raise AnalysisException(errorClass="INVALID_RECURSIVE_CTE", messageParameters={})
    if union.args.get("distinct"):
        raise AnalysisException(errorClass="UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE", messageParameters={})
    first = planner.renamed(planner.query(union.this), alias)
    schema = StructType([StructField(field.name, field.dataType, True) for field in first.schema])
    arrow = to_arrow_schema(schema)
    working = Working(arrow.empty_table())
    before = working.provider(name)
    outside = planner.named.get(name.lower())
    planner.named[name.lower()] = Relation(before, tuple(attributes_of(arrow)), streaming=False)
    try:
        following = planner.query(union.expression)
    finally:
        del planner.named[name.lower()]
        if outside is not None:
            planner.named[name.lower()] = outside
    if first.is_streaming or following.is_streaming:
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": "A recursive query over a stream",
                "remedy": "Run it over the rows of each epoch, in foreachBatch.",
            },
        )
    _check(following, before, schema, rules_of(planner.conf))
    following = building.to_df(following, schema.names)
    graphs = (lower_static(first), lower_static(following))
    conf = planner.conf

    def level(graph: Any) -> Any:
        return run_batch(graph, conf).cast(arrow)

    table = RecursiveTable(
        name, arrow, lambda: level(graphs[0]), lambda: level(graphs[1]), working, conf, alias.args.get(LEVEL_LIMIT)
    )
    return Relation(table, tuple(attributes_of(arrow)), streaming=False)


def _check(following: LogicalPlan, before: Any, schema: StructType, rules: Rules) -> None:
    """The recursive part has the columns of the first one, and sees the rows before it one by one."""
    if len(following.output) != len(schema.fields):
        raise AnalysisException(
            errorClass="NUM_COLUMNS_MISMATCH",
            messageParameters={
                "operator": "UNION",
                "firstNumColumns": str(len(schema.fields)),
                "invalidOrdinalNum": "second",
                "invalidNumColumns": str(len(following.output)),
            },
        )
    for field, column in zip(schema.fields, following.output, strict=True):
        if not _fits(column.data_type, field.dataType, rules):
            raise AnalysisException(
                errorClass="CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE",
                messageParameters={"left": quoted_type(field.dataType), "right": quoted_type(type_of(column))},
            )
    for node in nodes_of(following):
        hidden: tuple[LogicalPlan, ...] = ()
        if isinstance(node, (Aggregate, WindowFunctions)):
            hidden = node.children
        elif isinstance(node, Join):
            sides = {"left": (node.right,), "right": (node.left,), "full": node.children, "left_anti": (node.right,)}
            hidden = sides.get(node.kind, ())
        if any(isinstance(part, Relation) and part.provider is before for side in hidden for part in nodes_of(side)):
            raise AnalysisException(errorClass="INVALID_RECURSIVE_REFERENCE.PLACE", messageParameters={})


def _fits(given: DataType | None, wanted: DataType, rules: Rules) -> bool:
    """Whether values of a type go into the column without loss."""
    if given is None or isinstance(given, NullType) or given.simpleString() == wanted.simpleString():
        return given is not None
    numbers = isinstance(given, NumericType) and isinstance(wanted, NumericType)
    return numbers and common_type(given, wanted, rules) == wanted
