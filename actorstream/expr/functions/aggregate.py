"""The registry of aggregate functions: Spark name to type rule and maker.

`expr.typing` asks for result types here, operators ask for the function itself. A new function is a class in one of the
``aggregate_*`` modules and one line in `AGGREGATES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import pyarrow as pa

from actorstream.errors import AnalysisException, PySparkNotImplementedError
from actorstream.expr.coercion import Rules, mismatch, quoted_type, require_parameters
from actorstream.expr.folding import folded
from actorstream.expr.functions import aggregate_basic as basic
from actorstream.expr.functions import aggregate_collect as collections
from actorstream.expr.functions.aggregate_bitmaps import BitmapCombine, BitmapConstruct
from actorstream.expr.functions.aggregate_function import (
    AggregateFunction,
    Binding,
    OrderKey,
    Signature,
    TypeRule,
)
from actorstream.expr.functions.aggregate_histogram import HistogramNumeric
from actorstream.expr.functions.aggregate_hll import ApproxCountDistinct
from actorstream.expr.functions.aggregate_sketch_registry import SKETCH_AGGREGATES
from actorstream.expr.functions.aggregate_statistics import COMOMENTS, MOMENTS, Comoments, Moments
from actorstream.expr.functions.aggregate_variants import SchemaOfVariants
from actorstream.expr.functions.aggregate_vectors import VectorAverage, VectorSum
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import AggregateCall, Alias, Call, Cast, Constant, Expression, SortOrder
from actorstream.expr.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegralType,
    LongType,
    StringType,
    StructField,
    StructType,
    YearMonthIntervalType,
    to_arrow,
)

__all__ = [
    "AGGREGATES",
    "AggregateFunction",
    "aggregate_result_type",
    "bind_aggregate",
    "is_aggregate",
    "is_nullable_aggregate",
]

_MAX_PRECISION = 38


def is_aggregate(name: str) -> bool:
    """Whether there is an aggregate function of that Spark name."""
    return name.lower() in AGGREGATES


def aggregate_result_type(name: str, arg_types: Sequence[DataType], distinct: bool = False) -> DataType:
    """The type of an aggregate (STF-140).

    Raises: AnalysisException WRONG_NUM_ARGS.WITHOUT_SUGGESTION.
    """
    signature = _signature(name)
    least, most = signature.arity
    require_parameters(name, len(arg_types), signature.required)
    if not (least <= len(arg_types) and (most is None or len(arg_types) <= most)):
        expected = f" >= {least}"
        if most is not None:
            counts = ", ".join(map(str, range(least, most + 1)))
            expected = counts if least == most else f"[{counts}]"
        raise AnalysisException(
            errorClass="WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
            messageParameters={
                "functionName": f"`{name}`",
                "expectedNum": expected,
                "actualNum": str(len(arg_types)),
                "docroot": "https://spark.apache.org/docs/latest",
            },
        )
    return signature.result(arg_types)


def is_nullable_aggregate(name: str) -> bool:
    """Whether the result can be null (STF-141)."""
    return name.lower() not in _NEVER_NULL


def bind_aggregate(call: AggregateCall, *, ansi: bool = True, zone: str = "UTC") -> AggregateFunction:
    """The function of a resolved call: every argument has its `data_type`.

    Args:
        ansi: whether overflow is an error (STF-142).
        zone: of the local times that a user's function gets.
    """
    types = [_type_of(argument) for argument in call.args]
    if call.user is not None:
        from actorstream.expr.python_aggregate import PythonAggregate

        return PythonAggregate(call.name, call.user, types, zone)
    result = aggregate_result_type(call.name, types, call.distinct)
    signature = _signature(call.name)
    arrow = [to_arrow(data_type) for data_type in types]
    binding = Binding(call.name.lower(), call.args, arrow, to_arrow(result), ansi, _order_of(call))
    function = signature.make(binding)
    if call.distinct and call.name.lower() not in _DISTINCT_ANYWAY:
        return collections.Distinct(function, [to_arrow(_type_of(item)) for item in call.inputs])
    return function


def _order_of(call: AggregateCall) -> list[OrderKey]:
    keys = [key for key in call.within if isinstance(key, SortOrder)]
    inputs = call.inputs
    return [
        OrderKey(inputs.index(key.child), to_arrow(_type_of(key.child)), key.ascending, key.nulls_first) for key in keys
    ]


def _signature(name: str) -> Signature:
    found = AGGREGATES.get(name.lower())
    if found is None:
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={
                "feature": f"The aggregate function `{name}`",
                "remedy": "The functions of actorstream.expr.functions.aggregate.AGGREGATES are there.",
            },
        )
    return found


def _type_of(expression: Expression) -> DataType:
    if expression.data_type is None:
        raise AssertionError(f"aggregate argument {expression} is not resolved")
    return expression.data_type


# ---------------------------------------------------------------- type rules


def _always(data_type: DataType) -> TypeRule:
    return lambda types: data_type


def _same(types: Sequence[DataType]) -> DataType:
    return types[0]


def _sum_type(types: Sequence[DataType]) -> DataType:
    argument = types[0]
    if isinstance(argument, DecimalType):
        return DecimalType(min(argument.precision + 10, _MAX_PRECISION), argument.scale)
    if isinstance(argument, IntegralType):
        return LongType()
    if isinstance(argument, (DayTimeIntervalType, YearMonthIntervalType)):
        return argument
    return DoubleType()


def _average_type(types: Sequence[DataType]) -> DataType:
    argument = types[0]
    if isinstance(argument, DecimalType):
        # Spark's DecimalType.adjustPrecisionScale is not applied: both are cut at 38
        return DecimalType(min(argument.precision + 4, _MAX_PRECISION), min(argument.scale + 4, _MAX_PRECISION))
    if isinstance(argument, (DayTimeIntervalType, YearMonthIntervalType)):
        return type(argument)()
    return DoubleType()


def _union_type(types: Sequence[DataType]) -> DataType:
    argument = types[0]
    return ArrayType(argument.elementType if isinstance(argument, ArrayType) else argument, False)


def _by_type(types: Sequence[DataType]) -> DataType:
    """``max_by(value, order)`` gives a value, with a number of them as third argument a list."""
    return ArrayType(types[0], True) if len(types) > 2 else types[0]


def _joined_type(types: Sequence[DataType]) -> DataType:
    return types[0] if isinstance(types[0], BinaryType) else StringType()


def _list_type(types: Sequence[DataType]) -> DataType:
    return ArrayType(types[0], False)


def _percentile_type(types: Sequence[DataType]) -> DataType:
    interval = isinstance(types[0], (DayTimeIntervalType, YearMonthIntervalType))
    element = types[0] if interval else DoubleType()
    return ArrayType(element, False) if _is_list(types, 1) else element


def _approximate_type(types: Sequence[DataType]) -> DataType:
    return ArrayType(types[0], False) if _is_list(types, 1) else types[0]


def _is_list(types: Sequence[DataType], index: int) -> bool:
    return len(types) > index and isinstance(types[index], ArrayType)


# ---------------------------------------------------------------- makers


def _average(binding: Binding) -> AggregateFunction:
    lenient = binding.name == "try_avg"
    if not binding.types or pa.types.is_floating(binding.result):
        return basic.Average()
    argument = binding.types[0]
    total = argument
    if pa.types.is_decimal(argument):
        total = pa.decimal128(min(argument.precision + 10, _MAX_PRECISION), argument.scale)
    return basic.AverageDecimal(argument, binding.result, total, ansi=binding.ansi and not lenient)


def _extreme(which: Literal["min", "max"]) -> Callable[[Binding], AggregateFunction]:
    return lambda binding: basic.Extreme(binding.result, which)


def _extreme_by(which: Literal["min", "max"]) -> Callable[[Binding], AggregateFunction]:
    def make(binding: Binding) -> AggregateFunction:
        if len(binding.types) == 2:
            return basic.ExtremeBy(binding.types[0], binding.types[1], which)
        count = int(_constant(binding, 2))
        if not 1 <= count <= _MOST_BY:
            raise _out_of_range(binding, "`k`", f"[1, {_MOST_BY}]", str(count))
        return collections.TopBy(binding.types[0], binding.types[1], which, count)

    return make


def _edge(which: Literal["first", "last"]) -> Callable[[Binding], AggregateFunction]:
    def make(binding: Binding) -> AggregateFunction:
        ignore = len(binding.args) > 1 and bool(_constant(binding, 1))
        return basic.Edge(binding.types[0], which, ignore_nulls=ignore)

    return make


def _bits(operation: Literal["and", "or", "xor"]) -> Callable[[Binding], AggregateFunction]:
    return lambda binding: basic.Bits(binding.result, operation, binding.name)


def _moments(binding: Binding) -> AggregateFunction:
    return Moments(*MOMENTS[binding.name])


def _comoments(binding: Binding) -> AggregateFunction:
    return Comoments(*COMOMENTS[binding.name])


def _percentile(binding: Binding) -> AggregateFunction:
    shares, as_list = ([0.5], False) if binding.name == "median" else _shares(binding)
    make = collections.PercentileDiscrete if binding.name == "percentile_disc" else collections.Percentile
    return make(binding.types[0], binding.result, shares, as_list=as_list, descending=_descends(binding))


def _descends(binding: Binding) -> bool:
    return any(not key.ascending for key in binding.order)


def _percentile_approx(binding: Binding) -> AggregateFunction:
    shares, as_list = _shares(binding)
    accuracy = _constant(binding, 2) if len(binding.args) > 2 else 1
    if accuracy is not None and not 0 < accuracy < 1 << 31:
        raise _out_of_range(binding, "accuracy", f"(0, {(1 << 31) - 1}]", f"{accuracy}L")
    return collections.PercentileApprox(binding.types[0], shares, as_list=as_list)


def _mode(binding: Binding) -> AggregateFunction:
    return collections.Mode(binding.types[0], "greatest" if _descends(binding) else "least")


def _string_agg(binding: Binding) -> AggregateFunction:
    separator = _constant(binding, 1) if len(binding.args) > 1 else ""
    binary = pa.types.is_binary(binding.result)
    if separator is None:
        separator = b"" if binary else ""
    if binding.order:
        return collections.OrderedStringAgg(separator, binding.result, binding.order)
    return collections.StringAgg(separator, binding.result)


def _approx_count_distinct(binding: Binding) -> AggregateFunction:
    deviation = float(_constant(binding, 1)) if len(binding.args) > 1 else 0.05
    return ApproxCountDistinct(binding.types[0], deviation)


def _histogram_numeric(binding: Binding) -> AggregateFunction:
    # `expr.aggregate_typing` has found the number of bins to be a constant
    return HistogramNumeric(binding.types[0], binding.result, folded(binding.args[1], Rules(ansi=binding.ansi)))


def _histogram_type(types: Sequence[DataType]) -> DataType:
    return ArrayType(StructType([StructField("x", types[0], True), StructField("y", DoubleType(), True)]), True)


def _shares(binding: Binding) -> tuple[list[float], bool]:
    value = _constant(binding, 1)
    if value is None:
        call = AggregateCall(name=binding.name, args=tuple(binding.args))
        raise mismatch("UNEXPECTED_NULL", call, exprName="percentage")
    as_list = isinstance(value, (list, tuple))
    shares = [float(share) for share in (value if as_list else [value])]
    if not all(0.0 <= share <= 1.0 for share in shares):
        raise _out_of_range(binding, "percentage", "[0.0, 1.0]", ",".join(f"{share}D" for share in shares))
    return shares, as_list


def _out_of_range(binding: Binding, parameter: str, bounds: str, value: str) -> AnalysisException:
    return mismatch(
        "VALUE_OUT_OF_RANGE",
        AggregateCall(name=binding.name, args=tuple(binding.args)),
        exprName=parameter,
        valueRange=bounds,
        currentValue=value,
    )


#: what errors call the arguments that must be constants
_PARAMETER_NAMES = {"listagg": "delimiter", "string_agg": "delimiter", "max_by": "k", "min_by": "k"}
_PARAMETER_TYPES: Mapping[str, DataType] = {"delimiter": StringType(), "percentage": DoubleType()}


def _constant(binding: Binding, index: int) -> Any:
    """The value of an argument that has to be a constant."""
    argument = binding.args[index]
    try:
        return _fold(argument)
    except LookupError:
        parameter = _PARAMETER_NAMES.get(binding.name, "percentage" if index == 1 else "accuracy")
        raise mismatch(
            "NON_FOLDABLE_INPUT",
            AggregateCall(name=binding.name, args=tuple(binding.args)),
            inputName=f"`{parameter}`",
            inputType=quoted_type(_PARAMETER_TYPES.get(parameter) or _type_of(argument)),
            inputExpr=f'"{sql_text(argument)}"',
        ) from None


def _fold(expression: Expression) -> Any:
    if isinstance(expression, Constant):
        return expression.value
    if isinstance(expression, (Alias, Cast)):
        return _fold(expression.child)
    if isinstance(expression, Call) and expression.name in ("array", "negative", "-", "unary_minus"):
        values = [_fold(argument) for argument in expression.args]
        return values if expression.name == "array" else -values[0]
    raise LookupError(expression)


#: most values that ``max_by`` and ``min_by`` may give
_MOST_BY = 100_000
_VECTOR = ArrayType(FloatType(), True)
_LONG, _DOUBLE, _BOOLEAN, _STRING = LongType(), DoubleType(), BooleanType(), StringType()

AGGREGATES: Mapping[str, Signature] = {
    "count": Signature(_always(_LONG), lambda binding: basic.Count(), (0, None)),
    "count_if": Signature(_always(_LONG), lambda binding: basic.CountIf()),
    "regr_count": Signature(_always(_LONG), lambda binding: basic.Count(), (2, 2)),
    "sum": Signature(_sum_type, lambda binding: basic.Sum(binding.result, ansi=binding.ansi)),
    "try_sum": Signature(_sum_type, lambda binding: basic.TrySum(binding.result)),
    "avg": Signature(_average_type, _average),
    "mean": Signature(_average_type, _average),
    "min": Signature(_same, _extreme("min")),
    "max": Signature(_same, _extreme("max")),
    "try_avg": Signature(_average_type, _average),
    "min_by": Signature(_by_type, _extreme_by("min"), (2, 3)),
    "max_by": Signature(_by_type, _extreme_by("max"), (2, 3)),
    "first": Signature(_same, _edge("first"), (1, 2)),
    "first_value": Signature(_same, _edge("first"), (1, 2)),
    "any_value": Signature(_same, _edge("first"), (1, 2)),
    "last": Signature(_same, _edge("last"), (1, 2)),
    "last_value": Signature(_same, _edge("last"), (1, 2)),
    "product": Signature(_always(_DOUBLE), lambda binding: basic.Product()),
    "bool_and": Signature(_always(_BOOLEAN), _bits("and")),
    "every": Signature(_always(_BOOLEAN), _bits("and")),
    "bool_or": Signature(_always(_BOOLEAN), _bits("or")),
    "some": Signature(_always(_BOOLEAN), _bits("or")),
    "any": Signature(_always(_BOOLEAN), _bits("or")),
    "bit_and": Signature(_same, _bits("and")),
    "bit_or": Signature(_same, _bits("or")),
    "bit_xor": Signature(_same, _bits("xor")),
    **{name: Signature(_always(_DOUBLE), _moments) for name in MOMENTS},
    **{name: Signature(_always(_DOUBLE), _comoments, (2, 2)) for name in COMOMENTS},
    "collect_list": Signature(_list_type, lambda binding: collections.CollectList(binding.result)),
    "array_agg": Signature(_list_type, lambda binding: collections.CollectList(binding.result)),
    "collect_set": Signature(_list_type, lambda binding: collections.CollectSet(binding.result)),
    "collect_union": Signature(_union_type, lambda binding: collections.CollectUnion(binding.result)),
    "listagg": Signature(_joined_type, _string_agg, (1, 2)),
    "string_agg": Signature(_joined_type, _string_agg, (1, 2)),
    "bitmap_construct_agg": Signature(_always(BinaryType()), lambda binding: BitmapConstruct()),
    "bitmap_or_agg": Signature(_always(BinaryType()), lambda binding: BitmapCombine("or")),
    "bitmap_and_agg": Signature(_always(BinaryType()), lambda binding: BitmapCombine("and")),
    "schema_of_variant_agg": Signature(_always(_STRING), lambda binding: SchemaOfVariants()),
    "vector_sum": Signature(_always(_VECTOR), lambda binding: VectorSum(binding.name)),
    "vector_avg": Signature(_always(_VECTOR), lambda binding: VectorAverage(binding.name)),
    "median": Signature(_percentile_type, _percentile),
    "percentile": Signature(_percentile_type, _percentile, (2, 3)),
    "percentile_cont": Signature(_percentile_type, _percentile, (2, 2)),
    "percentile_disc": Signature(_percentile_type, _percentile, (2, 2)),
    "percentile_approx": Signature(_approximate_type, _percentile_approx, (2, 3)),
    "approx_percentile": Signature(_approximate_type, _percentile_approx, (2, 3)),
    "mode": Signature(_same, _mode, (1, 2)),
    "approx_count_distinct": Signature(_always(_LONG), _approx_count_distinct, (1, 2)),
    "histogram_numeric": Signature(_histogram_type, _histogram_numeric, (2, 2)),
    **SKETCH_AGGREGATES,
}
"""Every aggregate function by its Spark name."""

_NEVER_NULL = frozenset(
    {"count", "count_if", "regr_count", "approx_count_distinct", "collect_list", "collect_set", "array_agg"}
    | {"collect_union", "bitmap_construct_agg", "bitmap_or_agg", "bitmap_and_agg", "schema_of_variant_agg"}
    | SKETCH_AGGREGATES.keys()
)
#: functions whose answer does not depend on repetitions
_DISTINCT_ANYWAY = frozenset(
    {"min", "max", "collect_set", "approx_count_distinct", "bool_and", "bool_or", "every", "some"}
)
