"""Marks the event-time column and reports the event times it has seen, from which the driver makes the watermark.

It drops nothing: late rows are the business of stateful operators (STF-13, STF-18).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from actorstream.dataflow.operators.expressions import time_us
from actorstream.dataflow.protocols import EpochInfo, EventTimeStats, Operator, OperatorContext, OperatorReport
from actorstream.errors import AnalysisException, IllegalArgumentException
from actorstream.expr.types import WATERMARK_KEY, from_arrow, sql_name


class Watermark(Operator):
    """``withWatermark``.

    Args:
        column: the event-time column by name or position.
        delay_ms: how far the watermark stays behind the greatest event time.
    """

    tracks_event_time = True

    def __init__(self, column: str | int, delay_ms: int) -> None:
        if delay_ms < 0:
            raise IllegalArgumentException(
                f"requirement failed: delay threshold ({delay_ms} milliseconds) should not be negative."
            )
        self.column = column
        self.delay_ms = delay_ms
        self._stats: EventTimeStats | None = None

    def describe(self) -> str:
        return f"Watermark {self.column}, delay {self.delay_ms} ms"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        """The input's columns; only the event-time column carries a mark (STF-4).

        Raises: AnalysisException for a column that is missing or no timestamp (STF-3).
        """
        schema = inputs[0]
        ordinal = self._ordinal(schema)
        fields = []
        for index, field in enumerate(schema):
            metadata = {key: value for key, value in (field.metadata or {}).items() if key != WATERMARK_KEY}
            if index == ordinal:
                metadata[WATERMARK_KEY] = str(self.delay_ms).encode()
            fields.append(field.with_metadata(metadata or None))
        return pa.schema(fields)

    def _ordinal(self, schema: pa.Schema) -> int:
        ordinal = self.column if isinstance(self.column, int) else schema.get_field_index(self.column)
        if not 0 <= ordinal < len(schema):
            raise AnalysisException(f"There is no event-time column {self.column!r} among ({', '.join(schema.names)}).")
        field = schema.field(ordinal)
        if not pa.types.is_timestamp(field.type) or field.type.tz is None:
            raise AnalysisException(
                errorClass="EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE",
                messageParameters={
                    "eventName": f"`{field.name}`",
                    "eventType": f'"{sql_name(from_arrow(field))}"',
                },
            )
        return ordinal

    def open(self, context: OperatorContext) -> None:
        self._at = self._ordinal(context.input_schemas[0])
        self._schema = self.output_schema(context.input_schemas)

        #: whether there is a watermark below already (STF-15)
        self._is_second = any(WATERMARK_KEY in (field.metadata or {}) for field in context.input_schemas[0])

    def begin_epoch(self, info: EpochInfo) -> None:
        if self._is_second and info.watermark_us > 0:
            raise AnalysisException(
                errorClass="_LEGACY_ERROR_TEMP_3076",
                messageParameters={"config": "spark.sql.streaming.statefulOperator.allowMultiple"},
            )

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in and out (n rows), unchanged."""
        if table.num_rows == 0:
            return ()
        self._observe(time_us(table.column(self._at)))
        return (pa.Table.from_arrays(table.columns, schema=self._schema),)

    def _observe(self, times: pa.Array) -> None:
        """Units: microseconds in, whole milliseconds in the statistics; a null counts as 0 (STF-6)."""
        if times.null_count:
            times = times.fill_null(0)
        ms = times.to_numpy(zero_copy_only=False) // 1000
        count = len(ms)
        low = int(ms.min())
        # summed from the least value on, which keeps the sum of any real batch within int64
        total = int((ms - low).sum()) + low * count
        seen = self._stats
        if seen is None:
            self._stats = EventTimeStats(self.delay_ms, int(ms.max()), low, total, count)
            return
        seen.max_ms = max(seen.max_ms, int(ms.max()))
        seen.min_ms = min(seen.min_ms, low)
        seen.sum_ms += total
        seen.count += count

    def report(self) -> OperatorReport | None:
        """The event times of the epoch; None if it had no rows."""
        stats, self._stats = self._stats, None
        return None if stats is None else OperatorReport(event_time=stats)
