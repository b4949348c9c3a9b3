"""What aggregate functions ask of their arguments: implicit casts, and the errors for what fits no rule.

Called by `expr.typing` for every aggregate call, with resolved arguments. The result types are in `expr.functions.aggregate`.

Source: Spark ``AnsiTypeCoercion.ImplicitTypeCasts`` and the input types of each aggregate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from actorstream.errors import AnalysisException
from actorstream.expr.coercion import cast_to, is_string, mismatch, quoted, quoted_type, type_of
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import AggregateCall, Expression
from actorstream.expr.types import (
    ArrayType,
    BooleanType,
    DataType,
    DayTimeIntervalType,
    DoubleType,
    IntegralType,
    MapType,
    NullType,
    NumericType,
    StructType,
    TimestampType,
    YearMonthIntervalType,
)

_SUMS = frozenset({"sum", "avg", "mean", "try_sum", "try_avg"})
_DOUBLES = frozenset(
    {
        "stddev", "std", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop", "skewness", "kurtosis", "corr",
        "covar_samp", "covar_pop", "product",
    }
)  # fmt: skip
_TEXT_AS_DOUBLE = frozenset({"median", "percentile", "percentile_approx", "approx_percentile"})
_BOOLEANS = frozenset({"bool_and", "bool_or", "every", "some", "any", "count_if"})
_BITS = frozenset({"bit_and", "bit_or", "bit_xor"})
_ORDINALS = ("first", "second", "third")


def with_fitting_arguments(call: AggregateCall) -> AggregateCall:
    """The call with its arguments cast as the function wants them.

    Raises: AnalysisException DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE, DATATYPE_MISMATCH.INVALID_ORDERING_TYPE,
        INVALID_AGGREGATE_FILTER.NOT_BOOLEAN.
    """
    if call.filter is not None and not isinstance(type_of(call.filter), (BooleanType, NullType)):
        raise AnalysisException(
            errorClass="INVALID_AGGREGATE_FILTER.NOT_BOOLEAN",
            messageParameters={"filterExpr": quoted(sql_text(call.filter))},
        )
    if not call.args:
        return call
    name = call.name
    if name in _SUMS:
        accepted = (NumericType, NullType, DayTimeIntervalType, YearMonthIntervalType)
        return _each(call, 1, accepted, '"NUMERIC" or "ANSI INTERVAL"', _text_or_time)
    if name in _DOUBLES:
        return _each(call, 2, (NumericType, NullType), '"DOUBLE"', _text_or_time)
    if name in _BOOLEANS:
        return _each(call, 1, (BooleanType, NullType), '"BOOLEAN"', None)
    if name in _BITS:
        return _each(call, 1, (IntegralType, NullType), '"INTEGRAL"', None)
    if name in _TEXT_AS_DOUBLE and is_string(type_of(call.args[0])):
        return replace(call, args=(cast_to(call.args[0], DoubleType()), *call.args[1:]))
    if name in ("min", "max"):
        check_orderable(type_of(call.args[0]), name, sql_text(call))
    return call


def _text_or_time(data_type: DataType) -> bool:
    """What becomes a double by itself: texts, and timestamps as seconds."""
    return is_string(data_type) or isinstance(data_type, TimestampType)


def _each(
    call: AggregateCall,
    count: int,
    accepted: tuple[type[DataType], ...],
    required: str,
    as_double: Callable[[DataType], bool] | None,
) -> AggregateCall:
    """The call with its first `count` arguments checked."""
    fitted: list[Expression] = []
    for place, argument in enumerate(call.args):
        data_type = type_of(argument)
        if place >= count or isinstance(data_type, accepted):
            fitted.append(argument)
        elif as_double is not None and as_double(data_type):
            fitted.append(cast_to(argument, DoubleType()))
        else:
            raise mismatch(
                "UNEXPECTED_INPUT_TYPE",
                call,
                paramIndex=_ORDINALS[place],
                requiredType=required,
                inputSql=quoted(sql_text(argument)),
                inputType=quoted_type(data_type),
            )
    return replace(call, args=tuple(fitted))


def check_orderable(data_type: DataType, function: str, text: str) -> None:
    """Raise for values that have no order: maps, and what holds one.

    Raises: AnalysisException DATATYPE_MISMATCH.INVALID_ORDERING_TYPE.
    """
    if is_orderable(data_type):
        return
    raise AnalysisException(
        errorClass="DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
        messageParameters={
            "sqlExpr": quoted(text),
            "functionName": f"`{function}`",
            "dataType": quoted_type(data_type),
        },
    )


def is_orderable(data_type: DataType) -> bool:
    """Whether values of a type can be put in order."""
    if isinstance(data_type, MapType):
        return False
    if isinstance(data_type, ArrayType):
        return is_orderable(data_type.elementType)
    if isinstance(data_type, StructType):
        return all(is_orderable(field.dataType) for field in data_type.fields)
    return True
