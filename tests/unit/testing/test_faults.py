from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys

import pytest

from actorstream.common.fault_points import FAULT_POINTS, FaultPoint, SimulatedCrash
from actorstream.testing.faults import AllOf, CountHits, FailWriteAt, KillProcessAt, RaiseAt


def test_a_crash_happens_at_its_point_and_epoch_only() -> None:
    crash = RaiseAt("sink.after_commit", epoch=2)
    crash.hit("sink.after_commit", epoch=1)
    crash.hit("sink.before_commit", epoch=2)
    assert not crash.fired
    with pytest.raises(SimulatedCrash, match=r"sink\.after_commit \(epoch=2, node=out\)"):
        crash.hit("sink.after_commit", epoch=2, node="out")
    assert crash.fired


def test_a_crash_happens_once() -> None:
    crash = RaiseAt("source.before_read")
    with pytest.raises(SimulatedCrash):
        crash.hit("source.before_read", epoch=0)
    crash.hit("source.before_read", epoch=1)


def test_the_nth_occurrence_counts_matching_hits() -> None:
    crash = RaiseAt("files.before_write", occurrence=3)
    crash.hit("files.before_write", path="offsets/0")
    crash.hit("files.before_rename", path="offsets/0")
    crash.hit("files.before_write", path="commits/0")
    with pytest.raises(SimulatedCrash) as raised:
        crash.hit("files.before_write", path="offsets/1")
    assert raised.value.where == {"path": "offsets/1"}


def test_no_except_exception_can_hide_a_simulated_crash() -> None:
    assert not issubclass(SimulatedCrash, Exception)


def test_an_ordinary_error_can_be_raised_instead() -> None:
    with pytest.raises(ValueError, match="broken input"):
        RaiseAt("source.after_read", error=lambda: ValueError("broken input")).hit("source.after_read")


@pytest.mark.parametrize(("reason", "number"), [("full", errno.ENOSPC), ("broken", errno.EIO)])
def test_a_write_fails_with_the_error_of_the_operating_system(reason: str, number: int) -> None:
    fault = FailWriteAt(reason, path="commits/1")  # type: ignore[arg-type]
    fault.hit("files.torn_write", path="commits/0")
    with pytest.raises(OSError, match=os.strerror(number)) as raised:
        fault.hit("files.torn_write", path="commits/1")
    assert raised.value.errno == number


def test_a_misspelt_point_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no fault point 'sink\.after_comit'"):
        RaiseAt("sink.after_comit")  # type: ignore[arg-type]


def test_a_recorder_knows_order_and_numbers() -> None:
    recorder = CountHits()
    points: list[FaultPoint] = ["source.before_read", "source.after_read", "source.before_read"]
    for epoch, point in enumerate(points):
        recorder.hit(point, epoch=epoch)
    assert [hit.point for hit in recorder.hits] == points
    assert [hit.epoch for hit in recorder.hits] == [0, 1, 2]
    assert recorder.counts() == {"source.before_read": 2, "source.after_read": 1}


def test_injectors_go_together() -> None:
    recorder, crash = CountHits(), RaiseAt("driver.before_purge")
    both = AllOf(recorder, crash)
    with pytest.raises(SimulatedCrash):
        both.hit("driver.before_purge", epoch=1)
    assert recorder.counts() == {"driver.before_purge": 1}


def test_every_point_can_be_armed() -> None:
    for point in FAULT_POINTS:
        with pytest.raises(SimulatedCrash):
            RaiseAt(point).hit(point)


def test_killing_the_process_runs_no_handler() -> None:
    script = (
        "import atexit\n"
        "from actorstream.testing.faults import KillProcessAt\n"
        "atexit.register(print, 'said goodbye')\n"
        "fault = KillProcessAt('sink.before_commit', epoch=1)\n"
        "fault.hit('sink.before_commit', epoch=0)\n"
        "print('alive', flush=True)\n"
        "try:\n    fault.hit('sink.before_commit', epoch=1)\nfinally:\n    print('dead', flush=True)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout == "alive\n"
    assert repr(KillProcessAt("sink.before_commit", epoch=1)) == "KillProcessAt('sink.before_commit', epoch=1)"
