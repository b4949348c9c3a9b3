"""`actorstream checkpoint rollback`: says what is wrong, what would go and what a start will do; does it when told to."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from actorstream.checkpoint.lease import acquire_lease
from actorstream.checkpoint.local import LocalFiles
from actorstream.cli import main
from tests.unit.cli.checkpoints import content_of, write_checkpoint


def rollback(root: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["checkpoint", "rollback", str(root), *options])
    return result.exit_code, result.output


def recovery(root: Path) -> str:
    return (
        CliRunner()
        .invoke(main, ["checkpoint", "show", str(root)])
        .output.splitlines()[-1]
        .partition("recovery")[2]
        .strip()
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Epochs 0 to 4 are committed, 5 is planned."""
    write_checkpoint(tmp_path / "ckpt", committed=5)
    return tmp_path / "ckpt"


def logs_of(root: Path) -> tuple[list[int], list[int]]:
    offsets, commits = (
        sorted(int(path.name) for path in (root / log).glob("[0-9]*")) for log in ("offsets", "commits")
    )
    return offsets, commits


def test_a_whole_checkpoint_needs_nothing(root: Path) -> None:
    before = content_of(root)
    code, text = rollback(root, "--yes")
    assert code == 0
    assert "Nothing to do." in text
    assert {**content_of(root), "lease": b""} == {**before, "lease": b""}


@pytest.mark.rule("CKP-45", "CKP-60g", "CKP-60i", "CKP-60j")
@pytest.mark.parametrize("damage", [None, b"", b"v1\n{}"])
def test_a_lost_commit_takes_the_query_back_to_the_one_before_and_runs_the_plan_again(
    root: Path, damage: bytes | None
) -> None:
    """Its plan stays, so the epoch that runs again is the same epoch."""
    path = root / "commits" / "4"
    path.unlink() if damage is None else path.write_bytes(damage)
    before = content_of(root)
    code, text = rollback(root)
    assert code == 0
    assert "commits/4" in text
    assert "the state after epoch 3" in text
    assert "runs epoch 4 again with exactly the logged input" in text
    assert "removes    offsets/5" in text
    assert "removes    2 state files of later epochs" in text
    assert "rows of epoch 5 may have reached the sinks" in text
    assert "Nothing has been changed." in text
    assert content_of(root) == before
    code, text = rollback(root, "--yes")
    assert code == 0
    assert f"What was removed is in {root / '_rolled-back' / '1'}" in text
    assert logs_of(root) == ([0, 1, 2, 3, 4], [0, 1, 2, 3])
    assert recovery(root).startswith(
        "epoch 4 was planned and never committed: a start runs it again on the state after epoch 3"
    )
    assert rollback(root)[1].endswith("Nothing to do.\n")


@pytest.mark.rule("CKP-46")
@pytest.mark.rule("EXE-144")
def test_a_continuous_plan_without_its_commit_is_not_promised_to_run_again(tmp_path: Path) -> None:
    root = tmp_path / "ckpt"
    write_checkpoint(root, committed=5, continuous=True)
    (root / "commits" / "4").write_bytes(b"v1\n{}")
    text = rollback(root, "--yes")[1]
    assert "a start plans epoch 4 anew" in text
    assert "again" not in text.replace("run again (a MemoryStream", "")
    assert logs_of(root) == ([0, 1, 2, 3], [0, 1, 2, 3])
    assert rollback(root)[1].endswith("Nothing to do.\n")


@pytest.mark.rule("EXE-144")
def test_without_any_commit_a_continuous_query_begins_again_from_the_first_offset(tmp_path: Path) -> None:
    root = tmp_path / "ckpt"
    write_checkpoint(root, committed=1, continuous=True)
    (root / "commits" / "0").write_bytes(b"v1\n{}")
    text = rollback(root, "--yes")[1]
    assert "the beginning: no committed epoch stays" in text
    assert logs_of(root) == ([], [])


def test_without_any_commit_the_first_plan_is_run_again(root: Path) -> None:
    for path in (root / "commits").iterdir():
        path.unlink()
    code, text = rollback(root, "--yes")
    assert code == 0
    assert "the beginning: no committed epoch stays" in text
    assert logs_of(root) == ([0], [])
    assert not list((root / "state").rglob("*.delta"))
    assert recovery(root).startswith("epoch 0 was planned and never committed")


@pytest.mark.rule("CKP-47", "CKP-60a")
@pytest.mark.parametrize("damage", [None, b""])
def test_a_lost_plan_takes_the_query_back_to_the_last_one_that_is_there(root: Path, damage: bytes | None) -> None:
    (root / "offsets" / "5").unlink()
    path = root / "offsets" / "4"
    path.unlink() if damage is None else path.write_bytes(damage)
    code, text = rollback(root, "--yes")
    assert code == 0
    assert "a start plans epoch 4 anew" in text
    assert logs_of(root) == ([0, 1, 2, 3], [0, 1, 2, 3])
    assert recovery(root).startswith("epoch 3 is complete")


@pytest.mark.rule("CKP-50", "CKP-60k")
@pytest.mark.parametrize("damage", [None, b"garbage"])
def test_damaged_state_takes_the_query_back_to_the_last_epoch_that_does_not_need_it(
    root: Path, damage: bytes | None
) -> None:
    path = root / "state" / "aggregate-0" / "0" / "2-run.delta"
    path.unlink() if damage is None else path.write_bytes(damage)
    code, text = rollback(root, "--yes")
    assert code == 0
    assert "2-run.delta" in text
    assert logs_of(root) == ([0, 1, 2], [0, 1])
    assert "aggregate-0: 2 rows" in CliRunner().invoke(main, ["checkpoint", "show", str(root)]).output
    assert recovery(root).startswith("epoch 2 was planned and never committed")


def test_a_query_can_be_taken_back_to_an_epoch_of_choice(root: Path) -> None:
    code, text = rollback(root, "--to", "1", "--yes")
    assert code == 0
    assert "the state after epoch 1" in text
    assert logs_of(root) == ([0, 1, 2], [0, 1])
    aside = root / "_rolled-back" / "1"
    assert sorted(path.name for path in (aside / "commits").iterdir()) == ["2", "3", "4"]
    rollback(root, "--to", "0", "--yes")
    assert (root / "_rolled-back" / "2" / "commits" / "1").exists()


def test_rows_that_the_sink_keeps_in_the_checkpoint_go_back_too(root: Path) -> None:
    for epoch in (1, 2, 3):
        (root / "sinks" / "sink" / str(epoch)).write_bytes(b"rows")
    rollback(root, "--to", "1", "--yes")
    assert sorted(path.name for path in (root / "sinks" / "sink").iterdir()) == ["0", "1"]


@pytest.mark.rule("CKP-11", "CKP-12")
@pytest.mark.parametrize("damage", [None, b"{}"])
def test_a_lost_identity_is_replaced_by_a_new_one(root: Path, damage: bytes | None) -> None:
    path = root / "metadata"
    path.unlink() if damage is None else path.write_bytes(damage)
    code, text = rollback(root, "--yes")
    assert code == 0
    assert "the query gets a new id" in text
    assert logs_of(root) == ([0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4])
    assert recovery(root).startswith("epoch 5 was planned")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--to", "5"], "epoch 5 is not among those committed"),
        (["--to", "77"], "epoch 77 is not among those committed"),
    ],
)
def test_an_epoch_that_was_never_committed_is_no_goal(root: Path, options: list[str], why: str) -> None:
    code, text = rollback(root, *options)
    assert code == 1
    assert why in text


def test_an_epoch_that_is_not_whole_is_no_goal(root: Path) -> None:
    (root / "offsets" / "3").write_bytes(b"")
    code, text = rollback(root, "--to", "3", "--yes")
    assert code == 1
    assert "epoch 3 is not whole" in text
    assert logs_of(root) == ([0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4])


@pytest.mark.rule("CKP-48")
def test_a_checkpoint_without_any_whole_epoch_says_so(root: Path) -> None:
    for path in (root / "offsets").iterdir():
        path.unlink()
    code, text = rollback(root, "--yes")
    assert code == 1
    assert "none of its epochs is whole" in text
    assert "offsets/4 is missing" in text


def test_a_checkpoint_that_nobody_has_used_has_nothing_to_go_back_to(tmp_path: Path) -> None:
    code, text = rollback(tmp_path)
    assert code == 1
    assert "nothing was ever planned in it" in text


@pytest.mark.rule("CKP-63")
def test_a_running_query_is_not_pulled_from_under_its_feet(root: Path) -> None:
    files = LocalFiles(str(root))
    lease = acquire_lease(files)
    (root / "commits" / "4").unlink()
    code, text = rollback(root, "--yes")
    assert code == 1
    assert "is in use by process" in text
    assert logs_of(root)[0][-1] == 5
    lease.release()
    assert rollback(root, "--yes")[0] == 0


def test_a_rollback_cut_short_is_finished_by_the_next(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "state" / "aggregate-0" / "0" / "1-run.delta").unlink()
    moved = 0
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        nonlocal moved
        moved += 1
        if moved == 4:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    assert rollback(root, "--yes")[0] != 0
    monkeypatch.setattr(Path, "rename", rename)
    assert rollback(root, "--yes")[0] == 0
    assert logs_of(root) == ([0, 1], [0])
    assert recovery(root).startswith("epoch 1 was planned and never committed")
