"""`actorstream checkpoint show`: any checkpoint, file or folder in words, also a damaged one, and nothing is changed."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner

from actorstream.checkpoint.local import LocalFiles
from actorstream.cli import main
from actorstream.state.store import StateStore
from tests.unit.cli.checkpoints import KEYS, VALUES, content_of, write_checkpoint


def show(path: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["checkpoint", "show", str(path), *options])
    return result.exit_code, result.output


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_checkpoint(tmp_path / "ckpt")
    return tmp_path / "ckpt"


def test_a_whole_checkpoint_says_what_a_restart_will_do(root: Path) -> None:
    before = content_of(root)
    code, text = show(root)
    assert code == 0
    assert "epochs 0 to 3; the last one reads source-0 to 3" in text
    assert "epochs 0 to 2; the next watermark is 1970-01-01 00:00:03" in text
    assert "aggregate-0: 3 rows in 2 partitions" in text
    assert "1 file of a run that died before its commit" in text
    assert "epoch 3 was planned and never committed: a start runs it again on the state after epoch 2" in text
    assert content_of(root) == before


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("metadata", ["the identity of the query", "query id", "the hash function splitmix64-v1"]),
        ("offsets/3", ["the plan of epoch 3", "source-0 to 3", "1970-01-01 00:00:03", "spark.sql.shuffle.partitions = 2"]),
        ("commits/2", ["the commit of epoch 2", "aggregate-0[0]: 2-run", "aggregate-0[1]: no rows so far", "watermark-0"]),
        (
            "state/aggregate-0/0/2-run.delta",
            ["what epoch 2 has changed in the state of aggregate-0, partition 0", "1 row new or changed, 0 removed", "1-run.delta", "k string", "count int64", "partition 0 of 2"],
        ),
        ("state/aggregate-0/0/0-run.delta", ["the first of its chain"]),
        ("sources/0/0", ["entry 0 of the own log of source number 0", "a.csv"]),
        ("sinks/sink/0", ["the rows of epoch 0 that the sink sink keeps here", "5 bytes"]),
    ],
)  # fmt: skip
def test_any_file_is_explained(root: Path, path: str, expected: list[str]) -> None:
    code, text = show(root / path)
    assert code == 0
    for words in expected:
        assert words in text, text


def test_a_lease_an_unfinished_write_and_a_stranger_are_explained(root: Path) -> None:
    (root / "lease").write_text('{"pid": 4711, "host": "box"}')
    (root / "notes.txt").write_text("mine")
    torn = root / "offsets" / f".4.{'0' * 32}.tmp"
    torn.write_bytes(b"half")
    assert "process 4711 on box" in show(root / "lease")[1]
    assert "no file of a checkpoint" in show(root / "notes.txt")[1]
    assert "a write that was cut short" in show(torn)[1]
    assert "1 file of a write that was cut short" in show(root)[1]


def test_a_snapshot_is_told_from_a_delta(tmp_path: Path) -> None:
    write_checkpoint(tmp_path)
    files = LocalFiles(str(tmp_path))
    store = StateStore.open(
        files, "state/n", KEYS, VALUES, node="n", partition=0, partitions=1, run_id="r", min_deltas=1, background=False
    )
    keys = pa.table({"k": ["a", "b"]}, schema=KEYS)
    store.put(keys, pa.table({"count": [1, 2]}, schema=VALUES), store.lookup(keys))
    store.commit(7)
    code, text = show(tmp_path / "state" / "n" / "0" / "7-r.snapshot")
    assert code == 0
    assert "the whole state of n, partition 0, after epoch 7" in text
    assert "all 2 rows after epoch 7" in text


def test_a_folder_is_explained_file_by_file(root: Path) -> None:
    code, text = show(root / "offsets")
    assert code == 0
    assert [line for line in text.splitlines() if "the plan of epoch" in line] == [
        f"  file       the plan of epoch {epoch}" for epoch in range(4)
    ]


@pytest.mark.parametrize(
    "path", ["metadata", "offsets/2", "commits/1", "state/aggregate-0/0/1-run.delta", "sources/0/0"]
)
@pytest.mark.parametrize("damage", ["empty", "cut", "foreign", "flipped"])
def test_a_damaged_file_is_named_and_explained_and_left_alone(root: Path, path: str, damage: str) -> None:
    whole = (root / path).read_bytes()
    broken = {
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "foreign": b"v1\n{}",
        "flipped": whole[:-1] + bytes([whole[-1] ^ 1]),
    }[damage]
    (root / path).write_bytes(broken)
    before = content_of(root)
    role = show(root / path)[1].splitlines()[1]
    for where in (root, root / path, (root / path).parent if path != "metadata" else root):
        code, text = show(where)
        assert code == 1
        assert "DAMAGED" in text
        assert path in text
        assert "Traceback" not in text
    assert len(role) > 20, "a damaged file still says what it should have been"
    assert content_of(root) == before


def test_a_log_with_a_hole_names_the_missing_file(root: Path) -> None:
    (root / "commits" / "2").unlink()
    code, text = show(root)
    assert code == 1
    assert "commits/2" in text
    assert "a start refuses this checkpoint" in text
    assert "actorstream checkpoint rollback" in text


def test_damage_that_no_restart_reads_does_not_hide_what_a_restart_will_do(root: Path) -> None:
    (root / "offsets" / "0").write_bytes(b"")
    code, text = show(root)
    assert code == 1
    assert "offsets/0" in text
    assert "epoch 3 was planned and never committed" in text


def test_the_facts_are_there_as_json(root: Path) -> None:
    assert json.loads(show(root, "--json")[1])["lastPlanned"] == 3
    (one,) = json.loads(show(root / "commits" / "1", "--json")[1])
    assert one["role"] == "the commit of epoch 1: it counts"
    assert one["damaged"] is None
    (root / "commits" / "1").write_bytes(b"")
    code, text = show(root / "commits" / "1", "--json")
    assert code == 1
    assert "is empty" in json.loads(text)[0]["damaged"]


def test_what_is_in_no_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear")
    code, text = show(tmp_path / "letter")
    assert code == 1
    assert "is not in a checkpoint" in text
    assert show(tmp_path / "missing")[0] == 2


def test_a_folder_that_is_no_checkpoint_is_refused_with_those_that_are_in_it(root: Path) -> None:
    code, text = show(root.parent)
    assert code == 1
    assert f"{root.parent} is no checkpoint" in text
    assert f"there is a checkpoint in {root}" in text
    (root.parent / "empty").mkdir()
    assert show(root.parent / "empty")[0] == 0
