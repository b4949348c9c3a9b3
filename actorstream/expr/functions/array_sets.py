"""Arrays as sets: ``array_distinct array_union array_intersect array_except arrays_overlap`` and ``sequence``.

Elements are numbered together with their rows by the group-by kernel, so no row is looked at by itself.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np

from actorstream.errors import IllegalArgumentException
from actorstream.expr.arrow import Array, Values, pa, pc
from actorstream.expr.coercion import (
    Rules,
    cast_to,
    common_type,
    common_type_of_kind,
    element_type,
    mismatch,
    quoted_type,
    require_order,
    takes,
    type_of,
    wrong_arity,
)
from actorstream.expr.distinct import by_distinct_rows
from actorstream.expr.evaluation import Frame
from actorstream.expr.functions.arrays import either_null
from actorstream.expr.functions.string import ranges
from actorstream.expr.grouping import Ids, group_rows
from actorstream.expr.nested import Lists, make_list, with_type
from actorstream.expr.nodes import Call, Expression
from actorstream.expr.registry import Function
from actorstream.expr.types import (
    ArrayType,
    BooleanType,
    DataType,
    DateType,
    DayTimeIntervalType,
    IntegralType,
    NullType,
    TimestampNTZType,
    TimestampType,
    YearMonthIntervalType,
)


def _two_arrays_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) != 2:
        wrong_arity(name, "2", len(args))
    left, right = args
    common = common_type_of_kind(type_of(left), type_of(right), rules)
    if not isinstance(common, ArrayType):
        raise mismatch(
            "BINARY_ARRAY_DIFF_TYPES",
            Call(name=name, args=args),
            functionName=f"`{name}`",
            arrayType='"ARRAY"',
            leftType=quoted_type(type_of(left)),
            rightType=quoted_type(type_of(right)),
        )
    a, b = (kind if isinstance(kind, ArrayType) else common for kind in (type_of(left), type_of(right)))
    contains_null = {
        "array_union": a.containsNull or b.containsNull,
        "array_intersect": a.containsNull and b.containsNull,
    }.get(name, a.containsNull)
    element = common.elementType
    require_order(Call(name=name, args=args), element)
    nullable = left.nullable or right.nullable
    result: DataType = ArrayType(element, contains_null)
    if name == "arrays_overlap":
        result, nullable = BooleanType(), nullable or a.containsNull or b.containsNull
    cast_args = (cast_to(left, ArrayType(element, a.containsNull)), cast_to(right, ArrayType(element, b.containsNull)))
    return Call(name=name, args=cast_args, data_type=result, nullable=nullable)


def _distinct_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    typed = takes("array", returns=_own_type)(name, args, rules)
    require_order(Call(name=name, args=args), element_type([type_of(typed)]))
    return typed


def _codes(parents: Ids, flat: Array) -> tuple[Ids, Ids, int]:
    """A number per (row, value), the first place of each number, and how many there are."""
    if not len(flat):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), 0
    groups, first = group_rows([pa.array(parents), flat])
    return groups.ids, first, groups.count


def _normal(flat: Array) -> Array:
    """The elements as a set gives them: a negative zero is zero."""
    return pc.add(flat, pa.scalar(0.0, flat.type)) if pa.types.is_floating(flat.type) else flat


def _distinct(frame: Frame, array: Values) -> Values:
    lists = Lists.of(frame.array(array))
    lists = Lists(_normal(lists.flat), lists.lengths, lists.null)
    _, first, _ = _codes(lists.parents, lists.flat)
    keep = np.zeros(len(lists.flat), bool)
    keep[first] = True
    return lists.kept(keep, frame.site.arrow_type)


def _combined(frame: Frame, left: Values, right: Values) -> Values:
    """Union, intersection or difference; each value once, in the order of its first place."""
    arrays = (frame.array(left), frame.array(right))
    null = either_null(*arrays)
    a, b = Lists.of(arrays[0]), Lists.of(arrays[1])
    element = frame.site.arrow_type.value_type
    flat = _normal(pa.concat_arrays([with_type(a.flat, element), with_type(b.flat, element)]))
    parents = np.concatenate([a.parents, b.parents])
    ids, first, count = _codes(parents, flat)
    in_b = np.zeros(count, bool)
    in_b[ids[len(a.flat) :]] = True
    chosen = first
    if frame.site.name != "array_union":
        chosen = first[first < len(a.flat)]
        chosen = chosen[in_b[ids[chosen]] == (frame.site.name == "array_intersect")]
    if null is not None:
        chosen = chosen[~null[parents[chosen]]]
    order = chosen[np.lexsort([chosen, parents[chosen]])]
    lengths = np.bincount(parents[order], minlength=frame.rows)
    return make_list(flat.take(pa.array(order)), lengths, null, frame.site.arrow_type)


def _overlap(frame: Frame, left: Values, right: Values) -> Values:
    arrays = (frame.array(left), frame.array(right))
    null = either_null(*arrays)
    a, b = Lists.of(arrays[0]), Lists.of(arrays[1])
    flat = pa.concat_arrays([a.flat, with_type(b.flat, a.flat.type)])
    ids, _, count = _codes(np.concatenate([a.parents, b.parents]), flat)
    valid = np.asarray(pc.is_valid(flat))
    in_b = np.zeros(count, bool)
    in_b[ids[len(a.flat) :]] = True
    found = a.any(in_b[ids[: len(a.flat)]] & valid[: len(a.flat)])
    some_null = a.any(~valid[: len(a.flat)]) | b.any(~valid[len(a.flat) :])
    unknown = ~found & some_null & (a.lengths > 0) & (b.lengths > 0)
    return pa.array(found, pa.bool_(), mask=unknown if null is None else unknown | null)


# ---------------------------------------------------------------- sequence


def _sequence_rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    typed = takes("any", "any", "any", optional=1)(name, args, rules)
    start, stop, *step = typed.children
    common = common_type(type_of(start), type_of(stop), rules)
    timed = (DateType, TimestampType, TimestampNTZType)
    if not isinstance(common, (IntegralType, *timed)):
        raise _wrong_sequence(name, args)
    cast_args = [cast_to(start, common), cast_to(stop, common)]
    for item in step:
        data_type = type_of(item)
        if isinstance(common, timed):
            if not isinstance(data_type, (DayTimeIntervalType, YearMonthIntervalType)):
                raise _wrong_sequence(name, args)
            cast_args.append(item)
        else:
            if not isinstance(data_type, (IntegralType, NullType)):
                raise _wrong_sequence(name, args)
            cast_args.append(cast_to(item, common))
    nullable = any(item.nullable for item in args)
    return Call(name=name, args=tuple(cast_args), data_type=ArrayType(common, False), nullable=nullable)


def _wrong_sequence(name: str, args: tuple[Expression, ...]) -> Exception:
    return mismatch(
        "SEQUENCE_WRONG_INPUT_TYPES",
        Call(name=name, args=args),
        functionName="`sequence`",
        startType='("TIMESTAMP" or "TIMESTAMP_NTZ" or "DATE")',
        stepType='("INTERVAL" or "INTERVAL YEAR TO MONTH" or "INTERVAL DAY TO SECOND")',
        otherStartType='"INTEGRAL"',
    )


def _sequence(frame: Frame, start: Values, stop: Values, *step: Values) -> Values:
    data_type = element_type([frame.site.result_type])
    if not isinstance(data_type, IntegralType):
        return _time_sequence(frame, data_type, start, stop, *step)
    starts, stops = frame.array(start), frame.array(stop)
    first = np.asarray(pc.fill_null(starts, 0)).astype(np.int64)
    last = np.asarray(pc.fill_null(stops, 0)).astype(np.int64)
    if step:
        steps = frame.array(step[0])
        by = np.asarray(pc.fill_null(steps, 1)).astype(np.int64)
        null = either_null(starts, stops, steps)
    else:
        by = np.where(first <= last, 1, -1)
        null = either_null(starts, stops)
    usable = np.ones(frame.rows, bool) if null is None else ~null
    wrong = usable & ((by == 0) & (first != last) | (by > 0) & (first > last) | (by < 0) & (first < last))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise _illegal_sequence(first[at], last[at], by[at])
    span = np.where(by == 0, 0, (last - first) // np.where(by == 0, 1, by))
    lengths = np.where(usable, span + 1, 0)
    steps_taken = ranges(np.zeros(frame.rows, np.int64), lengths)
    values = np.repeat(first, lengths) + steps_taken * np.repeat(by, lengths)
    flat = pa.array(values, pa.int64()).cast(frame.site.arrow_type.value_type)
    return make_list(flat, lengths, null, frame.site.arrow_type)


def _illegal_sequence(start: Any, stop: Any, step: Any) -> Exception:
    return IllegalArgumentException(
        errorClass="_LEGACY_ERROR_TEMP_3243",
        messageParameters={"start": str(start), "stop": str(stop), "step": str(step)},
    )


def _time_sequence(frame: Frame, data_type: DataType, start: Values, stop: Values, *step: Values) -> Values:
    """Dates and timestamps: months do not have one length, so each distinct row is walked through."""
    from actorstream.expr.functions.date_math import add_months_date, shift_local

    months_given = bool(step) and isinstance(frame.site.arg_types[2], YearMonthIntervalType)
    zone = frame.context.time_zone if isinstance(data_type, TimestampType) else None

    def walk(first: Any, last: Any, by: Any = datetime.timedelta(days=1)) -> list[Any]:
        backwards = (by < 0) if months_given else by < datetime.timedelta(0)
        nothing = (by == 0) if months_given else not by
        if nothing or ((first > last) != backwards and first != last):
            raise _illegal_sequence(first, last, by)
        found: list[Any] = []
        while True:
            count = len(found)
            moment: Any
            if months_given and isinstance(first, datetime.datetime):
                moment = shift_local(first, months=by * count, delta=datetime.timedelta(0), zone=zone)
            elif months_given:
                moment = add_months_date(first, by * count)
            elif isinstance(first, datetime.datetime):
                moment = shift_local(first, months=0, delta=by * count, zone=zone)
            else:
                moment = first + by * count
            if (moment < last) if backwards else (moment > last):
                return found
            found.append(moment)

    return by_distinct_rows(walk, [start, stop, *step], frame.site.arrow_type, length=frame.rows)


def _own_type(types: Sequence[DataType]) -> DataType:
    return types[0]


FUNCTIONS = [
    Function("array_distinct", _distinct_rule, _distinct, "each value of an array once"),
    Function("array_union", _two_arrays_rule, _combined, "the values of either array, each once"),
    Function("array_intersect", _two_arrays_rule, _combined, "the values of both arrays, each once"),
    Function("array_except", _two_arrays_rule, _combined, "the values of the first array that are not in the second"),
    Function("arrays_overlap", _two_arrays_rule, _overlap, "whether two arrays have a value in common"),
    Function("sequence", _sequence_rule, _sequence, "an array of numbers, dates or timestamps from start to stop", may_raise=True),
]  # fmt: skip
