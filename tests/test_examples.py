"""Every example runs, and says what it promises."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"

#: example -> a line that shows it has done its work
SAYS = {
    "inspect_sink.py": "3: [8]",
    "pipeline.py": "Row(item='tea', total=38.7)",
    "rate_to_memory.py": "|   8|     7|2024-01-01 00:00:...|",
    "windowed_count.py": "|2024-01-01 12:00:00|2024-01-01 12:05:00|    3|",
}
#: run elsewhere: the demo needs a parent that feeds it (tests/unit/cli)
FED_FROM_OUTSIDE = {"recovery_demo.py"}


@pytest.mark.parametrize("name", sorted(SAYS))
def test_an_example_runs_and_shows_its_result(name: str, tmp_path: Path) -> None:
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert SAYS[name] in done.stdout
    assert done.stderr == ""
    assert not list(tmp_path.iterdir()), "an example leaves nothing behind"


def test_every_example_is_run_by_a_test() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == {*SAYS, *FED_FROM_OUTSIDE}
