"""Every example runs, and says what it promises."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"

#: example -> a line that shows it has done its work
SAYS = {
    "continuous.py": "|boiler|     203.0|",
    "inspect_sink.py": "3: [8]",
    "pipeline.py": "Row(item='tea', total=38.7)",
    "rate_to_memory.py": "|2024-01-01 00:00:03.5|7    |",
    "windowed_count.py": "|2024-01-01 12:00:00|2024-01-01 12:05:00|    3|",
}
#: run elsewhere: the demo needs a parent that feeds it (tests/unit/cli)
FED_FROM_OUTSIDE = {"recovery_demo.py"}


def start(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run Python as a user would, in a folder that is not the clone."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("name", sorted(SAYS))
def test_an_example_runs_and_shows_its_result(name: str, tmp_path: Path) -> None:
    done = start(["-W", "error", str(EXAMPLES / name)], tmp_path)
    assert done.returncode == 0, done.stderr
    assert SAYS[name] in done.stdout
    assert done.stderr == ""
    assert not list(tmp_path.iterdir()), "an example leaves nothing behind"


def test_every_example_is_run_by_a_test() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == {*SAYS, *FED_FROM_OUTSIDE}


PROGRAMS = sorted((EXAMPLES / "pyspark").glob("*.py"))


@pytest.mark.parametrize("way", ["as it is", "one word replaced"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_for_pyspark_prints_what_pyspark_prints(program: Path, way: str, tmp_path: Path) -> None:
    if way == "as it is":
        command = ["-m", "actorstream", "run", "--as-pyspark", str(program)]
    else:
        script = tmp_path / program.name
        script.write_text(
            re.sub(r"^(from|import) pyspark\b", r"\1 actorstream", program.read_text(), flags=re.MULTILINE)
        )
        command = [str(script)]
    done = start(command, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (program.parent / "expected" / f"{program.stem}.txt").read_text()
