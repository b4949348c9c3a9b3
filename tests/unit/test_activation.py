from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

import actorstream
from actorstream.cli import main

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def activated() -> Iterator[None]:
    actorstream.activate()
    yield
    actorstream.deactivate()


@pytest.mark.usefixtures("activated")
@pytest.mark.parametrize(
    "module", ["", ".sql", ".sql.functions", ".sql.types", ".sql.window", ".sql.streaming", ".errors", ".testing"]
)
def test_an_import_of_pyspark_gives_the_very_module_of_ours(module: str) -> None:
    theirs, ours = importlib.import_module(f"pyspark{module}"), importlib.import_module(f"actorstream{module}")
    assert theirs is ours
    assert ours.__spec__ is not None
    assert ours.__spec__.name == f"actorstream{module}"


@pytest.mark.usefixtures("activated")
def test_a_module_that_is_not_there_is_named() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"pyspark\.ml.*there is no actorstream\.ml") as caught:
        importlib.import_module("pyspark.ml")
    assert caught.value.name == "pyspark.ml"


@pytest.mark.usefixtures("activated")
def test_a_name_that_is_not_there_is_named() -> None:
    with pytest.raises(ImportError, match="no_such_thing"):
        exec("from pyspark.sql import no_such_thing")


def test_after_deactivate_pyspark_is_what_it_was() -> None:
    actorstream.activate()
    importlib.import_module("pyspark.sql")
    actorstream.deactivate()
    assert not [name for name in sys.modules if name.split(".")[0] == "pyspark"]
    assert all(type(finder).__module__ != "actorstream.activation" for finder in sys.meta_path)


def test_activating_over_the_real_pyspark_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", ModuleType("pyspark"))
    with pytest.raises(ImportError, match="before anything imports pyspark"):
        actorstream.activate()


SCRIPT = """
import sys
from pyspark.sql import SparkSession
import pyspark.sql.functions as F

spark = SparkSession.builder.getOrCreate()
spark.range(3).select(F.sum("id").alias("total")).show()
print(sys.argv[1:])
"""


def test_a_script_for_pyspark_runs_unedited(tmp_path: Path) -> None:
    script = tmp_path / "theirs.py"
    script.write_text(SCRIPT)
    command = [sys.executable, "-m", "actorstream", "run", "--as-pyspark", str(script), "--in", "x"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "|    3|" in done.stdout
    assert done.stdout.endswith("['--in', 'x']\n")


def test_without_the_option_the_script_is_left_alone(tmp_path: Path) -> None:
    script = tmp_path / "plain.py"
    script.write_text("import sys\nassert not [f for f in sys.meta_path if 'activation' in type(f).__module__]\n")
    done = CliRunner().invoke(main, ["run", str(script)], catch_exceptions=False)
    assert done.exit_code == 0
