"""Mathematics: ``round sqrt pow log sin floor width_bucket ...``."""

from __future__ import annotations

import decimal
import math as python_math
from collections.abc import Callable
from typing import Any

import numpy as np

from actorstream.errors import AnalysisException
from actorstream.expr.arrow import Values, pa, pc
from actorstream.expr.casts import cast_values, overflow_error
from actorstream.expr.coercion import (
    Rules,
    bounded_decimal,
    cast_to,
    literal,
    mismatch,
    quoted,
    takes,
    type_of,
    wrong_arity,
)
from actorstream.expr.distinct import by_distinct, by_distinct_rows
from actorstream.expr.evaluation import Frame, from_numpy, numpy_of
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import Call, Constant, Expression
from actorstream.expr.registry import Function, Kernel
from actorstream.expr.strict_math import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cbrt,
    cos,
    cosh,
    exp,
    expm1,
    hypot,
    log,
    log1p,
    log2,
    log10,
    log_to_base,
    power,
    sin,
    sinh,
    tan,
    tanh,
)
from actorstream.expr.types import (
    AnsiIntervalType,
    DataType,
    DecimalType,
    DoubleType,
    IntegralType,
    LongType,
)


def _of_double(function: Callable[..., Any], *, domain: Callable[[Any], Any] | None = None) -> Kernel:
    """A function of columns of doubles; where `domain` does not hold the result is null, as for Spark's logarithms."""

    def kernel(frame: Frame, *values: Values) -> Values:
        arrays = [frame.array(value) for value in values]
        numbers = [numpy_of(array, 0.0) for array in arrays]
        with np.errstate(all="ignore"):
            found = from_numpy(np.asarray(function(*numbers), np.float64), arrays, pa.float64())
        if domain is not None:
            found = pc.if_else(pa.array(domain(numbers[-1])), found, pa.scalar(None, pa.float64()))
        return found

    return kernel


def _log_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) == 1:
        return takes("double", returns="double", nullable=True)(name, args, rules)
    if len(args) != 2:
        wrong_arity(name, "[1, 2]", len(args))
    return takes("double", "double", returns="double", nullable=True)(name, args, rules)


def _log(frame: Frame, base: Values, *value: Values) -> Values:
    if not value:
        return _of_double(log, domain=_above(0.0))(frame, base)
    bases, values = frame.array(base), frame.array(value[0])
    usable = pa.array(_above(0.0)(numpy_of(bases, 0.0)) & _above(0.0)(numpy_of(values, 0.0)))
    found = _of_double(log_to_base)(frame, bases, values)
    return pc.if_else(usable, found, pa.scalar(None, pa.float64()))


# -- rounding


def _scale_of(args: tuple[Expression, ...]) -> int | None:
    scale = args[1] if len(args) > 1 else literal(0)
    while not isinstance(scale, Constant) and len(scale.children) == 1:
        negative = isinstance(scale, Call) and scale.name in ("-", "negative")
        scale = scale.children[0]
        if negative and isinstance(scale, Constant) and scale.value is not None:
            return -int(scale.value)
    return scale.value if isinstance(scale, Constant) else None


def _round_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if name in ("floor", "ceil", "ceiling"):
        return _floor_rule(name, args, rules)
    if not 1 <= len(args) <= 2:
        wrong_arity(name, "[1, 2]", len(args))
    typed = takes("numeric", "int", returns="same", defaults=(0,))(name, args, rules)
    assert isinstance(typed, Call)
    data_type = type_of(typed)
    places = _scale_of(typed.args)
    if places is None:
        raise mismatch(
            "NON_FOLDABLE_INPUT", typed, inputName="`scale`", inputType='"INT"', inputExpr=quoted(sql_text(args[1]))
        )
    if isinstance(data_type, DecimalType):
        # Source: Spark RoundBase.dataType
        whole = data_type.precision - data_type.scale + 1
        if places < 0:
            data_type = bounded_decimal(min(38, max(whole, -places + 1)), 0)
        else:
            scale = min(data_type.scale, places)
            data_type = bounded_decimal(min(38, whole + scale), scale)
    return Call(name=name, args=typed.args, data_type=data_type, nullable=typed.nullable)


def _floor_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    typed = takes("numeric", "int", returns="same", optional=1)(name, args, rules)
    assert isinstance(typed, Call)
    data_type: DataType = type_of(typed)
    if len(typed.args) == 2:
        places = _scale_of(typed.args)
        if places is None:
            raise AnalysisException(
                errorClass="NON_FOLDABLE_ARGUMENT",
                messageParameters={"funcName": f"`{name}`", "paramName": "`scale`", "paramType": '"INT"'},
            )
        if not isinstance(data_type, DecimalType):
            digits = {"double": DecimalType(30, 15), "float": DecimalType(14, 7), "bigint": DecimalType(20, 0)}
            source = digits.get(data_type.simpleString(), DecimalType(10, 0))
            typed = Call(name=name, args=(cast_to(typed.args[0], source), typed.args[1]), nullable=typed.nullable)
            data_type = source
        assert isinstance(data_type, DecimalType)
        whole = data_type.precision - data_type.scale + 1
        scale = min(data_type.scale, max(places, 0))
        data_type = bounded_decimal(max(whole, -places + 1) + scale, scale)
        return Call(name=name, args=typed.args, data_type=data_type, nullable=typed.nullable)
    if isinstance(data_type, DecimalType):
        data_type = bounded_decimal(data_type.precision - data_type.scale + (1 if data_type.scale else 0), 0)
    else:
        data_type = LongType()
        if not isinstance(type_of(typed.args[0]), IntegralType):
            typed = Call(name=name, args=(cast_to(typed.args[0], DoubleType()),), nullable=typed.nullable)
    return Call(name=name, args=typed.args, data_type=data_type, nullable=typed.nullable)


def _floor(frame: Frame, values: Values, *places: Values) -> Values:
    down = frame.site.name == "floor"
    result = frame.site.result_type
    if isinstance(result, DecimalType):
        mode = decimal.ROUND_FLOOR if down else decimal.ROUND_CEILING
        digits = places[0].as_py() if places else 0
        return by_distinct(lambda value: _quantized(value, digits, mode), values, frame.site.arrow_type)
    if pa.types.is_integer(values.type):
        return values.cast(pa.int64())
    rounded = pc.floor(values) if down else pc.ceil(values)
    array = frame.array(rounded)
    if frame.site.ansi and pc.any(pc.greater_equal(pc.abs(array), 2.0**63)).as_py():
        raise overflow_error()
    return cast_values(array, DoubleType(), LongType(), "legacy", "UTC")


def _quantized(value: decimal.Decimal, places: int, mode: str) -> decimal.Decimal:
    with decimal.localcontext() as context:
        context.prec = 80
        found = value.quantize(decimal.Decimal(1).scaleb(-places), mode)
        return found.quantize(decimal.Decimal(1)) if places < 0 else found


def _round(frame: Frame, values: Values, places: Values) -> Values:
    digits = places.as_py() if isinstance(places, pa.Scalar) else frame.array(places)[0].as_py()
    even = frame.site.name == "bround"
    result = frame.site.result_type
    if digits is None:
        return pa.nulls(frame.rows, frame.site.arrow_type)
    mode = decimal.ROUND_HALF_EVEN if even else decimal.ROUND_HALF_UP
    if isinstance(result, DecimalType):
        return by_distinct(lambda value: _quantized(value, digits, mode), values, frame.site.arrow_type)
    if isinstance(result, IntegralType):
        return values if digits >= 0 else _round_integers(frame, values, digits, mode)
    return _round_floats(frame, frame.array(values), digits, mode)


def _round_integers(frame: Frame, values: Values, digits: int, mode: str) -> Values:
    info = np.iinfo(frame.site.arrow_type.to_pandas_dtype())

    def one(value: int) -> int:
        found = int(_quantized(decimal.Decimal(value), digits, mode))
        if not info.min <= found <= info.max:
            if frame.site.ansi:
                raise overflow_error(what="Overflow")
            return (found - info.min) % (info.max - info.min + 1) + info.min
        return found

    return by_distinct(one, values, frame.site.arrow_type)


def _round_floats(frame: Frame, values: Values, digits: int, mode: str) -> Values:
    result = frame.site.arrow_type
    if digits == 0:
        numbers = numpy_of(values, 0.0)
        with np.errstate(all="ignore"):
            if mode == decimal.ROUND_HALF_EVEN:
                found = np.rint(numbers)
            else:
                whole = np.trunc(numbers)
                found = whole + np.where(np.abs(numbers - whole) >= 0.5, np.sign(numbers), 0.0)
        # a decimal on the way has no negative zero
        return from_numpy((found + 0.0).astype(result.to_pandas_dtype()), [values], result)
    places = decimal.Decimal(1).scaleb(-min(max(digits, -_DIGITS_MAX), _DIGITS_MAX))

    def one(value: float) -> float:
        # Java rounds the shortest decimal text of the double, not its binary value: 0.285 is 0.29 to two places
        if value != value or value in (float("inf"), float("-inf")):
            return value
        with decimal.localcontext() as context:
            context.prec = 2 * _DIGITS_MAX
            return float(decimal.Decimal(repr(value)).quantize(places, mode)) + 0.0

    return by_distinct(one, values, result)


_DIGITS_MAX = 400
"""Decimal places on either side of the point beyond which no double has a digit."""


def _sign(frame: Frame, values: Values) -> Values:
    whole = values.cast(pa.int64()) if pa.types.is_duration(values.type) else values
    numbers = whole.cast(pa.float64())
    return pc.if_else(pc.equal(numbers, 0.0), numbers, pc.sign(numbers))  # -0.0 stays


def _factorial(value: int) -> int | None:
    return python_math.factorial(value) if 0 <= value <= 20 else None


def _width_bucket(value: float, low: float, high: float, count: int) -> int | None:
    if count <= 0 or low == high or value != value:
        return None
    if low < high:
        if value < low:
            return 0
        return count + 1 if value >= high else int((count * (value - low)) / (high - low)) + 1
    if value > low:
        return 0
    return count + 1 if value <= high else int((count * (low - value)) / (low - high)) + 1


def _per_row(function: Callable[..., Any]) -> Kernel:
    def kernel(frame: Frame, *values: Values) -> Values:
        return by_distinct_rows(function, list(values), frame.site.arrow_type, length=frame.rows)

    return kernel


def _cot(value: Any) -> Any:
    return 1.0 / tan(value)


def _atan2(y: Any, x: Any) -> Any:
    return atan2(y + 0.0, x + 0.0)  # Spark adds 0.0 so that a negative zero does not turn the angle round


def _constant(value: float) -> Kernel:
    return lambda frame: pa.scalar(value)


_DOUBLE_FUNCTIONS: dict[str, tuple[Callable[..., Any], str]] = {
    "sqrt": (np.sqrt, "square root"),
    "cbrt": (cbrt, "cube root"),
    "exp": (exp, "e to a power"),
    "expm1": (expm1, "e to a power, minus one"),
    "sin": (sin, "sine"),
    "cos": (cos, "cosine"),
    "tan": (tan, "tangent"),
    "cot": (_cot, "cotangent"),
    "sec": (lambda x: 1.0 / cos(x), "secant"),
    "csc": (lambda x: 1.0 / sin(x), "cosecant"),
    "asin": (asin, "arc sine"),
    "acos": (acos, "arc cosine"),
    "atan": (atan, "arc tangent"),
    "sinh": (sinh, "hyperbolic sine"),
    "cosh": (cosh, "hyperbolic cosine"),
    "tanh": (tanh, "hyperbolic tangent"),
    "asinh": (asinh, "inverse hyperbolic sine"),
    "acosh": (acosh, "inverse hyperbolic cosine"),
    "atanh": (atanh, "inverse hyperbolic tangent"),
    "degrees": (np.degrees, "degrees of radians"),
    "radians": (np.radians, "radians of degrees"),
    "rint": (np.rint, "nearest whole number, half to even"),
}
_LOGARITHMS: dict[str, tuple[Callable[..., Any], float]] = {
    "ln": (log, 0.0),
    "log10": (log10, 0.0),
    "log2": (log2, 0.0),
    "log1p": (log1p, -1.0),
}
_ONE = takes("double", returns="double")
_TWO = takes("double", "double", returns="double")


def _above(bound: float) -> Callable[[Any], Any]:
    return lambda values: ~(values <= bound)


def _sign_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) == 1 and isinstance(type_of(args[0]), AnsiIntervalType):
        return Call(name=name, args=args, data_type=DoubleType(), nullable=True)
    return _ONE(name, args, rules)


FUNCTIONS = [
    *(Function(name, _ONE, _of_double(function), doc) for name, (function, doc) in _DOUBLE_FUNCTIONS.items()),
    *(
        Function(name, takes("double", returns="double", nullable=True), _of_double(function, domain=_above(bound)), "logarithm; null outside its domain")
        for name, (function, bound) in _LOGARITHMS.items()
    ),
    Function("log", _log_rule, _log, "logarithm, natural or to a base"),
    *(Function(name, _TWO, _of_double(power), "a number to a power") for name in ("pow", "power")),
    Function("atan2", _TWO, _of_double(_atan2), "angle of a point"),
    Function("hypot", _TWO, _of_double(hypot), "length of the hypotenuse"),
    Function("round", _round_rule, _round, "rounded half up to decimal places", may_raise=True),
    Function("bround", _round_rule, _round, "rounded half to even", may_raise=True),
    *(Function(name, _round_rule, _floor, "nearest whole number below or above", may_raise=True) for name in ("floor", "ceil", "ceiling")),
    *(Function(name, _sign_rule, _sign, "-1, 0 or 1") for name in ("sign", "signum")),
    Function("factorial", takes("int", returns="bigint", nullable=True), _per_row(_factorial), "product of 1 to n"),
    Function("width_bucket", takes("double", "double", "double", "bigint", returns="bigint", nullable=True), _per_row(_width_bucket), "number of the bucket of a histogram"),
    Function("pi", takes(returns="double", nullable=False), _constant(python_math.pi), "3.14159..."),
    Function("e", takes(returns="double", nullable=False), _constant(python_math.e), "2.71828..."),
]  # fmt: skip
