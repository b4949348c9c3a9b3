"""Arithmetic on calendar intervals, which keep months, days and microseconds apart: ``+ - *``, ``/`` and the change of sign.

Source: Spark ``IntervalUtils``: what a factor leaves of a month is lost, what it leaves of a day goes on as microseconds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from actorstream.errors import ArithmeticException
from actorstream.expr.arrow import Array, Values, pa, pc
from actorstream.expr.cast_rules import ANSI_CONFIG
from actorstream.expr.coercion import Rules, cast_to, is_string, takes, type_of, unexpected_input
from actorstream.expr.evaluation import Frame, numpy_of
from actorstream.expr.interval_parts import INTERVAL_PARTS, interval_parts
from actorstream.expr.nodes import Call, Expression
from actorstream.expr.registry import Function
from actorstream.expr.types import CalendarIntervalType, DoubleType, NullType, NumericType

_DAY_US = 86_400_000_000.0
_UNITS = (("months", 1), ("days", 1), ("nanos", 1000))
_NAMES = {"+": "calendar_add", "-": "calendar_subtract", "*": "calendar_multiply", "/": "calendar_divide"}


def calendar_operation(name: str, symbol: str, args: tuple[Expression, ...]) -> Expression | None:
    """The call for ``left symbol right``; None if no calendar interval takes part as it should.

    Raises: AnalysisException DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE for a factor that is no number.
    """
    are = [isinstance(type_of(argument), CalendarIntervalType) for argument in args]
    tries = name.startswith("try_")
    nullable = tries or any(argument.nullable for argument in args)
    if symbol in ("+", "-"):
        fit = any(are) and all(
            is_one or isinstance(type_of(part), NullType) for is_one, part in zip(are, args, strict=True)
        )
        found = _NAMES[symbol] if fit else ""
        args = tuple(cast_to(part, CalendarIntervalType()) for part in args) if fit else args
    elif symbol in ("*", "/") and any(are) and not (symbol == "/" and not are[0]):
        args = args if tries or are[0] else args[::-1]
        factor = 1 - are.index(True) if tries else 1
        found = _NAMES[symbol]
        kind = type_of(args[factor])
        if not (isinstance(kind, (NumericType, NullType)) or is_string(kind)):
            shown = Call(name="multiply_interval" if symbol == "*" else "divide_interval", args=args)
            raise unexpected_input(shown, factor, '"DOUBLE"')
        args = tuple(cast_to(part, DoubleType()) if place == factor else part for place, part in enumerate(args))
    else:
        found = ""
    if not found:
        return None
    called = f"try_{found}" if tries else found
    return Call(name=called, args=args, data_type=CalendarIntervalType(), nullable=nullable or symbol in ("*", "/"))


# ---------------------------------------------------------------- kernels


def built_intervals(frame: Frame, months: Any, days: Any, micros: Any, missing: Any) -> Array:
    """The intervals; what does not fit is null for ``try_``, an error under ANSI, else the nearest that fits.

    A part of a day beyond 292 years does not fit: Arrow counts nanoseconds.
    """
    parts = {"months": (months, 2**31), "days": (days, 2**31), "nanos": (micros, 2**63 // 1000)}
    beyond = np.zeros(len(missing), np.bool_)
    packed = np.zeros(len(missing), INTERVAL_PARTS)
    for name, (values, limit) in parts.items():
        # the largest double below the limit of nanoseconds is not the last whole number before it
        low, high = (-limit, limit - 1) if name != "nanos" else (-limit + 1024, limit - 1024)
        values = (
            np.nan_to_num(values, nan=0.0, posinf=4.0 * limit, neginf=-4.0 * limit)
            if values.dtype.kind == "f"
            else values
        )
        beyond |= ~missing & ((values < low) | (values > high))
        whole = np.clip(values, low, high).astype(np.int64)
        packed[name] = whole * 1000 if name == "nanos" else whole
    if beyond.any():
        if frame.site.name.startswith("try_"):
            missing = missing | beyond
        elif frame.site.ansi:
            raise ArithmeticException(
                errorClass="ARITHMETIC_OVERFLOW",
                messageParameters={"message": "overflow", "alternative": "", "config": ANSI_CONFIG},
            )
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little"))
    return pa.Array.from_buffers(pa.month_day_nano_interval(), len(missing), [valid, pa.py_buffer(packed)])


def _missing(*arrays: Array) -> np.ndarray[Any, Any]:
    return np.logical_or.reduce([np.asarray(pc.is_null(array)) for array in arrays])


def _added(frame: Frame, left: Values, right: Values) -> Values:
    """The sum or difference of two."""
    arrays = [frame.array(left), frame.array(right)]
    a, b = map(interval_parts, arrays)
    sign = 1 if frame.site.name.endswith("add") else -1
    sums = [a[name].astype(np.int64) // unit + sign * (b[name].astype(np.int64) // unit) for name, unit in _UNITS]
    return _whole(frame, sums, _missing(*arrays))


def opposite(frame: Frame, values: Values) -> Values:
    """The intervals with all signs changed."""
    array = frame.array(values)
    parts = interval_parts(array)
    return _whole(frame, [-(parts[name].astype(np.int64) // unit) for name, unit in _UNITS], _missing(array))


def _whole(frame: Frame, sums: list[np.ndarray[Any, Any]], missing: np.ndarray[Any, Any]) -> Array:
    if not frame.site.ansi and not frame.site.name.startswith("try_"):
        sums[:2] = [part.astype(np.int32).astype(np.int64) for part in sums[:2]]  # whole numbers wrap around
    return built_intervals(frame, sums[0], sums[1], sums[2], missing)


def _scaled(frame: Frame, left: Values, right: Values) -> Values:
    """An interval times a number, or through one. Raises: ArithmeticException INTERVAL_DIVIDED_BY_ZERO under ANSI."""
    arrays = [frame.array(left), frame.array(right)]
    if pa.types.is_floating(arrays[0].type):
        arrays.reverse()
    parts, factor = interval_parts(arrays[0]), numpy_of(arrays[1], 1.0)
    missing = _missing(*arrays)
    if frame.site.name.endswith("divide"):
        zero = ~missing & (factor == 0)
        if zero.any() and frame.site.ansi and not frame.site.name.startswith("try_"):
            raise ArithmeticException(errorClass="INTERVAL_DIVIDED_BY_ZERO", messageParameters={})
        missing |= zero
        with np.errstate(all="ignore"):
            months, days, micros = (parts[name] / unit / factor for name, unit in _UNITS)
    else:
        with np.errstate(all="ignore"):
            months, days, micros = (factor * (parts[name] / unit) for name, unit in _UNITS)
    with np.errstate(all="ignore"):
        whole_days = np.trunc(np.clip(days, -(2.0**31), 2.0**31 - 1)) if not frame.site.ansi else np.trunc(days)
        rest = micros + _DAY_US * (days - whole_days)
        return built_intervals(frame, np.trunc(months), whole_days, np.floor(rest + 0.5), missing)


def _rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    return takes(*["any"] * len(args), returns=CalendarIntervalType())(name, args, rules)


FUNCTIONS = [
    *(
        Function(prefix + name, _rule, _added if name.endswith(("add", "subtract")) else _scaled, "arithmetic on calendar intervals (internal)", may_raise=not prefix)
        for name in _NAMES.values()
        for prefix in ("", "try_")
    ),
]  # fmt: skip
