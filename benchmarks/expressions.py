"""A projection of ten expressions, against the same written by hand in pyarrow kernels.

1,000 rows show what an evaluation costs beside its kernels, 1,000,000 rows what it does to throughput. The two take turns in one run.
Both compute the same: the results are compared first. Goals: at most 0.5 ms more for 1,000 rows, at most 1.3 times for 1,000,000.
Run: ``python -m benchmarks.expressions``
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from actorstream.checkpoint.memory import MemoryFiles
from actorstream.common.config import Conf
from actorstream.common.fault_points import NO_FAULTS
from actorstream.common.ids import Epoch, NodeId, PartitionId, RunId
from actorstream.dataflow.operators import Project
from actorstream.dataflow.protocols import EpochInfo, OperatorContext
from actorstream.engine.state_opener import StateOpener
from actorstream.sql import functions as F
from benchmarks.measure import percentile, report, timed_ms

EXPRESSIONS = {
    "next": F.col("quantity") + 1,
    "total": F.col("quantity") * F.col("price"),
    "net": F.col("price") - F.col("price") * F.lit(0.19),
    "cheap": (F.col("price") < 10) & (F.col("quantity") > 2),
    "size": F.when(F.col("quantity") > 50, "large").when(F.col("quantity") > 10, "medium").otherwise("small"),
    "code": F.upper("item"),
    "letters": F.length("item"),
    "known": F.coalesce("discount", F.lit(0.0)),
    "hour": F.date_trunc("hour", "sold"),
    "label": F.concat_ws("-", "item", F.col("quantity").cast("string")),
}


def by_hand(table: pa.Table) -> pa.Table:
    """What `EXPRESSIONS` say, as somebody would write it who knows pyarrow."""
    item, quantity, price, discount, sold = (column.combine_chunks() for column in table.columns)
    small = pc.if_else(pc.greater(quantity, 10), "medium", "small")
    columns = [
        pc.add_checked(quantity, pa.scalar(1, pa.int32())),
        pc.multiply(quantity.cast(pa.float64()), price),
        pc.subtract(price, pc.multiply(price, 0.19)),
        pc.and_kleene(pc.less(price, 10.0), pc.greater(quantity, 2)),
        pc.if_else(pc.greater(quantity, 50), "large", small),
        pc.utf8_upper(item),
        pc.utf8_length(item),
        pc.coalesce(discount, 0.0),
        pc.floor_temporal(sold, unit="hour"),
        pc.binary_join_element_wise(item, quantity.cast(pa.string()), "-"),
    ]
    return pa.Table.from_arrays(columns, names=list(EXPRESSIONS))


def sales(rows: int) -> pa.Table:
    """Rows to compute with."""
    random = np.random.default_rng(11)
    names = np.array([f"item {number}" for number in range(500)])
    discount = random.random(rows)
    return pa.table(
        {
            "item": pa.array(names[random.integers(0, len(names), rows)]),
            "quantity": pa.array(random.integers(0, 100, rows).astype(np.int32)),
            "price": pa.array(random.random(rows) * 100),
            "discount": pa.array(discount, mask=discount < 0.3),
            "sold": pa.array(random.integers(0, 10**15, rows), pa.timestamp("us", "UTC")),
        }
    )


def projection(schema: pa.Schema) -> Callable[[pa.Table], pa.Table]:
    """The operator that runs in a query, opened once, as a function of a batch."""
    conf = Conf({"spark.sql.session.timeZone": "UTC"})
    node, partition, run = NodeId("project"), PartitionId(0), RunId("benchmark")
    state = StateOpener(MemoryFiles(), run, conf, NO_FAULTS, background=False).factory(node, partition, 1, {})
    operator = Project(EXPRESSIONS)
    operator.open(OperatorContext(node, partition, 1, [schema], state, conf, run))
    operator.begin_epoch(EpochInfo(Epoch(0), 0))

    def run_batch(table: pa.Table) -> pa.Table:
        (result,) = operator.process(table, 0)
        return result

    return run_batch


def measure(rows: int, rounds: int) -> tuple[float, float]:
    """Median milliseconds of a batch: with the operator, and by hand."""
    table = sales(rows)
    ours = projection(table.schema)
    for name, column in zip(EXPRESSIONS, by_hand(table).columns, strict=True):
        assert ours(table).column(name).combine_chunks().equals(column.combine_chunks()), f"{name} differs"
    ours_ms, bare_ms = [], []
    for _ in range(rounds):
        ours_ms.append(timed_ms(functools.partial(ours, table)))
        bare_ms.append(timed_ms(functools.partial(by_hand, table)))
    return percentile(ours_ms, 0.5), percentile(bare_ms, 0.5)


def main(small_rounds: int, large_rounds: int, large_rows: int = 1_000_000) -> None:
    """Measure and print."""
    small, small_bare = measure(1_000, small_rounds)
    large, large_bare = measure(large_rows, large_rounds)
    report(
        "expressions",
        {
            "expressions": len(EXPRESSIONS),
            "p50_ms_1000_rows": round(small, 3),
            "bare_p50_ms_1000_rows": round(small_bare, 3),
            "overhead_ms_1000_rows": round(small - small_bare, 3),
            "p50_ms_1000000_rows": round(large, 1),
            "bare_p50_ms_1000000_rows": round(large_bare, 1),
            "ratio_1000000_rows": round(large / large_bare, 2),
            "goal": {"overhead_ms_1000_rows": 0.5, "ratio_1000000_rows": 1.3},
        },
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small-rounds", type=int, default=500)
    parser.add_argument("--large-rounds", type=int, default=9)
    options = parser.parse_args()
    main(options.small_rounds, options.large_rounds)
