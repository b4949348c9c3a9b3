"""Changes in variants that have a form of their own: ``variant_set try_variant_set variant_delete variant_strip_nulls``."""

from __future__ import annotations

from actorstream.errors import PySparkValueError
from actorstream.expr.coercion import literal
from actorstream.sql.column import Column
from actorstream.sql.functions._build import Argument, call, literal_of, required, values

__all__ = ["try_variant_set", "variant_delete", "variant_set", "variant_strip_nulls"]


def variant_delete(v: Argument, *paths: Column | str) -> Column:
    """A variant without the parts at some paths. Raises: PySparkValueError CANNOT_BE_EMPTY."""
    if not paths:
        raise PySparkValueError(errorClass="CANNOT_BE_EMPTY", messageParameters={"item": "paths"})
    return call("variant_delete", required(v), *values(paths))


def variant_set(v: Argument, path: Column | str, value: Argument, create_if_missing: bool = True) -> Column:
    """A variant with another value at a path; what is missing is added unless `create_if_missing` is False."""
    return call("variant_set", required(v), literal_of(path), required(value), literal(create_if_missing))


def try_variant_set(v: Argument, path: Column | str, value: Argument, create_if_missing: bool = True) -> Column:
    """`variant_set` that gives null where the path does not fit the value."""
    return call("try_variant_set", required(v), literal_of(path), required(value), literal(create_if_missing))


def variant_strip_nulls(v: Argument, include_arrays: bool = True) -> Column:
    """A variant without the fields that are null and, unless `include_arrays` is False, the elements."""
    return call("variant_strip_nulls", required(v), literal(include_arrays))
