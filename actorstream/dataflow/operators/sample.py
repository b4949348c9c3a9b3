"""A part of the rows of a batch, by chance; the same part for the same seed, and the reference's own for one partition."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from actorstream.dataflow.exchange import Gather
from actorstream.dataflow.operators.whole_epoch import WholeEpoch
from actorstream.expr.xorshift import uniform_numbers


class Sample(WholeEpoch):
    """Keeps the rows whose random number is in [`lower`, `upper`).

    Args:
        replacement: every row comes a number of times with the Poisson distribution of mean `upper` instead.
    Source: Spark ``BernoulliCellSampler``, ``PoissonSampler`` (whose sequence is another one).
    """

    exchange = Gather()

    def __init__(self, lower: float, upper: float, seed: int, *, replacement: bool = False) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.seed = seed
        self.replacement = replacement

    def describe(self) -> str:
        return f"Sample [{self.lower}, {self.upper})"

    def handle(self, table: pa.Table) -> pa.Table:
        """Shape: out (the chosen rows, in order); the numbers go by the place of a row among all."""
        rows = table.num_rows
        if self.replacement:
            times = np.random.Generator(np.random.PCG64(self.seed % 2**64)).poisson(self.upper, rows)
            return table.take(pa.array(np.repeat(np.arange(rows), times)))
        numbers = uniform_numbers(self.seed, rows)
        return table.filter(pa.array((numbers >= self.lower) & (numbers < self.upper)))
