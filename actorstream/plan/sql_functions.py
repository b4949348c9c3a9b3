"""Functions made of SQL text: ``CREATE TEMPORARY FUNCTION f(x INT) RETURNS INT RETURN x + 1``.

A call becomes the body with the arguments in place of the parameters. It stands in `Conf.routines` beside Python functions, and in
`Conf.table_routines` if it gives a table. The statement is in `sql.sql_functions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from actorstream.common.config import Conf
from actorstream.errors import AnalysisException, PySparkNotImplementedError
from actorstream.expr.coercion import wrong_arity
from actorstream.expr.nodes import (
    Alias,
    Attribute,
    Call,
    Cast,
    Expression,
    GetField,
    NamedArgument,
    Replaced,
    UnresolvedAttribute,
    next_attribute_id,
)
from actorstream.expr.types import DataType, StructType
from actorstream.plan import select as building
from actorstream.plan.named_arguments import by_name
from actorstream.plan.nodes import LogicalPlan, Prune
from actorstream.plan.resolution import contains_aggregate
from actorstream.plan.sql_dialect import PARAMETER
from actorstream.plan.sql_text import translate

if TYPE_CHECKING:
    from actorstream.plan.sql_query import Planner

Node = Any


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter; `default` is the syntax tree of its value if it may be left out."""

    name: str
    data_type: DataType
    default: Node | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SqlFunction:
    """A function whose body is SQL.

    Args:
        returns: the type of its value, or the columns of its table; None while that is not known.
        body: the syntax tree of an expression, or of a query for a table.
    """

    name: str
    parameters: tuple[Parameter, ...]
    returns: DataType | None
    body: Node
    is_table: bool = False
    comment: str | None = None

    @property
    def has_query(self) -> bool:
        """Whether the body reads tables."""
        return self.is_table or self.body.find(exp.Select, exp.SetOperation, exp.Values) is not None

    def node(self, args: Sequence[Expression]) -> Expression:
        """A call, as an expression. Raises: AnalysisException NOT_A_SCALAR_FUNCTION and those of arguments."""
        if self.is_table:
            raise AnalysisException(
                errorClass="NOT_A_SCALAR_FUNCTION", messageParameters={"functionName": f"`{self.name}`"}
            )
        if self.has_query:
            raise PySparkNotImplementedError(
                errorClass="NOT_IMPLEMENTED",
                messageParameters={
                    "feature": f"A call here of `{self.name}`, a SQL function that reads tables",
                    "remedy": "Call it in the select list or the WHERE clause of a query.",
                },
            )
        return self.replaced(args, self.values(args))

    def replaced(self, args: Sequence[Expression], values: Sequence[Expression]) -> Expression:
        """What prints as the call and is the body with these values."""
        assert self.returns is not None
        return Replaced(
            call=Call(name=self.name, args=tuple(self._shown(args))),
            by=Cast(child=self.with_values(values), to=self.returns),
        )

    def _shown(self, args: Sequence[Expression]) -> list[Expression]:
        """The arguments in order of the parameters, for names of columns; defaults do not show."""
        places = {parameter.name.lower(): place for place, parameter in enumerate(self.parameters)}
        named = [item for item in args if isinstance(item, NamedArgument)]
        plain = [item for item in args if not isinstance(item, NamedArgument)]
        return [*plain, *(item.value for item in sorted(named, key=lambda item: places[item.name.lower()]))]

    def values(self, args: Sequence[Expression]) -> list[Expression]:
        """A value for each parameter, as its type.

        Raises: AnalysisException WRONG_NUM_ARGS.WITHOUT_SUGGESTION, UNRECOGNIZED_PARAMETER_NAME,
            DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.*.
        """
        if sum(not isinstance(item, NamedArgument) for item in args) > len(self.parameters):
            wrong_arity(self.name, str(len(self.parameters)), len(args))
        given = by_name(self.name, [parameter.name for parameter in self.parameters], args)
        found: list[Expression] = []
        for parameter in self.parameters:
            value = given.get(parameter.name.lower())
            if value is None and parameter.default is None:
                wrong_arity(self.name, str(len(self.parameters)), len(args))
            value = translate(parameter.default) if value is None else value
            found.append(Cast(child=value.child if isinstance(value, Alias) else value, to=parameter.data_type))
        return found

    def with_values(self, values: Sequence[Expression]) -> Expression:
        """The body, with values for the parameters. Queries in it get them too."""
        by_name = {parameter.name.lower(): value for parameter, value in zip(self.parameters, values, strict=True)}

        def change(part: Expression) -> Expression:
            if not isinstance(part, UnresolvedAttribute):
                return part
            parts = part.parts[1:] if len(part.parts) > 1 and part.parts[0].lower() == self.name.lower() else part.parts
            found = by_name.get(parts[0].lower())
            if found is None:
                return part
            for name in parts[1:]:
                found = GetField(child=found, field_name=name)
            return found

        return translate(self.query_with(values) if self.has_query else self.body).transform_up(change)

    def query_with(self, values: Sequence[Expression]) -> Node:
        """The syntax tree of the body, with values for the parameters."""
        by_name = {parameter.name.lower(): value for parameter, value in zip(self.parameters, values, strict=True)}

        def change(node: Node) -> Node:
            own = isinstance(node, exp.Column) and not isinstance(node.this, exp.Star)
            if not own or node.table.lower() not in ("", self.name.lower()) or node.name.lower() not in by_name:
                return node
            mark = exp.Placeholder(this=node.name)
            mark.meta[PARAMETER] = by_name[node.name.lower()]
            return mark

        return self.body.copy().transform(change)


# ---------------------------------------------------------------- calls of functions that read tables


def with_queries(
    planner: Planner, plan: LogicalPlan, expressions: Sequence[Expression]
) -> tuple[LogicalPlan, list[Expression]]:
    """Calls of scalar functions that read tables become their bodies; arguments with columns in them become columns of the plan.

    Returns: the plan, with such columns at the end of its output, and the expressions.
    """

    def change(node: Expression) -> Expression:
        nonlocal plan
        function = planner.conf.routines.get(node.name.lower()) if isinstance(node, Call) else None
        if not isinstance(function, SqlFunction) or function.is_table or not function.has_query:
            return node
        assert isinstance(node, Call)
        plan, values = _as_columns(planner.conf, plan, function.values(node.args))
        return function.replaced(node.args, values)

    changed = [expression.transform_up(change) for expression in expressions]
    return plan, changed


def _as_columns(conf: Conf, plan: LogicalPlan, values: Sequence[Expression]) -> tuple[LogicalPlan, list[Expression]]:
    """The plan with a column for each value that is no constant, and the values as names of these columns."""
    found: list[Expression] = []
    for value in values:
        if contains_aggregate(value):
            raise PySparkNotImplementedError(
                errorClass="NOT_IMPLEMENTED",
                messageParameters={
                    "feature": "An aggregate as argument of a SQL function that reads tables",
                    "remedy": "Aggregate in a subquery first.",
                },
            )
        if not any(isinstance(part, (UnresolvedAttribute, Attribute)) for part in value.walk()):
            found.append(value)
            continue
        name = f"__argument_{next_attribute_id()}"
        plan = building.select(plan, [*plan.output, Alias(child=value, name=name)], conf)
        found.append(UnresolvedAttribute(parts=(name,)))
    return plan, found


def table_of(
    planner: Planner, left: LogicalPlan | None, function: SqlFunction, args: Sequence[Expression], *, outer: bool
) -> tuple[LogicalPlan, tuple[Attribute, ...]]:
    """For each row of `left`, or once, the rows of a table function.

    Returns: the plan and, of its output, the columns that the function gives.
    """
    from actorstream.plan.sql_subqueries import lateral

    values = function.values(args)
    assert isinstance(function.returns, StructType)
    if left is None or not any(isinstance(part, UnresolvedAttribute) for value in values for part in value.walk()):
        own = planner.query(function.query_with(values))
        made = _shaped(own, own.output, function.returns, planner.conf)
        if left is None:
            return made, made.output
        joined = lateral(planner, left, made, None, outer=outer)
        return joined, joined.output[len(left.output) :]
    extended, named = _as_columns(planner.conf, left, values)
    # the body sees its parameters, and no column of the left side
    hidden = tuple(column if column.name.startswith("__argument_") else _nameless(column) for column in extended.output)
    scope = Prune(extended, hidden)
    joined = lateral(planner, scope, function.query_with(named), None, outer=outer)
    given = joined.output[len(scope.output) :]
    shaped = _shaped(joined, (*left.output, *given), function.returns, planner.conf, kept=left.output)
    return shaped, shaped.output[len(left.output) :]


def _nameless(column: Attribute) -> Attribute:
    return replace(column, name="", qualifier=())


def _shaped(
    plan: LogicalPlan,
    columns: Sequence[Attribute],
    returns: StructType,
    conf: Conf,
    kept: Sequence[Attribute] = (),
) -> LogicalPlan:
    """The columns of a body under the names and types that the function declares, after those that are kept."""
    given = columns[len(kept) :]
    items: list[Expression] = [
        Alias(child=Cast(child=column, to=field.dataType), name=field.name)
        for column, field in zip(given, returns.fields, strict=True)
    ]
    shaped = building.select(plan, [*kept, *items], conf)
    return Prune(shaped, (*kept, *shaped.output[len(kept) :]))
