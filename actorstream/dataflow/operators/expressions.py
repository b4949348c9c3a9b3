"""How operators take expressions: from a user's text or `Column` to something compiled against the input columns.

Expressions of a DataFrame arrive resolved and bound; those of a pipeline are names, resolved here against the input schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pyarrow as pa

from actorstream.common.config import ANSI_ENABLED, Conf
from actorstream.common.ids import PartitionId
from actorstream.dataflow.protocols import EpochInfo, OperatorContext
from actorstream.errors import AnalysisException, PySparkNotImplementedError, PySparkTypeError
from actorstream.expr.compile import CompiledExpression, EvalContext, compile_expression
from actorstream.expr.evaluation import Batch
from actorstream.expr.functions.aggregate import AggregateFunction, bind_aggregate, is_aggregate
from actorstream.expr.grouping import Groups, as_array, single_group
from actorstream.expr.naming import output_name
from actorstream.expr.nodes import (
    WATERMARK_DELAY_KEY,
    AggregateCall,
    Alias,
    BoundReference,
    Call,
    Expression,
    SessionWindow,
    TimeWindow,
    UnresolvedAttribute,
)
from actorstream.expr.types import WATERMARK_KEY
from actorstream.expr.typing import attributes_of, bind, resolve
from actorstream.expr.zones import session_zone

ExpressionLike = Any
"""An `Expression`, the name of a column, or an object whose ``expression`` is an `Expression` (a `Column`)."""
NamedExpressions = Sequence[tuple[str, ExpressionLike]] | Sequence[ExpressionLike] | Mapping[str, ExpressionLike]


def as_expression(value: ExpressionLike) -> Expression:
    """The expression that a user means. Raises: PySparkTypeError NOT_EXPECTED_TYPE."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, str):
        return UnresolvedAttribute(parts=(value,))
    found = getattr(value, "expression", None)
    if isinstance(found, Expression):
        return found
    raise PySparkTypeError(
        errorClass="NOT_EXPECTED_TYPE",
        messageParameters={
            "arg_name": "column",
            "expected_type": "Column or str",
            "arg_type": type(value).__name__,
        },
    )


def named_expressions(values: NamedExpressions) -> tuple[tuple[str, Expression], ...]:
    """Pairs of result name and expression; an unnamed one is named as Spark would."""
    if isinstance(values, Mapping):
        return tuple((name, as_expression(value)) for name, value in values.items())
    return tuple(_named(value) for value in values)


def _named(value: Any) -> tuple[str, Expression]:
    if isinstance(value, tuple):
        name, what = value
        return name, as_expression(what)
    if isinstance(value, str):
        return value, as_expression(value)
    expression = as_expression(value)
    return output_name(expression), expression


def as_aggregate(expression: Expression) -> AggregateCall:
    """The one aggregate call that an expression is, without its alias.

    Raises: PySparkNotImplementedError NOT_IMPLEMENTED for arithmetic on aggregates.
    """
    if isinstance(expression, Alias):
        return as_aggregate(expression.child)
    if isinstance(expression, AggregateCall):
        return expression
    if isinstance(expression, Call) and is_aggregate(expression.name):
        return AggregateCall(name=expression.name, args=expression.args)
    raise PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED",
        messageParameters={
            "feature": f"An expression around or without an aggregate function, `{output_name(expression)}`, in an Aggregate",
            "remedy": "Aggregate first and compute with the results in a Project.",
        },
    )


def bound(expression: Expression, schema: pa.Schema, conf: Conf) -> Expression:
    """The expression resolved against the columns of a table and bound to their positions."""
    if expression.data_type is not None:
        return expression
    attributes = attributes_of(schema)
    return bind(resolve(expression, attributes, conf), attributes)


def compile_bound(expression: Expression, schema: pa.Schema, conf: Conf) -> CompiledExpression:
    """Ready to run on tables of `schema`."""
    return compile_expression(bound(expression, schema, conf), schema, conf)


def result_field(name: str, expression: Expression, schema: pa.Schema, conf: Conf) -> pa.Field:
    """The field of a computed column; it keeps the event-time mark of a column that is only passed on (STF-4)."""
    expression = bound(expression, schema, conf)
    field = compile_expression(expression, schema, conf).field(name)
    mark = mark_of(expression, schema)
    metadata = dict(field.metadata or {})
    if mark is not None:
        metadata[WATERMARK_KEY] = mark
    return field.with_metadata(metadata or None)


def mark_of(expression: Expression, schema: pa.Schema) -> bytes | None:
    """The event-time mark that a bound expression carries, the delay in ms as text, or None."""
    if isinstance(expression, Alias):
        own = expression.metadata.get(WATERMARK_DELAY_KEY)
        return str(own).encode() if own is not None else mark_of(expression.child, schema)
    if isinstance(expression, BoundReference):
        return field_mark(schema.field(expression.ordinal))
    if isinstance(expression, (TimeWindow, SessionWindow)):
        return mark_of(expression.time, schema)
    if isinstance(expression, Call) and expression.name == "window_time":
        return mark_of(expression.args[0], schema)
    return None


def field_mark(field: pa.Field) -> bytes | None:
    """The event-time mark of a column, or None."""
    return cast("bytes | None", (field.metadata or {}).get(WATERMARK_KEY))


def marked_column(fields: Iterable[pa.Field]) -> int | None:
    """Position of the column that carries the event-time mark, or None.

    Raises: AnalysisException MULTIPLE_EVENT_TIME_COLUMNS (STF-17).
    """
    columns = list(fields)
    marked = [index for index, field in enumerate(columns) if field_mark(field) is not None]
    if len(marked) > 1:
        names = ", ".join(columns[index].name for index in marked)
        raise AnalysisException(
            f"More than one event time columns are available. Please ensure there is at most one event time column in the "
            f"stream. event time columns: ({names})"
        )
    return marked[0] if marked else None


def time_us(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Microseconds of an event-time column: of the timestamp, or of a window's end (STF-11). Null stays null."""
    array = as_array(column)
    if pa.types.is_struct(array.type):
        array = array.flatten()[array.type.get_field_index("end")]
    if array.type.unit != "us":
        array = array.cast(pa.timestamp("us", array.type.tz))
    return array.view(pa.int64())


@dataclass(frozen=True, slots=True)
class BoundAggregate:
    """An aggregate with its compiled arguments."""

    name: str
    function: AggregateFunction
    args: tuple[CompiledExpression, ...]
    filter: CompiledExpression | None

    def update(self, batch: Batch, groups: Groups) -> list[pa.Array]:
        """Buffers of the rows of a batch."""
        inputs = [as_array(argument.on(batch)) for argument in self.args]
        if self.filter is not None:
            mask = as_array(self.filter.on(batch)).fill_null(False)
            inputs = [values.filter(mask) for values in inputs]
            groups = groups.of_rows(mask.to_numpy(zero_copy_only=False))
        return self.function.update(inputs, groups)

    def empty(self) -> list[pa.Array]:
        """Buffers of one group without rows."""
        inputs = [pa.array([], argument.field("").type) for argument in self.args]
        return self.function.update(inputs, _NO_ROWS)


_NO_ROWS = single_group(0)


def bind_aggregates(
    aggregates: Sequence[tuple[str, Expression]], schema: pa.Schema, conf: Conf
) -> tuple[BoundAggregate, ...]:
    """Aggregates ready to run on tables of `schema`."""
    ansi = conf.value(ANSI_ENABLED)
    result = []
    for name, expression in aggregates:
        call = as_aggregate(expression)
        if call.data_type is None:
            call = as_aggregate(bound(call, schema, conf))
        result.append(
            BoundAggregate(
                name,
                bind_aggregate(call, ansi=ansi, zone=session_zone(conf)),
                tuple(compile_expression(argument, schema, conf) for argument in call.inputs),
                None if call.filter is None else compile_expression(call.filter, schema, conf),
            )
        )
    return tuple(result)


def eval_context(info: EpochInfo, partition: PartitionId, conf: Conf) -> EvalContext:
    """The facts of an epoch for expressions."""
    return EvalContext(
        batch_time_us=info.batch_time_ms * 1000, epoch=info.epoch, partition=partition, time_zone=session_zone(conf)
    )


class Evaluation:
    """Holds what compiled expressions of an operator are evaluated with; begun anew every epoch."""

    __slots__ = ("_conf", "_partition", "context")

    def __init__(self, context: OperatorContext) -> None:
        self._conf = context.conf
        self._partition = context.partition
        self.context = eval_context(EpochInfo(cast("Any", 0), 0), context.partition, context.conf)

    def begin(self, info: EpochInfo) -> None:
        """The epoch whose facts count from now on."""
        self.context = self.context.of_epoch(info.batch_time_ms * 1000, info.epoch)
