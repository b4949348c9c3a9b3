"""Builds the plans of ``select``, ``where``, ``withColumns`` and the like: one input, a row at a time.

Generators and time windows may stand in a select list; both make rows, so they become nodes of their own under the projection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from actorstream.common.config import Conf
from actorstream.dataflow.operators.generate import GeneratorKind
from actorstream.errors import AnalysisException
from actorstream.expr.aggregate_typing import check_orderable
from actorstream.expr.coercion import cast_to, quoted, quoted_type, type_of, wrong_arity
from actorstream.expr.functions.generators import inlined
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import (
    AggregateCall,
    Alias,
    Attribute,
    Call,
    Expression,
    SessionWindow,
    SortOrder,
    TimeWindow,
    next_attribute_id,
)
from actorstream.expr.types import (
    ArrayType,
    BooleanType,
    DataType,
    IntegerType,
    MapType,
    NullType,
    StructType,
)
from actorstream.expr.typing import metadata_for, resolve, rules_of
from actorstream.expr.windows import session_end
from actorstream.plan.correlated_frames import looks_outside
from actorstream.plan.expressions import MultiAlias
from actorstream.plan.frame_subqueries import filtered_by_frames, frame_values, is_subquery
from actorstream.plan.lateral_aliases import resolve_items
from actorstream.plan.metadata_columns import with_metadata
from actorstream.plan.nodes import (
    AssignWindow,
    Correlated,
    Filter,
    Generate,
    Limit,
    LogicalPlan,
    Named,
    Project,
    Prune,
    Sort,
    SubqueryAlias,
)
from actorstream.plan.recursion import enough
from actorstream.plan.resolution import (
    contains_aggregate,
    resolve_on,
    resolve_with_hidden,
    same_name,
    to_named,
    trimmed,
    with_using_keys,
)
from actorstream.plan.stars import expand_stars, refuse_stars, with_star_arguments
from actorstream.plan.windows import contains_window_function, project_over_windows

_GENERATORS: Mapping[str, GeneratorKind] = {
    "explode": "explode",
    "posexplode": "posexplode",
    "inline": "inline",
    "stack": "inline",
    "json_tuple": "inline",
}


# ---------------------------------------------------------------- select


def select(plan: LogicalPlan, expressions: Sequence[Expression], conf: Conf) -> LogicalPlan:
    """``df.select(...)``; with an aggregate function in it, an aggregation without keys.

    Raises: AnalysisException for names, types, several generators or several different windows.
    """
    expanded = expand_stars(expressions, plan, conf)
    if any(is_subquery(node) for expression in expanded for node in expression.walk()):
        plan, expanded = frame_values(plan, expanded, conf)
    plan, expanded = with_metadata(plan, expanded)
    plan, expanded = with_using_keys(plan, expanded, conf)
    if any(contains_aggregate(expression) for expression in expanded):
        from actorstream.plan.aggregate import aggregate

        return aggregate(plan, [], expanded, conf)
    plan, expanded = extract_windows(plan, expanded, conf)
    plan, expanded = _extract_generator(plan, expanded, conf)
    plan, resolved = resolve_items(plan, expanded, conf)
    return project_over_windows(plan, [to_named(item) for item in resolved])


def extract_windows(
    plan: LogicalPlan, expressions: Sequence[Expression], conf: Conf
) -> tuple[LogicalPlan, list[Expression]]:
    """Put the window of time or the session that the expressions use below them, as a column (STF-20, STF-26, STF-27).

    Returns: the plan that has the window column, and the expressions with that column in place of the window.
    Raises: AnalysisException `_LEGACY_ERROR_TEMP_1039` for two different windows (STF-25).
    """
    found: list[TimeWindow | SessionWindow] = []
    for expression in expressions:
        for node in expression.walk():
            if isinstance(node, (TimeWindow, SessionWindow)):
                window = resolve_on(plan, node, conf)
                assert isinstance(window, (TimeWindow, SessionWindow))
                if window not in found:
                    found.append(window)
    if not found:
        return plan, list(expressions)
    if len(found) > 1:
        raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_1039", messageParameters={})
    window = found[0]
    column = Attribute(
        name="window" if isinstance(window, TimeWindow) else "session_window",
        id=next_attribute_id(),
        data_type=window.data_type,
        nullable=False,
        metadata=dict(metadata_for(window)),
    )

    def adopt(node: Expression) -> Expression:
        return column if isinstance(node, (TimeWindow, SessionWindow)) else node

    assigned = AssignWindow(plan, window, column) if isinstance(window, TimeWindow) else _sessions(plan, window, column)
    return assigned, [expression.transform_up(adopt) for expression in expressions]


def _sessions(plan: LogicalPlan, session: SessionWindow, column: Attribute) -> LogicalPlan:
    """The rows that open a session, and that session; those without a time or with a gap that is not positive are dropped."""
    opens = Call(name=">", args=(session_end(session), session.time), data_type=BooleanType(), nullable=True)
    opened = Alias(
        child=session,
        name=column.name,
        id=column.id,
        data_type=column.data_type,
        nullable=False,
        metadata=column.metadata,
    )
    return Project(Filter(plan, opens), (*plan.output, opened))


def _extract_generator(
    plan: LogicalPlan, expressions: list[Expression], conf: Conf
) -> tuple[LogicalPlan, list[Expression]]:
    places = [index for index, expression in enumerate(expressions) if _generator_of(expression) is not None]
    for index, expression in enumerate(expressions):
        for node in expression.walk():
            if isinstance(node, Call) and _kind_of(node) is not None and index not in places:
                raise nested_generator(expression)
    for expression in expressions:
        if isinstance(expression, MultiAlias) and _generator_of(expression) is None:
            raise AnalysisException(
                errorClass="MULTI_ALIAS_WITHOUT_GENERATOR",
                messageParameters={
                    "expr": quoted(sql_text(expression.child)),
                    "names": ", ".join(expression.names),
                },
            )
    if not places:
        return plan, expressions
    made: list[Expression] = []
    for expression in expressions:
        call = _generator_of(expression)
        if call is None:
            made.append(expression)
            continue
        plan = generate = make_generate(plan, call, generator_names(expression), conf)
        made += generate.columns
    return plan, made


def generator_names(expression: Expression) -> tuple[str, ...]:
    """The names that the user gave to a generator's columns; empty for the default ones."""
    if isinstance(expression, MultiAlias):
        return expression.names
    return (expression.name,) if isinstance(expression, Alias) else ()


def _generator_of(expression: Expression) -> Call | None:
    core = expression.child if isinstance(expression, (Alias, MultiAlias)) else expression
    return core if isinstance(core, Call) and _kind_of(core) is not None else None


def _kind_of(call: Call) -> GeneratorKind | None:
    return _GENERATORS.get(call.name.lower().removesuffix("_outer"))


def make_generate(plan: LogicalPlan, call: Call, names: Sequence[str], conf: Conf) -> Generate:
    """The node of ``explode`` and its family over `plan`.

    Raises: AnalysisException for an argument that is no array or map, or a wrong number of names.
    """
    kind = _kind_of(call)
    assert kind is not None
    _check_generator(call)
    outer = call.name.lower().endswith("_outer")
    argument = _generator_argument(plan, call, conf)
    columns = _generated(kind, type_of(argument), outer, call, argument)
    if names:
        if len(names) != len(columns):
            raise AnalysisException(
                errorClass="UDTF_ALIAS_NUMBER_MISMATCH",
                messageParameters={"aliasesSize": str(len(columns)), "aliasesNames": ",".join(names)},
            )
        columns = [(name, data_type, nullable) for name, (_, data_type, nullable) in zip(names, columns, strict=True)]
    attributes = tuple(
        Attribute(name=name, id=next_attribute_id(), data_type=data_type, nullable=nullable)
        for name, data_type, nullable in columns
    )
    return Generate(plan, kind, argument, outer, attributes)


def has_generator(expression: Expression) -> bool:
    """Whether a generator is in the expression, at its top too."""
    return any(isinstance(node, Call) and _kind_of(node) is not None for node in expression.walk())


def nested_generator(expression: Expression) -> AnalysisException:
    """The error of a generator that is the argument of something."""
    return AnalysisException(
        errorClass="UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS",
        messageParameters={"expression": quoted(sql_text(expression))},
    )


def _check_generator(call: Call) -> None:
    name = call.name.lower()
    if any(has_generator(argument) for argument in call.args):
        raise nested_generator(call)
    if name in ("stack", "json_tuple"):
        return
    if not call.args:
        raise AnalysisException(
            errorClass="REQUIRED_PARAMETER_NOT_FOUND",
            messageParameters={
                "routineName": f"`{name}`",
                "parameterName": "`input`" if name.startswith("inline") else "`collection`",
                "index": "0",
            },
        )
    if len(call.args) > 1:
        wrong_arity(name, "1", len(call.args))


def _generator_argument(plan: LogicalPlan, call: Call, conf: Conf) -> Expression:
    name = call.name.lower().removesuffix("_outer")
    if name not in ("stack", "json_tuple"):
        return resolve_on(plan, call.args[0], conf)
    return inlined(name, tuple(resolve_on(plan, argument, conf) for argument in call.args), rules_of(conf))


def _generated(
    kind: GeneratorKind, data_type: DataType, outer: bool, call: Call, argument: Expression
) -> list[tuple[str, DataType, bool]]:
    """Name, type and nullability of a generator's columns."""
    made: list[tuple[str, DataType, bool]]
    if kind == "inline" and isinstance(data_type, ArrayType) and isinstance(data_type.elementType, StructType):
        loose = outer or data_type.containsNull
        return [(item.name, item.dataType, item.nullable or loose) for item in data_type.elementType]
    if kind != "inline" and isinstance(data_type, MapType):
        made = [("key", data_type.keyType, outer), ("value", data_type.valueType, data_type.valueContainsNull or outer)]
    elif kind != "inline" and isinstance(data_type, ArrayType):
        made = [("col", data_type.elementType, data_type.containsNull or outer)]
    else:
        raise AnalysisException(
            errorClass="DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
            messageParameters={
                "sqlExpr": quoted(f"{call.name}({sql_text(argument)})"),
                "paramIndex": "first",
                "requiredType": '"ARRAY<STRUCT>"' if kind == "inline" else '("ARRAY" or "MAP")',
                "inputSql": quoted(sql_text(argument)),
                "inputType": quoted_type(data_type),
            },
        )
    return [("pos", IntegerType(), outer), *made] if kind == "posexplode" else made


# ---------------------------------------------------------------- rows


def where(plan: LogicalPlan, condition: Expression, conf: Conf) -> LogicalPlan:
    """``df.where(...)``. Raises: AnalysisException DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN, INVALID_WHERE_CONDITION."""
    refuse_stars([condition], "Filter")
    condition = with_star_arguments(condition, plan, conf)
    if has_generator(condition):
        raise AnalysisException(
            errorClass="UNSUPPORTED_GENERATOR.OUTSIDE_SELECT",
            messageParameters={"plan": f"'Filter {sql_text(condition)}"},
        )
    if any(is_subquery(node) for node in condition.walk()):
        return filtered_by_frames(plan, condition, conf)
    if looks_outside(condition, plan, conf):
        return Correlated(plan, condition)
    columns, hidden = plan.output, plan.hidden if isinstance(plan, Prune) else ()
    plan, (condition,) = with_metadata(plan, [condition])
    plan, (condition,) = with_using_keys(plan, [condition], conf)
    extended, (resolved,) = resolve_with_hidden(plan, [condition], conf)
    if contains_window_function(resolved):
        raise AnalysisException(
            errorClass="WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE", messageParameters={"clauseName": "WHERE"}
        )
    if any(isinstance(node, AggregateCall) for node in resolved.walk()):
        raise AnalysisException(
            errorClass="INVALID_WHERE_CONDITION",
            messageParameters={
                "condition": quoted(sql_text(resolved)),
                "expressionList": ", ".join(
                    sql_text(node) for node in resolved.walk() if isinstance(node, AggregateCall)
                ),
            },
        )
    data_type = type_of(resolved)
    if isinstance(data_type, NullType):
        resolved = cast_to(resolved, BooleanType())
    elif not isinstance(data_type, BooleanType):
        raise AnalysisException(
            errorClass="DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN",
            messageParameters={
                "sqlExpr": quoted(sql_text(resolved)),
                "filter": quoted(sql_text(resolved)),
                "type": quoted_type(data_type),
            },
        )
    filtered = Filter(extended, resolved)
    return (
        Prune(filtered, columns, hidden) if hidden and len(plan.output) != len(columns) else trimmed(filtered, columns)
    )


def order_by(plan: LogicalPlan, orders: Sequence[Expression], conf: Conf, *, everywhere: bool = True) -> LogicalPlan:
    """``df.orderBy(...)`` or, if not `everywhere`, ``df.sortWithinPartitions(...)``."""
    keys = [order if isinstance(order, SortOrder) else SortOrder(child=order) for order in orders]
    refuse_stars([key.child for key in keys], "Sort")
    columns = plan.output
    plan, children = with_using_keys(plan, [key.child for key in keys], conf)
    if any(is_subquery(node) for child in children for node in child.walk()):
        plan, children = frame_values(plan, children, conf)
    keys = [replace(key, child=child) for key, child in zip(keys, children, strict=True)]
    extended, resolved = resolve_with_hidden(plan, [key.child for key in keys], conf)
    windowed = [sql_text(child) for child in resolved if contains_window_function(child)]
    if windowed:
        raise AnalysisException(
            errorClass="UNSUPPORTED_EXPR_FOR_OPERATOR",
            messageParameters={"operator": "Sort", "invalidExprSqls": ", ".join(quoted(text) for text in windowed)},
        )
    sorted_keys = tuple(
        replace(key, child=_plain(child), data_type=child.data_type) for key, child in zip(keys, resolved, strict=True)
    )
    for key in sorted_keys:
        check_orderable(type_of(key), "sortorder", sql_text(key))
    return trimmed(Sort(extended, sorted_keys, everywhere), columns)


def _plain(expression: Expression) -> Expression:
    return expression.child if isinstance(expression, Alias) else expression


def limit(plan: LogicalPlan, count: int | None, skip: int = 0) -> LogicalPlan:
    """``df.limit(n)`` and ``df.offset(n)``. Raises: AnalysisException INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE."""
    for name, number in (("limit", count), ("offset", skip)):
        if number is not None and number < 0:
            raise AnalysisException(
                errorClass="INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE",
                messageParameters={"name": name, "expr": quoted(str(number)), "v": str(number)},
            )
    return Limit(plan if count is None else enough(plan, count + skip), count, skip)


# ---------------------------------------------------------------- columns


def with_columns(plan: LogicalPlan, columns: Sequence[tuple[str, Expression]], conf: Conf) -> LogicalPlan:
    """``df.withColumns(...)``: columns of a known name are replaced where they stand, new ones come last.

    Raises: AnalysisException COLUMN_ALREADY_EXISTS for a name given twice.
    """
    for index, (name, _) in enumerate(columns):
        if any(same_name(name, other, conf) for other, _ in columns[:index]):
            raise AnalysisException(
                errorClass="COLUMN_ALREADY_EXISTS", messageParameters={"columnName": f"`{name.lower()}`"}
            )

    def replacement(column: Attribute) -> Expression:
        for name, expression in columns:
            if same_name(name, column.name, conf):
                return _renamed(expression, name)
        return column

    known = [name for name, _ in columns if any(same_name(name, column.name, conf) for column in plan.output)]
    added = [_renamed(expression, name) for name, expression in columns if name not in known]
    return select(plan, [*(replacement(column) for column in plan.output), *added], conf)


def _renamed(expression: Expression, name: str) -> Expression:
    child = expression.child if isinstance(expression, Alias) else expression
    metadata = expression.metadata if isinstance(expression, Alias) else {}
    return Alias(child=child, name=name, metadata=metadata)


def rename(plan: LogicalPlan, names: Mapping[str, str], conf: Conf) -> LogicalPlan:
    """``df.withColumnsRenamed(...)``; unknown names are ignored."""

    def renamed(column: Attribute) -> Named:
        for old, new in names.items():
            if same_name(old, column.name, conf):
                return to_named(_alias(column, new))
        return column

    return Project(plan, tuple(renamed(column) for column in plan.output))


def to_df(plan: LogicalPlan, names: Sequence[str]) -> LogicalPlan:
    """``df.toDF(...)``. Raises: IllegalArgumentException for a wrong number of names."""
    return Project(plan, tuple(to_named(_alias(column, name)) for column, name in zip(plan.output, names, strict=True)))


def _alias(column: Attribute, name: str) -> Alias:
    return Alias(
        child=column,
        name=name,
        data_type=column.data_type,
        nullable=column.nullable,
        metadata=column.metadata,
    )


def drop(plan: LogicalPlan, expressions: Sequence[Expression | str], conf: Conf) -> LogicalPlan:
    """``df.drop(...)``: names as they are (no nested fields), columns by identity; unknown ones are ignored."""
    dropped: set[int] = set()
    for expression in expressions:
        if isinstance(expression, str):
            dropped.update(column.id for column in plan.output if same_name(column.name, expression, conf))
            continue
        try:
            # by identity: a column of both sides of a self-join is that of the left one
            found = resolve(expression, plan.output, conf)
        except AnalysisException as error:
            if (error.getCondition() or "").startswith(("UNRESOLVED_COLUMN", "MISSING_ATTRIBUTES")):
                continue
            raise
        if isinstance(found, Attribute):
            dropped.add(found.id)
    return Project(plan, tuple(column for column in plan.output if column.id not in dropped))


def alias(plan: LogicalPlan, name: str) -> LogicalPlan:
    """``df.alias(name)``."""
    return SubqueryAlias(plan, name)


def map_columns(plan: LogicalPlan, change: Callable[[Attribute], Expression], conf: Conf) -> LogicalPlan:
    """A projection that computes every column from itself."""
    return select(plan, [change(column) for column in plan.output], conf)
