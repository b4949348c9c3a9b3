"""What operators share that must see all rows of an epoch before they can say anything of one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence

import pyarrow as pa

from actorstream.dataflow.batch import concat
from actorstream.dataflow.protocols import EpochInfo, Operator, OperatorContext


class WholeEpoch(Operator):
    """Holds the batches of an epoch back and handles them as one table at its end."""

    def __init__(self) -> None:
        self._held: list[pa.Table] = []

    def open(self, context: OperatorContext) -> None:
        self._schema = context.input_schemas[0]

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        return inputs[0]

    def begin_epoch(self, info: EpochInfo) -> None:
        self._held.clear()

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in (n rows); out nothing yet."""
        self._held.append(table)
        return ()

    def end_epoch(self, info: EpochInfo) -> Iterable[pa.Table]:
        table = concat(self._held, self._schema)
        self._held.clear()
        return (self.handle(table),) if table.num_rows else ()

    @abstractmethod
    def handle(self, table: pa.Table) -> pa.Table:
        """All rows of the epoch, at least one, in; what goes on, out."""
