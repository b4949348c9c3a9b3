"""Checks that there is one row at most, in all or per key: what a subquery must give that stands for a value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from actorstream.dataflow.batch import concat
from actorstream.dataflow.exchange import Gather
from actorstream.dataflow.protocols import EpochInfo, Operator, OperatorContext
from actorstream.errors import SparkRuntimeException
from actorstream.expr.grouping import group_rows


class SingleRow(Operator):
    """Passes its rows on, or fails.

    Args:
        keys: positions of the columns within whose values a row must be alone; none for all rows.
    """

    exchange = Gather()

    def __init__(self, keys: Sequence[int] = ()) -> None:
        self.keys = tuple(keys)
        self._held: list[pa.Table] = []

    def describe(self) -> str:
        return "SingleRow"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        return inputs[0]

    def open(self, context: OperatorContext) -> None:
        self._schema = context.input_schemas[0]

    def begin_epoch(self, info: EpochInfo) -> None:
        self._held.clear()

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        self._held.append(table)
        return ()

    def end_epoch(self, info: EpochInfo) -> Iterable[pa.Table]:
        """Raises: SparkRuntimeException SCALAR_SUBQUERY_TOO_MANY_ROWS."""
        table = concat(self._held, self._schema)
        self._held.clear()
        if table.num_rows > 1:
            most = table.num_rows
            if self.keys:
                most = int(np.bincount(group_rows([table.column(key) for key in self.keys])[0].ids).max())
            if most > 1:
                raise SparkRuntimeException(errorClass="SCALAR_SUBQUERY_TOO_MANY_ROWS", messageParameters={})
        return (table,) if table.num_rows else ()
