"""A pipeline in code, without DataFrames: the same engine, the same checkpoint, the same recovery.

    python examples/pipeline.py

Sources, operators and sinks are nodes of a graph. A node's id names its state in the checkpoint, so it must stay the same when
the program changes; variables may be renamed freely. One stream may feed several nodes (fan-out), and one node may have several
inputs (fan-in).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from actorstream import MemorySink, MemoryStream, Pipeline
from actorstream.dataflow.operators import Aggregate, Filter
from actorstream.dataflow.protocols import Operator
from actorstream.engine.triggers import AvailableNow
from actorstream.sql.functions import col, sum


class Converted(Operator):
    """An operator of our own: amounts in euros. Arrow in, Arrow out; it sees whole batches, never a row."""

    def __init__(self, rate: float) -> None:
        self._rate = rate

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        return inputs[0].append(pa.field("euros", pa.float64()))

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        euros = pc.multiply(table.column("amount").cast(pa.float64()), self._rate)
        yield table.append_column(pa.field("euros", pa.float64()), euros)


def main() -> None:
    shop = MemoryStream(schema="item STRING, amount INT")
    web = MemoryStream(schema="item STRING, amount INT")
    totals, large = MemorySink(), MemorySink()

    with tempfile.TemporaryDirectory() as folder:
        for blocks in ([("tea", 3), ("ink", 20)], [("tea", 40)]):
            pipeline = Pipeline("orders")
            orders = pipeline.source("shop", shop).union("orders", pipeline.source("web", web))
            euros = orders.apply("euros", Converted(0.9))
            euros.apply("totals", Aggregate(["item"], [sum("euros").alias("total")])).sink("table", totals, "update")
            euros.apply("large", Filter(col("euros") > 10)).sink("alarm", large, "update")

            shop.add_data(*blocks)
            web.add_data(("pen", 1))
            # a new start on the same checkpoint goes on where the last one ended, totals included
            pipeline.start(checkpoint=f"{folder}/orders", trigger=AvailableNow()).awaitTermination()
            print("totals that changed:", totals.allData)
            print("large orders:       ", large.allData)
    pipeline.explain()


if __name__ == "__main__":
    main()
