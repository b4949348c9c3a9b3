"""Comparisons and three-valued logic: ``= <> < <=> in between and or not isnull``."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from actorstream.errors import AnalysisException
from actorstream.expr.arrow import Array, Values, pa, pc
from actorstream.expr.coercion import (
    Rules,
    cast_to,
    common_of,
    common_type,
    comparable_type,
    is_string,
    mismatch,
    quoted,
    quoted_type,
    require_order,
    same_shape,
    takes,
    type_of,
    wrong_arity,
)
from actorstream.expr.evaluation import Frame, as_array
from actorstream.expr.naming import sql_text
from actorstream.expr.nested import flat_values, lengths_of
from actorstream.expr.nodes import Call, Constant, Expression
from actorstream.expr.registry import Function
from actorstream.expr.types import (
    ArrayType,
    BooleanType,
    DataType,
    DoubleType,
    FloatType,
    IntegralType,
    LongType,
    MapType,
    NullType,
    NumericType,
    StructType,
)

_SYMBOL = {"==": "=", "equal_null": "<=>", "!=": "<>"}


def _comparison(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) != 2:
        wrong_arity(name, "2", len(args))
    left, right = args
    a, b = type_of(left), type_of(right)
    call = Call(name=name, args=args)
    args = left, right = _whole(name, left, right)
    if (isinstance(right, Constant) and right is not call.args[1]) or (
        isinstance(left, Constant) and left is not call.args[0]
    ):
        call, a, b = Call(name=name, args=args), type_of(left), type_of(right)
    if name in ("=", "==", "<=>") and not rules.ansi:
        simple = _as_flag(name, left, right, rules) or _as_flag(name, right, left, rules)
        if simple is not None:
            return simple
        # a boolean beside a number is 1 or 0
        left, right = _as_number(left, b), _as_number(right, a)
        a, b = type_of(left), type_of(right)
    common = comparable_type(a, b, rules) or (a if same_shape(a, b) else None)
    if common is None:
        raise mismatch("BINARY_OP_DIFF_TYPES", call, left=quoted_type(a), right=quoted_type(b))
    require_order(call, common)
    both = (cast_to(left, common), cast_to(right, common))
    nullable = name not in ("<=>", "equal_null") and any(item.nullable for item in both)
    return Call(name=name, args=both, data_type=BooleanType(), nullable=nullable)


def _as_flag(name: str, flag: Expression, number: Expression, rules: Rules) -> Expression | None:
    """A boolean compared with the literal 1 or 0 is the boolean or its opposite.

    Source: Spark ``TypeCoercion.BooleanEquality``.
    """
    if not (isinstance(number, Constant) and isinstance(type_of(number), NumericType)):
        return None
    if number.value not in (0, 1) or not isinstance(type_of(flag), BooleanType):
        return None
    found = flag if number.value == 1 else _logic("not", (flag,), rules)
    if name != "<=>":
        return found
    known = Call(name="isnotnull", args=(flag,), data_type=BooleanType(), nullable=False)
    return replace(_logic("and", (known, found), rules), nullable=False)


def _as_number(expression: Expression, other: DataType) -> Expression:
    beside = isinstance(type_of(expression), BooleanType) and isinstance(other, NumericType)
    return cast_to(expression, other) if beside else expression


_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def _whole(name: str, left: Expression, right: Expression) -> tuple[Expression, Expression]:
    """A decimal literal that an integer is compared with, rounded to the bigint that gives the same answer.

    Source: Spark ``DecimalPrecision.integralAndDecimalLiteral``.
    """
    if name not in _MIRRORED:
        return left, right
    decimal_left = isinstance(left, Constant) and isinstance(left.value, decimal.Decimal)
    if decimal_left and isinstance(type_of(right), IntegralType):
        other, literal = _whole(_MIRRORED[name], right, left)
        return literal, other
    value = right.value if isinstance(right, Constant) else None
    if not (isinstance(value, decimal.Decimal) and isinstance(type_of(left), IntegralType)) or abs(value) >= 2**63:
        return left, right
    rounding = decimal.ROUND_FLOOR if name in (">", "<=") else decimal.ROUND_CEILING
    return left, Constant(value=int(value.to_integral_value(rounding)), data_type=LongType(), nullable=False)


def _logic(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    expected = 1 if name == "not" else 2
    if len(args) != expected:
        wrong_arity(name, str(expected), len(args))
    kinds = [type_of(item) for item in args]
    boolean = [isinstance(kind, (BooleanType, NullType)) for kind in kinds]
    # under ANSI a text beside a boolean is read as one
    readable = rules.ansi and all(one or is_string(kind) for one, kind in zip(boolean, kinds, strict=True))
    for argument, data_type in zip(args, kinds, strict=True):
        if isinstance(data_type, (BooleanType, NullType)) or (readable and (any(boolean) or name == "not")):
            continue
        call = Call(name=name, args=args)
        if name == "not":
            raise mismatch(
                "UNEXPECTED_INPUT_TYPE",
                call,
                paramIndex="first",
                requiredType='"BOOLEAN"',
                inputSql=quoted(sql_text(argument)),
                inputType=quoted_type(data_type),
            )
        common = common_type(kinds[0], kinds[1], rules)
        if common is None or (not rules.ansi and is_string(kinds[0]) != is_string(kinds[1])):
            raise mismatch("BINARY_OP_DIFF_TYPES", call, left=quoted_type(kinds[0]), right=quoted_type(kinds[1]))
        raise mismatch("BINARY_OP_WRONG_TYPE", call, inputType='"BOOLEAN"', actualDataType=quoted_type(common))
    cast_args = tuple(cast_to(argument, BooleanType()) for argument in args)
    return Call(
        name=name, args=cast_args, data_type=BooleanType(), nullable=any(argument.nullable for argument in cast_args)
    )


def _in_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    common = common_of(args, rules)
    if common is None:
        raise mismatch(
            "DATA_DIFF_TYPES",
            Call(name=name, args=args),
            functionName="`in`",
            dataType="[" + ", ".join(quoted_type(type_of(argument)) for argument in args) + "]",
        )
    require_order(Call(name=name, args=args), common)
    cast_args = tuple(cast_to(argument, common) for argument in args)
    return Call(
        name=name, args=cast_args, data_type=BooleanType(), nullable=any(argument.nullable for argument in cast_args)
    )


def _between_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    """The call keeps its three arguments, which name it; the fourth is what it computes."""
    if len(args) == 4:
        args = args[:3]
    if len(args) != 3:
        wrong_arity(name, "3", len(args))
    value, low, high = args
    try:
        both = _logic("and", (_comparison(">=", (value, low), rules), _comparison("<=", (value, high), rules)), rules)
    except AnalysisException as error:
        # the value is computed once, and errors do not say what it is
        text = (
            (error.getMessageParameters() or {})
            .get("sqlExpr", "")
            .replace(f"({sql_text(value)} ", "(commonexpressionref() ", 1)
        )
        parameters = {**(error.getMessageParameters() or {}), "sqlExpr": text}
        raise AnalysisException(errorClass=error.getCondition(), messageParameters=parameters) from None
    return Call(name=name, args=(*args, both), data_type=BooleanType(), nullable=both.nullable)


# -- kernels


def _between(frame: Any, value: Any, low: Any, high: Any, both: Any) -> Values:
    return both.where(frame.batch, None)


def _has_float(data_type: DataType) -> bool:
    return isinstance(data_type, (DoubleType, FloatType))


def compare(symbol: str, left: Values, right: Values, data_type: DataType, rows: int) -> Values:
    """`symbol` applied to values of one type. In Spark NaN equals NaN and is greater than any other number."""
    if isinstance(data_type, (StructType, ArrayType, NullType)):
        return _compare_nested(symbol, as_array(left, rows), as_array(right, rows), data_type, rows)
    kernel = _KERNELS[symbol]
    found = kernel(left, right)
    if not _has_float(data_type):
        return found
    a_nan, b_nan = pc.is_nan(left), pc.is_nan(right)
    either = pc.or_(a_nan, b_nan)
    if not pc.any(either).as_py() if not isinstance(either, pa.Scalar) else not either.as_py():
        return found
    a_rank = pc.cast(a_nan, pa.int8())
    b_rank = pc.cast(b_nan, pa.int8())
    return pc.if_else(either, kernel(a_rank, b_rank), found)


_KERNELS: dict[str, Callable[..., Any]] = {
    "=": pc.equal,
    "<>": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}


def _compare_nested(symbol: str, left: Array, right: Array, data_type: DataType, rows: int) -> Array:
    """Structs field by field, arrays element by element; nulls inside are equal to each other and smallest."""
    order = order_of(left, right, data_type, rows)
    found = {
        "=": order == 0,
        "<>": order != 0,
        "<": order < 0,
        "<=": order <= 0,
        ">": order > 0,
        ">=": order >= 0,
    }[symbol]
    null = np.asarray(pc.or_(pc.is_null(left), pc.is_null(right)))
    return pa.array(found, pa.bool_(), mask=null)


def order_of(left: Array, right: Array, data_type: DataType, rows: int) -> np.ndarray[Any, Any]:
    """-1, 0 or 1 per row: how `left` is ordered to `right`, null first."""
    a_null, b_null = np.asarray(pc.is_null(left)), np.asarray(pc.is_null(right))
    by_null = b_null.astype(np.int8) - a_null.astype(np.int8)
    if isinstance(data_type, NullType):
        return by_null
    if isinstance(data_type, StructType):
        order = np.zeros(rows, np.int8)
        for a, b, field in zip(left.flatten(), right.flatten(), data_type.fields, strict=True):
            order = np.where(order == 0, order_of(a, b, field.dataType, rows), order)
    elif isinstance(data_type, ArrayType):
        order = _array_order(left, right, data_type.elementType, rows)
    else:
        less = np.asarray(pc.fill_null(compare("<", left, right, data_type, rows), False))
        more = np.asarray(pc.fill_null(compare(">", left, right, data_type, rows), False))
        order = more.astype(np.int8) - less.astype(np.int8)
    return np.where(a_null | b_null, by_null, order)


def _array_order(left: Array, right: Array, element: DataType, rows: int) -> np.ndarray[Any, Any]:
    a_len, b_len = lengths_of(left), lengths_of(right)
    a_flat, b_flat = flat_values(left), flat_values(right)
    a_start, b_start = np.cumsum(a_len) - a_len, np.cumsum(b_len) - b_len
    order = np.zeros(rows, np.int8)
    shared = np.minimum(a_len, b_len)
    for position in range(int(shared.max(initial=0))):
        open_rows = np.flatnonzero((order == 0) & (shared > position))
        if not len(open_rows):
            break
        a = a_flat.take(pa.array(a_start[open_rows] + position))
        b = b_flat.take(pa.array(b_start[open_rows] + position))
        order[open_rows] = order_of(a, b, element, len(open_rows))
    return np.where(order == 0, np.sign(a_len - b_len).astype(np.int8), order)


def _compare_kernel(frame: Frame, left: Values, right: Values) -> Values:
    symbol = _SYMBOL.get(frame.site.name, frame.site.name)
    return compare(symbol, left, right, frame.site.arg_types[0], frame.rows)


def _null_safe_equal(frame: Frame, left: Values, right: Values) -> Values:
    found = pc.fill_null(frame.array(compare("=", left, right, frame.site.arg_types[0], frame.rows)), False)
    return pc.or_(found, pc.and_(pc.is_null(frame.array(left)), pc.is_null(frame.array(right))))


def _and(frame: Frame, left: Any, right: Any) -> Values:
    first = left.evaluate(frame.batch)
    # where the left is false the right is not looked at, as in Spark
    mask = None if isinstance(first, pa.Scalar) else pc.fill_null(first, True)
    if isinstance(first, pa.Scalar) and first.as_py() is False:
        return first
    return pc.and_kleene(first, right.where(frame.batch, mask))


def _or(frame: Frame, left: Any, right: Any) -> Values:
    first = left.evaluate(frame.batch)
    mask = None if isinstance(first, pa.Scalar) else pc.invert(pc.fill_null(first, False))
    if isinstance(first, pa.Scalar) and first.as_py() is True:
        return first
    return pc.or_kleene(first, right.where(frame.batch, mask))


def _in(frame: Frame, value: Values, *options: Values) -> Values:
    column = frame.array(value)
    data_type = frame.site.arg_types[0]
    if not options:
        return pa.scalar(False)
    simple = all(isinstance(option, pa.Scalar) for option in options) and not isinstance(
        data_type, (StructType, ArrayType, MapType, DoubleType, FloatType, NullType)
    )
    if simple:
        found = pc.is_in(column, value_set=pa.array([o.as_py() for o in options if o.is_valid], column.type))
        has_null = any(not option.is_valid for option in options)
    else:
        found = pa.repeat(pa.scalar(False), frame.rows)
        for option in options:
            found = pc.or_kleene(found, compare("=", column, option, data_type, frame.rows))
        return found
    unknown = pc.and_(pc.invert(found), has_null) if has_null else pa.scalar(False)
    unknown = pc.or_(unknown, pc.is_null(column))
    return pc.if_else(unknown, pa.scalar(None, pa.bool_()), found)


def _is_nan(frame: Frame, values: Values) -> Values:
    return pc.fill_null(pc.is_nan(frame.array(values)), False)


FUNCTIONS = [
    *(
        Function(name, _comparison, _compare_kernel, "compares two values; null if one is null")
        for name in ("=", "==", "<>", "!=", "<", "<=", ">", ">=")
    ),
    Function("<=>", _comparison, _null_safe_equal, "equality that holds between nulls"),
    Function("equal_null", _comparison, _null_safe_equal, "equality that holds between nulls"),
    Function("and", _logic, _and, "true if both are", lazy=True),
    Function("or", _logic, _or, "true if one is", lazy=True),
    Function("not", _logic, lambda frame, values: pc.invert(values), "the opposite"),
    Function("!", _logic, lambda frame, values: pc.invert(values), "the opposite"),
    Function("in", _in_rule, _in, "whether the first value is among the others"),
    Function("between", _between_rule, _between, "whether a value lies in a closed range", lazy=True),
    Function("isnull", takes("any", returns="boolean", nullable=False), lambda frame, values: pc.is_null(values), "null?"),
    Function("isnotnull", takes("any", returns="boolean", nullable=False), lambda frame, values: pc.is_valid(values), "not null?"),
    Function("isnan", takes("double|float", returns="boolean", nullable=False), _is_nan, "whether a number is NaN"),
]  # fmt: skip
