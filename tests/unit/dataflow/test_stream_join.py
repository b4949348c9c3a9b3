"""The join of two streams as an operator: matches, eviction, nulls for unmatched rows, and state that survives a restart."""

from __future__ import annotations

import datetime
import random
from typing import Any

import pyarrow as pa
import pytest

from actorstream.common.ids import Epoch
from actorstream.dataflow.operators import JoinSide, StreamJoin
from actorstream.dataflow.operators.stream_join import StreamJoinType
from actorstream.dataflow.protocols import EpochInfo
from actorstream.errors import AnalysisException
from actorstream.sql import functions as F
from tests.unit.dataflow.harness import Harness, rows, schema_of, slices

LEFT = schema_of("k STRING, lt TIMESTAMP, lv INT", "lt")
RIGHT = schema_of("k STRING, rt TIMESTAMP, rv INT", "rt")
START = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

#: rt in [lt, lt + 5 s], as the planner derives the bounds of both sides from it
WITHIN = F.col("rt").between(F.col("lt"), F.col("lt") + F.expr("interval 5 seconds"))
LEFT_SIDE = JoinSide(expires_by="lt", lag_us=5_001_000)
RIGHT_SIDE = JoinSide(expires_by="rt", lag_us=1_000)


def at(seconds: float) -> datetime.datetime:
    return START + datetime.timedelta(seconds=seconds)


def table(schema: pa.Schema, *values: tuple[Any, float | None, int]) -> pa.Table:
    keys, times, numbers = zip(*values, strict=True) if values else ((), (), ())
    return pa.table([keys, [None if time is None else at(time) for time in times], numbers], schema=schema)


class Joined(Harness):
    """A join that is fed by side."""

    def __init__(self, kind: StreamJoinType, *, partitions: int = 1, left: JoinSide = LEFT_SIDE) -> None:
        join = StreamJoin(kind, ["k"], condition=WITHIN, left=left, right=RIGHT_SIDE)
        super().__init__(join, LEFT, RIGHT, partitions=partitions)

    def step(
        self,
        left: list[tuple[Any, float | None, int]] | None = None,
        right: list[tuple[Any, float | None, int]] | None = None,
        *,
        watermark: float = 0,
        late: float | None = None,
    ) -> list[tuple[Any, ...]]:
        """One epoch. Returns: pairs of the numbers of both sides (of a semi-join only the left ones)."""
        late = watermark if late is None else late
        info = EpochInfo(Epoch(self.epoch), 0, int(watermark * 1e6), int(late * 1e6))
        feed = [(0, table(LEFT, *(left or ()))), (1, table(RIGHT, *(right or ())))]
        out = self.run_ports(feed, info)
        numbers = [place for place, name in enumerate(out.schema.names) if name in ("lv", "rv")]
        return rows(
            out.select(numbers) if len(numbers) == 1 else pa.table([out.column(n) for n in numbers], ["l", "r"])
        )


@pytest.mark.rule("STF-110")
def test_a_row_meets_those_that_came_before_it_and_with_it_on_the_other_side() -> None:
    join = Joined("inner")
    assert join.step([("a", 10, 1)], [("a", 12, 1)]) == [(1, 1)]
    assert join.step([("a", 11, 2)]) == [(2, 1)]
    assert join.step(right=[("a", 14, 2), ("b", 14, 3), ("a", 16, 4)]) == [(1, 2), (2, 2), (2, 4)]


@pytest.mark.rule("STF-110")
def test_rows_of_one_key_are_all_kept() -> None:
    join = Joined("inner")
    join.step([("a", 10, 1), ("a", 10, 1), ("a", 10, 1)])
    assert join.step(right=[("a", 10, 7), ("a", 10, 8)]) == sorted([(1, 7), (1, 8)] * 3)
    assert join.metrics.rows_total == 5


@pytest.mark.rule("STF-111")
def test_late_rows_of_both_sides_are_dropped_and_counted() -> None:
    join = Joined("inner")
    assert join.step([("a", 10, 1), ("a", 11, 2)], [("a", 10, 1), ("a", 12, 2)], watermark=10) == [(2, 2)]
    assert join.metrics.rows_dropped_by_watermark == 2


@pytest.mark.rule("STF-112")
def test_rows_go_when_the_watermark_has_passed_their_bound() -> None:
    join = Joined("inner")
    join.step([("a", 10, 1), ("a", 11, 2)], [("a", 14, 1), ("a", 15, 2)])
    join.step(watermark=15)  # left ones at 9.999 s and before, right ones at 14.999 s and before
    assert (join.metrics.rows_removed, join.metrics.rows_total) == (1, 3)
    join.step(watermark=15.001)
    assert (join.metrics.rows_removed, join.metrics.rows_total) == (2, 1)


@pytest.mark.rule("STF-113")
def test_a_row_that_is_too_old_to_be_stored_is_still_joined() -> None:
    join = Joined("inner")
    join.step([("a", 10, 1)], watermark=14, late=0)
    assert join.step(right=[("a", 12, 1)], watermark=14, late=0) == [(1, 1)]
    assert join.metrics.rows_updated == 0


@pytest.mark.rule("STF-114")
def test_a_null_key_equals_nothing_but_comes_out_of_an_outer_side() -> None:
    join = Joined("left")
    assert join.step([(None, 10, 1)], [(None, 10, 1)]) == []
    assert join.metrics.rows_total == 1
    assert join.step(watermark=100) == [(1, None)]


def test_a_null_safe_key_equals_null() -> None:
    join = Harness(StreamJoin("inner", ["k"], [True], WITHIN, left=LEFT_SIDE, right=RIGHT_SIDE), LEFT, RIGHT)
    feed = [(0, table(LEFT, (None, 10, 1))), (1, table(RIGHT, (None, 10, 1), ("a", 10, 2)))]
    assert join.run_ports(feed, EpochInfo(Epoch(0), 0)).num_rows == 1


@pytest.mark.rule("STF-115")
def test_a_row_that_fails_its_own_condition_comes_out_at_once_and_is_not_stored() -> None:
    join = Joined("left", left=JoinSide(F.col("lv") > 0, "lt", 5_001_000))
    assert join.step([("a", 10, 0), ("a", 10, 1)], [("a", 10, 7)]) == [(0, None), (1, 7)]
    assert join.metrics.rows_total == 2


@pytest.mark.rule("STF-116")
@pytest.mark.parametrize(
    ("kind", "expected"),
    [("left", [(2, None)]), ("right", [(None, 8)]), ("full", [(2, None), (None, 8)])],
)
def test_unmatched_rows_of_outer_sides_come_out_with_nulls_when_they_are_evicted(
    kind: StreamJoinType, expected: list[Any]
) -> None:
    join = Joined(kind)
    assert join.step([("a", 10, 1), ("b", 10, 2)]) == []
    assert join.step(right=[("a", 11, 7), ("c", 11, 8)]) == [(1, 7)]
    assert join.step(watermark=10) == []
    assert join.step(watermark=60) == expected
    assert join.step(watermark=90) == []
    assert join.metrics.rows_total == 0


@pytest.mark.rule("STF-116")
def test_a_row_of_an_outer_side_that_is_already_past_its_bound_is_not_lost() -> None:
    join = Joined("left")
    assert join.step([("a", 10, 1)], watermark=60, late=0) == [(1, None)]


@pytest.mark.rule("STF-117")
def test_a_left_row_of_a_semi_join_comes_out_once_and_goes() -> None:
    join = Joined("left_semi")
    assert join.step([("a", 10, 1), ("b", 10, 2)]) == []
    assert join.step(right=[("a", 11, 7), ("a", 12, 8)]) == [(1,)]
    assert (join.metrics.rows_removed, join.metrics.rows_total) == (1, 3)
    assert join.step([("a", 10, 3)]) == [(3,)]
    assert join.metrics.rows_updated == 0
    assert join.step(right=[("a", 12, 9)]) == []
    assert join.step(watermark=100) == []


def test_rows_without_a_time_are_never_evicted() -> None:
    join = Joined("left")
    join.step([("a", None, 1)])
    assert join.step(watermark=1000) == []
    assert join.metrics.rows_total == 1


@pytest.mark.rule("STF-120")
def test_the_progress_counts_both_sides_and_four_stores() -> None:
    join = Joined("inner", partitions=2)
    join.step([("a", 10, 1), ("b", 10, 2)], [("c", 10, 1)])
    assert (join.metrics.rows_total, join.metrics.rows_updated) == (3, 3)
    assert [report.state.store_instances for report in join.reports if report and report.state] == [4, 4]


def reference(kind: StreamJoinType, lefts: list[Any], rights: list[Any]) -> list[tuple[Any, ...]]:
    """The join of all rows at once."""
    pairs = [(x, y) for x in lefts for y in rights if x[0] is not None and x[0] == y[0] and 0 <= y[1] - x[1] <= 5]
    if kind == "left_semi":
        return sorted({(x[2],) for x, _ in pairs}, key=repr)
    result: list[tuple[Any, ...]] = [(x[2], y[2]) for x, y in pairs]
    if kind in ("left", "full"):
        result += [(x[2], None) for x in lefts if all(x is not mine for mine, _ in pairs)]
    if kind in ("right", "full"):
        result += [(None, y[2]) for y in rights if all(y is not mine for _, mine in pairs)]
    return sorted(result, key=repr)


@pytest.mark.parametrize("kind", ["inner", "left", "right", "full", "left_semi"])
@pytest.mark.parametrize("seed", range(3))
def test_many_epochs_with_restarts_give_what_one_join_of_everything_gives(kind: StreamJoinType, seed: int) -> None:
    random_ = random.Random(seed)
    join = Joined(kind, partitions=2)
    lefts: list[Any] = []
    rights: list[Any] = []
    seen: list[tuple[Any, ...]] = []
    watermark = 0.0
    for epoch in range(30):
        fresh: list[list[Any]] = [[], []]
        for side, everything in zip(fresh, (lefts, rights), strict=True):
            for _ in range(random_.randrange(6)):
                key = random_.choice(["a", "b", "c", None])
                side.append((key, watermark + random_.randrange(1, 12), len(everything)))
                everything.append(side[-1])
        seen += join.step(*fresh, watermark=watermark)
        watermark += random_.choice([0, 0, 1, 3])
        if epoch % 7 == 6:
            join.restart(partitions=random_.choice([1, 2, 3]))
    seen += join.step(watermark=watermark + 1000)
    assert sorted(seen, key=repr) == reference(kind, lefts, rights), f"seed {seed}"
    assert join.metrics.rows_total == 0


@pytest.mark.parametrize("kind", ["inner", "full", "left_semi"])
def test_the_result_does_not_depend_on_how_rows_are_cut_into_batches(kind: StreamJoinType) -> None:
    left = table(LEFT, *[("ab"[n % 2], 10 + n, n) for n in range(9)])
    right = table(RIGHT, *[("ab"[n % 2], 11 + n, n) for n in range(9)])
    info = EpochInfo(Epoch(0), 0)

    def run(feed: list[tuple[int, pa.Table]]) -> list[tuple[Any, ...]]:
        return rows(Joined(kind).run_ports(feed, info))

    whole = run([(0, left), (1, right)])
    pieces = [(1, piece) for piece in slices(right, [2, 3])] + [(0, piece) for piece in slices(left, [5])]
    assert whole
    assert run(pieces) == whole


def test_a_kind_of_join_that_there_is_not_is_refused() -> None:
    with pytest.raises(AnalysisException, match="left_anti"):
        StreamJoin("left_anti", ["k"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("join", "right", "reason"),
    [
        (StreamJoin("inner", ["k"]), "k INT", "'k', which is string on the left and int32 on the right"),
        (StreamJoin("inner", ["k"], left=JoinSide(expires_by="zz")), "k STRING", "expire by 'zz', which is no time"),
        (StreamJoin("inner", ["k"], right=JoinSide(expires_by="k")), "k STRING", "expire by 'k', which is no time"),
    ],
)
def test_inputs_that_do_not_fit_are_refused_before_anything_runs(join: StreamJoin, right: str, reason: str) -> None:
    with pytest.raises(AnalysisException, match=reason):
        join.output_schema([LEFT, schema_of(right)])
