"""Checks that there is one row at most, in all or per key: what a subquery must give that stands for a value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from actorstream.dataflow.exchange import Gather
from actorstream.dataflow.operators.whole_epoch import WholeEpoch
from actorstream.errors import SparkRuntimeException
from actorstream.expr.grouping import group_rows


class SingleRow(WholeEpoch):
    """Passes its rows on, or fails.

    Args:
        keys: positions of the columns within whose values a row must be alone; none for all rows.
    """

    exchange = Gather()

    def __init__(self, keys: Sequence[int] = ()) -> None:
        super().__init__()
        self.keys = tuple(keys)

    def describe(self) -> str:
        return "SingleRow"

    def handle(self, table: pa.Table) -> pa.Table:
        """Raises: SparkRuntimeException SCALAR_SUBQUERY_TOO_MANY_ROWS."""
        most = table.num_rows
        if self.keys and most > 1:
            most = int(np.bincount(group_rows([table.column(key) for key in self.keys])[0].ids).max())
        if most > 1:
            raise SparkRuntimeException(errorClass="SCALAR_SUBQUERY_TOO_MANY_ROWS", messageParameters={})
        return table
