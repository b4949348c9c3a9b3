"""Computes functions over windows of rows: ranks, values of other rows, aggregates over frames. For batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from actorstream.common.config import ANSI_ENABLED, Conf
from actorstream.dataflow.exchange import Gather
from actorstream.dataflow.operators import window_frames as frames
from actorstream.dataflow.operators.expressions import Evaluation
from actorstream.dataflow.operators.whole_epoch import WholeEpoch
from actorstream.dataflow.operators.window_counters import counter_differences
from actorstream.dataflow.operators.window_frames import Frames, Mask, Rows
from actorstream.dataflow.protocols import EpochInfo, OperatorContext
from actorstream.expr.compile import CompiledExpression, EvalContext, compile_expression
from actorstream.expr.evaluation import Batch
from actorstream.expr.functions.aggregate import AggregateFunction, bind_aggregate
from actorstream.expr.grouping import as_array, normalise_keys
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import AggregateCall, Call, Constant, Expression, WindowFrame, WindowFunction
from actorstream.expr.ordering import ranks_of, sort_rows
from actorstream.expr.types import StructField, StructType, to_arrow_schema
from actorstream.expr.window_functions import distance, is_current
from actorstream.expr.zones import session_zone


class WindowFunctions(WholeEpoch):
    """``function OVER (...)``: the input's columns, then one more for each function.

    Args:
        columns: pairs of result name and resolved, bound `WindowFunction`.
    """

    exchange = Gather()

    def __init__(self, columns: Sequence[tuple[str, WindowFunction]]) -> None:
        super().__init__()
        self.columns = tuple(columns)

    def describe(self) -> str:
        return f"Window [{', '.join(sql_text(function) for _, function in self.columns)}]"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        fields = []
        for name, function in self.columns:
            assert function.data_type is not None
            fields.append(StructField(name, function.data_type, function.nullable))
        return pa.schema([*inputs[0], *to_arrow_schema(StructType(fields))])

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._output = self.output_schema(context.input_schemas)
        self._evaluation = Evaluation(context)
        self._steps = _steps(self.columns, self._schema, context.conf)

    def begin_epoch(self, info: EpochInfo) -> None:
        super().begin_epoch(info)
        self._evaluation.begin(info)

    def handle(self, table: pa.Table) -> pa.Table:
        """Shape: out (all rows, the input's columns and the functions'), in the order of the last window."""
        made: list[int] = []
        for step in self._steps:
            table = step.run(table, self._evaluation.context)
            made.extend(step.places)
        width = len(self._schema)
        results = [table.column(width + made.index(place)) for place in range(len(self.columns))]
        return pa.Table.from_arrays([*table.columns[:width], *results], schema=self._output)


# ---------------------------------------------------------------- one order of the rows


@dataclass(frozen=True, slots=True)
class _Step:
    """The functions that share partition and order: one sort for all of them."""

    partition: tuple[CompiledExpression, ...]
    order: tuple[CompiledExpression, ...]
    ascending: tuple[bool, ...]
    nulls_first: tuple[bool, ...]
    functions: tuple[_Function, ...]
    #: their places in the operator's list
    places: tuple[int, ...]

    def run(self, table: pa.Table, context: EvalContext) -> pa.Table:
        """The table in the order of this window, with the functions' columns added."""
        batch = Batch.of(table, context)
        partition = [as_array(normalise_keys(key.on(batch))) for key in self.partition]
        order = [as_array(key.on(batch)) for key in self.order]
        columns = [*partition, *order]
        if columns:
            up = [True] * len(partition)
            permutation = pa.array(sort_rows(columns, [*up, *self.ascending], [*up, *self.nulls_first]))
            table = table.take(permutation).combine_chunks()
            partition = [column.take(permutation) for column in partition]
            order = [column.take(permutation) for column in order]
            batch = Batch.of(table, context)
        view = _View(
            batch, Rows.of(batch.rows, partition, order), tuple(order), self.ascending[:1], self.nulls_first[:1]
        )
        for number, function in enumerate(self.functions):
            table = table.append_column(str(number), function.run(view))
        return table


@dataclass(frozen=True, slots=True)
class _View:
    """Sorted rows, ready for the functions."""

    batch: Batch
    rows: Rows
    order: tuple[pa.Array, ...]
    ascending: tuple[bool, ...]
    nulls_first: tuple[bool, ...]


def _steps(columns: Sequence[tuple[str, WindowFunction]], schema: pa.Schema, conf: Conf) -> list[_Step]:
    groups: dict[tuple[Any, ...], list[int]] = {}
    for place, (_, function) in enumerate(columns):
        groups.setdefault((function.partition_by, function.order_by), []).append(place)

    def compiled(expression: Expression) -> CompiledExpression:
        return compile_expression(expression, schema, conf)

    return [
        _Step(
            tuple(compiled(key) for key in partition),
            tuple(compiled(key.child) for key in order),
            tuple(key.ascending for key in order),
            tuple(key.nulls_first for key in order),
            tuple(_function(columns[place][1], compiled, conf) for place in places),
            tuple(places),
        )
        for (partition, order), places in groups.items()
    ]


# ---------------------------------------------------------------- one function


@dataclass(frozen=True, slots=True)
class _Function:
    """A window function with what it evaluates."""

    run: Callable[[_View], pa.Array]


def _function(node: WindowFunction, compiled: Callable[[Expression], CompiledExpression], conf: Conf) -> _Function:
    function = node.function
    assert node.frame is not None
    frame = _FrameOf(node.frame, *(None if e is None else compiled(e) for e in _edges(node.frame)))
    if isinstance(function, AggregateCall):
        picked = _picked(function, frame, compiled)
        if picked is not None:
            return _Function(picked)
        arguments = tuple(compiled(argument) for argument in function.inputs)
        condition = None if function.filter is None else compiled(function.filter)
        kernel = bind_aggregate(function, ansi=conf.value(ANSI_ENABLED), zone=session_zone(conf))
        return _Function(lambda view: _aggregated(view, kernel, arguments, condition, frame))
    assert isinstance(function, Call)
    rank = _RANKS.get(function.name)
    if rank is not None:
        return _Function(lambda view: pa.array(rank(view.rows)))
    if function.name == "ntile":
        buckets = _integer(function.args[0])
        return _Function(lambda view: pa.array(frames.ntile(view.rows, buckets).astype(np.int32)))
    value = compiled(function.args[0])
    if function.name == "counter_diff":
        start = compiled(function.args[1]) if len(function.args) > 1 else None
        zone = session_zone(conf)
        return _Function(lambda view: _counter_diff(view, value, start, zone))
    if function.name == "nth_value":
        number, passing = _integer(function.args[1]), _flag(function.args[2])
        return _Function(lambda view: _nth(view, value, frame, number, passing=passing))
    away = _integer(function.args[1]) * (1 if function.name == "lead" else -1)
    default, passing = compiled(function.args[2]), _flag(function.args[3])
    return _Function(lambda view: _offset(view, value, default, away, passing=passing))


_RANKS: Mapping[str, Callable[[Rows], Any]] = {
    "row_number": lambda rows: frames.row_number(rows).astype(np.int32),
    "rank": lambda rows: frames.rank(rows).astype(np.int32),
    "dense_rank": lambda rows: frames.dense_rank(rows).astype(np.int32),
    "percent_rank": frames.percent_rank,
    "cume_dist": frames.cume_dist,
}

_PICKS: Mapping[str, int] = {"first": 1, "first_value": 1, "any_value": 1, "last": -1, "last_value": -1}
"""Aggregates that are one row of the frame."""


def _integer(expression: Expression) -> int:
    assert isinstance(expression, Constant), expression
    return int(expression.value)


def _flag(expression: Expression) -> bool:
    return isinstance(expression, Constant) and expression.value is True


def _edges(frame: WindowFrame) -> tuple[Expression | None, Expression | None]:
    return frame.lower_edge, frame.upper_edge


def _values(compiled: CompiledExpression, view: _View) -> pa.Array:
    return as_array(compiled.on(view.batch))


def _present(values: pa.Array) -> Mask:
    result: Mask = values.is_valid().to_numpy(zero_copy_only=False)
    return result


def _take(values: pa.Array, rows: Any) -> pa.Array:
    """The values at these rows, null at -1."""
    return values.take(pa.array(rows, mask=rows < 0))


def _offset(
    view: _View, value: CompiledExpression, default: CompiledExpression, away: int, *, passing: bool
) -> pa.Array:
    values, defaults = _values(value, view), _values(default, view)
    found = frames.offset_rows(view.rows, away, _present(values) if passing else None)
    both = pa.concat_arrays([values, defaults])
    return both.take(pa.array(np.where(found < 0, view.rows.count + view.rows.position, found)))


def _nth(view: _View, value: CompiledExpression, frame: _FrameOf, number: int, *, passing: bool) -> pa.Array:
    values = _values(value, view)
    return _take(values, frames.nth_rows(frame.of(view), number, _present(values) if passing else None))


def _counter_diff(view: _View, value: CompiledExpression, start: CompiledExpression | None, zone: str) -> pa.Array:
    starts = None if start is None else _values(start, view)
    return counter_differences(_values(value, view), starts, view.rows, zone)


def _picked(
    call: AggregateCall, frame: _FrameOf, compiled: Callable[[Expression], CompiledExpression]
) -> Callable[[_View], pa.Array] | None:
    number = _PICKS.get(call.name)
    if number is None or call.filter is not None:
        return None
    value = compiled(call.args[0])
    passing = len(call.args) > 1 and _flag(call.args[1])
    return lambda view: _nth(view, value, frame, number, passing=passing)


def _aggregated(
    view: _View,
    kernel: AggregateFunction,
    arguments: Sequence[CompiledExpression],
    condition: CompiledExpression | None,
    frame: _FrameOf,
) -> pa.Array:
    inputs = [_values(argument, view) for argument in arguments]
    present = None
    if condition is not None:
        present = _values(condition, view).fill_null(False).to_numpy(zero_copy_only=False)
    return frames.aggregate_frames(kernel, inputs, present, frame.of(view), view.rows.count)


# ---------------------------------------------------------------- frames


@dataclass(frozen=True, slots=True)
class _FrameOf:
    """A frame clause with its compiled edges."""

    clause: WindowFrame
    lower_edge: CompiledExpression | None
    upper_edge: CompiledExpression | None

    def of(self, view: _View) -> Frames:
        """The frame of every row."""
        rows, clause = view.rows, self.clause
        if clause.kind == "rows":
            lower, upper = distance(clause.lower), distance(clause.upper)
            low = rows.start if lower is None else rows.position + lower
            high = rows.end if upper is None else rows.position + upper + 1
            return Frames.clipped(rows, low, high)
        low, high = rows.start, rows.end
        if self.lower_edge is not None:
            low = self._edge(view, self.lower_edge, "left")
        elif clause.lower is not None and is_current(clause.lower):
            low = rows.peer_start
        if self.upper_edge is not None:
            high = self._edge(view, self.upper_edge, "right")
        elif clause.upper is not None and is_current(clause.upper):
            high = rows.peer_end
        return Frames.clipped(rows, low, high)

    @staticmethod
    def _edge(view: _View, compiled: CompiledExpression, side: str) -> Any:
        keys = view.order[0]
        edges = _values(compiled, view)
        ranks = ranks_of(pa.concat_arrays([keys, edges.cast(keys.type)]))
        return frames.edge_positions(
            view.rows,
            ranks[: len(keys)],
            keys.is_null().to_numpy(zero_copy_only=False),
            ranks[len(keys) :],
            side,
            ascending=view.ascending[0],
            nulls_first=view.nulls_first[0],
        )
