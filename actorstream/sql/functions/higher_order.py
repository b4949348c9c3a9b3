"""Functions with lambdas: ``transform filter exists aggregate zip_with map_filter ...``."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from actorstream.errors import PySparkValueError
from actorstream.expr.nodes import Expression, Lambda, LambdaVariable, next_attribute_id
from actorstream.sql.column import Column
from actorstream.sql.functions._build import Argument, call
from actorstream.sql.functions._build import column as column_of

__all__ = [
    "aggregate",
    "array_sort",
    "exists",
    "filter",
    "forall",
    "map_filter",
    "map_zip_with",
    "reduce",
    "transform",
    "transform_keys",
    "transform_values",
    "zip_with",
]


def _lambda(function: Callable[..., Column], *counts: int) -> Expression:
    parameters = inspect.signature(function).parameters
    kinds = {parameter.kind for parameter in parameters.values()}
    if kinds - {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}:
        raise PySparkValueError(
            errorClass="UNSUPPORTED_PARAM_TYPE_FOR_HIGHER_ORDER_FUNCTION",
            messageParameters={"func_name": getattr(function, "__name__", "lambda")},
        )
    if len(parameters) not in counts:
        raise PySparkValueError(
            errorClass="WRONG_NUM_ARGS_FOR_HIGHER_ORDER_FUNCTION",
            messageParameters={
                "func_name": getattr(function, "__name__", "lambda"),
                "num_args": str(len(parameters)),
            },
        )
    names = ("x", "y", "z")[: len(parameters)]
    variables = tuple(LambdaVariable(name=name, id=next_attribute_id()) for name in names)
    body = function(*(Column(variable) for variable in variables))
    if not isinstance(body, Column):
        raise PySparkValueError(
            errorClass="HIGHER_ORDER_FUNCTION_SHOULD_RETURN_COLUMN",
            messageParameters={
                "func_name": getattr(function, "__name__", "lambda"),
                "return_type": type(body).__name__,
            },
        )
    return Lambda(parameters=variables, body=body.expression)


def transform(col: Argument, f: Callable[..., Column]) -> Column:
    """Every element of an array replaced; `f` takes the element, or element and index."""
    return call("transform", column_of(col), _lambda(f, 1, 2))


def filter(col: Argument, f: Callable[..., Column]) -> Column:
    """The elements of an array that `f` holds for."""
    return call("filter", column_of(col), _lambda(f, 1, 2))


def exists(col: Argument, f: Callable[[Column], Column]) -> Column:
    """Whether `f` holds for an element."""
    return call("exists", column_of(col), _lambda(f, 1))


def forall(col: Argument, f: Callable[[Column], Column]) -> Column:
    """Whether `f` holds for all elements."""
    return call("forall", column_of(col), _lambda(f, 1))


def aggregate(
    col: Argument,
    initialValue: Argument,
    merge: Callable[[Column, Column], Column],
    finish: Callable[[Column], Column] | None = None,
) -> Column:
    """An array folded from the left."""
    last = [] if finish is None else [_lambda(finish, 1)]
    return call("aggregate", column_of(col), column_of(initialValue), _lambda(merge, 2), *last)


def reduce(
    col: Argument,
    initialValue: Argument,
    merge: Callable[[Column, Column], Column],
    finish: Callable[[Column], Column] | None = None,
) -> Column:
    """An array folded from the left."""
    last = [] if finish is None else [_lambda(finish, 1)]
    return call("reduce", column_of(col), column_of(initialValue), _lambda(merge, 2), *last)


def zip_with(left: Argument, right: Argument, f: Callable[[Column, Column], Column]) -> Column:
    """Two arrays combined element by element; the shorter one is filled with nulls."""
    return call("zip_with", column_of(left), column_of(right), _lambda(f, 2))


def map_filter(col: Argument, f: Callable[[Column, Column], Column]) -> Column:
    """The pairs of a map that `f` holds for."""
    return call("map_filter", column_of(col), _lambda(f, 2))


def transform_keys(col: Argument, f: Callable[[Column, Column], Column]) -> Column:
    """The keys of a map replaced."""
    return call("transform_keys", column_of(col), _lambda(f, 2))


def transform_values(col: Argument, f: Callable[[Column, Column], Column]) -> Column:
    """The values of a map replaced."""
    return call("transform_values", column_of(col), _lambda(f, 2))


def map_zip_with(col1: Argument, col2: Argument, f: Callable[[Column, Column, Column], Column]) -> Column:
    """Two maps combined key by key."""
    return call("map_zip_with", column_of(col1), column_of(col2), _lambda(f, 3))


def array_sort(col: Argument, comparator: Callable[[Column, Column], Column] | None = None) -> Column:
    """An array in ascending order, nulls last, or in the order of a comparator."""
    extra = [] if comparator is None else [_lambda(comparator, 2)]
    return call("array_sort", column_of(col), *extra)
