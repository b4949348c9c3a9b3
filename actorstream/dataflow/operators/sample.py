"""A part of the rows of a batch, by chance; the same part for the same seed, and the reference's own for one partition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from actorstream.dataflow.batch import concat
from actorstream.dataflow.exchange import Gather
from actorstream.dataflow.protocols import EpochInfo, Operator, OperatorContext
from actorstream.expr.xorshift import uniform_numbers


class Sample(Operator):
    """Keeps the rows whose random number is in [`lower`, `upper`).

    Args:
        replacement: every row comes a number of times with the Poisson distribution of mean `upper` instead.
    Source: Spark ``BernoulliCellSampler``, ``PoissonSampler`` (whose sequence is another one).
    """

    exchange = Gather()

    def __init__(self, lower: float, upper: float, seed: int, *, replacement: bool = False) -> None:
        self.lower = lower
        self.upper = upper
        self.seed = seed
        self.replacement = replacement
        self._held: list[pa.Table] = []

    def describe(self) -> str:
        return f"Sample [{self.lower}, {self.upper})"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        return inputs[0]

    def open(self, context: OperatorContext) -> None:
        self._schema = context.input_schemas[0]

    def begin_epoch(self, info: EpochInfo) -> None:
        self._held.clear()

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in (n rows); out nothing yet: the numbers go by the place of a row among all."""
        self._held.append(table)
        return ()

    def end_epoch(self, info: EpochInfo) -> Iterable[pa.Table]:
        """Shape: out (the chosen rows, in order)."""
        table = concat(self._held, self._schema)
        self._held.clear()
        rows = table.num_rows
        if not rows:
            return ()
        if self.replacement:
            times = np.random.Generator(np.random.PCG64(self.seed % 2**64)).poisson(self.upper, rows)
            return (table.take(pa.array(np.repeat(np.arange(rows), times))),)
        numbers = uniform_numbers(self.seed, rows)
        return (table.filter(pa.array((numbers >= self.lower) & (numbers < self.upper))),)
