"""A second driver on one checkpoint, from this process and from another, loses before it changes anything."""

from __future__ import annotations

import errno
import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from actorstream.checkpoint.lease import acquire_lease
from actorstream.checkpoint.local import LocalFiles
from actorstream.checkpoint.memory import MemoryFiles
from actorstream.errors import SparkRuntimeException

HOLD = """
import sys
from actorstream.checkpoint.lease import acquire_lease
from actorstream.checkpoint.local import LocalFiles
lease = acquire_lease(LocalFiles(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_lease_is_held_until_it_is_given_back(tmp_path: Path) -> None:
    lease = acquire_lease(LocalFiles(str(tmp_path)))
    with pytest.raises(SparkRuntimeException, match=f"process {os.getpid()} on ") as raised:
        acquire_lease(LocalFiles(str(tmp_path)))
    assert raised.value.getCondition() == "CHECKPOINT_IN_USE"
    lease.release()
    lease.release()
    acquire_lease(LocalFiles(str(tmp_path))).release()


@pytest.mark.rule("CKP-63", "CKP-64")
def test_another_process_holds_its_lease_until_it_is_killed(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(SparkRuntimeException, match=rf"is in use by process {holder.pid} on "):
            acquire_lease(LocalFiles(str(tmp_path)))
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        holder.stdin.close()
        holder.stdout.close()
    # a killed process leaves the file, and the file alone holds nobody off
    assert (tmp_path / "lease").exists()
    acquire_lease(LocalFiles(str(tmp_path))).release()


def test_a_lease_file_that_says_nothing_does_not_hide_the_conflict(tmp_path: Path) -> None:
    lease = acquire_lease(LocalFiles(str(tmp_path)))
    (tmp_path / "lease").write_text("")
    with pytest.raises(SparkRuntimeException, match="is in use by another process"):
        acquire_lease(LocalFiles(str(tmp_path)))
    lease.release()


def test_files_that_no_other_process_can_reach_need_no_lease() -> None:
    acquire_lease(MemoryFiles()).release()


def test_a_lease_that_cannot_be_taken_for_another_reason_says_so_and_leaks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = LocalFiles(str(tmp_path))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    gc.collect()  # what an earlier test left to the collector is not ours to count
    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(SparkRuntimeException, match=r"Cannot write .*/lease: the disk is full") as raised:
        acquire_lease(files)
    assert raised.value.getCondition() == "CHECKPOINT_WRITE_FAILED"
    assert len(os.listdir("/proc/self/fd")) == before
    monkeypatch.undo()
    acquire_lease(files).release()
    (tmp_path / "lease").unlink()
    (tmp_path / "lease").mkdir()
    with pytest.raises(SparkRuntimeException, match=r"Cannot write .*/lease"):
        acquire_lease(files)
