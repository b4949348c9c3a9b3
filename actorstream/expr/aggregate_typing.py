"""What aggregate functions ask of their arguments: defaults, implicit casts, and the errors for what fits no rule.

Called by `expr.typing` for every aggregate call, with resolved arguments. The result types are in `expr.functions.aggregate`.

Source: Spark ``AnsiTypeCoercion.ImplicitTypeCasts`` and the input types of each aggregate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from actorstream.errors import AnalysisException
from actorstream.expr.coercion import (
    Rules,
    accept,
    cast_to,
    is_orderable,
    is_string,
    literal,
    mismatch,
    quoted,
    quoted_type,
    type_of,
    unexpected_input,
)
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import AggregateCall, Call, Cast, Constant, Expression, SortOrder
from actorstream.expr.types import (
    BinaryType,
    BooleanType,
    DataType,
    DayTimeIntervalType,
    DoubleType,
    FractionalType,
    IntegralType,
    MapType,
    NullType,
    NumericType,
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
_TEXT_AS_DOUBLE = frozenset(
    {"median", "percentile", "percentile_approx", "approx_percentile", "percentile_cont", "percentile_disc"}
)
_BOOLEANS = frozenset({"bool_and", "bool_or", "every", "some", "any", "count_if"})
_BITS = frozenset({"bit_and", "bit_or", "bit_xor"})
_ORDINALS = ("first", "second", "third")
#: functions whose second argument says whether nulls are passed over
_WITH_FLAG = frozenset({"first", "last", "first_value", "last_value", "any_value"})
#: last arguments that are added when they are not given; they show in column names
_DEFAULTS: Mapping[str, tuple[int, tuple[Any, ...]]] = {
    "listagg": (1, (None,)),
    "string_agg": (1, (None,)),
    "percentile": (2, (1,)),
    "percentile_approx": (2, (10000,)),
    "approx_percentile": (2, (10000,)),
    "hll_sketch_agg": (1, (12,)),
    "hll_union_agg": (1, (False,)),
    "theta_sketch_agg": (1, (12,)),
    "theta_union_agg": (1, (12,)),
    "approx_top_k": (1, (5, 10000)),
    "approx_top_k_accumulate": (1, (10000,)),
    "approx_top_k_combine": (1, (-1,)),
    **{f"tuple_sketch_agg_{ending}": (2, (12, "sum")) for ending in ("double", "integer")},
    **{f"tuple_union_agg_{ending}": (1, (12, "sum")) for ending in ("double", "integer")},
    **{f"tuple_intersection_agg_{ending}": (1, ("sum",)) for ending in ("double", "integer")},
}
_TUPLE_KEY = "array<int>|array<bigint>|binary|double|float|int|bigint|string"
#: the types that first arguments are cast to, as `coercion.takes` writes them
_PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "approx_top_k": ("any", "int", "int"),
    "approx_top_k_accumulate": ("any", "int"),
    "approx_top_k_combine": ("struct", "int"),
    "histogram_numeric": ("numeric|date|timestamp|timestamp_ntz|yearmonth|daytime|timevalue", "int"),
    "tuple_sketch_agg_double": (_TUPLE_KEY, "double", "int", "string"),
    "tuple_sketch_agg_integer": (_TUPLE_KEY, "int", "int", "string"),
    **{f"tuple_union_agg_{ending}": ("binary", "int", "string") for ending in ("double", "integer")},
    **{f"tuple_intersection_agg_{ending}": ("binary", "string") for ending in ("double", "integer")},
    "bitmap_construct_agg": ("bigint",),
    "collect_union": ("array",),
    "listagg": ("string|binary",),
    "string_agg": ("string|binary",),
    "schema_of_variant_agg": ("variant",),
}
#: the same for functions that cast nothing but null
_EXACT_PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "hll_sketch_agg": ("int|bigint|string|binary", "int"),
    "hll_union_agg": ("binary", "boolean"),
    "theta_sketch_agg": ("array<int>|array<bigint>|binary|double|float|int|bigint|string", "int"),
    "theta_union_agg": ("binary", "int"),
    "theta_intersection_agg": ("binary",),
    "count_min_sketch": ("integral|string|binary", "double", "double", "int|bigint"),
    "kll_sketch_agg_bigint": ("tinyint|int|bigint|smallint", "int"),
    "kll_sketch_agg_float": ("float", "int"),
    "kll_sketch_agg_double": ("float|double", "int"),
    **{f"kll_merge_agg_{ending}": ("binary", "int") for ending in ("bigint", "float", "double")},
}


def with_fitting_arguments(call: AggregateCall, rules: Rules) -> AggregateCall:
    """The call with defaults added, and its arguments cast as the function wants them.

    Raises: AnalysisException DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE, DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE,
        DATATYPE_MISMATCH.INVALID_ORDERING_TYPE, INVALID_AGGREGATE_FILTER.NOT_BOOLEAN, _LEGACY_ERROR_TEMP_1104,
        _LEGACY_ERROR_TEMP_1210.
    """
    call = _with_order(replace(call, args=_with_defaults(call.name, call.args, rules)))
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
        return _with_order(replace(call, args=(cast_to(call.args[0], DoubleType()), *call.args[1:])))
    if name in ("min", "max"):
        check_orderable(type_of(call.args[0]), name, sql_text(call))
    if name in ("max_by", "min_by") and len(call.args) > 1:
        check_orderable(type_of(call.args[1]), name, sql_text(call))
    if name == "collect_set" and isinstance(type_of(call.args[0]), MapType):
        raise mismatch("UNSUPPORTED_INPUT_TYPE", call, functionName=f"`{name}`", dataType='"MAP" or "COLLATED STRING"')
    if name in _WITH_FLAG and len(call.args) > 1 and not isinstance(_constant(call.args[1]), bool):
        raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_1210", messageParameters={"funcName": name})
    if name.startswith(("kll_", "tuple_", "approx_top_k")) or name in ("count_min_sketch", "histogram_numeric"):
        from actorstream.expr.sketch_rules import check_aggregate

        check_aggregate(Call(name=name, args=call.args), rules)
    if name == "approx_count_distinct" and len(call.args) > 1 and not _is_fraction(call.args[1]):
        raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_1104", messageParameters={})
    return call


def _with_order(call: AggregateCall) -> AggregateCall:
    """``mode(x, true)`` says that the least of equally frequent values counts; and what is ordered by is an argument."""
    if call.name == "mode" and len(call.args) == 2:
        value, flag = call.args
        order = SortOrder(child=value, data_type=value.data_type, nullable=value.nullable)
        call = replace(call, args=(value,), within=(order,) if _constant(flag) else ())
    if call.name not in ("mode", "percentile_cont", "percentile_disc") or not call.within:
        return call
    (key,) = call.within
    assert isinstance(key, SortOrder)
    return replace(call, within=(replace(key, child=call.args[0]),))


def _with_defaults(name: str, args: tuple[Expression, ...], rules: Rules) -> tuple[Expression, ...]:
    least, defaults = _DEFAULTS.get(name, (0, ()))
    if defaults and least <= len(args) < least + len(defaults):
        args = (*args, *map(literal, defaults[len(args) - least :]))
    call = Call(name=name, args=args)
    if name in ("vector_sum", "vector_avg") and args:
        from actorstream.expr.functions.vectors import require_vector

        require_vector(call, 0)
    bitmap = name in ("bitmap_or_agg", "bitmap_and_agg") and args
    if bitmap and not isinstance(type_of(args[0]), (BinaryType, NullType)):
        raise unexpected_input(call, 0, '"BINARY"')
    exact = name in _EXACT_PARAMETERS
    parameters = (_EXACT_PARAMETERS if exact else _PARAMETERS).get(name, ())[: len(args)]
    fitted = (accept(call, index, parameter, rules, exact=exact) for index, parameter in enumerate(parameters))
    return (*fitted, *args[len(parameters) :])


def _constant(argument: Expression) -> Any:
    while isinstance(argument, Cast):
        argument = argument.child
    return argument.value if isinstance(argument, Constant) else None


def _is_fraction(argument: Expression) -> bool:
    return isinstance(type_of(argument), FractionalType) and _constant(argument) is not None


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
    """Raise for values that have no order: maps, variants, and what holds one.

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
