"""``approx_top_k_estimate``, which reads what ``approx_top_k_accumulate`` makes, and what all of that family ask of their arguments."""

from __future__ import annotations

from typing import Any

from actorstream.errors import AnalysisException, SparkRuntimeException
from actorstream.expr.arrow import Values, pa
from actorstream.expr.coercion import Rules, accept, literal, mismatch, type_of, wrong_arity
from actorstream.expr.evaluation import Frame
from actorstream.expr.folding import is_foldable
from actorstream.expr.functions.sketch_items import MOST_TRACKED, Items, from_bytes, top_lists
from actorstream.expr.nodes import Call, Expression
from actorstream.expr.registry import Function
from actorstream.expr.types import (
    ArrayType,
    AtomicType,
    BinaryType,
    DataType,
    DayTimeIntervalType,
    IntegerType,
    LongType,
    NullType,
    StringType,
    StructField,
    StructType,
    TimeType,
    YearMonthIntervalType,
    sql_name,
)

_STATE = "struct<sketch:binary,maxItemsTracked:int,itemDataType:any,itemDataTypeDDL:string>"
_NOT_COUNTED = (BinaryType, NullType, DayTimeIntervalType, YearMonthIntervalType, TimeType)


def items_type(item: DataType) -> DataType:
    """The type of a list of items with their counts."""
    return ArrayType(StructType([StructField("item", item, True), StructField("count", LongType(), False)]), False)


def state_type(item: DataType) -> DataType:
    """The type of a state over values of a type, of which the state holds a null to say what it is."""
    return StructType(
        [
            StructField("sketch", BinaryType(), False),
            StructField("maxItemsTracked", IntegerType(), False),
            StructField("itemDataType", item, True),
            StructField("itemDataTypeDDL", StringType(), False),
        ]
    )


def item_ddl(item: DataType) -> str:
    """What a state says about the type of its values."""
    if isinstance(item, StringType):
        return "item string not null"
    return f"item {sql_name(item)} NOT NULL"


def item_of(state: DataType) -> DataType:
    """The type of the values of a state."""
    assert isinstance(state, StructType)
    return state.fields[2].dataType


def check_item(call: Call) -> None:
    """Raise if values of the first argument are not counted."""
    item = type_of(call.args[0])
    if not isinstance(item, AtomicType) or isinstance(item, _NOT_COUNTED):
        name = item.simpleString().partition("<")[0]
        raise failure(call, f"{name} columns are not supported")


def check_state(call: Call) -> None:
    """Raise if the first argument, a struct, is no state."""
    state = type_of(call.args[0])
    fields = state.fields if isinstance(state, StructType) else []
    kinds = (BinaryType, IntegerType, DataType, StringType)
    if len(fields) != 4 or not all(isinstance(field.dataType, kind) for field, kind in zip(fields, kinds, strict=True)):
        got = state.simpleString() if isinstance(state, StructType) else "struct<>"
        raise failure(call, f"State must be a struct with 4 fields. Expected struct: {_STATE}. Got: {got}")


def check_constant(call: Call, place: int, message: str) -> None:
    """Raise if an argument is no constant."""
    if not is_foldable(call.args[place]):
        raise failure(call, message)


def failure(call: Call, message: str) -> AnalysisException:
    """The error for arguments that do not fit."""
    return mismatch("TYPE_CHECK_FAILURE_WITH_HINT", call, msg=message, hint="")


def items_of(data: bytes, item: pa.DataType) -> Items:
    """The items of a state. Raises: SparkRuntimeException APPROX_TOP_K_INVALID_STATE."""
    try:
        return from_bytes(data, item)
    except ValueError as error:
        raise SparkRuntimeException(
            errorClass="APPROX_TOP_K_INVALID_STATE", messageParameters={"reason": str(error)}
        ) from None


def positive(value: Any, name: str) -> int:
    """A number of items. Raises: SparkRuntimeException APPROX_TOP_K_NULL_ARG, APPROX_TOP_K_NON_POSITIVE_ARG."""
    if value is None:
        raise SparkRuntimeException(errorClass="APPROX_TOP_K_NULL_ARG", messageParameters={"argName": f"`{name}`"})
    if value <= 0:
        raise SparkRuntimeException(
            errorClass="APPROX_TOP_K_NON_POSITIVE_ARG",
            messageParameters={"argName": f"`{name}`", "argValue": str(value)},
        )
    return int(value)


def tracked(value: Any) -> int:
    """How many items are tracked. Raises: SparkRuntimeException APPROX_TOP_K_MAX_ITEMS_TRACKED_EXCEEDS_LIMIT."""
    found = positive(value, "maxItemsTracked")
    if found > MOST_TRACKED:
        raise SparkRuntimeException(
            errorClass="APPROX_TOP_K_MAX_ITEMS_TRACKED_EXCEEDS_LIMIT",
            messageParameters={"maxItemsTracked": str(found), "limit": str(MOST_TRACKED)},
        )
    return found


def check_enough(items: int, k: int) -> None:
    """Raise if fewer items are tracked than asked for. Raises: SparkRuntimeException APPROX_TOP_K_MAX_ITEMS_TRACKED_LESS_THAN_K."""
    if items < k:
        raise SparkRuntimeException(
            errorClass="APPROX_TOP_K_MAX_ITEMS_TRACKED_LESS_THAN_K",
            messageParameters={"maxItemsTracked": str(items), "k": str(k)},
        )


def _estimate_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if not 1 <= len(args) <= 2:
        wrong_arity(name, "[1, 2]", len(args))
    call = Call(name=name, args=args if len(args) == 2 else (*args, literal(5)))
    state, k = accept(call, 0, "struct", rules), accept(call, 1, "int", rules)
    check_state(call)
    check_constant(call, 1, "K must be a constant literal")
    result = items_type(item_of(type_of(state)))
    return Call(name=name, args=(state, k), data_type=result, nullable=args[0].nullable)


def _estimate(frame: Frame, states: Values, k: Values) -> Values:
    column, count = frame.array(states), frame.array(k)
    if not frame.rows:
        return pa.array([], frame.site.arrow_type)
    asked = positive(count[0].as_py(), "k")
    known = column.is_valid()
    sketches, sizes, kind, _ = column.filter(known).flatten()
    for size in sizes.unique().to_pylist():
        check_enough(size, asked)
    answers = top_lists([items_of(data, kind.type) for data in sketches.to_pylist()], asked, frame.site.arrow_type)
    if column.null_count == 0:
        return answers
    places = known.cast(pa.int64()).to_numpy().cumsum() - 1
    return answers.take(pa.array(places, mask=~known.to_numpy(zero_copy_only=False)))


FUNCTIONS = [
    Function("approx_top_k_estimate", _estimate_rule, _estimate, "the most frequent values of a state of approx_top_k_accumulate", may_raise=True),
]  # fmt: skip
