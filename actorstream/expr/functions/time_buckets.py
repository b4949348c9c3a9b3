"""``time_bucket``: the start of the bucket of fixed size that a moment falls into.

Buckets follow one another from an origin: number n starts n intervals after it. Months and whole days of an interval count in
local time, the rest on the time line, as everywhere (`date_math.shifted`).
"""

from __future__ import annotations

import datetime

import numpy as np

from actorstream.expr.arrow import Array, Values, pa, pc
from actorstream.expr.casts import tzinfo_of
from actorstream.expr.coercion import (
    Rules,
    mismatch,
    quoted,
    quoted_type,
    same_type,
    type_of,
    unexpected_input,
    wrong_arity,
)
from actorstream.expr.evaluation import Frame
from actorstream.expr.functions.date_math import shifted
from actorstream.expr.functions.date_parts import local_times
from actorstream.expr.grouping import Ids
from actorstream.expr.interval_parts import months_days_micros
from actorstream.expr.nodes import Attribute, BoundReference, Call, Constant, Expression
from actorstream.expr.registry import Function
from actorstream.expr.types import (
    DataType,
    DayTimeIntervalType,
    NullType,
    TimestampNTZType,
    TimestampType,
    YearMonthIntervalType,
)

_DAY_US = 86_400_000_000
_MOMENTS = '"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)"'


def _rule(name: str, args: tuple[Expression, ...], rules: Rules) -> Expression:
    if len(args) not in (2, 3):
        wrong_arity(name, "[2, 3]", len(args))
    data_type = type_of(args[1])
    if len(args) == 2:
        args = (*args, _epoch(data_type, rules))
    call = Call(name=name, args=args)
    size = args[0]
    if not isinstance(type_of(size), (DayTimeIntervalType, YearMonthIntervalType, NullType)):
        raise unexpected_input(call, 0, '("INTERVAL DAY TO SECOND" or "INTERVAL YEAR TO MONTH")')
    if not isinstance(data_type, (TimestampType, TimestampNTZType)):
        raise unexpected_input(call, 1, _MOMENTS)
    if not isinstance(type_of(args[2]), NullType) and not same_type(type_of(args[2]), data_type):
        raise unexpected_input(call, 2, quoted_type(data_type))
    for index, parameter in ((0, "bucketSize"), (2, "origin")):
        _require_constant(call, index, parameter)
    if isinstance(size, Constant) and size.value is not None:
        zero = datetime.timedelta() if isinstance(size.value, datetime.timedelta) else 0
        if size.value <= zero:
            from actorstream.expr.naming import sql_text

            raise mismatch(
                "VALUE_OUT_OF_RANGE",
                call,
                exprName="`bucketSize`",
                valueRange="(0, inf)",
                currentValue=sql_text(size),
            )
    return Call(name=name, args=args, data_type=data_type, nullable=any(item.nullable for item in args))


def _epoch(data_type: DataType, rules: Rules) -> Constant:
    midnight = datetime.datetime(1970, 1, 1)
    if isinstance(data_type, TimestampNTZType):
        return Constant(value=midnight, data_type=TimestampNTZType(), nullable=False)
    local = midnight.replace(tzinfo=tzinfo_of(rules.zone))
    return Constant(value=local, data_type=TimestampType(), nullable=False)


def _require_constant(call: Call, index: int, parameter: str) -> None:
    argument = call.args[index]
    if any(isinstance(part, (Attribute, BoundReference)) for part in argument.walk()):
        from actorstream.expr.naming import sql_text

        raise mismatch(
            "NON_FOLDABLE_INPUT",
            call,
            inputName=f"`{parameter}`",
            inputType=quoted_type(type_of(argument)),
            inputExpr=quoted(sql_text(argument)),
        )


def _time_bucket(frame: Frame, size: Values, times: Values, origin: Values) -> Values:
    sizes, moments, origins = (frame.array(item) for item in (size, times, origin))
    null = np.asarray(pc.or_(pc.is_null(sizes), pc.or_(pc.is_null(moments), pc.is_null(origins))))
    if null.all():
        return pa.nulls(frame.rows, frame.site.arrow_type)
    months, days, micros = months_days_micros(sizes, frame.site.arg_types[0])
    data_type = frame.site.arg_types[1]
    wanted = np.asarray(pc.fill_null(moments.cast(pa.int64()), 0))

    def start(number: Ids) -> Array:
        return shifted(frame, origins, data_type, number * months, number * days, number * micros)

    # local clocks give the number but for a bucket or so, around clock changes and month ends
    here, there = local_times(frame, moments, 1), local_times(frame, origins, 2)
    number = _estimate(here, there, months, days * _DAY_US + micros)
    for _ in range(3):
        late = ~null & (np.asarray(pc.fill_null(start(number).cast(pa.int64()), 0)) > wanted)
        number = np.where(late, number - 1, number)
        early = ~null & (np.asarray(pc.fill_null(start(number + 1).cast(pa.int64()), 0)) <= wanted)
        number = np.where(early, number + 1, number)
    found = start(number)
    return pc.if_else(pa.array(null), pa.scalar(None, found.type), found)


def _estimate(here: Array, there: Array, months: Ids, micros: Ids) -> Ids:
    ours, theirs = (np.asarray(pc.fill_null(item.cast(pa.int64()), 0)) for item in (here, there))
    by_length: Ids = (ours - theirs) // np.where(micros > 0, micros, 1)
    ours_month, theirs_month = (
        (item // _DAY_US).astype("datetime64[D]").astype("datetime64[M]") for item in (ours, theirs)
    )
    between = ours_month.astype(np.int64) - theirs_month.astype(np.int64)
    found: Ids = np.where(months > 0, between // np.where(months > 0, months, 1), by_length)
    return found


FUNCTIONS = [
    Function(
        "time_bucket", _rule, _time_bucket, "the start of the bucket of an interval's size that a timestamp is in"
    ),
]
