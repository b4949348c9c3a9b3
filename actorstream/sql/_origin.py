"""Remembers where the user's code made a column, so that an error in its data can say so. Source: PySpark's ``with_origin``."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from actorstream.errors.query_context import DataFrameContext
from actorstream.expr.nodes import Expression

C = TypeVar("C", bound=type)

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # noqa: PTH100, PTH120


def call_of(name: str) -> DataFrameContext:
    """The call, by the nearest code outside of this package, of a method or function."""
    frame: Any = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return DataFrameContext(name, f"{frame.f_code.co_filename}:{frame.f_lineno}")


def originated(expression: Expression, name: str) -> Expression:
    """The expression, made by the call of `name` unless it has an origin already."""
    return expression if expression.origin is not None else replace(expression, origin=call_of(name))


def with_origin(*names: str) -> Callable[[C], C]:
    """A class of columns whose named methods tell where they were called."""

    def wrapped(method: Callable[..., Any], name: str) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(self: Any, *args: Any, **options: Any) -> Any:
            made = method(self, *args, **options)
            made.expression = originated(made.expression, name)
            return made

        return call

    def change(kind: C) -> C:
        for name in names:
            setattr(kind, name, wrapped(getattr(kind, name), name))
        return kind

    return change
