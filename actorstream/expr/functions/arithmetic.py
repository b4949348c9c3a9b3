"""Arithmetic operators and what belongs to them: ``+ - * / div % negative abs try_add ...``.

Integers overflow as Spark's do (error under ANSI, wrap otherwise), decimals follow Spark's precision rules, and dates and
intervals are dispatched to `datetime`.
"""

from __future__ import annotations

import decimal
import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from actorstream.errors import ArithmeticException, IllegalArgumentException
from actorstream.expr.arrow import Array, ArrowType, Values, pa, pc
from actorstream.expr.cast_rules import ANSI_CONFIG
from actorstream.expr.casts import CastMode, fit_decimal, fit_decimals, overflow_error
from actorstream.expr.coercion import (
    Rules,
    bounded_decimal,
    cast_to,
    common_type,
    decimal_of,
    is_string,
    mismatch,
    quoted,
    quoted_type,
    takes,
    type_of,
    wrong_arity,
)
from actorstream.expr.distinct import by_distinct_rows
from actorstream.expr.evaluation import Frame, from_numpy, numpy_of
from actorstream.expr.functions.calendar_intervals import calendar_operation, opposite
from actorstream.expr.functions.datetime_operators import datetime_operation, operands, scaled_interval
from actorstream.expr.interval_text import interval_overflow
from actorstream.expr.nodes import Call, Cast, Expression
from actorstream.expr.registry import Function
from actorstream.expr.text import java_float
from actorstream.expr.types import (
    AnsiIntervalType,
    ByteType,
    CalendarIntervalType,
    DataType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    FractionalType,
    IntegerType,
    IntegralType,
    LongType,
    NullType,
    NumericType,
    ShortType,
    YearMonthIntervalType,
)

_TRY_INTERVALS = (
    "try_scale_interval",
    "try_divide_interval",
    "try_add",
    "try_subtract",
)
_SYMBOLS = {"try_add": "+", "try_subtract": "-", "try_multiply": "*", "try_divide": "/", "try_mod": "%", "mod": "%"}


def decimal_result(symbol: str, a: DecimalType, b: DecimalType) -> DecimalType:
    """The type of an operation on decimals. Source: Spark ``DecimalPrecision``."""
    if symbol == "*":
        return bounded_decimal(a.precision + b.precision + 1, a.scale + b.scale)
    if symbol == "/":
        scale = max(6, a.scale + b.precision + 1)
        return bounded_decimal(a.precision - a.scale + b.scale + scale, scale)
    scale = max(a.scale, b.scale)
    if symbol in ("%", "pmod"):
        return bounded_decimal(min(a.precision - a.scale, b.precision - b.scale) + scale, scale)
    return bounded_decimal(max(a.precision - a.scale, b.precision - b.scale) + scale + 1, scale)


def _operands(name: str, args: tuple[Expression, ...], rules: Rules) -> tuple[Expression, Expression, DataType]:
    """Both arguments as numbers of one type (decimals keep their own), and that type."""
    left, right = args
    a, b = type_of(left), type_of(right)
    call = Call(name=name, args=args)
    if isinstance(a, NullType) and isinstance(b, NullType):
        a = b = DoubleType()
        left, right = cast_to(left, a), cast_to(right, b)
    if is_string(a) and is_string(b):
        if rules.ansi:
            raise mismatch(
                "BINARY_OP_WRONG_TYPE", call, inputType=operands(_SYMBOLS.get(name, name)), actualDataType='"STRING"'
            )
        return cast_to(left, DoubleType()), cast_to(right, DoubleType()), DoubleType()
    if not rules.ansi and (is_string(a) or is_string(b)):
        a, b = (DoubleType() if is_string(t) else t for t in (a, b))
        left, right = cast_to(left, a), cast_to(right, b)
    exact = (DecimalType, IntegralType)
    if DecimalType in (type(a), type(b)) and isinstance(a, exact) and isinstance(b, exact):
        x, y = decimal_of(a, left), decimal_of(b, right)
        return cast_to(left, x), cast_to(right, y), decimal_result(_SYMBOLS.get(name, name), x, y)
    common = common_type(a, b, rules)
    if common is None:
        raise mismatch("BINARY_OP_DIFF_TYPES", call, left=quoted_type(a), right=quoted_type(b))
    if not isinstance(common, NumericType):
        if (isinstance(a, NullType) or isinstance(b, NullType)) and not is_string(common):
            raise mismatch("BINARY_OP_DIFF_TYPES", call, left=quoted_type(a), right=quoted_type(b))
        raise mismatch(
            "BINARY_OP_WRONG_TYPE",
            call,
            inputType=operands(_SYMBOLS.get(name, name)),
            actualDataType=quoted_type(common),
        )
    left, right = cast_to(left, common), cast_to(right, common)
    result: DataType = common
    if isinstance(common, DecimalType):
        result = decimal_result(_SYMBOLS.get(name, name), common, common)
    return left, right, result


def _tried(cast: Expression, written: Expression) -> Expression:
    """The implicit cast of a text to a number, which gives null too when the text is none."""
    return (
        replace(cast, mode="try")
        if isinstance(cast, Cast) and cast is not written and is_string(type_of(written))
        else cast
    )


def _binary(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) == 1 and name in ("+", "-"):
        return _unary(name, args, rules)
    if len(args) != 2:
        wrong_arity(name, "2", len(args))
    moved = calendar_operation(name, _SYMBOLS.get(name, name), args)
    if moved is not None:
        return moved
    moved = datetime_operation(name, _SYMBOLS.get(name, name), args, rules)
    if moved is not None:
        if name.startswith("try_") and isinstance(moved, Call) and moved.name not in _TRY_INTERVALS:
            # what is computed comes third, so that the name stays
            return Call(name=name, args=(*args, moved), data_type=moved.data_type, nullable=True)
        return moved
    left, right, result = _operands(name, args, rules)
    if name.startswith("try_"):
        left, right = _tried(left, args[0]), _tried(right, args[1])
    # without ANSI, a decimal that has too many digits is null
    may_be_null = name not in ("+", "-", "*") or (isinstance(result, DecimalType) and not rules.ansi)
    nullable = left.nullable or right.nullable or may_be_null
    return Call(name=name, args=(left, right), data_type=result, nullable=nullable)


def _divide_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) != 2:
        wrong_arity(name, "2", len(args))
    if isinstance(type_of(args[0]), AnsiIntervalType):
        return scaled_interval(name, args[0], args[1])
    scaled = calendar_operation(name, "/", args)
    if scaled is not None:
        return scaled
    left, right, result = _operands(name, args, rules)
    if not isinstance(result, DecimalType):
        left, right, result = cast_to(left, DoubleType()), cast_to(right, DoubleType()), DoubleType()
    return Call(name=name, args=(left, right), data_type=result, nullable=True)


def _div_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) != 2:
        wrong_arity(name, "2", len(args))
    a, b = map(type_of, args)
    if type(a) is type(b) and isinstance(a, AnsiIntervalType):
        return Call(name=name, args=args, data_type=LongType(), nullable=True)
    a, b = _div_types(a, b, rules)
    call = Call(name=name, args=args)
    if not (isinstance(a, _WHOLE) and isinstance(b, _WHOLE)):
        if quoted_type(a) != quoted_type(b):
            raise mismatch("BINARY_OP_DIFF_TYPES", call, left=quoted_type(a), right=quoted_type(b))
        raise mismatch(
            "BINARY_OP_WRONG_TYPE", call, inputType='("BIGINT" or "DECIMAL" or "INTERVAL YEAR TO MONTH" or "INTERVAL DAY TO SECOND")',
            actualDataType=quoted_type(a),
        )  # fmt: skip
    left, right = args
    if not (isinstance(a, NullType) and isinstance(b, NullType)):
        left, right, _ = _operands(name, args, rules)
    if not isinstance(type_of(left), DecimalType):
        left, right = cast_to(left, LongType()), cast_to(right, LongType())
    return Call(name=name, args=(left, right), data_type=LongType(), nullable=True)


_WHOLE = (LongType, DecimalType, NullType)
"""Types that ``div`` takes, once integers are bigints."""


def _div_types(a: DataType, b: DataType, rules: Rules) -> tuple[DataType, DataType]:
    """The operand types of ``div`` as Spark has them when it checks them: it does not bring floats to one type."""
    a, b = (LongType() if isinstance(t, IntegralType) else t for t in (a, b))
    if not rules.ansi:
        a, b = (DoubleType() if is_string(t) else t for t in (a, b))
    elif is_string(a) or is_string(b):
        common = common_type(a, b, rules)
        a, b = (a, b) if common is None else (common, common)
    if isinstance(a, FractionalType) and isinstance(b, FractionalType) and type(a) is not type(b):
        a, b = (DoubleType() if isinstance(t, DecimalType) else t for t in (a, b))
    return a, b


def _unary(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) != 1:
        wrong_arity(name, "1", len(args))
    calendar = "" if name == "abs" else ' or "INTERVAL"'
    (child,) = args
    data_type = type_of(child)
    if isinstance(data_type, CalendarIntervalType) and name != "abs":
        return Call(name=name, args=args, data_type=data_type, nullable=child.nullable)
    if is_string(data_type) or isinstance(data_type, NullType):
        child, data_type = cast_to(child, DoubleType()), DoubleType()
    if not isinstance(data_type, (NumericType, AnsiIntervalType)):
        raise mismatch(
            "UNEXPECTED_INPUT_TYPE",
            Call(name=name, args=args),
            paramIndex="first",
            requiredType=f'("NUMERIC" or "INTERVAL DAY TO SECOND" or "INTERVAL YEAR TO MONTH"{calendar})',
            inputSql=quoted(_text(child)),
            inputType=quoted_type(data_type),
        )
    return Call(name=name, args=(child,), data_type=data_type, nullable=child.nullable)


def _text(expression: Expression) -> str:
    from actorstream.expr.naming import sql_text

    return sql_text(expression)


# -- kernels


def divide_by_zero(name: str) -> ArithmeticException:
    """DIVIDE_BY_ZERO, or REMAINDER_BY_ZERO for a remainder."""
    condition = "REMAINDER_BY_ZERO" if name in ("%", "mod", "pmod") else "DIVIDE_BY_ZERO"
    return ArithmeticException(errorClass=condition, messageParameters={"config": ANSI_CONFIG})


_CHECKED: dict[str, tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any], str]] = {
    "+": (pc.add_checked, pc.add, operator.add, "try_add"),
    "-": (pc.subtract_checked, pc.subtract, operator.sub, "try_subtract"),
    "*": (pc.multiply_checked, pc.multiply, operator.mul, "try_multiply"),
}


def _arithmetic(frame: Frame, left: Values, right: Values, computed: Values | None = None) -> Values:
    if computed is not None:
        return computed
    site = frame.site
    symbol = _SYMBOLS.get(site.name, site.name)
    checked, wrapping, exact, alternative = _CHECKED[symbol]
    result = site.result_type
    if isinstance(result, DecimalType):
        return _decimal_arithmetic(frame, symbol, left, right)
    if not isinstance(result, (IntegralType, AnsiIntervalType)):
        return wrapping(left, right)
    if not (site.ansi or site.name.startswith("try_") or isinstance(result, AnsiIntervalType)):
        return wrapping(left, right)
    try:
        return checked(left, right)
    except pa.ArrowInvalid:
        pass  # some row overflows: find out which, or null it
    bounded = isinstance(result, (IntegralType, YearMonthIntervalType))
    info = np.iinfo(site.arrow_type.to_pandas_dtype()) if bounded else np.iinfo(np.int64)

    def one(a: int, b: int) -> int | None:
        found = exact(a, b)
        if info.min <= found <= info.max:
            return int(found)
        if site.name.startswith("try_"):
            return None
        if isinstance(result, (ByteType, ShortType)):
            raise ArithmeticException(
                errorClass="BINARY_ARITHMETIC_OVERFLOW",
                messageParameters={
                    "value1": f"{a}S",  # of a tinyint too, which is added as a smallint
                    "symbol": symbol,
                    "value2": f"{b}S",
                    "functionName": f"`{alternative}`",
                },
            )
        if isinstance(result, AnsiIntervalType):
            raise interval_overflow(alternative)
        raise overflow_error(alternative)

    columns = [part.cast(pa.int64()) if isinstance(result, AnsiIntervalType) else part for part in (left, right)]
    return by_distinct_rows(one, columns, pa.int64(), length=frame.rows).cast(site.arrow_type)


def _decimal_arithmetic(frame: Frame, symbol: str, left: Values, right: Values) -> Values:
    kernel = _CHECKED[symbol][1]
    result = frame.site.result_type
    assert isinstance(result, DecimalType)
    mode: Any = "try" if frame.site.name.startswith("try_") else ("ansi" if frame.site.ansi else "legacy")
    # 256 bits hold the exact result of 38-digit operands, which is then rounded once
    wide = [part.cast(pa.decimal256(part.type.precision, part.type.scale)) for part in (left, right)]
    if symbol == "*" and sum(part.type.precision for part in wide) > 75:
        # the type of the exact product would have more digits than there are
        return _decimal_rows(frame, left, right, operator.mul)
    return fit_decimals(frame.array(kernel(*wide)), result, mode)


def _is_try(frame: Frame) -> bool:
    return frame.site.name.startswith("try_") or not frame.site.ansi


def _zero_of(arrow_type: ArrowType) -> Any:
    return pa.scalar(decimal.Decimal(0) if pa.types.is_decimal(arrow_type) else 0, arrow_type)


def _zero_divisors(frame: Frame, left: Values, right: Values) -> Values:
    """The divisor with zeros as nulls; under ANSI a zero under a dividend that is not null is an error."""
    divisor = frame.array(right)
    zero = pc.equal(divisor, _zero_of(divisor.type))
    if not pc.any(zero).as_py():
        return right
    if not _is_try(frame) and pc.any(pc.and_(zero, pc.is_valid(left))).as_py():
        raise divide_by_zero(frame.site.name)
    return pc.if_else(zero, pa.scalar(None, divisor.type), divisor)


def _divide(frame: Frame, left: Values, right: Values) -> Values:
    right = _zero_divisors(frame, left, right)
    result = frame.site.result_type
    if isinstance(result, DecimalType):
        return _decimal_rows(frame, left, right, _decimal_quotient)
    return pc.divide(left, right)


def _decimal_quotient(a: decimal.Decimal, b: decimal.Decimal) -> decimal.Decimal:
    return a / b


def _decimal_rows(
    frame: Frame, left: Values, right: Values, function: Callable[[decimal.Decimal, decimal.Decimal], decimal.Decimal]
) -> Array:
    result = frame.site.result_type
    assert isinstance(result, DecimalType)
    mode: Any = "try" if frame.site.name.startswith("try_") else ("ansi" if frame.site.ansi else "legacy")

    def one(a: decimal.Decimal, b: decimal.Decimal) -> decimal.Decimal | None:
        with decimal.localcontext() as context:
            context.prec = 100
            return fit_decimal(function(a, b), result, mode)

    return by_distinct_rows(one, [left, right], frame.site.arrow_type, length=frame.rows)


def _div(frame: Frame, left: Values, right: Values) -> Values:
    if isinstance(frame.site.arg_types[0], AnsiIntervalType):
        left, right = (frame.array(item).cast(pa.int64()) for item in (left, right))
    right = _zero_divisors(frame, left, right)
    if isinstance(frame.site.arg_types[0], DecimalType):
        return _decimal_div(frame, left, right)
    if not frame.site.ansi:
        # the smallest bigint divided by -1 wraps around to itself
        negated = pc.negate(left)
        return pc.if_else(pc.equal(right, -1), negated, pc.divide(left, pc.if_else(pc.equal(right, -1), 1, right)))
    try:
        return pc.divide_checked(left, right)
    except pa.ArrowInvalid:
        raise overflow_error("try_divide", "Overflow in integral divide") from None


def _decimal_div(frame: Frame, left: Values, right: Values) -> Values:
    """Quotients without their fraction; of more than a bigint holds the low bits, as Java takes them.

    More digits than decimals have are an error under ANSI, else null.
    """
    a_type, b_type = frame.site.arg_types
    assert isinstance(a_type, DecimalType)
    assert isinstance(b_type, DecimalType)
    fitting = DecimalType(max(1, min(38, a_type.precision - a_type.scale + b_type.scale)), 0)
    mode: CastMode = "ansi" if frame.site.ansi else "legacy"

    def one(a: decimal.Decimal, b: decimal.Decimal) -> int | None:
        with decimal.localcontext() as context:
            context.prec = 100
            whole = fit_decimal((a / b).to_integral_value(decimal.ROUND_DOWN), fitting, mode)
            return None if whole is None else (int(whole) + 2**63) % 2**64 - 2**63

    return by_distinct_rows(one, [left, right], pa.int64(), length=frame.rows)


def _remainder(frame: Frame, left: Values, right: Values) -> Values:
    right = _zero_divisors(frame, left, right)
    positive = frame.site.name == "pmod"
    if isinstance(frame.site.result_type, DecimalType):

        def decimals(a: decimal.Decimal, b: decimal.Decimal) -> decimal.Decimal:
            found = a.copy_sign(decimal.Decimal(1)) % b
            found = found.copy_sign(a) if found else decimal.Decimal(0)
            return (found + b) % b if positive and found < 0 else found

        return _decimal_rows(frame, left, right, decimals)
    a_array, b_array = frame.array(left), frame.array(right)
    a, b = numpy_of(a_array), numpy_of(b_array, 1)
    with np.errstate(all="ignore"):
        found = np.fmod(a, b)
        if positive:
            found = np.where(found < 0, np.fmod(found + b, b), found)
    return from_numpy(found, [a_array, b_array], frame.site.arrow_type)


def _negative(frame: Frame, values: Values) -> Values:
    if isinstance(frame.site.result_type, CalendarIntervalType):
        return opposite(frame, values)
    if isinstance(frame.site.result_type, AnsiIntervalType):
        whole = frame.array(values).cast(pa.int64() if frame.site.arrow_type.bit_width == 64 else pa.int32())
        try:
            return pc.negate_checked(whole).cast(frame.site.arrow_type)
        except pa.ArrowInvalid:
            raise interval_overflow() from None
    if not frame.site.ansi or not isinstance(frame.site.result_type, IntegralType):
        return pc.negate(values)
    try:
        return pc.negate_checked(values)
    except pa.ArrowInvalid:
        raise overflow_error() from None


def _abs(frame: Frame, values: Values) -> Values:
    if isinstance(frame.site.result_type, AnsiIntervalType):
        return pc.abs(values.cast(pa.int64())).cast(frame.site.arrow_type)
    if not frame.site.ansi or not isinstance(frame.site.result_type, IntegralType):
        return pc.abs(values)
    try:
        return pc.abs_checked(values)
    except pa.ArrowInvalid:
        raise overflow_error() from None


def _scale_interval(frame: Frame, interval: Values, factor: Values) -> Values:
    """Source: Spark ``MultiplyDTInterval``, ``DivideYMInterval`` and their like, which round half up."""
    array, factors = frame.array(interval).cast(pa.int64()), frame.array(factor)
    lenient, divides = frame.site.name.startswith("try_"), frame.site.name.endswith("divide_interval")
    missing = np.asarray(pc.or_(pc.is_null(array), pc.is_null(factors)))
    if divides:
        zero = np.asarray(pc.fill_null(pc.equal(factors, _zero_of(factors.type)), False))
        if (zero & ~missing).any() and not lenient:
            raise ArithmeticException(errorClass="INTERVAL_DIVIDED_BY_ZERO", messageParameters={})
        missing |= zero
    bits = 64 if isinstance(frame.site.result_type, DayTimeIntervalType) else 32
    if pa.types.is_floating(factors.type):
        scaled = _scaled_by_floats(numpy_of(array), numpy_of(factors, 1.0), divides)
    else:
        scaled = _scaled_exactly(array, factors, missing, divides)
    with np.errstate(invalid="ignore"):
        beyond = ~missing & ~np.asarray((scaled >= -(2 ** (bits - 1))) & (scaled < 2 ** (bits - 1)), np.bool_)
    if beyond.any() and not lenient:
        raise ArithmeticException(_beyond(scaled[beyond][0], factors.type, bits))
    missing |= beyond
    whole = pa.int64() if bits == 64 else pa.int32()
    return (
        pa.array(np.where(missing, 0, scaled).astype(np.int64), pa.int64(), mask=missing)
        .cast(whole)
        .cast(frame.site.arrow_type)
    )


def _beyond(scaled: Any, factor: ArrowType, bits: int) -> str:
    """Java's words for a scaled interval that is out of range."""
    if pa.types.is_integer(factor):
        return "long overflow" if bits == 64 else "integer overflow"
    if pa.types.is_decimal(factor):
        return "Overflow"
    if not np.isfinite(scaled):
        return "input is infinite or NaN"
    return f"rounded value is out of range for input {java_float(float(scaled))} and rounding mode HALF_UP"


def _scaled_by_floats(numbers: Any, scale: Any, divides: bool) -> Any:
    with np.errstate(all="ignore"):
        found = numbers / scale if divides else numbers * scale
    return np.where(found < 0, np.ceil(found - 0.5), np.floor(found + 0.5))


def _scaled_exactly(array: Array, factors: Array, missing: Any, divides: bool) -> Any:
    """Whole numbers of any size: Python's, for each distinct pair."""

    def one(number: int, scale: Any) -> decimal.Decimal:
        with decimal.localcontext() as context:
            context.prec = 100
            exact = decimal.Decimal(number) / scale if divides else number * decimal.Decimal(scale)
            return exact.to_integral_value(decimal.ROUND_HALF_UP)

    try:
        if not divides and pa.types.is_integer(factors.type):
            return numpy_of(pc.multiply_checked(array, factors.cast(pa.int64())))
    except pa.ArrowInvalid:
        pass  # some row overflows: find out which
    pairs = zip(array.to_pylist(), factors.to_pylist(), missing, strict=True)
    return np.array([0 if null else int(one(number, scale)) for number, scale, null in pairs], object)


def _interval_days(frame: Frame, intervals: Values) -> Values:
    return pc.divide(frame.array(intervals).cast(pa.int64()), 86_400_000_000).cast(pa.int32())


def _shift(frame: Frame, values: Values, bits: Values) -> Values:
    array, counts = frame.array(values), frame.array(bits)
    numbers = numpy_of(array)
    width = 64 if numbers.dtype == np.int64 else 32
    amount = (numpy_of(counts) % width).astype(numbers.dtype)
    name = frame.site.name
    if name in ("shiftleft", "<<"):
        found = np.left_shift(numbers, amount)
    elif name in ("shiftrightunsigned", ">>>"):
        unsigned = np.uint64 if width == 64 else np.uint32
        found = np.right_shift(numbers.view(unsigned), amount.astype(unsigned)).view(numbers.dtype)
    else:
        found = np.right_shift(numbers, amount)
    return from_numpy(found, [array, counts], frame.site.arrow_type)


def _shift_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) != 2:
        wrong_arity(name, "2", len(args))
    first = args[0] if isinstance(type_of(args[0]), LongType) else cast_to(args[0], IntegerType())
    call = takes("int|bigint", "int", returns="same")(name, (first, args[1]), rules)
    return replace(call, nullable=any(item.nullable for item in args))


def _bits(kernel: Callable[..., Any]) -> Callable[..., Any]:
    return lambda frame, left, right: kernel(left, right)


def _bit_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) != 2:
        wrong_arity(name, "2", len(args))
    left, right, result = _operands(name, args, rules)
    texts = not rules.ansi and is_string(type_of(args[0])) != is_string(type_of(args[1]))
    if isinstance(result, DecimalType) or texts:
        kinds = (type_of(left), type_of(right))
        if texts:
            one, other = (DoubleType() if is_string(type_of(item)) else type_of(item) for item in args)
            kinds = (one, other)
        raise mismatch(
            "BINARY_OP_DIFF_TYPES", Call(name=name, args=args), left=quoted_type(kinds[0]), right=quoted_type(kinds[1])
        )
    if not isinstance(result, IntegralType):
        raise mismatch(
            "BINARY_OP_WRONG_TYPE", Call(name=name, args=args), inputType='"INTEGRAL"', actualDataType=quoted_type(result)
        )  # fmt: skip
    return Call(name=name, args=(left, right), data_type=result, nullable=left.nullable or right.nullable)


def _bit_count(frame: Frame, values: Values) -> Values:
    array = frame.array(values)
    numbers = numpy_of(array.cast(pa.int64())).view(np.uint64)
    return from_numpy(np.bitwise_count(numbers).astype(np.int32), [array], pa.int32())


def _bit_get(frame: Frame, values: Values, position: Values) -> Values:
    array, places = frame.array(values), frame.array(position)
    outside = pc.and_(pc.is_valid(array), pc.or_(pc.less(places, 0), pc.greater_equal(places, array.type.bit_width)))
    if pc.any(outside).as_py():
        raise IllegalArgumentException(
            errorClass="INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE",
            messageParameters={
                "parameter": "`pos`",
                "functionName": f"`{frame.site.name}`",
                "upper": str(array.type.bit_width),
                "invalidValue": str(places.filter(outside)[0].as_py()),
            },
        )
    found = (numpy_of(array).astype(np.int64) >> numpy_of(places).astype(np.int64)) & 1
    return from_numpy(found.astype(np.int8), [array, places], pa.int8())


_PLUS = "gives the sum; a date plus days, a timestamp plus an interval"
FUNCTIONS = [
    Function("+", _binary, lambda frame, a, *b: _arithmetic(frame, a, *b) if b else a, _PLUS, may_raise=True),
    Function("-", _binary, lambda frame, a, *b: _arithmetic(frame, a, *b) if b else _negative(frame, a), "difference, or sign change", may_raise=True),
    Function("*", _binary, _arithmetic, "product", may_raise=True),
    Function("/", _divide_rule, _divide, "quotient as double or decimal", may_raise=True),
    Function("div", _div_rule, _div, "whole part of the quotient, bigint", may_raise=True),
    Function("%", _binary, _remainder, "remainder with the sign of the dividend", may_raise=True),
    Function("mod", _binary, _remainder, "remainder with the sign of the dividend", may_raise=True),
    Function("pmod", _binary, _remainder, "remainder that is never negative", may_raise=True),
    Function("try_add", _binary, _arithmetic, "sum, null on overflow"),
    Function("try_subtract", _binary, _arithmetic, "difference, null on overflow"),
    Function("try_multiply", _binary, _arithmetic, "product, null on overflow"),
    Function("try_divide", _divide_rule, _divide, "quotient, null for a zero divisor"),
    Function("try_mod", _binary, _remainder, "remainder, null for a zero divisor"),
    Function("negative", _unary, _negative, "sign change", may_raise=True),
    Function("positive", _unary, lambda frame, values: values, "the value"),
    Function("abs", _unary, _abs, "absolute value", may_raise=True),
    *(
        Function(name, _binary, _scale_interval, "interval times or through a number (internal)", may_raise=True)
        for name in ("scale_interval", "divide_interval", "try_scale_interval", "try_divide_interval")
    ),
    Function("extractansiintervaldays", takes("daytime", returns="int"), _interval_days, "whole days of an interval (internal)"),
    Function("&", _bit_rule, _bits(pc.bit_wise_and), "bitwise and"),
    Function("|", _bit_rule, _bits(pc.bit_wise_or), "bitwise or"),
    Function("^", _bit_rule, _bits(pc.bit_wise_xor), "bitwise exclusive or"),
    Function("~", takes("integral"), lambda frame, values: pc.bit_wise_not(values), "bitwise complement"),
    Function("bitwise_not", takes("integral"), lambda frame, values: pc.bit_wise_not(values), "bitwise complement"),
    *(
        Function(name, _shift_rule, _shift, "bits moved by a number of places")
        for name in ("shiftleft", "shiftright", "shiftrightunsigned", "<<", ">>", ">>>")
    ),
    Function("bit_count", takes("whole|boolean", returns="int"), _bit_count, "number of bits set"),
    Function("bit_get", takes("integral", "int", returns="tinyint"), _bit_get, "the bit at a position", may_raise=True),
    Function("getbit", takes("integral", "int", returns="tinyint"), _bit_get, "the bit at a position", may_raise=True),
]  # fmt: skip
