"""The watermark of a query: candidates of its nodes, a policy, and what a restart takes over."""

from __future__ import annotations

import pytest

from actorstream.common.ids import NodeId
from actorstream.dataflow.protocols import EventTimeStats
from actorstream.engine.watermark import WatermarkTracker

A, B = NodeId("watermark-0"), NodeId("watermark-1")


def seen(max_ms: int, delay_ms: int = 10_000, count: int = 1) -> EventTimeStats:
    return EventTimeStats(delay_ms, max_ms, max_ms, max_ms, count)


@pytest.mark.rule("STF-7")
def test_it_begins_at_zero_and_stays_behind_the_greatest_event_time() -> None:
    tracker = WatermarkTracker((A,))
    assert tracker.advance() == 0
    tracker.observe(A, seen(25_000))
    assert tracker.value_ms == 0, "a new maximum counts only from the next epoch on"
    assert tracker.advance() == 15_000


@pytest.mark.rule("STF-7")
def test_it_never_goes_back() -> None:
    tracker = WatermarkTracker((A,))
    tracker.observe(A, seen(25_000))
    tracker.advance()
    tracker.observe(A, seen(12_000))
    assert tracker.advance() == 15_000
    tracker.observe(A, seen(-90_000))
    assert tracker.advance() == 15_000


@pytest.mark.rule("STF-7")
def test_with_policy_min_every_node_must_have_seen_rows() -> None:
    tracker = WatermarkTracker((A, B), "min")
    tracker.observe(A, seen(25_000))
    assert tracker.advance() == 0
    tracker.observe(B, seen(99_000, delay_ms=20_000))
    assert tracker.advance() == 15_000


@pytest.mark.rule("STF-7", "STF-8")
def test_with_policy_max_the_fastest_node_decides() -> None:
    tracker = WatermarkTracker((A, B), "max")
    tracker.observe(A, seen(25_000))
    assert tracker.advance() == 15_000
    tracker.observe(B, seen(99_000))
    assert tracker.advance() == 89_000


def test_times_before_1970_do_not_move_it() -> None:
    tracker = WatermarkTracker((A,))
    tracker.observe(A, seen(-5_000))
    assert tracker.advance() == 0
    assert tracker.node_values_ms == {A: -15_000}


def test_statistics_without_rows_say_nothing() -> None:
    tracker = WatermarkTracker((A,))
    tracker.observe(A, seen(25_000, count=0))
    assert (tracker.advance(), tracker.node_values_ms) == (0, {})


@pytest.mark.rule("CKP-53")
def test_a_restart_forgets_no_node_so_that_none_has_to_prove_itself_again() -> None:
    before = WatermarkTracker((A, B))
    before.observe(A, seen(25_000))
    before.observe(B, seen(30_000))
    before.advance()
    after = WatermarkTracker((A, B))
    after.restore(before.value_ms, {str(node): value for node, value in before.node_values_ms.items()})
    assert after.advance() == 15_000
    after.observe(A, seen(60_000))
    assert after.advance() == 20_000


def test_a_node_that_the_query_has_no_more_counts_no_more() -> None:
    tracker = WatermarkTracker((A,))
    tracker.restore(15_000, {A: 15_000, B: 15_000})
    tracker.observe(A, seen(60_000))
    assert tracker.advance() == 50_000


def test_a_query_without_watermark_nodes_keeps_what_it_has() -> None:
    tracker = WatermarkTracker(())
    tracker.restore(7_000, {})
    assert tracker.advance() == 7_000
