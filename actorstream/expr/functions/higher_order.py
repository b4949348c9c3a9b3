"""Functions with lambdas: ``transform filter exists aggregate zip_with map_filter array_sort ...``.

A lambda runs once on all elements of all rows, as columns; `aggregate`, whose steps build on each other, runs once per position.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from actorstream.errors import SparkRuntimeException
from actorstream.expr.arrow import Array, Values, pa, pc
from actorstream.expr.coercion import (
    Rules,
    is_orderable,
    mismatch,
    quoted,
    quoted_type,
    same_type,
    type_of,
    unexpected_input,
    wrong_arity,
)
from actorstream.expr.evaluation import Frame
from actorstream.expr.functions.arrays import either_null, padded_elements
from actorstream.expr.functions.maps import Maps, build_maps
from actorstream.expr.grouping import group_rows
from actorstream.expr.nested import Lists, make_list, make_map, parents_of, with_type
from actorstream.expr.nodes import Call, Expression, Lambda, LambdaVariable, next_attribute_id
from actorstream.expr.ordering import sort_rows
from actorstream.expr.registry import Function
from actorstream.expr.types import ArrayType, BooleanType, DataType, IntegerType, MapType, NullType, VariantType, holds

if TYPE_CHECKING:
    from actorstream.expr.compile import CompiledLambda

Parameters = list[tuple[DataType, bool]]


def _text(expression: Expression) -> str:
    from actorstream.expr.naming import sql_text

    return sql_text(expression)


def _array_of(node: Call, argument: Expression, index: int = 0) -> ArrayType:
    data_type = type_of(argument)
    if isinstance(data_type, ArrayType):
        return data_type
    if isinstance(data_type, NullType):
        return ArrayType(NullType())
    raise unexpected_input(node, index, '"ARRAY"')


def _map_of(node: Call, argument: Expression) -> MapType:
    data_type = type_of(argument)
    if isinstance(data_type, MapType):
        return data_type
    raise unexpected_input(node, 0, '"MAP"')


# ---------------------------------------------------------------- types of lambda parameters


def _element(node: Call, plain: Sequence[Expression], index: int, done: Sequence[Expression]) -> Parameters:
    array = _array_of(node, plain[0])
    body = node.args[index]
    wants_place = isinstance(body, Lambda) and len(body.parameters) == 2
    return [(array.elementType, array.containsNull), *([(IntegerType(), False)] if wants_place else [])]


def _one_element(node: Call, plain: Sequence[Expression], index: int, done: Sequence[Expression]) -> Parameters:
    return _element(node, plain, index, done)[:1]


def _two_elements(node: Call, plain: Sequence[Expression], index: int, done: Sequence[Expression]) -> Parameters:
    return _one_element(node, plain, index, done) * 2


def _fold(node: Call, plain: Sequence[Expression], index: int, done: Sequence[Expression]) -> Parameters:
    array, zero = _array_of(node, plain[0]), plain[1]
    if index == 2:
        return [(type_of(zero), True), (array.elementType, array.containsNull)]
    return [(type_of(zero), True)]


def _zipped(node: Call, plain: Sequence[Expression], index: int, done: Sequence[Expression]) -> Parameters:
    return [(_array_of(node, plain[0]).elementType, True), (_array_of(node, plain[1], 1).elementType, True)]


def _pair(node: Call, plain: Sequence[Expression], index: int, done: Sequence[Expression]) -> Parameters:
    data_type = _map_of(node, plain[0])
    return [(data_type.keyType, False), (data_type.valueType, data_type.valueContainsNull)]


def _key_and_values(node: Call, plain: Sequence[Expression], index: int, done: Sequence[Expression]) -> Parameters:
    left, right = _map_of(node, plain[0]), _map_of(node, plain[1])
    if not same_type(left.keyType, right.keyType):
        raise mismatch(
            "MAP_ZIP_WITH_DIFF_TYPES",
            node,
            functionName="`map_zip_with`",
            leftType=quoted_type(left.keyType),
            rightType=quoted_type(right.keyType),
        )
    return [(left.keyType, False), (left.valueType, True), (right.valueType, True)]


# ---------------------------------------------------------------- type rules


def _body(name: str, args: tuple[Expression, ...], index: int) -> Lambda:
    if len(args) != index + 1:
        wrong_arity(name, str(index + 1), len(args))
    found = args[index]
    assert isinstance(found, Lambda)
    return found


def _typed(name: str, args: tuple[Expression, ...], result: DataType) -> Call:
    nullable = any(item.nullable for item in args if not isinstance(item, Lambda))
    return Call(name=name, args=args, data_type=result, nullable=nullable)


def _transform_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    body = _body(name, args, 1)
    return _typed(name, args, ArrayType(type_of(body), body.nullable))


def _filter_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    _check_condition(name, args)
    return _typed(name, args, type_of(args[0]))


def _condition_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    _check_condition(name, args)
    found = _typed(name, args, BooleanType())
    nullable = found.nullable or _body(name, args, 1).nullable
    return Call(name=name, args=args, data_type=BooleanType(), nullable=nullable)


def _check_condition(name: str, args: tuple[Expression, ...]) -> None:
    body = _body(name, args, 1)
    if not isinstance(type_of(body), (BooleanType, NullType)):
        raise unexpected_input(Call(name=name, args=args), 1, '"BOOLEAN"')


def _aggregate_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) not in (3, 4):
        wrong_arity(name, "[3, 4]", len(args))
    if len(args) == 3:
        # without a last step the state is the result
        state = LambdaVariable(name="id", id=next_attribute_id(), data_type=args[1].data_type)
        args = (*args, Lambda(parameters=(state,), body=state, data_type=state.data_type))
    zero, merge = args[1], args[2]
    if not same_type(type_of(merge), type_of(zero)):
        raise mismatch(
            "UNEXPECTED_INPUT_TYPE",
            Call(name=name, args=args),
            paramIndex="third",
            requiredType=quoted_type(type_of(zero)),
            inputSql=quoted(_text(merge)),
            inputType=quoted_type(type_of(merge)),
        )
    return Call(name=name, args=args, data_type=type_of(args[3]), nullable=True)


def _zip_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    body = _body(name, args, 2)
    return _typed(name, args, ArrayType(type_of(body), body.nullable))


def _keys_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    data_type, body = type_of(args[0]), _body(name, args, 1)
    assert isinstance(data_type, MapType)
    if holds(type_of(body), MapType) or holds(type_of(body), VariantType):
        raise mismatch("INVALID_MAP_KEY_TYPE", Call(name=name, args=args), keyType=quoted_type(type_of(body)))
    return _typed(name, args, MapType(type_of(body), data_type.valueType, data_type.valueContainsNull))


def _values_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    data_type, body = type_of(args[0]), _body(name, args, 1)
    assert isinstance(data_type, MapType)
    return _typed(name, args, MapType(data_type.keyType, type_of(body), body.nullable))


def _map_zip_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    left, right = type_of(args[0]), type_of(args[1])
    assert isinstance(left, MapType)
    assert isinstance(right, MapType)
    body = _body(name, args, 2)
    return _typed(name, args, MapType(left.keyType, type_of(body), body.nullable))


def _sort_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    data_type = _array_of(Call(name=name, args=args), args[0])
    if len(args) > 1 and not isinstance(type_of(_body(name, args, 1)), IntegerType):
        raise mismatch(
            "UNEXPECTED_RETURN_TYPE",
            Call(name=name, args=args),
            functionName="`lambdafunction`",
            expectedType='"INT"',
            actualType=quoted_type(type_of(args[1])),
        )
    if not is_orderable(data_type.elementType):
        # elements are compared by a lambda that is there even when it was not written
        pair = tuple(LambdaVariable(name=side, id=0, data_type=data_type.elementType) for side in ("left", "right"))
        raise mismatch(
            "INVALID_ORDERING_TYPE",
            Call(name="<", args=pair),
            functionName="`<`",
            dataType=quoted_type(data_type.elementType),
        )
    return _typed(name, args, data_type)


# ---------------------------------------------------------------- kernels


def _on_elements(frame: Frame, lists: Lists, body: CompiledLambda) -> Array:
    """The lambda on every element (and its index)."""
    places = pa.array(lists.places, pa.int32())
    return body.on(frame.batch, pa.array(lists.parents), lists.flat, places)


def _transform(frame: Frame, array: Array, body: CompiledLambda) -> Values:
    lists = Lists.of(array)
    return make_list(_on_elements(frame, lists, body), lists.lengths, lists.null, frame.site.arrow_type)


def _true(values: Array) -> np.ndarray[Any, Any]:
    return np.asarray(pc.fill_null(values.cast(pa.bool_()), False))


def _filter(frame: Frame, array: Array, body: CompiledLambda) -> Values:
    lists = Lists.of(array)
    return lists.kept(_true(_on_elements(frame, lists, body)), frame.site.arrow_type)


def _exists(frame: Frame, array: Array, body: CompiledLambda) -> Values:
    """Three-valued: an unknown element makes the answer unknown unless another one decides."""
    lists = Lists.of(array)
    values = _on_elements(frame, lists, body).cast(pa.bool_())
    if frame.site.name == "forall":
        decided = lists.any(_true(pc.invert(values)))
    else:
        decided = lists.any(_true(values))
    unknown = ~decided & lists.any(np.asarray(pc.is_null(values)))
    answer = ~decided if frame.site.name == "forall" else decided
    return pa.array(answer, pa.bool_(), mask=unknown if lists.null is None else unknown | lists.null)


def _aggregate(frame: Frame, array: Array, zero: Array, merge: CompiledLambda, *finish: CompiledLambda) -> Values:
    lists = Lists.of(array)
    state = zero
    for position in range(int(lists.lengths.max(initial=0))):
        rows = np.flatnonzero(lists.lengths > position)
        places = pa.array(rows)
        elements = lists.flat.take(pa.array(lists.starts[rows] + position))
        merged = with_type(merge.on(frame.batch, places, state.take(places), elements), state.type)
        if len(rows) == frame.rows:
            state = merged
        else:
            order = np.arange(frame.rows)
            order[rows] = frame.rows + np.arange(len(rows))
            state = pa.concat_arrays([state, merged]).take(pa.array(order))
    if finish:
        state = finish[0].on(frame.batch, pa.array(np.arange(frame.rows)), state)
    if lists.null is not None:
        state = pc.if_else(pa.array(lists.null), pa.scalar(None, state.type), state)
    return state


def _zip_with(frame: Frame, left: Array, right: Array, body: CompiledLambda) -> Values:
    null = either_null(left, right)
    parts = [Lists.of(left), Lists.of(right)]
    lengths = np.maximum(parts[0].lengths, parts[1].lengths)
    if null is not None:
        lengths = np.where(null, 0, lengths)
    elements = [padded_elements(part, lengths) for part in parts]
    values = body.on(frame.batch, pa.array(parents_of(lengths)), *elements)
    return make_list(values, lengths, null, frame.site.arrow_type)


def _on_pairs(frame: Frame, maps: Maps, body: CompiledLambda) -> Array:
    return body.on(frame.batch, pa.array(parents_of(maps.lengths)), maps.keys, maps.items)


def _map_filter(frame: Frame, values: Array, body: CompiledLambda) -> Values:
    maps = Maps.of(values)
    keep = _true(_on_pairs(frame, maps, body))
    lengths = maps.as_lists().count(keep)
    mask = pa.array(keep)
    return make_map(maps.keys.filter(mask), maps.items.filter(mask), lengths, maps.null, frame.site.arrow_type)


def _transform_keys(frame: Frame, values: Array, body: CompiledLambda) -> Values:
    maps = Maps.of(values)
    return build_maps(frame, _on_pairs(frame, maps, body), maps.items, maps.lengths, maps.null)


def _transform_values(frame: Frame, values: Array, body: CompiledLambda) -> Values:
    maps = Maps.of(values)
    return make_map(maps.keys, _on_pairs(frame, maps, body), maps.lengths, maps.null, frame.site.arrow_type)


def _map_zip_with(frame: Frame, left: Array, right: Array, body: CompiledLambda) -> Values:
    null = either_null(left, right)
    a, b = Maps.of(left), Maps.of(right)
    keys = pa.concat_arrays([a.keys, with_type(b.keys, a.keys.type)])
    parents = np.concatenate([parents_of(a.lengths), parents_of(b.lengths)])
    if not len(keys):
        nothing = pa.array([], frame.site.arrow_type.item_type)
        return make_map(keys, nothing, np.zeros(frame.rows, np.int64), null, frame.site.arrow_type)
    groups, first = group_rows([pa.array(parents), keys])
    places = np.full((2, groups.count), -1, np.int64)
    places[0, groups.ids[: len(a.keys)]] = np.arange(len(a.keys))
    places[1, groups.ids[len(a.keys) :]] = np.arange(len(b.keys))
    order = np.lexsort([first, parents[first]])
    if null is not None:
        order = order[~null[parents[first[order]]]]
    sides = [
        side.items.take(pa.array(np.maximum(places[i, order], 0), pa.int64(), mask=places[i, order] < 0))
        for i, side in enumerate((a, b))
    ]
    chosen = first[order]
    merged = keys.take(pa.array(chosen))
    values = body.on(frame.batch, pa.array(parents[chosen]), merged, *sides)
    lengths = np.bincount(parents[chosen], minlength=frame.rows)
    return make_map(merged, values, lengths, null, frame.site.arrow_type)


def _array_sort(frame: Frame, array: Values, *comparator: CompiledLambda) -> Values:
    lists = Lists.of(frame.array(array))
    if not comparator:
        order = sort_rows([pa.array(lists.parents), lists.flat], [True, True], [True, False])
    else:
        order = _by_comparator(frame, lists, comparator[0])
    return lists.ordered(order, frame.site.arrow_type)


def _by_comparator(frame: Frame, lists: Lists, comparator: CompiledLambda) -> np.ndarray[Any, Any]:
    """Every pair of a list is compared at once; an element's place is the number of those before it.

    Raises: SparkRuntimeException COMPARATOR_RETURNS_NULL.
    """
    squares = lists.lengths**2
    row = np.repeat(np.arange(lists.rows), squares)
    pair = np.arange(int(squares.sum())) - np.repeat(np.cumsum(squares) - squares, squares)
    width = np.maximum(lists.lengths[row], 1)
    first, second = pair // width, pair % width
    left, right = lists.starts[row] + first, lists.starts[row] + second
    signs = comparator.on(
        frame.batch, pa.array(row), lists.flat.take(pa.array(left)), lists.flat.take(pa.array(right))
    ).cast(pa.int32())
    if pc.is_null(signs).sum().as_py():
        at = int(np.flatnonzero(np.asarray(pc.is_null(signs)))[0])
        raise SparkRuntimeException(
            errorClass="COMPARATOR_RETURNS_NULL",
            messageParameters={
                "firstValue": str(lists.flat[int(left[at])].as_py()),
                "secondValue": str(lists.flat[int(right[at])].as_py()),
            },
        )
    sign = np.asarray(signs)
    before = (sign < 0) | ((sign == 0) & (first < second))
    rank = np.bincount(right[before], minlength=len(lists.flat))
    return np.lexsort([rank, lists.parents])


FUNCTIONS = [
    Function("transform", _transform_rule, _transform, "every element of an array replaced", lambda_types=_element, may_raise=True),
    Function("filter", _filter_rule, _filter, "the elements of an array that a condition holds for", lambda_types=_element, may_raise=True),
    Function("exists", _condition_rule, _exists, "whether a condition holds for an element", lambda_types=_one_element, may_raise=True),
    Function("forall", _condition_rule, _exists, "whether a condition holds for all elements", lambda_types=_one_element, may_raise=True),
    Function("aggregate", _aggregate_rule, _aggregate, "an array folded from the left", lambda_types=_fold, lambdas_from=2, may_raise=True),
    Function("reduce", _aggregate_rule, _aggregate, "an array folded from the left", lambda_types=_fold, lambdas_from=2, may_raise=True),
    Function("zip_with", _zip_rule, _zip_with, "two arrays combined element by element", lambda_types=_zipped, lambdas_from=2, may_raise=True),
    Function("map_filter", _filter_rule, _map_filter, "the pairs of a map that a condition holds for", lambda_types=_pair, may_raise=True),
    Function("transform_keys", _keys_rule, _transform_keys, "the keys of a map replaced", lambda_types=_pair, may_raise=True),
    Function("transform_values", _values_rule, _transform_values, "the values of a map replaced", lambda_types=_pair, may_raise=True),
    Function("map_zip_with", _map_zip_rule, _map_zip_with, "two maps combined key by key", lambda_types=_key_and_values, lambdas_from=2, may_raise=True),
    Function("array_sort", _sort_rule, _array_sort, "an array in order, nulls last, or in the order of a comparator", lambda_types=_two_elements, may_raise=True),
]  # fmt: skip
