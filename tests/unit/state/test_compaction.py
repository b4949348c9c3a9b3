"""When a snapshot is due, and which links of a chain are still needed."""

from __future__ import annotations

import pytest

from actorstream.state.compaction import Link, needed_from, wants_snapshot


def chain(*rows: int, snapshots: tuple[int, ...] = (), first_epoch: int = 0) -> list[Link]:
    return [
        Link(f"{first_epoch + index}-r", first_epoch + index, count, index in snapshots)
        for index, count in enumerate(rows)
    ]


@pytest.mark.rule("CKP-73")
def test_a_snapshot_waits_for_the_least_number_of_deltas() -> None:
    assert not wants_snapshot(chain(10, 10), live_rows=10, deltas_min=3)
    assert wants_snapshot(chain(10, 10, 10), live_rows=10, deltas_min=3)


def test_only_deltas_after_the_last_snapshot_count() -> None:
    assert not wants_snapshot(chain(10, 10, 10, 10, snapshots=(1,)), live_rows=10, deltas_min=3)
    assert not wants_snapshot(chain(10, 10, 10, snapshots=(2,)), live_rows=10, deltas_min=1)


def test_a_large_state_is_not_rewritten_for_a_few_changes() -> None:
    assert not wants_snapshot(chain(*[10] * 20), live_rows=1_000, deltas_min=3)
    assert wants_snapshot(chain(*[10] * 50), live_rows=1_000, deltas_min=3)


def test_a_chain_never_gets_longer_than_a_thousand_deltas() -> None:
    assert not wants_snapshot(chain(*[1] * 999), live_rows=10**9, deltas_min=3)
    assert wants_snapshot(chain(*[1] * 1000), live_rows=10**9, deltas_min=3)


def test_what_is_rewritten_stays_in_proportion_to_what_was_written() -> None:
    """However long a query runs, snapshots hold at most twice the rows of the deltas between them."""
    links: list[Link] = []
    live, delta_rows, snapshot_rows = 10_000, 0, 0
    for epoch in range(2_000):
        links.append(Link(f"{epoch}-r", epoch, 100))
        delta_rows += 100
        if wants_snapshot(links, live, 10):
            snapshot_rows += live
            links[-1] = Link(f"{epoch}-r", epoch, 100, has_snapshot=True)
    assert 0 < snapshot_rows <= 2 * delta_rows


@pytest.mark.rule("CKP-73", "CKP-74")
@pytest.mark.parametrize(
    ("snapshots", "keep_epoch", "base"),
    [
        ((), 5, 0),  # without a snapshot everything is needed
        ((3,), 5, 3),
        ((3,), 3, 3),
        ((3,), 2, 0),  # the snapshot is too new for epoch 2
        ((1, 4), 4, 4),
        ((1, 4), 3, 1),
        ((1, 4), 99, 4),
        ((1, 4), -5, 0),
    ],
)
def test_the_newest_snapshot_that_is_old_enough_is_the_base(
    snapshots: tuple[int, ...], keep_epoch: int, base: int
) -> None:
    assert needed_from(chain(*[1] * 6, snapshots=snapshots), keep_epoch) == base


def test_epochs_without_a_file_are_served_by_the_file_before_them() -> None:
    links = [Link("2-r", 2, 1, True), Link("9-r", 9, 1, True)]
    assert needed_from(links, 8) == 0
    assert needed_from(links, 9) == 1
    assert needed_from([], 9) == 0
