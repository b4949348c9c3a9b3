"""Look into a memory sink: what each epoch brought, what came since, and how to empty it.

    python examples/inspect_sink.py

A `Pipeline` takes the sink as an object, so the script holds it in its hands. (A query started by ``writeStream`` shows the same rows
as a table.)
"""

from __future__ import annotations

from actorstream import MemorySink, MemoryStream, Pipeline
from actorstream.dataflow.operators import Filter
from actorstream.sql.functions import col


def main() -> None:
    numbers, sink = MemoryStream(schema="value INT"), MemorySink()
    pipeline = Pipeline("even numbers")
    pipeline.source("numbers", numbers).apply("even", Filter(col("value") % 2 == 0)).sink("out", sink)
    query = pipeline.start()

    for block in ((1, 2, 3, 4), (5, 6), (7,)):
        offset = numbers.add_data(*block)
        query.processAllAvailable()
        print(f"block {offset} {block}: the sink is at epoch {sink.latestBatchId} and got {sink.latestBatchData}")

    print("\nepoch by epoch:")
    print(sink.toDebugString())
    print(f"\nall rows:      {sink.allData}")
    print(f"after epoch 0: {sink.dataSinceBatch(0)}")

    sink.clear()
    print(f"\nafter clear(): {sink.allData}, latest epoch {sink.latestBatchId}; the query goes on:")
    numbers.add_data(8, 9)
    query.processAllAvailable()
    print(sink.toDebugString())
    query.stop()


if __name__ == "__main__":
    main()
