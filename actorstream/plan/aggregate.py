"""Builds the plan of ``groupBy(keys).agg(results)``: keys and results resolved, every column below an aggregate or a key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from actorstream.common.config import Conf
from actorstream.errors import AnalysisException, PySparkNotImplementedError
from actorstream.expr.coercion import is_orderable, quoted, quoted_type
from actorstream.expr.naming import output_name, sql_text
from actorstream.expr.nodes import SESSION_KEY, AggregateCall, Alias, Attribute, Call, Expression, WindowFunction
from actorstream.expr.types import MapType, VariantType, holds
from actorstream.expr.typing import resolve
from actorstream.plan.frame_subqueries import is_subquery
from actorstream.plan.grouping_sets import GroupingSets, expand_keys, without_grouping_calls
from actorstream.plan.lateral_aliases import in_place
from actorstream.plan.metadata_columns import with_metadata
from actorstream.plan.nodes import Aggregate, LogicalPlan, Named, to_attribute
from actorstream.plan.resolution import resolve_on, to_named, with_using_keys
from actorstream.plan.select import extract_windows, has_generator, nested_generator
from actorstream.plan.stars import expand_stars, refuse_stars
from actorstream.plan.windows import (
    contains_window_function,
    map_windowed,
    project_over_windows,
    split_aggregates,
)


def _check_generators(keys: Sequence[Expression], results: Sequence[Expression]) -> None:
    """Raise for generators, of which an aggregation has none."""
    for key in keys:
        if has_generator(key):
            raise AnalysisException(
                errorClass="UNSUPPORTED_EXPR_FOR_OPERATOR",
                messageParameters={"operator": "Aggregate", "invalidExprSqls": quoted(sql_text(key))},
            )
    for result in results:
        if any(has_generator(child) for child in result.children):
            raise nested_generator(result)


def aggregate(
    plan: LogicalPlan,
    keys: Sequence[Expression],
    results: Sequence[Expression],
    conf: Conf,
    *,
    retain_keys: bool = True,
    sets: GroupingSets | None = None,
) -> LogicalPlan:
    """The aggregation; its output is the keys (if `retain_keys`), then the results.

    Args:
        sets: groups by each of these sets of keys, by their places; by all keys if there are none.
    Raises: AnalysisException MISSING_AGGREGATION, GROUP_BY_AGGREGATE, NESTED_AGGREGATE_FUNCTION, GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE
        and those of names and types.
    """
    if any(is_subquery(node) for expression in (*keys, *results) for node in expression.walk()):
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": "A frame in an aggregation",
                "remedy": "Add its value with withColumn, before or after the aggregation.",
            },
        )
    refuse_stars(keys, "Aggregate")
    written_keys = expand_stars(keys, plan, conf)
    written_results = expand_stars(results, plan, conf)
    _check_generators(written_keys, written_results)
    plan, together = with_metadata(plan, [*written_keys, *written_results])
    plan, together = with_using_keys(plan, together, conf)
    plan, together = extract_windows(plan, together, conf)
    bound_keys = together[: len(written_keys)]
    bound_results = together[len(written_keys) :]
    plain_keys = tuple(to_named(_check_key(resolve_on(plan, key, conf))) for key in bound_keys)
    values = [_key_value(key) for key in plain_keys]
    named_keys = tuple(_comparable(key) for key in plain_keys)
    columns = tuple(to_attribute(key) for key in named_keys)
    kept: tuple[Named, ...] = columns
    marks: tuple[Attribute, ...] = ()
    scope = plan
    if sets is None:
        named_keys, columns, kept = _sessions_once(named_keys, values)
    else:
        plan, columns, marks = expand_keys(plan, named_keys, sets)
        named_keys, kept = (*columns, *marks), columns

    def value_of(argument: Expression) -> Expression:
        return _unnamed(resolve_on(scope, argument, conf))

    written = [
        without_grouping_calls(result, values, marks[0] if marks else None, value_of) for result in bound_results
    ]
    columns_in_scope = (*scope.output, *marks)
    written = in_place(written, lambda result: resolve(result, columns_in_scope, conf), conf)
    resolved = [resolve(result, columns_in_scope, conf) for result in written]
    _check_user_functions(resolved)
    places = dict(zip(values, columns, strict=True)) | {_unnamed(mark): mark for mark in marks}
    grouped = []
    for expression in resolved:
        name = output_name(expression)
        over = _over_keys(expression, places)
        _check_result(over, places, has_keys=bool(columns))
        # the key column in its place, under the name of what the user wrote
        if (isinstance(over, Attribute) and over.name != name) or not isinstance(over, (Attribute, Alias)):
            over = Alias(child=over, name=name, data_type=over.data_type, nullable=over.nullable)
        grouped.append(to_named(over))
    outputs = (*(kept if retain_keys else ()), *grouped)
    if any(contains_window_function(column) for column in outputs):
        below, above = split_aggregates(outputs)
        return project_over_windows(Aggregate(plan, named_keys, tuple(below)), above)
    return Aggregate(plan, named_keys, outputs)


def _sessions_once(
    keys: tuple[Named, ...], values: Sequence[Expression]
) -> tuple[tuple[Named, ...], tuple[Attribute, ...], tuple[Named, ...]]:
    """A column of sessions that is a key under two names is one key: as two, its sessions would not meet in both.

    Args:
        values: what each key computes, in a form in which equal keys are equal.
    Returns: the keys that are left; for each key as written its column; and that column under the name of the key.
    """
    columns: list[Attribute] = []
    kept: list[Named] = []
    left: list[Named] = []
    for place, key in enumerate(keys):
        column = to_attribute(key)
        first = values.index(values[place])
        if first < place and SESSION_KEY in column.metadata:
            found = columns[first]
            kept.append(
                Alias(child=found, name=column.name, id=column.id, data_type=found.data_type, nullable=found.nullable)
            )
            columns.append(found)
        else:
            left.append(key)
            kept.append(column)
            columns.append(column)
    return tuple(left), tuple(columns), tuple(kept)


def _check_user_functions(results: Sequence[Expression]) -> None:
    """A user's aggregates run in a step of their own, so other aggregates cannot stand beside them."""
    calls = [node for result in results for node in result.walk() if isinstance(node, AggregateCall)]
    theirs = list(dict.fromkeys(call.name for call in calls if call.user is not None))
    if theirs and any(call.user is None for call in calls):
        raise AnalysisException(
            errorClass="INVALID_PANDAS_UDF_PLACEMENT",
            messageParameters={"functionList": ", ".join(f"`{name}`" for name in theirs)},
        )


def _key_value(key: Named) -> Expression:
    """What a key computes, comparable whatever its name."""
    return _unnamed(key.child) if isinstance(key, Alias) else _unnamed(key)


def _unnamed(expression: Expression) -> Expression:
    def change(node: Expression) -> Expression:
        return replace(node, name="", qualifier=()) if isinstance(node, Attribute) else node

    return expression.transform_up(change)


def _over_keys(expression: Expression, places: dict[Expression, Attribute]) -> Expression:
    """The expression with whatever equals a key replaced by the key's column; inside of aggregates nothing changes."""
    if isinstance(expression, AggregateCall):
        return expression
    if isinstance(expression, WindowFunction):
        return map_windowed(expression, lambda child: _over_keys(child, places))
    if not isinstance(expression, Alias):
        found = places.get(_unnamed(expression))
        if found is not None:
            return replace(found, name=expression.name) if isinstance(expression, Attribute) else found
    return expression.map_children(lambda child: _over_keys(child, places))


def _check_key(key: Expression) -> Expression:
    if any(isinstance(node, AggregateCall) for node in key.walk()):
        raise AnalysisException(errorClass="GROUP_BY_AGGREGATE", messageParameters={"sqlExpr": sql_text(key)})
    assert key.data_type is not None
    unordered_map = isinstance(key.data_type, MapType) and not is_orderable(key.data_type.keyType)
    if unordered_map or holds(key.data_type, VariantType, in_maps=True):
        raise AnalysisException(
            errorClass="GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE",
            messageParameters={
                "sqlExpr": quoted(sql_text(key.child if isinstance(key, Alias) else key)),
                "dataType": quoted_type(key.data_type),
            },
        )
    return key


def _comparable(key: Named) -> Named:
    """A key that is a map has its entries in the order of their keys, so that equal maps are equal."""
    if not isinstance(key.data_type, MapType):
        return key
    child = key.child if isinstance(key, Alias) else key
    ordered = Call(name="map_sort", args=(child,), data_type=key.data_type, nullable=key.nullable)
    return to_named(Alias(child=ordered, name=key.name, data_type=key.data_type, nullable=key.nullable))


def _check_result(expression: Expression, places: dict[Expression, Attribute], *, has_keys: bool) -> None:
    known = {column.id for column in places.values()}

    def visit(node: Expression) -> None:
        if isinstance(node, AggregateCall):
            for argument in node.children:
                if any(isinstance(inner, AggregateCall) for inner in argument.walk()):
                    raise AnalysisException(errorClass="NESTED_AGGREGATE_FUNCTION", messageParameters={})
            return
        if isinstance(node, WindowFunction):
            # what the window aggregates is a result of the group-by, which may be an aggregate itself
            for child in (*node.function.children, *node.partition_by, *node.order_by):
                visit(child)
            return
        if isinstance(node, Attribute) and node.id not in known:
            condition = "MISSING_AGGREGATION" if has_keys else "MISSING_GROUP_BY"
            parameters = (
                {"expression": quoted(node.name), "expressionAnyValue": quoted(f"any_value({node.name})")}
                if has_keys
                else {}
            )
            raise AnalysisException(errorClass=condition, messageParameters=parameters)
        for child in node.children:
            visit(child)

    visit(expression)
