from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from actorstream.cli import main
from actorstream.cli.demo_screen import RichScreen


@pytest.mark.slow
def test_the_demo_kills_its_worker_and_loses_nothing(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        main, ["demo", "--seed", "7", "--kills", "2", "--work", str(tmp_path / "work"), "--plain"]
    )
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[-1] == "recovered: 336776 rows in, 0 lost, 0 duplicated, 2 restarts"
    assert "KILL 2: process" in done.output
    assert "53 of 53 files have arrived" in done.output


def test_the_demo_does_not_empty_a_folder_that_holds_something_else(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    done = CliRunner().invoke(main, ["demo", "--work", str(tmp_path)])
    assert done.exit_code == 1
    assert "holds something else" in done.output
    assert (tmp_path / "precious").read_text() == "mine"


def test_the_story_is_wrapped_at_words_and_indented_below_its_labels(capsys: pytest.CaptureFixture[str]) -> None:
    RichScreen().story(
        "carriers", ["recovery   " + "epoch 35 was planned and never committed: a start runs it again " * 2]
    )
    name, first, *more = capsys.readouterr().out.splitlines()
    assert (name, first[:15]) == ("  carriers", "    recovery   ")
    assert more
    assert all(line.startswith(" " * 15) and len(line) <= 80 for line in more)
    assert (
        "".join([first, *more]).split()[1:]
        == ["epoch", "35", "was", "planned", "and", "never", "committed:", "a", "start", "runs", "it", "again"] * 2
    )
