"""The registry of fault points."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from actorstream.common import fault_points
from actorstream.common.fault_points import FAULT_POINTS, NO_FAULTS, SimulatedCrash

ROOMS = {"driver", "source", "operator", "sink", "state", "files"}


def test_a_point_says_its_room_and_the_moment() -> None:
    for point in FAULT_POINTS:
        assert re.fullmatch(r"[a-z]+\.((before|after)_[a-z_]+|torn_write)", point)
        assert point.partition(".")[0] in ROOMS
    assert len(set(FAULT_POINTS)) == len(FAULT_POINTS)


def test_every_point_is_explained() -> None:
    source = Path(str(fault_points.__file__)).read_text(encoding="utf-8")
    for point in FAULT_POINTS:
        assert re.search(rf'"{re.escape(point)}",  # \w', source), point


def test_without_an_injector_nothing_happens() -> None:
    for point in FAULT_POINTS:
        NO_FAULTS.hit(point, epoch=1, path="x")


def test_a_crash_says_where_it_happened() -> None:
    crash = SimulatedCrash("sink.after_commit", {"epoch": 3, "node": "sink"})
    with pytest.raises(SimulatedCrash, match=r"simulated crash at sink\.after_commit \(epoch=3, node=sink\)"):
        raise crash
