"""Keeps the first row of every key, and forgets the key once the watermark is past it: ``dropDuplicatesWithinWatermark``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from actorstream.dataflow.operators.deduplicate import Deduplicate
from actorstream.dataflow.operators.expressions import field_mark, time_us
from actorstream.dataflow.protocols import OperatorContext
from actorstream.errors import AnalysisException
from actorstream.state.store import StateStore

_VALUE = pa.schema([pa.field("expires_at", pa.timestamp("us", "UTC"))])


class DeduplicateWithinWatermark(Deduplicate):
    """Passes a row on if its key is not known. A key is known from its first row until the watermark reaches that row's event time
    plus the watermark's delay; later rows of the key do not prolong it (STF-93).

    Args:
        columns: names of the key columns; all columns if none is named. The input must carry an event-time mark.
    """

    state_name = "dedupeWithinWatermark"

    def __init__(self, columns: Sequence[str] = ()) -> None:
        super().__init__(columns)

    def describe(self) -> str:
        return f"DeduplicateWithinWatermark by {', '.join(self.columns) or 'all columns'}"

    def _open_state(self, context: OperatorContext) -> StateStore:
        """Raises: AnalysisException GRAPH_INVALID for an input without an event-time mark."""
        mark = None if self._late_column is None else field_mark(context.input_schemas[0].field(self._late_column))
        if mark is None:
            raise AnalysisException(
                errorClass="GRAPH_INVALID",
                messageParameters={"reason": f"{context.node_id!r} needs a Watermark before it"},
            )
        self._delay_us = int(mark) * 1000
        return context.state(self._key_schema, _VALUE, event_time="expires_at")

    def _remembered(self, rows: pa.Table) -> pa.Table:
        """When each key is forgotten. A row without an event time counts as one of 1970."""
        assert self._late_column is not None
        times = np.asarray(time_us(rows.column(self._late_column)).fill_null(0))
        return pa.table([pa.array(times + self._delay_us).cast(pa.timestamp("us", "UTC"))], schema=_VALUE)
