"""Generated files are committed, and are what their generators give today."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

TOOLS = Path(__file__).parent.parent / "tools"


def _tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["gen_functions", "gen_functions_doc", "gen_compat"])
def test_a_generated_file_is_fresh(name: str) -> None:
    tool = _tool(name)
    assert tool.TARGET.read_text(encoding="utf-8") == tool.render(), "run make generate and commit what it writes"


def test_the_page_of_functions_names_every_function_of_pyspark_once() -> None:
    tool = _tool("gen_functions_doc")
    page = tool.TARGET.read_text(encoding="utf-8").partition("## Supported")[2].partition("## Only in SQL")[0]
    names = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert sorted(names) == sorted(json.loads((TOOLS / "pyspark_functions.json").read_text(encoding="utf-8")))
