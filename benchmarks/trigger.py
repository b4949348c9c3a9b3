"""A durable trigger of 1,000 rows with a keyed aggregation, against the floor of its own fsynced files written bare.

Triggers and floor take turns, so that both meet the same disk. Goals: p50 at most 3 times, p99 at most 6 times the floor's.
Run: ``python -m benchmarks.trigger [--triggers 300]``
"""

from __future__ import annotations

import argparse
import functools
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from actorstream import MemoryStream, SparkSession
from actorstream.sql import functions as F
from benchmarks.measure import BareFiles, file_sizes, percentile, report, timed_ms

ROWS = 1_000
KEYS = 10_000
WARM_UP = 30


def main(triggers: int) -> None:
    """Measure and print."""
    random = np.random.default_rng(7)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        spark = SparkSession.builder.master("local[1]").getOrCreate()
        stream = MemoryStream(spark, "key BIGINT, amount DOUBLE")
        totals = stream.to_df().groupBy("key").agg(F.count("*").alias("n"), F.sum("amount").alias("total"))
        checkpoint = root / "checkpoint"
        query = (
            totals.writeStream.format("noop").outputMode("update").option("checkpointLocation", str(checkpoint)).start()
        )

        def batch() -> pa.Table:
            return pa.table({"key": pa.array(random.integers(0, KEYS, ROWS)), "amount": pa.array(random.random(ROWS))})

        def trigger(table: pa.Table) -> None:
            stream.add_data(table)
            query.processAllAvailable()

        for _ in range(WARM_UP):
            trigger(batch())
        written = min((_files_of(lambda: trigger(batch()), checkpoint) for _ in range(5)), key=len)
        (root / "bare").mkdir()
        bare = BareFiles(root / "bare")
        engine_ms, floor_ms = [], []
        for _ in range(triggers):
            table = batch()
            engine_ms.append(timed_ms(functools.partial(trigger, table)))
            floor_ms.append(timed_ms(lambda: bare.write(written)))
        query.stop()
        spark.stop()
    shown = {
        f"{kind}_{name}_ms": round(percentile(values, share), 3)
        for kind, values in (("trigger", engine_ms), ("floor", floor_ms))
        for name, share in (("p50", 0.5), ("p99", 0.99))
    }
    report(
        "trigger",
        {
            "rows": ROWS,
            "triggers": triggers,
            "durable_files_per_trigger": len(written),
            **shown,
            "p50_ratio": round(shown["trigger_p50_ms"] / shown["floor_p50_ms"], 2),
            "p99_ratio": round(shown["trigger_p99_ms"] / shown["floor_p99_ms"], 2),
            "goal": {"p50_ratio": 3.0, "p99_ratio": 6.0},
        },
    )


def _files_of(act: Callable[[], None], checkpoint: Path) -> list[int]:
    """The sizes of the files that a trigger adds; one that meets a snapshot written in the background adds one more."""
    before = file_sizes(checkpoint)
    act()
    return [size for path, size in file_sizes(checkpoint).items() if path not in before]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--triggers", type=int, default=300)
    main(parser.parse_args().triggers)
