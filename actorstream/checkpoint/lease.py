"""Keeps a second driver off a checkpoint, from another process too, before it changes anything.

A file lock of the operating system: it goes with the process that holds it, even one that was killed, so it is never stale.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Callable

from actorstream.checkpoint.files import CheckpointFiles, write_refused
from actorstream.checkpoint.layout import LEASE
from actorstream.checkpoint.local import LocalFiles
from actorstream.errors import SparkRuntimeException


class Lease:
    """The right to write to a checkpoint."""

    def __init__(self, release: Callable[[], None]) -> None:
        self._release: Callable[[], None] | None = release

    def release(self) -> None:
        """Give it back; nothing happens the second time."""
        if self._release is not None:
            release, self._release = self._release, None
            release()


def acquire_lease(files: CheckpointFiles) -> Lease:
    """Take the lease of a checkpoint. Files that no other process can reach need none.

    Raises: SparkRuntimeException CHECKPOINT_IN_USE that says who holds it; CHECKPOINT_WRITE_FAILED when the disk refuses.
    """
    if not isinstance(files, LocalFiles):
        return Lease(lambda: None)
    try:
        descriptor = os.open(files.path / LEASE, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise write_refused(files.root, LEASE, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode(), 0)
    except BlockingIOError:
        holder = os.pread(descriptor, 4096, 0).decode("utf-8", "replace")
        os.close(descriptor)
        raise SparkRuntimeException(
            errorClass="CHECKPOINT_IN_USE",
            messageParameters={"location": files.root, "holder": _describe(holder)},
        ) from None
    except OSError as error:
        os.close(descriptor)
        raise write_refused(files.root, LEASE, error) from error
    return Lease(lambda: os.close(descriptor))


def _describe(holder: str) -> str:
    try:
        who = json.loads(holder)
        return f"process {who['pid']} on {who['host']}"
    except (ValueError, KeyError, TypeError):
        return "another process"
