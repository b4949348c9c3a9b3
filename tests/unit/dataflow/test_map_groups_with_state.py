"""States of groups as an operator: whatever the epochs, restarts and partitions, a function finds what it left."""

from __future__ import annotations

import datetime
import random
from typing import Any

import pyarrow as pa
import pytest

from actorstream.dataflow.operators import MapGroupsWithState
from actorstream.dataflow.operators.map_groups_with_state import NO_TIMEOUT, HeldState, Outcome, Timeout
from actorstream.expr.types import parse_schema
from tests.unit.dataflow.harness import Harness, rows, schema_of

ROWS = schema_of("t TIMESTAMP, v INT, key STRING", "t")
RESULT = schema_of("key STRING, n BIGINT, timed_out BOOLEAN")
START = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
GAP_MS = 3000


def told(key: pa.Table, n: int, *, timed_out: bool) -> pa.Table:
    return pa.table([key.column(0), [n], [timed_out]], schema=RESULT)


def count(key: pa.Table, table: pa.Table, held: HeldState) -> Outcome:
    """Counts the rows of a key until the watermark is a gap later than the last of them."""
    (n,) = held.value or (0,)
    if held.has_timed_out:
        return Outcome(told(key, n, timed_out=True), None, has_changed=True, timeout_ms=NO_TIMEOUT)
    assert held.watermark_ms is not None
    last = max(table.column("t").to_pylist())
    timeout_ms = max(int((last - START).total_seconds() * 1000), held.watermark_ms) + GAP_MS
    n += table.num_rows
    return Outcome(told(key, n, timed_out=False), (n,), has_changed=True, timeout_ms=timeout_ms)


def counting(timeout: Timeout = "event_time") -> MapGroupsWithState:
    state = parse_schema("n LONG")
    return MapGroupsWithState(["key"], count, RESULT, state, "append", timeout)


def table(*values: tuple[float, str | None]) -> pa.Table:
    times = [START + datetime.timedelta(seconds=seconds) for seconds, _ in values]
    return pa.table([times, list(range(len(values))), [key for _, key in values]], schema=ROWS)


def reference(held: dict[Any, tuple[int, float]], fresh: list[tuple[float, Any]], watermark: float) -> list[Any]:
    """What an epoch tells, with a plain dict of counts and timeouts in seconds."""
    result = []
    for key in {key for _, key in fresh}:
        mine = [seconds for seconds, other in fresh if other == key]
        n = held.get(key, (0, 0))[0] + len(mine)
        held[key] = (n, max(*mine, watermark) + GAP_MS / 1000)
        result.append((key, n, False))
    due = [key for key, (_, timeout) in held.items() if timeout < watermark]
    result += [(key, held.pop(key)[0], True) for key in due]
    return sorted(result, key=repr)


@pytest.mark.rule("STF-162", "STF-163", "STF-167")
@pytest.mark.parametrize("seed", range(6))
def test_random_groups_are_those_of_a_dict_whatever_the_restarts_and_partitions(seed: int) -> None:
    random_ = random.Random(seed)
    run = Harness(counting(), ROWS, partitions=2)
    held: dict[Any, tuple[int, float]] = {}
    watermark = 0.0
    for epoch in range(20):
        fresh = [
            (watermark + random_.randrange(-4, 9), random_.choice(["a", "b", "c", "d", None]))
            for _ in range(random_.randrange(6))
        ]
        late = watermark
        watermark += random_.choice([0, 0, 1, 2, 5])
        on_time = [row for row in fresh if row[0] > late]
        found = rows(run.run(table(*fresh), watermark=watermark, late=late))
        assert found == reference(held, on_time, watermark), f"seed {seed}, epoch {epoch}"
        assert run.metrics.rows_total == len(held)
        assert run.metrics.rows_dropped_by_watermark == len(fresh) - len(on_time)
        if epoch % 4 == 3:
            run.restart(partitions=random_.choice([1, 2, 3]))


def test_an_epoch_writes_only_the_groups_that_changed() -> None:
    run = Harness(counting("none"), ROWS)
    run.run(table((1, "a"), (2, "b"), (3, "c")))
    run.run(table((4, "b")))
    before = run.heads
    assert (run.metrics.rows_total, run.metrics.rows_updated) == (3, 1)
    run.run(table())
    assert run.heads == before
