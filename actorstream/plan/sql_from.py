"""The FROM clause of SQL: views, subqueries, VALUES, table functions, joins, lateral views. Part of `plan.sql_query`."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from sqlglot import exp

from actorstream.common.config import Conf
from actorstream.connectors.table import TableProvider
from actorstream.engine.batch import run_batch
from actorstream.errors import AnalysisException, ParseException, PySparkNotImplementedError
from actorstream.expr.coercion import cast_to, common_of, quoted
from actorstream.expr.functions.generators import exploded_variant
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import Alias, Attribute, Call, Constant, Expression, Star, UnresolvedAttribute
from actorstream.expr.origin import name_place
from actorstream.expr.types import LongType, StructField, StructType, to_arrow_schema
from actorstream.expr.typing import attributes_of, resolve, rules_of
from actorstream.plan import relational
from actorstream.plan import select as building
from actorstream.plan.expressions import TableArgument
from actorstream.plan.lowering import lower_static
from actorstream.plan.nodes import LogicalPlan, Project, Prune, Relation, SubqueryAlias
from actorstream.plan.resolution import same_name, to_named
from actorstream.plan.sql_dialect import WATERMARK, origin_of, written
from actorstream.plan.sql_dialect import TableArgument as TableNode
from actorstream.plan.sql_functions import SqlFunction
from actorstream.plan.sql_functions import table_of as sql_table
from actorstream.plan.sql_pivot import pivoted, sampled
from actorstream.plan.sql_text import identifier, translate, translate_order
from actorstream.plan.table_arguments import apply_to_table, has_table
from actorstream.plan.user_tables import TableCall, apply_table_function

if TYPE_CHECKING:
    from actorstream.plan.sql_query import Planner

Node = Any

INPUT = "|>"
"""The name by which an operator of pipe syntax reads what came before it."""

_GENERATORS = frozenset(
    {"explode", "explode_outer", "posexplode", "posexplode_outer", "inline", "inline_outer", "stack", "json_tuple"}
)
#: those that no LATERAL VIEW and no select list takes
_VARIANT_GENERATORS = frozenset({"variant_explode", "variant_explode_outer"})


def source(planner: Planner, node: Node) -> LogicalPlan:
    """What a SELECT reads: its FROM with all joins and lateral views; also one relation by itself."""
    if not isinstance(node, exp.Select):
        return _relation(planner, node)
    clause = node.args.get("from_") or node.args.get("from")
    plan = planner.one_row if clause is None else _relation(planner, clause.this)
    for join in node.args.get("joins") or ():
        plan = _join(planner, plan, join)
    for lateral in node.args.get("laterals") or ():
        plan = _lateral_view(planner, plan, lateral)
    return plan


def _relation(planner: Planner, node: Node) -> LogicalPlan:
    alias = node.args.get("alias")
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
        if node.args.get("when") or node.args.get("version") or node.args.get("changes"):
            raise _unsupported(node, "Read the view as it is.")
        name = ".".join(_as_written(identifier(part)) for part in node.parts)
        plan = planner.named.get(name.lower())
        if name == INPUT and plan is not None:
            return _after(planner, plan, node)
        plan = _view(planner, node, name) if plan is None else relational.fresh(plan)
        if not (isinstance(plan, SubqueryAlias) and plan.namespace):  # a table has its whole name already
            plan = building.alias(plan, identifier(node.parts[-1]))
        plan = _named(planner, plan, alias)
    elif isinstance(node, exp.Table) and isinstance(node.this, exp.Anonymous) and node.this.name.lower() == "stream":
        (inner,) = node.this.expressions
        plan = _named(planner, _relation(planner, exp.to_table(inner.sql(dialect="spark"))), alias)
    elif (
        isinstance(node, exp.Table) and isinstance(node.this, exp.Anonymous) and node.this.name.lower() == "identifier"
    ):
        name = constant_value(translate(node.this.expressions[0]), planner.conf)
        plan = _named(planner, _relation(planner, exp.to_table(str(name), dialect="spark")), alias)
    elif isinstance(node, exp.Table) and isinstance(node.this, exp.Anonymous):
        plan = _named(planner, _table_function(planner, node.this), alias)
    elif (
        isinstance(node, exp.Subquery)
        and isinstance(node.this, (exp.Table, exp.Subquery))
        and not node.this.args.get("expressions")
    ):
        plan = _named(planner, _relation(planner, node.this), alias)
    elif isinstance(node, exp.Subquery):
        plan = _named(planner, _nameless(planner.query(node.this)), alias)
    elif isinstance(node, exp.Values):
        plan = _named(planner, values(planner, node), alias)
    else:
        raise _unsupported(node, "Write it with the DataFrame API.")
    return _after(planner, plan, node)


def _as_written(part: str) -> str:
    """A part of a name, between backquotes where it needs them."""
    return part if re.fullmatch(r"\w+", part, re.ASCII) or part == INPUT else f"`{part.replace('`', '``')}`"


def _nameless(plan: LogicalPlan) -> LogicalPlan:
    """A query in parentheses: from outside its columns are those of no table."""
    columns = plan.output
    if not any(column.qualifier for column in columns):
        return plan
    return Prune(plan, tuple(replace(column, qualifier=()) for column in columns))


def _view(planner: Planner, node: Node, name: str) -> LogicalPlan:
    try:
        return planner.find_view(name)
    except AnalysisException as error:
        origin = origin_of(node)
        if origin is not None:
            name_place(error, origin)
        raise


def _after(planner: Planner, plan: LogicalPlan, node: Node) -> LogicalPlan:
    """What may follow a relation: a sample, pivots, joins and lateral views."""
    if node.args.get("sample") is not None:
        plan = sampled(plan, node.args["sample"])
    for pivot in node.args.get("pivots") or ():
        plan = _named(planner, pivoted(plan, pivot, planner.conf), pivot.args.get("alias"))
    for join in node.args.get("joins") or ():
        plan = _join(planner, plan, join)
    for lateral in node.args.get("laterals") or ():
        plan = _lateral_view(planner, plan, lateral)
    return plan


def _named(planner: Planner, plan: LogicalPlan, alias: Node | None) -> LogicalPlan:
    if alias is None:
        return plan
    watermark = alias.args.get(WATERMARK)
    if watermark is not None:
        plan = _marked(planner, plan, *watermark.expressions)
    plan = planner.renamed(plan, alias)
    return building.alias(plan, identifier(alias)) if alias.name else plan


def _marked(planner: Planner, plan: LogicalPlan, time: Node, delay: Node) -> LogicalPlan:
    """``WATERMARK time DELAY OF INTERVAL 1 MINUTE``: the time is a column, or an expression with a name for a new one."""
    column = translate(time)
    if isinstance(column, Alias):
        plan = building.select(plan, [Star(), column], planner.conf)
        column = UnresolvedAttribute(parts=(column.name,))
    if not isinstance(column, UnresolvedAttribute):
        raise AnalysisException(
            errorClass="REQUIRES_EXPLICIT_NAME_IN_WATERMARK_CLAUSE",
            messageParameters={"sqlExpr": quoted(sql_text(column))},
        )
    period = translate(delay)
    if not isinstance(period, Constant) or not isinstance(period.value, datetime.timedelta):
        raise _unsupported(delay, "Give the delay in days, hours, minutes or seconds.")
    micros = period.value // datetime.timedelta(microseconds=1)
    name = ".".join(f"`{part}`" for part in column.parts)
    return relational.with_watermark(plan, name, f"{micros} microseconds", planner.conf)


# ---------------------------------------------------------------- joins


def _join(planner: Planner, left: LogicalPlan, node: Node) -> LogicalPlan:
    side, kind = str(node.args.get("side") or "").lower(), str(node.args.get("kind") or "").lower()
    words = "_".join(word for word in (side, kind) if word and word not in ("inner", "outer", "cross"))
    how = relational.join_kind("cross" if kind == "cross" else words or "inner")
    on = node.args.get("on")
    if isinstance(node.this, exp.Lateral):
        return _lateral_join(planner, left, node, how)
    right = _relation(planner, node.this)
    using = [identifier(item) for item in node.args.get("using") or ()]
    if str(node.args.get("method") or "").upper() == "NATURAL":
        using = [
            column.name
            for column in left.output
            if any(same_name(column.name, other.name, planner.conf) for other in right.output)
        ]
        if using and how == "cross":
            how = "inner"
    condition = None if on is None else translate(on)
    return relational.join(left, right, how, condition, using, planner.conf)


def _lateral_join(planner: Planner, left: LogicalPlan, join: Node, how: str) -> LogicalPlan:
    """``, LATERAL (SELECT ...)`` and ``LATERAL explode(...)``: the right side sees the columns of the left one.

    Raises: ParseException INVALID_LATERAL_JOIN_TYPE, UNSUPPORTED_FEATURE.LATERAL_JOIN_USING, INCOMPATIBLE_JOIN_TYPES.
    """
    from actorstream.plan.sql_subqueries import lateral

    node, on = join.this, join.args.get("on")
    _check_lateral(join, how)
    condition = None if on is None or (isinstance(on, exp.Boolean) and on.this) else translate(on)
    outer = how == "left"
    if isinstance(node.this, exp.Subquery):
        return lateral(planner, left, node.this.this, node.args.get("alias"), outer=outer, on=condition)
    if outer and condition is not None:
        raise _unsupported(node, "Join laterally ON true, or with an inner join, or with a subquery.")
    function = _sql_function(planner, node.this)
    call = None if function is not None else _user_call(planner, node.this)
    joined: LogicalPlan
    if function is not None:
        arguments = [translate(item) for item in node.this.expressions]
        joined, added = sql_table(planner, left, function, arguments, outer=outer)
        made = _under_alias(added, node, function.name)
        joined = Prune(joined, (*left.output, *made))
    elif call is not None and has_table(call):
        raise _unsupported(node, "Call the function with its table in a subquery, and join with that.")
    elif call is not None:
        joined = _user_lateral(left, call, node, planner.conf, outer=outer)
    else:
        joined = _lateral_view(planner, left, node, outer=outer)
    return joined if condition is None else building.where(joined, condition, planner.conf)


def _check_lateral(join: Node, how: str) -> None:
    if str(join.args.get("method") or "").upper() == "NATURAL":
        raise ParseException(
            errorClass="INCOMPATIBLE_JOIN_TYPES", messageParameters={"joinType1": "LATERAL", "joinType2": "NATURAL"}
        )
    if join.args.get("using"):
        raise ParseException(errorClass="UNSUPPORTED_FEATURE.LATERAL_JOIN_USING", messageParameters={})
    if how not in ("inner", "cross", "left"):
        words = {"right": "RIGHT OUTER", "full": "FULL OUTER"}.get(how, how.upper().replace("_", " "))
        raise ParseException(errorClass="INVALID_LATERAL_JOIN_TYPE", messageParameters={"joinType": words})


def _user_lateral(left: LogicalPlan, call: TableCall, node: Node, conf: Conf, *, outer: bool) -> LogicalPlan:
    joined = apply_table_function(left, call, conf, outer=outer)
    made = _under_alias(joined.output[len(left.output) :], node, call.name)
    return replace(joined, columns=(*left.output, *made))


def _under_alias(columns: Sequence[Attribute], node: Node, default: str) -> tuple[Attribute, ...]:
    """The columns of a table function under the names of its alias, ``AS t(a, b)``."""
    table = node.args.get("alias")
    qualifier = (identifier(table.this),) if table is not None and table.this is not None else (default,)
    names = [identifier(item) for item in table.args.get("columns") or ()] if table is not None else []
    _check_aliases(names, len(columns))
    return tuple(
        replace(column, qualifier=qualifier, name=names[place] if names else column.name)
        for place, column in enumerate(columns)
    )


def _check_aliases(names: Sequence[str], width: int) -> None:
    if names and len(names) != width:
        raise AnalysisException(
            errorClass="UDTF_ALIAS_NUMBER_MISMATCH",
            messageParameters={"aliasesSize": str(width), "aliasesNames": ",".join(names)},
        )


def _lateral_view(planner: Planner, plan: LogicalPlan, node: Node, *, outer: bool = False) -> LogicalPlan:
    """LATERAL VIEW [OUTER] explode(x) t AS a, b"""
    call: Any = translate(node.this)
    if not isinstance(call, Call):
        raise _unsupported(node, "Use explode and its family.")
    if call.name.lower() in _VARIANT_GENERATORS and not node.args.get("view"):
        call = exploded_variant(call)
    if (outer or node.args.get("outer")) and not call.name.endswith("_outer"):
        call = replace(call, name=f"{call.name}_outer")
    alias = node.args.get("alias")
    names = [identifier(item) for item in alias.args.get("columns") or ()] if alias is not None else []
    _check_generator(call)
    generate = building.make_generate(plan, call, names, planner.conf)
    table = identifier(alias.this) if alias is not None and alias.this is not None else ""
    if not table:
        return generate
    columns = tuple(replace(column, qualifier=(table,)) for column in generate.columns)
    return replace(generate, columns=columns)


def _check_generator(call: Call) -> None:
    if call.name.lower() in _VARIANT_GENERATORS:
        raise AnalysisException(
            errorClass="ROUTINE_NOT_FOUND", messageParameters={"routineName": f"`default`.`{call.name}`"}
        )
    if call.name.lower() not in _GENERATORS:
        raise AnalysisException(
            errorClass="UNRESOLVABLE_TABLE_VALUED_FUNCTION", messageParameters={"name": f"`{call.name}`"}
        )


# ---------------------------------------------------------------- rows without a table


def single_row() -> LogicalPlan:
    """A plan of one row without columns to speak of."""
    return local_relation(pa.table({"": pa.nulls(1)}), "OneRowRelation")


def constant_value(expression: Expression, conf: Conf) -> Any:
    """What an expression without columns gives. Raises: AnalysisException."""
    plan = building.select(single_row(), [Alias(child=_bare(expression), name="value")], conf)
    return run_batch(lower_static(plan), conf).column(0)[0].as_py()


def local_relation(table: pa.Table, name: str) -> LogicalPlan:
    """An Arrow table as a plan."""
    provider = TableProvider.of(table, name)
    return Relation(provider, tuple(attributes_of(provider.schema)), streaming=False)


def values(planner: Planner, node: Node) -> LogicalPlan:
    """``VALUES (1, 'a'), (2, 'b')``: every column of the common type of its cells.

    Raises: AnalysisException INVALID_INLINE_TABLE.*.
    """
    rows = [
        [translate(cell) for cell in (item.expressions if isinstance(item, exp.Tuple) else [item])]
        for item in node.expressions
    ]
    width = len(rows[0])
    for place, row in enumerate(rows):
        if len(row) != width:
            raise AnalysisException(
                errorClass="INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH",
                messageParameters={
                    "expectedNumCols": str(width),
                    "actualNumCols": str(len(row)),
                    "rowIndex": str(place),
                },
            )
    rules = rules_of(planner.conf)
    cells: list[Expression] = []
    fields: list[StructField] = []
    for number in range(width):
        column = [resolve(_bare(row[number]), (), planner.conf) for row in rows]
        common = common_of(column, rules)
        if common is None:
            raise AnalysisException(
                errorClass="INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE",
                messageParameters={"colName": f"`col{number + 1}`"},
            )
        cells.extend(cast_to(cell, common) for cell in column)
        fields.append(StructField(f"col{number + 1}", common, any(cell.nullable for cell in column)))
    named = [
        to_named(Alias(child=cell, name=str(place), data_type=cell.data_type, nullable=cell.nullable))
        for place, cell in enumerate(cells)
    ]
    made = run_batch(lower_static(Project(planner.one_row, tuple(named))), planner.conf)
    schema = to_arrow_schema(StructType(fields))
    height = len(rows)
    arrays = [
        pa.chunked_array([chunk for cell in made.columns[start : start + height] for chunk in cell.chunks], field.type)
        for start, field in zip(range(0, len(cells), height), schema, strict=True)
    ]
    return local_relation(pa.Table.from_arrays(arrays, schema=schema).combine_chunks(), "LocalRelation")


def _bare(expression: Expression) -> Expression:
    return expression.child if isinstance(expression, Alias) else expression


def _table_function(planner: Planner, node: Node) -> LogicalPlan:
    """``range(...)`` and generators in FROM."""
    name = str(node.this).lower()
    function = _sql_function(planner, node)
    if function is not None:
        return sql_table(planner, None, function, [translate(item) for item in node.expressions], outer=False)[0]
    call = _user_call(planner, node)
    if call is not None and has_table(call):
        return apply_to_table(call, planner.conf)
    if call is not None:
        plan = apply_table_function(planner.one_row, call, planner.conf)
        return Project(plan, plan.output[len(planner.one_row.output) :])
    if name == "range":
        numbers = [constant_value(translate(item), planner.conf) for item in node.expressions[:3]]
        low, high, step = (0, numbers[0], 1) if len(numbers) == 1 else (*numbers[:2], *(numbers[2:] or [1]))
        array = pa.array(np.arange(low, high, step, dtype=np.int64))
        schema = to_arrow_schema(StructType([StructField("id", LongType(), False)]))
        return local_relation(pa.Table.from_arrays([array], schema=schema), "Range")
    if name in _GENERATORS or name in _VARIANT_GENERATORS:
        generator = translate(node)
        assert isinstance(generator, Call)
        if name in _VARIANT_GENERATORS:
            generator = exploded_variant(generator)
        generate = building.make_generate(planner.one_row, generator, (), planner.conf)
        return Project(generate, generate.columns)
    raise AnalysisException(
        errorClass="UNRESOLVABLE_TABLE_VALUED_FUNCTION", messageParameters={"name": f"`{node.this}`"}
    )


def _sql_function(planner: Planner, node: Node) -> SqlFunction | None:
    """The table function of that name whose body is SQL. Raises: AnalysisException NOT_A_TABLE_FUNCTION."""
    if not isinstance(node, exp.Anonymous):
        return None
    name = str(node.this).lower()
    found = planner.conf.table_routines.get(name)
    if found is None and isinstance(planner.conf.routines.get(name), SqlFunction):
        raise AnalysisException(errorClass="NOT_A_TABLE_FUNCTION", messageParameters={"functionName": f"`{node.this}`"})
    return found if isinstance(found, SqlFunction) else None


def _user_call(planner: Planner, node: Node) -> TableCall | None:
    """The call of a table function that the user has registered."""
    found = planner.conf.table_routines.get(str(node.this).lower()) if isinstance(node, exp.Anonymous) else None
    if found is None:
        return None
    named = [item for item in node.expressions if isinstance(item, exp.Kwarg)]
    plain = [_argument(planner, item) for item in node.expressions if not isinstance(item, exp.Kwarg)]
    call: TableCall = found.call(
        [*plain, *(_argument(planner, item.expression) for item in named)], tuple(item.this.name for item in named)
    )
    return call


def _argument(planner: Planner, node: Node) -> Expression:
    """An argument of a user's table function; one may be a whole table."""
    if not isinstance(node, TableNode):
        return translate(node)
    inner = node.this
    plan = _relation(planner, inner) if isinstance(inner, (exp.Table, exp.Values)) else planner.query(inner)
    keys = node.args.get("partition") or []
    if len(keys) == 1 and isinstance(keys[0], exp.Tuple):
        keys = keys[0].expressions
    return TableArgument(
        table=plan,
        partition_by=tuple(map(translate, keys)),
        order_by=tuple(map(translate_order, node.args.get("order") or ())),
        single=bool(node.args.get("single")),
    )


def _unsupported(node: Node, remedy: str) -> PySparkNotImplementedError:
    return PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED",
        messageParameters={"feature": f"The SQL syntax `{written(node)}`", "remedy": remedy},
    )
