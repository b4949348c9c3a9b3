"""Functions on arrays: building, searching, sorting, cutting. Set-like ones are in `array_sets`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from actorstream.errors import SparkRuntimeException
from actorstream.expr.arrow import Array, Values, pa, pc
from actorstream.expr.coercion import (
    Rules,
    cast_to,
    common_of,
    common_type_of_kind,
    element_type,
    implicit_target,
    is_string,
    literal,
    mismatch,
    quoted_type,
    require_order,
    takes,
    type_of,
    unexpected_input,
    wrong_arity,
)
from actorstream.expr.evaluation import Frame
from actorstream.expr.functions.comparison import compare
from actorstream.expr.functions.structures import field_name
from actorstream.expr.grouping import Ids
from actorstream.expr.nested import Lists, interleave, make_list, make_struct, nulls_of, with_type
from actorstream.expr.nodes import Call, Expression
from actorstream.expr.ordering import sort_rows
from actorstream.expr.registry import Function, TypeRule
from actorstream.expr.types import (
    ArrayType,
    BooleanType,
    DataType,
    IntegerType,
    LongType,
    NullType,
    StringType,
    StructField,
    StructType,
    VariantType,
)


def either_null(*columns: Array) -> np.ndarray[Any, Any] | None:
    """True where one of the columns is null; None if nothing is."""
    masks = [mask for mask in (nulls_of(column) for column in columns) if mask is not None]
    return np.logical_or.reduce(masks) if masks else None


# ---------------------------------------------------------------- building


def _array_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    common = common_of(args, rules)
    if common is None:
        raise mismatch(
            "DATA_DIFF_TYPES",
            Call(name=name, args=args),
            functionName="`array`",
            dataType="(" + " or ".join(quoted_type(type_of(item)) for item in args) + ")",
        )
    cast_args = tuple(cast_to(item, common) for item in args)
    result = ArrayType(common, any(item.nullable for item in args))
    return Call(name=name, args=cast_args, data_type=result, nullable=False)


def _array(frame: Frame, *values: Values) -> Values:
    lengths = np.full(frame.rows, len(values), np.int64)
    element = frame.site.arrow_type.value_type
    if not values:
        return make_list(pa.array([], element), lengths, None, frame.site.arrow_type)
    columns = [with_type(frame.array(value), element) for value in values]
    return make_list(interleave(columns), lengths, None, frame.site.arrow_type)


def _repeat(frame: Frame, value: Values, times: Values) -> Values:
    counts = frame.array(times)
    null = nulls_of(counts)
    lengths = np.maximum(np.asarray(pc.fill_null(counts, 0)), 0).astype(np.int64)
    places = np.repeat(np.arange(frame.rows), lengths)
    return make_list(frame.array(value).take(pa.array(places)), lengths, null, frame.site.arrow_type)


def _zip_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    fields = []
    for index, item in enumerate(args):
        data_type = type_of(item)
        if not isinstance(data_type, ArrayType):
            raise unexpected_input(Call(name=name, args=args), index, '"ARRAY"')
        label = field_name(item, index)
        fields.append(StructField(str(index) if label == f"col{index + 1}" else label, data_type.elementType, True))
    nullable = any(item.nullable for item in args)
    return Call(name=name, args=args, data_type=ArrayType(StructType(fields), False), nullable=nullable)


def _zip(frame: Frame, *values: Values) -> Values:
    arrays = [frame.array(value) for value in values]
    null = either_null(*arrays)
    parts = [Lists.of(array) for array in arrays]
    lengths = np.max([part.lengths for part in parts], axis=0)
    if null is not None:
        lengths = np.where(null, 0, lengths)
    padded = [padded_elements(part, lengths) for part in parts]
    flat = make_struct(padded, None, frame.site.arrow_type.value_type, int(lengths.sum()))
    return make_list(flat, lengths, null, frame.site.arrow_type)


def padded_elements(part: Lists, lengths: Ids) -> Array:
    """The elements of lists of `lengths`, null where the own list is shorter."""
    starts = np.repeat(part.starts, lengths)
    place = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return part.take(np.where(place < np.repeat(part.lengths, lengths), starts + place, -1))


# ---------------------------------------------------------------- searching


#: functions that look for a value among the elements
_COMPARING = ("array_contains", "array_position", "array_remove")


def with_element(*, returns: DataType | Callable[[DataType], DataType]) -> TypeRule:
    """A rule for an array and a value of its element type; both meet in their common type.

    Raises: AnalysisException DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES, .UNEXPECTED_INPUT_TYPE, .NULL_TYPE.
    """

    def rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
        inserted = name == "array_insert"
        if len(args) != 2 + inserted:
            wrong_arity(name, str(2 + inserted), len(args))
        array, value = args[0], args[-1]
        data_type = type_of(array)
        call = Call(name=name, args=args)
        if name == "array_contains" and any(isinstance(type_of(item), NullType) for item in args):
            raise mismatch("NULL_TYPE", call, functionName=f"`{name}`")
        if not isinstance(data_type, ArrayType):
            raise unexpected_input(call, 0, '"ARRAY"')
        element = common_type_of_kind(data_type.elementType, type_of(value), rules)
        if element is None:
            raise mismatch(
                "ARRAY_FUNCTION_DIFF_TYPES",
                call,
                functionName=f"`{name}`",
                dataType='"ARRAY"',
                leftType=quoted_type(data_type),
                rightType=quoted_type(type_of(value)),
            )
        if name in _COMPARING:
            require_order(call, element)
        contains_null = data_type.containsNull or (value.nullable and name in ("array_append", "array_prepend"))
        widened = ArrayType(element, contains_null)
        cast_args = (cast_to(array, ArrayType(element, data_type.containsNull)), cast_to(value, element))
        result = returns(widened) if callable(returns) else returns
        nullable = array.nullable or (value.nullable and name not in ("array_append", "array_prepend"))
        if name == "array_contains":
            nullable = nullable or data_type.containsNull
        return Call(name=name, args=cast_args, data_type=result, nullable=nullable)

    return rule


def _equals(frame: Frame, lists: Lists, value: Array) -> np.ndarray[Any, Any]:
    """Which elements equal their row's value."""
    data_type = frame.site.arg_types[0]
    assert isinstance(data_type, ArrayType)
    spread = with_type(value.take(pa.array(lists.parents)), lists.flat.type)
    found = compare("=", lists.flat, spread, data_type.elementType, len(lists.flat))
    return np.asarray(pc.fill_null(found, False))


def _contains(frame: Frame, array: Values, value: Values) -> Values:
    arrays, values = frame.array(array), frame.array(value)
    lists = Lists.of(arrays)
    found = lists.any(_equals(frame, lists, values))
    unknown = ~found & lists.any(np.asarray(pc.is_null(lists.flat)))
    null = either_null(arrays, values)
    return pa.array(found, pa.bool_(), mask=unknown if null is None else unknown | null)


def _position(frame: Frame, array: Values, value: Values) -> Values:
    arrays, values = frame.array(array), frame.array(value)
    lists = Lists.of(arrays)
    first = lists.first(_equals(frame, lists, values))
    places = np.where(first >= 0, first - lists.starts + 1, 0)
    return pa.array(places, pa.int64(), mask=either_null(arrays, values))


def _remove(frame: Frame, array: Values, value: Values) -> Values:
    arrays, values = frame.array(array), frame.array(value)
    lists = Lists.of(arrays)
    kept = Lists(lists.flat, lists.lengths, either_null(arrays, values))
    keep = ~_equals(frame, lists, values)
    if kept.null is not None:
        keep &= ~kept.null[lists.parents]
    return kept.kept(keep, frame.site.arrow_type)


def _extreme(frame: Frame, array: Values) -> Values:
    lists = Lists.of(frame.array(array))
    largest = frame.site.name == "array_max"
    valid = np.asarray(pc.is_valid(lists.flat))
    order = _sorted(lists, ascending=not largest, nulls_first=False)
    return lists.take(_first_of(lists, order, valid))


def _first_of(lists: Lists, order: Ids, valid: np.ndarray[Any, Any]) -> Ids:
    ordered = order[valid[order]]
    found = np.full(lists.rows, -1, np.int64)
    backwards = ordered[::-1]
    found[lists.parents[backwards]] = backwards
    return found


# ---------------------------------------------------------------- order


def _sorted(lists: Lists, *, ascending: bool, nulls_first: bool) -> Ids:
    return sort_rows([pa.array(lists.parents), lists.flat], [True, ascending], [True, nulls_first])


def _sort_array_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) == 2 and is_string(type_of(args[1])):
        raise unexpected_input(Call(name=name, args=args), 1, '"BOOLEAN"')
    typed = takes("array", "boolean", defaults=(True,))(name, args, rules)
    element = element_type([type_of(typed.children[0])])
    shown = args if len(args) == 2 else (*args, literal(True))
    require_order(Call(name=name, args=shown), element, type_of(args[0]))
    return typed


def _sort_array(frame: Frame, array: Values, *ascending: Values) -> Values:
    lists = Lists.of(frame.array(array))
    up = not ascending or bool(frame.array(ascending[0])[0].as_py()) if frame.rows else True
    return lists.ordered(_sorted(lists, ascending=up, nulls_first=up), frame.site.arrow_type)


# ---------------------------------------------------------------- cutting and joining


def _slice(frame: Frame, array: Values, start: Values, length: Values) -> Values:
    arrays, starts, lengths = frame.array(array), frame.array(start), frame.array(length)
    null = either_null(arrays, starts, lengths)
    lists = Lists.of(arrays)
    usable = np.ones(frame.rows, bool) if null is None else ~null
    first, count = _ints(starts), _ints(lengths)
    if (usable & (first == 0)).any():
        raise SparkRuntimeException(
            errorClass="INVALID_PARAMETER_VALUE.START",
            messageParameters={"parameter": "`start`", "functionName": "`slice`"},
        )
    if (usable & (count < 0)).any():
        bad = int(count[usable & (count < 0)][0])
        raise SparkRuntimeException(
            errorClass="INVALID_PARAMETER_VALUE.LENGTH",
            messageParameters={"parameter": "`length`", "length": str(bad), "functionName": "`slice`"},
        )
    begin = np.where(first > 0, first - 1, lists.lengths + first)[lists.parents]
    place = lists.places
    keep = (begin >= 0) & (place >= begin) & (place < begin + count[lists.parents]) & usable[lists.parents]
    return Lists(lists.flat, lists.lengths, null).kept(keep, frame.site.arrow_type)


def _ints(values: Array) -> Ids:
    return np.asarray(pc.fill_null(values, 0)).astype(np.int64)


def _append(frame: Frame, array: Values, value: Values) -> Values:
    arrays = frame.array(array)
    lists = Lists.of(arrays)
    length = np.where(lists.null, 0, lists.lengths) if lists.null is not None else lists.lengths
    place = np.where(frame.site.name == "array_append", length, 0)
    return _inserted(frame, lists, place, frame.array(value), lists.null)


def _inserted(
    frame: Frame, lists: Lists, place: Ids, value: Array, null: np.ndarray[Any, Any] | None, gap: Ids | None = None
) -> Array:
    """Each list with its value at `place` (0 to length); `gap` nulls go between the end and a value beyond it."""
    gap = np.zeros(lists.rows, np.int64) if gap is None else gap
    usable = np.ones(lists.rows, bool) if null is None else ~null
    lengths = np.where(usable, lists.lengths + gap + 1, 0)
    row = np.repeat(np.arange(lists.rows), lengths)
    index = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    at = place[row]
    source = np.where(index < at, index, index - 1)
    source = np.where(index == at, -2, source)
    inside = (source >= 0) & (source < lists.lengths[row])
    flat = pa.concat_arrays([lists.flat, with_type(value, lists.flat.type)])
    taken = np.where(inside, lists.starts[row] + source, np.where(source == -2, len(lists.flat) + row, -1))
    found = flat.take(pa.array(np.maximum(taken, 0), pa.int64(), mask=taken < 0))
    return make_list(found, lengths, null, frame.site.arrow_type)


def _insert_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) != 3:
        wrong_arity(name, "3", len(args))
    array, place, _ = args
    typed = with_element(returns=lambda found: found)(name, args, rules)
    widened, cast_value = typed.children
    result = type_of(typed)
    assert isinstance(result, ArrayType)
    return Call(
        name=name,
        args=(widened, cast_to(place, IntegerType()), cast_value),
        data_type=ArrayType(result.elementType, True),
        nullable=array.nullable or place.nullable,
    )


def _insert(frame: Frame, array: Values, position: Values, value: Values) -> Values:
    arrays, positions = frame.array(array), frame.array(position)
    null = either_null(arrays, positions)
    lists = Lists.of(arrays)
    wanted = _ints(positions)
    usable = np.ones(frame.rows, bool) if null is None else ~null
    if (usable & (wanted == 0)).any():
        raise SparkRuntimeException(errorClass="INVALID_INDEX_OF_ZERO", messageParameters={})
    beyond = np.where(wanted > 0, np.maximum(wanted - 1 - lists.lengths, 0), 0)
    before = np.where(wanted < 0, np.maximum(-wanted - 1 - lists.lengths, 0), 0)
    if before.any():
        raise SparkRuntimeException(
            errorClass="INVALID_PARAMETER_VALUE.START",
            messageParameters={"parameter": "`pos`", "functionName": "`array_insert`"},
        )
    place = np.where(wanted > 0, wanted - 1, lists.lengths + wanted + 1)
    return _inserted(frame, lists, place, frame.array(value), null, beyond)


def _flatten_type(types: Sequence[DataType]) -> DataType:
    inner = element_type(types)
    return inner if isinstance(inner, ArrayType) else types[0]


def _flatten_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    typed = takes("array", returns=_flatten_type)(name, args, rules)
    if not isinstance(element_type([type_of(args[0])]), ArrayType):
        raise unexpected_input(Call(name=name, args=args), 0, '"ARRAY" of "ARRAY"')
    outer = type_of(args[0])
    assert isinstance(outer, ArrayType)
    return Call(
        name=name,
        args=typed.children,
        data_type=_flatten_type([outer]),
        nullable=args[0].nullable or outer.containsNull,
    )


def _flatten(frame: Frame, arrays: Values) -> Values:
    outer = Lists.of(frame.array(arrays))
    inner = Lists.of(outer.flat)
    broken = outer.any(inner.null) if inner.null is not None else None
    null = outer.null if broken is None else broken | (outer.null if outer.null is not None else False)
    lengths = np.bincount(outer.parents, weights=inner.lengths, minlength=outer.rows).astype(np.int64)
    flat = inner.flat
    if broken is not None:
        flat = flat.filter(pa.array(np.repeat(~broken[outer.parents], inner.lengths)))
        lengths = np.where(broken, 0, lengths)
    return make_list(flat, lengths, null, frame.site.arrow_type)


def _join(frame: Frame, array: Values, separator: Values, *replacement: Values) -> Values:
    arrays, marks = frame.array(array), frame.array(separator)
    if not replacement:
        lists = Lists.of(arrays)
        arrays = lists.kept(np.asarray(pc.is_valid(lists.flat)), arrays.type)
        return pc.binary_join(arrays, marks)
    others = frame.array(replacement[0])
    lists = Lists.of(arrays)
    filled = pc.coalesce(lists.flat, others.take(pa.array(lists.parents)))
    joined = pc.binary_join(make_list(filled, lists.lengths, lists.null, arrays.type), marks)
    return pc.if_else(pc.is_valid(others), joined, pa.scalar(None, pa.string()))


def _compact(frame: Frame, array: Values) -> Values:
    lists = Lists.of(frame.array(array))
    return lists.kept(np.asarray(pc.is_valid(lists.flat)), frame.site.arrow_type)


def _no_nulls(types: Sequence[DataType]) -> DataType:
    return ArrayType(element_type(types), False)


def _repeat_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    typed = takes("any", "int", returns="same")(name, args, rules)
    value, times = typed.children
    return Call(
        name=name, args=(value, times), data_type=ArrayType(type_of(value), value.nullable), nullable=times.nullable
    )


def _join_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    data_type = type_of(args[0]) if args else NullType()
    if isinstance(data_type, (ArrayType, NullType)):
        target = implicit_target(element_type([data_type]), StringType(), rules)
    else:
        target = None
    if args and target is None:
        raise unexpected_input(Call(name=name, args=args), 0, '"ARRAY<STRING>"')
    if isinstance(data_type, ArrayType) and isinstance(data_type.elementType, VariantType):
        raise mismatch(
            "CAST_WITHOUT_SUGGESTION",
            args[0],
            srcType=quoted_type(data_type),
            targetType=quoted_type(ArrayType(StringType())),
        )
    texts = () if not args else (cast_to(args[0], ArrayType(StringType())), *args[1:])
    return takes("array", "string", "string", optional=1, returns="string")(name, texts, rules)


def _extreme_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    typed = takes("array", returns=element_type, nullable=True)(name, args, rules)
    require_order(Call(name=name, args=args), type_of(typed))
    return typed


FUNCTIONS = [
    Function("array", _array_rule, _array, "an array of columns"),
    Function("array_repeat", _repeat_rule, _repeat, "an array of one value a number of times"),
    Function("arrays_zip", _zip_rule, _zip, "an array of structs of the elements of several arrays"),
    Function("array_contains", with_element(returns=BooleanType()), _contains, "whether an array has a value"),
    Function("array_position", with_element(returns=LongType()), _position, "the place of a value from 1, 0 if it is not there"),
    Function("array_remove", with_element(returns=lambda found: found), _remove, "the array without a value"),
    Function("array_max", _extreme_rule, _extreme, "the largest element"),
    Function("array_min", _extreme_rule, _extreme, "the smallest element"),
    Function("sort_array", _sort_array_rule, _sort_array, "the array in order: nulls first if ascending, else last"),
    Function("slice", takes("array", "int", "int"), _slice, "a part of an array from a place, counted from 1 or the end", may_raise=True),
    Function("array_append", with_element(returns=lambda found: found), _append, "the array with a value at its end"),
    Function("array_prepend", with_element(returns=lambda found: found), _append, "the array with a value at its start"),
    Function("array_insert", _insert_rule, _insert, "the array with a value at a place", may_raise=True),
    Function("flatten", _flatten_rule, _flatten, "the elements of an array of arrays"),
    Function("array_join", _join_rule, _join, "the texts of an array joined"),
    Function("array_compact", takes("array", returns=_no_nulls), _compact, "the array without nulls"),
]  # fmt: skip
