"""How functions turn their Python arguments into expressions: names into columns, values into literals."""

from __future__ import annotations

import array as python_array
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from actorstream.errors import PySparkTypeError, PySparkValueError
from actorstream.expr.coercion import literal
from actorstream.expr.names import name_expression
from actorstream.expr.nodes import AggregateCall, Call, Constant, Expression
from actorstream.sql._origin import call_of
from actorstream.sql.column import Column

Argument: TypeAlias = Any
"""A `Column`, a column name, or a plain value, as PySpark's function takes it."""


def column(value: Argument) -> Expression | None:
    """A column parameter that may be left out: a text is the name of a column, None stays None.

    Raises: PySparkTypeError NOT_EXPECTED_TYPE for a value that is no column and no text.
    """
    return None if value is None else required(value)


def required(value: Argument, name: str = "col") -> Expression:
    """A column parameter that must be given; `name` is what errors call it."""
    if isinstance(value, Column):
        return value.expression
    if isinstance(value, str):
        return name_expression(value)
    raise PySparkTypeError(
        errorClass="NOT_EXPECTED_TYPE",
        messageParameters={"expected_type": "Column or str", "arg_name": name, "arg_type": type(value).__name__},
    )


def either(value: Argument) -> Expression | None:
    """A parameter where a text is the name of a column and any other value a literal."""
    return column(value) if value is None or isinstance(value, (Column, str)) else literal_of(value)


def columns(items: Iterable[Argument]) -> list[Expression]:
    """Column parameters; one list or tuple instead of them is taken apart."""
    given: Sequence[Any] = list(items)
    if len(given) == 1 and isinstance(given[0], (list, tuple, set)):
        given = list(given[0])
    return [required(item) for item in given]


def value(item: Argument) -> Expression | None:
    """A value parameter: anything but a `Column` is a literal. None stays None (argument not given)."""
    return None if item is None else literal_of(item)


def values(items: Iterable[Argument]) -> list[Expression]:
    """Value parameters."""
    return [literal_of(item) for item in items]


def literal_of(item: Any) -> Expression:
    """The literal expression of a Python value; a `Column` is itself.

    Raises: PySparkValueError COLUMN_IN_LIST, PySparkTypeError UNSUPPORTED_LITERAL.
    """
    if isinstance(item, Column):
        return item.expression
    if isinstance(item, (list, tuple)):
        if any(isinstance(part, Column) for part in item):
            raise PySparkValueError(errorClass="COLUMN_IN_LIST", messageParameters={"func_name": "lit"})
        return Call(name="array", args=tuple(literal_of(part) for part in item))
    if isinstance(item, dict):
        pairs = [part for pair in item.items() for part in pair]
        return Call(name="map", args=tuple(literal_of(part) for part in pairs))
    if isinstance(item, python_array.array):
        return literal_of(item.tolist())
    if hasattr(item, "tolist") and hasattr(item, "dtype"):
        return literal_of(item.tolist())
    if item is None:
        return literal(None)
    try:
        return literal(item)
    except TypeError:
        raise PySparkTypeError(
            errorClass="UNSUPPORTED_LITERAL", messageParameters={"literal": f"{type(item).__name__}: {item!r}"}
        ) from None


def call(name: str, *arguments: Expression | None) -> Column:
    """A call of a scalar function. Arguments that were not given (None) are left out."""
    args = tuple(item for item in arguments if item is not None)
    return Column(Call(name=name, args=args, origin=call_of(name)))


def aggregate(name: str, *arguments: Expression | None, distinct: bool = False) -> Column:
    """A call of an aggregate function."""
    return Column(
        AggregateCall(name=name, args=tuple(item for item in arguments if item is not None), distinct=distinct)
    )


def text_of(item: Argument) -> str | None:
    """The text of a literal text argument; None if it is not one."""
    if isinstance(item, str):
        return item
    expression = item.expression if isinstance(item, Column) else None
    return expression.value if isinstance(expression, Constant) and isinstance(expression.value, str) else None
