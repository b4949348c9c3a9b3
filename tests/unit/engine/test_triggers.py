"""When the next trigger is due."""

from __future__ import annotations

import pytest

from actorstream.engine.triggers import next_trigger_ms


@pytest.mark.rule("EXE-6", "EXE-7")
@pytest.mark.parametrize(
    ("started", "ended", "due"),
    [
        (44_100, 44_500, 46_000),  # the next multiple of the interval
        (44_000, 44_500, 46_000),  # a trigger that began on time
        (45_999, 46_000, 46_000),  # ended exactly when the next is due
        (44_000, 46_970, 46_970),  # late: at once
        (44_000, 59_000, 59_000),  # many were missed: one follows, not seven
        (0, 0, 2_000),
        (-1_500, -1_400, 0),
    ],
)
def test_triggers_keep_to_multiples_of_the_interval(started: int, ended: int, due: int) -> None:
    assert next_trigger_ms(2_000, started, ended) == due


def test_without_an_interval_the_next_trigger_follows_at_once() -> None:
    assert next_trigger_ms(0, 44_000, 44_777) == 44_777
