"""A trigger that touches 1,000 keys, with 10 thousand, 1 million and 5 million keys in state.

The cost of an epoch must follow what it touches, not what the state holds. The sizes take turns, trigger by trigger, so that
all meet the same machine. Goal: the largest p50 is at most 1.3 times the smallest state's.
Run: ``python -m benchmarks.growth [--sizes 10000,1000000,5000000] [--triggers 200]``
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from actorstream import MemoryStream, SparkSession
from actorstream.engine.query import StreamingQuery
from actorstream.sql import functions as F
from benchmarks.measure import percentile, report, timed_ms

TOUCHED = 1_000
WARM_UP = 20
LOAD = 500_000


class State:
    """A query whose state holds `keys` keys."""

    def __init__(self, spark: SparkSession, keys: int, checkpoint: Path) -> None:
        self.keys = keys
        self._stream = MemoryStream(spark, "key BIGINT, amount DOUBLE")
        totals = self._stream.to_df().groupBy("key").agg(F.count("*").alias("n"), F.sum("amount").alias("total"))
        self._random = np.random.default_rng(keys)
        self._query: StreamingQuery = (
            totals.writeStream.format("noop").outputMode("update").option("checkpointLocation", str(checkpoint)).start()
        )
        for start in range(0, keys, LOAD):
            self._run(np.arange(start, min(keys, start + LOAD)))

    def _run(self, keys: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        self._stream.add_data(pa.table({"key": keys, "amount": np.ones(len(keys))}))
        self._query.processAllAvailable()

    def trigger(self) -> float:
        """Milliseconds of a trigger on random known keys."""
        keys = self._random.choice(self.keys, TOUCHED, replace=False)
        return timed_ms(lambda: self._run(keys))

    def stop(self) -> None:
        """End the query."""
        self._query.stop()


def main(sizes: Sequence[int], triggers: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        spark = SparkSession.builder.master("local[1]").getOrCreate()
        states = [State(spark, keys, Path(folder) / str(keys)) for keys in sizes]
        for _ in range(WARM_UP):
            for state in states:
                state.trigger()
        measured: dict[int, list[float]] = {keys: [] for keys in sizes}
        for _ in range(triggers):
            for state in states:
                measured[state.keys].append(state.trigger())
        for state in states:
            state.stop()
        spark.stop()
    p50 = {keys: percentile(values, 0.5) for keys, values in measured.items()}
    p99 = {keys: percentile(values, 0.99) for keys, values in measured.items()}
    report(
        "growth",
        {
            "touched_keys": TOUCHED,
            "triggers": triggers,
            "p50_ms": {str(keys): round(value, 3) for keys, value in p50.items()},
            "p99_ms": {str(keys): round(value, 3) for keys, value in p99.items()},
            "p50_ratio": round(max(p50.values()) / p50[min(sizes)], 2),
            "goal": {"p50_ratio": 1.3},
        },
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,1000000,5000000")
    parser.add_argument("--triggers", type=int, default=200)
    given = parser.parse_args()
    main([int(size) for size in given.sizes.split(",")], given.triggers)
