"""Gives every row the event-time windows it belongs to, one output row per row and window; or the session that it opens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from actorstream.common.config import Conf
from actorstream.dataflow.operators.expressions import (
    Evaluation,
    ExpressionLike,
    as_expression,
    bound,
    compile_bound,
    mark_of,
)
from actorstream.dataflow.protocols import EpochInfo, Operator, OperatorContext
from actorstream.expr.compile import EvalContext
from actorstream.expr.grouping import as_array
from actorstream.expr.nodes import SessionWindow, TimeWindow
from actorstream.expr.types import WATERMARK_KEY, DataType, StructType, TimestampNTZType, TimestampType, to_arrow
from actorstream.expr.windows import check_window, expand_windows, tumbling_windows, window_time, window_type


class WindowAssign(Operator):
    """``window(time, duration, slide, start)`` as an operator: appends a struct column with start and end.

    Rows with a null time are dropped (STF-24). The column carries the mark of the time column (STF-4).

    Args:
        time: timestamps, or a window column, whose event time then counts (STF-26).
        duration_us: length; `slide_us` from one start to the next; `start_us` offset of the starts from 1970.
        name: of the new column.
    """

    def __init__(
        self,
        time: ExpressionLike,
        duration_us: int,
        slide_us: int | None = None,
        start_us: int = 0,
        name: str = "window",
    ) -> None:
        self.time = as_expression(time)
        self.name = name
        slide = duration_us if slide_us is None else slide_us
        self.window = TimeWindow(time=self.time, duration_us=duration_us, slide_us=slide, start_us=start_us)
        check_window(self.window)

    def describe(self) -> str:
        return f"WindowAssign {self.name}: {self.window.duration_us // 1000} ms every {self.window.slide_us // 1000} ms"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        return self._output_schema(inputs[0], Conf())

    def _output_schema(self, schema: pa.Schema, conf: Conf) -> pa.Schema:
        time = bound(self.time, schema, conf)
        field = compile_bound(time, schema, conf).field(self.name)
        arrow = field.type.field("end").type if pa.types.is_struct(field.type) else field.type
        mark = mark_of(time, schema)
        metadata = None if mark is None else {WATERMARK_KEY: mark}
        self._type = TimestampNTZType() if arrow.tz is None else TimestampType()
        return schema.append(pa.field(self.name, to_arrow(self.window_type), False, metadata))

    @property
    def window_type(self) -> StructType:
        """Type of the window column, known once compiled."""
        return window_type(self._type)

    def open(self, context: OperatorContext) -> None:
        self.compile(context.input_schemas[0], context.conf)
        self._evaluation = Evaluation(context)

    def compile(self, schema: pa.Schema, conf: Conf) -> pa.Schema:
        """Get ready without a context, as a part of another operator. Returns: the output columns."""
        self._compiled = compile_bound(self.time, schema, conf)
        self._schema = self._output_schema(schema, conf)
        return self._schema

    def begin_epoch(self, info: EpochInfo) -> None:
        self._evaluation.begin(info)

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in (n rows), out (0 to n * ceil(duration / slide) rows), a row's windows after one another."""
        expanded = self.expand(table, self._evaluation.context)
        return (expanded,) if expanded.num_rows else ()

    def expand(self, table: pa.Table, context: EvalContext) -> pa.Table:
        """The rows with their windows."""
        times = as_array(self._compiled(table, context))
        if pa.types.is_struct(times.type):
            times = window_time(times)
        if self.window.slide_us == self.window.duration_us and times.null_count == 0:
            windows = tumbling_windows(times, self.window, self._type)
        else:
            rows, windows = expand_windows(times, self.window, self._type)
            table = table.take(rows)
        return pa.Table.from_arrays([*table.columns, windows], schema=self._schema)


class SessionAssign:
    """``session_window(time, gap)`` as a part of an operator: appends a struct column with the session that a row alone opens.

    Rows without a time, and those whose gap is not a positive interval, are dropped (STF-27).
    """

    def __init__(self, session: SessionWindow, name: str) -> None:
        self.session = session
        self.name = name

    def compile(self, schema: pa.Schema, conf: Conf) -> pa.Schema:
        """Get ready. Returns: the output columns."""
        session = bound(self.session, schema, conf)
        self._compiled = compile_bound(session, schema, conf)
        mark = mark_of(session, schema)
        metadata = None if mark is None else {WATERMARK_KEY: mark}
        self._schema = schema.append(pa.field(self.name, to_arrow(self._compiled.data_type), False, metadata))
        return self._schema

    @property
    def window_type(self) -> DataType:
        """Type of the session column, known once compiled."""
        return self._compiled.data_type

    def expand(self, table: pa.Table, context: EvalContext) -> pa.Table:
        """The rows that open a session, with it."""
        sessions = as_array(self._compiled(table, context))
        start, end = sessions.flatten()
        table = pa.Table.from_arrays([*table.columns, sessions], schema=self._schema)
        return table.filter(pc.greater(end, start))
