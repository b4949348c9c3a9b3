"""Create-only, atomic, durable files: the same promises from a directory and from memory, and what a directory alone can do."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from actorstream.checkpoint.files import CheckpointFiles, FileExists
from actorstream.checkpoint.local import LocalFiles
from actorstream.checkpoint.memory import MemoryFiles
from actorstream.common.fault_points import NO_FAULTS, FaultInjector, FaultPoint, SimulatedCrash
from actorstream.errors import SparkRuntimeException
from actorstream.testing.faults import CountHits, FailWriteAt, RaiseAt

Make = Callable[..., CheckpointFiles]
WRITE_POINTS: list[FaultPoint] = ["files.before_write", "files.torn_write", "files.before_fsync", "files.before_rename"]


@pytest.fixture(params=["local", "memory"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Makes `CheckpointFiles` with an injector."""

    def build(faults: FaultInjector = NO_FAULTS) -> CheckpointFiles:
        return MemoryFiles(faults) if request.param == "memory" else LocalFiles(str(tmp_path / "ckpt"), faults)

    return build


def names_below(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


# ---------------------------------------------------------------- what every place promises


def test_a_written_file_is_there_whole(make: Make) -> None:
    files = make()
    files.write_new("offsets/0", b"entry")
    assert (files.read("offsets/0"), bytes(files.map("offsets/0"))) == (b"entry", b"entry")
    assert files.exists("offsets/0")
    assert files.exists("offsets")


@pytest.mark.rule("CKP-2", "CKP-63")
def test_a_taken_name_stays_as_it_is(make: Make) -> None:
    files = make()
    files.write_new("offsets/0", b"first")
    with pytest.raises(FileExists, match="offsets/0 exists already"):
        files.write_new("offsets/0", b"second")
    assert files.read("offsets/0") == b"first"


def test_a_missing_file_and_a_missing_folder_are_absent(make: Make) -> None:
    files = make()
    assert not files.exists("offsets/0")
    assert not files.exists("offsets")
    assert files.list("offsets") in ([], ())
    files.delete("offsets/0")
    for read in (files.read, files.map):
        with pytest.raises(FileNotFoundError):
            read("offsets/0")


def test_a_listing_is_sorted_and_names_files_and_folders(make: Make) -> None:
    files = make()
    for path in ("state/n/1/0-r.delta", "state/n/0/1-r.delta", "state/n/0/0-r.delta"):
        files.write_new(path, b"x")
    assert list(files.list("state/n")) == ["0", "1"]
    assert list(files.list("state/n/0")) == ["0-r.delta", "1-r.delta"]


def test_a_deleted_name_can_be_written_again(make: Make) -> None:
    files = make()
    files.write_new("offsets/0", b"old")
    files.delete("offsets/0")
    files.write_new("offsets/0", b"new")
    assert files.read("offsets/0") == b"new"


def test_an_empty_file_can_be_written_and_read(make: Make) -> None:
    files = make()
    files.write_new("offsets/0", b"")
    assert (files.read("offsets/0"), bytes(files.map("offsets/0"))) == (b"", b"")


@pytest.mark.rule("CKP-2")
@pytest.mark.parametrize("point", WRITE_POINTS)
def test_a_crash_within_a_write_leaves_no_entry_under_its_name(make: Make, point: FaultPoint) -> None:
    files = make(RaiseAt(point))
    with pytest.raises(SimulatedCrash):
        files.write_new("offsets/0", b"entry")
    assert list(files.list("offsets")) == []
    files.write_new("offsets/0", b"entry")
    assert files.read("offsets/0") == b"entry"


@pytest.mark.rule("CKP-65")
@pytest.mark.parametrize("point", WRITE_POINTS)
@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("full", "the disk is full"),
        ("broken", "the disk reported an error"),
        ("read-only", "the file system is read-only"),
    ],
)
def test_a_refused_write_says_why_and_leaves_nothing(
    make: Make, point: FaultPoint, reason: Literal["full", "broken", "read-only"], words: str
) -> None:
    files = make(FailWriteAt(reason, point))
    with pytest.raises(SparkRuntimeException, match=f"offsets/0: {words}") as raised:
        files.write_new("offsets/0", b"entry")
    assert raised.value.getCondition() == "CHECKPOINT_WRITE_FAILED"
    assert list(files.list("offsets")) == []
    files.write_new("offsets/0", b"entry")


# ---------------------------------------------------------------- a directory


@pytest.mark.rule("CKP-1")
def test_what_a_torn_write_has_left_is_not_listed_and_goes_at_the_next_start(tmp_path: Path) -> None:
    files = LocalFiles(str(tmp_path), RaiseAt("files.torn_write"))
    with pytest.raises(SimulatedCrash):
        files.write_new("offsets/0", b"half of this")
    (left,) = names_below(tmp_path)
    assert left.startswith("offsets/.0.")
    assert (tmp_path / left).read_bytes() == b"half o"
    assert files.list("offsets") == []
    files.remove_leftovers()
    assert names_below(tmp_path) == set()


def test_a_refused_write_leaves_no_temporary_file(tmp_path: Path) -> None:
    files = LocalFiles(str(tmp_path), FailWriteAt("full"))
    with pytest.raises(SparkRuntimeException):
        files.write_new("offsets/0", b"entry")
    assert names_below(tmp_path) == set()


def test_content_is_durable_before_its_name_and_the_name_before_the_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = LocalFiles(str(tmp_path))
    files.write_new("offsets/0", b"makes the folders")
    calls: list[str] = []
    fsync, link = os.fsync, os.link

    def noted_fsync(descriptor: int) -> None:
        calls.append("fsync folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "fsync file")
        fsync(descriptor)

    def noted_link(source: object, target: object) -> None:
        calls.append("link")
        link(source, target)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "link", noted_link)
    files.write_new("offsets/1", b"entry")
    assert calls == ["fsync file", "link", "fsync folder"]


def test_a_checkpoint_that_cannot_outlive_its_process_costs_no_fsync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> None:
        raise AssertionError("fsync")

    monkeypatch.setattr(os, "fsync", refuse)
    files = LocalFiles(str(tmp_path), durable=False)
    files.write_new("offsets/0", b"entry")
    assert files.read("offsets/0") == b"entry"


@pytest.mark.rule("CKP-13", "CKP-63")
def test_of_many_who_write_one_name_at_once_exactly_one_succeeds(tmp_path: Path) -> None:
    LocalFiles(str(tmp_path)).write_new("offsets/0", b"makes the folder")
    start = threading.Barrier(4)
    won: list[int] = []

    def write(number: int) -> None:
        files = LocalFiles(str(tmp_path))
        start.wait()
        try:
            files.write_new("offsets/1", b"%d" % number)
        except FileExists:
            return
        won.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert LocalFiles(str(tmp_path)).read("offsets/1") == b"%d" % won[0]
    assert names_below(tmp_path) == {"offsets/0", "offsets/1"}


@pytest.mark.rule("CKP-60r")
def test_a_vanished_checkpoint_is_not_begun_anew(tmp_path: Path) -> None:
    files = LocalFiles(str(tmp_path / "ckpt"))
    files.write_new("offsets/0", b"entry")
    shutil.rmtree(tmp_path / "ckpt")
    with pytest.raises(SparkRuntimeException, match="offsets/1: the checkpoint directory has vanished"):
        files.write_new("offsets/1", b"entry")
    assert not (tmp_path / "ckpt").exists()


def test_a_folder_that_was_put_back_is_written_to_again(tmp_path: Path) -> None:
    files = LocalFiles(str(tmp_path))
    files.write_new("offsets/0", b"entry")
    shutil.rmtree(tmp_path / "offsets")
    files.write_new("offsets/1", b"entry")
    assert files.list("offsets") == ["1"]


def test_a_file_where_the_checkpoint_should_be_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(SparkRuntimeException, match=r"Cannot write .*taken"):
        LocalFiles(str(tmp_path / "taken"))


def test_a_file_where_a_folder_should_be_is_no_taken_name(tmp_path: Path) -> None:
    files = LocalFiles(str(tmp_path))
    (tmp_path / "offsets").write_text("a file")
    with pytest.raises(SparkRuntimeException, match="offsets/0"):
        files.write_new("offsets/0", b"entry")


def test_a_directory_that_cannot_be_written_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # permissions do not bind the superuser, under whom tests may run
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(SparkRuntimeException, match="permission is denied"):
        LocalFiles(str(tmp_path))


def test_an_unknown_refusal_is_given_in_the_words_of_the_system(tmp_path: Path) -> None:
    def too_many() -> OSError:
        return OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    files = LocalFiles(str(tmp_path), RaiseAt("files.before_fsync", error=too_many))
    with pytest.raises(SparkRuntimeException, match=os.strerror(errno.EMFILE)):
        files.write_new("offsets/0", b"entry")


def test_every_write_passes_the_points_at_which_it_can_be_made_to_fail(make: Make) -> None:
    hits = CountHits()
    make(hits).write_new("offsets/0", b"entry")
    assert [(hit.point, hit.where["path"]) for hit in hits.hits] == [(point, "offsets/0") for point in WRITE_POINTS]


def test_mapped_files_hold_no_descriptors_and_outlive_their_names(tmp_path: Path) -> None:
    files = LocalFiles(str(tmp_path))
    content = bytes(range(256)) * 1_000
    files.write_new("state/0", content)
    before = len(os.listdir("/proc/self/fd"))
    views = [files.map("state/0") for _ in range(40)]
    assert len(os.listdir("/proc/self/fd")) <= before  # those of an earlier test may be closed meanwhile
    files.delete("state/0")
    assert all(view == content for view in views)


def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = LocalFiles(str(tmp_path))
    files.write_new("offsets/0", b"entry")

    def denied(*_: object) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "read_bytes", denied)
    for read in (files.read, files.map):
        with pytest.raises(
            SparkRuntimeException, match=f"Cannot read {tmp_path}/offsets/0: permission is denied"
        ) as raised:
            read("offsets/0")
        assert raised.value.getCondition() == "CHECKPOINT_READ_FAILED"
    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(SparkRuntimeException, match=f"Cannot read {tmp_path}/offsets: permission is denied"):
        files.list("offsets")
