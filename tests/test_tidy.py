"""House rules that no linter knows: what pure modules may not touch, and registries that match their uses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from actorstream.common.fault_points import FAULT_POINTS
from actorstream.errors.exceptions import conditions, placeholders

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "actorstream"

#: decisions only: facts in, answers out
PURE = (
    "engine/driver_state.py",
    "engine/continuous_state.py",
    "engine/recovery.py",
    "state/compaction.py",
    "plan/",
    "dataflow/",
    "expr/",
)

#: what a pure module may not name -> what to use instead
BANNED = {
    "time.time": "a clock or the epoch's batch time, passed in",
    "time.time_ns": "a clock or the epoch's batch time, passed in",
    "time.sleep": "a Schedule instruction",
    "datetime.now": "the epoch's batch time (EvalContext.batch_time_us)",
    "datetime.datetime.now": "the epoch's batch time (EvalContext.batch_time_us)",
    "datetime.utcnow": "the epoch's batch time (EvalContext.batch_time_us)",
    "random.random": "a generator seeded by the epoch (EvalContext.seed)",
    "random.randint": "a generator seeded by the epoch (EvalContext.seed)",
    "random.choice": "a generator seeded by the epoch (EvalContext.seed)",
    "random.shuffle": "a generator seeded by the epoch (EvalContext.seed)",
    "numpy.random.rand": "numpy.random.Generator seeded by the epoch",
    "np.random.rand": "numpy.random.Generator seeded by the epoch",
    "np.random.random": "numpy.random.Generator seeded by the epoch",
    "open": "CheckpointFiles, passed in",
}
BANNED_IMPORTS = {
    "threading": "nothing: state has one owner, an actor",
    "random": "a generator seeded by the epoch",
    "socket": "a connector",
    "pykka": "hosts/pykka_host.py",
}


@cache
def sources() -> dict[str, str]:
    """Every module of the package: path below it -> text."""
    return {
        path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))
    }


@cache
def tree_of(name: str) -> ast.Module:
    return ast.parse(sources()[name], name)


def imports_of(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module, node.lineno


def dotted(node: ast.expr) -> str | None:
    """``a.b.c`` as written, or None for anything more than names."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


def impurities(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (name := dotted(node.func)) in BANNED:
            yield f"line {node.lineno} calls {name}; use {BANNED[name]}"
    for module, line in imports_of(tree):
        if module.split(".")[0] in BANNED_IMPORTS:
            yield f"line {line} imports {module}; use {BANNED_IMPORTS[module.split('.')[0]]}"


def error_classes(tree: ast.Module) -> Iterator[tuple[str, int, ast.Call]]:
    """Every ``errorClass="..."`` with its call; an f-string gives its fixed beginning followed by ``*``."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        for keyword in node.keywords:
            if keyword.arg != "errorClass":
                continue
            for name in texts_of(keyword.value):
                yield name, node.lineno, node


def texts_of(value: ast.expr) -> Iterator[str]:
    """The texts an expression can have, as far as they stand in the source."""
    match value:
        case ast.Constant(value=str() as text):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from texts_of(body)
            yield from texts_of(orelse)
        case ast.JoinedStr(values=[ast.Constant(value=str() as start), *_]):
            yield f"{start}*"
        case _:
            return


def fault_points_used(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "hit"
            and node.args
        ):
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


@pytest.mark.parametrize("prefix", PURE)
def test_a_pure_module_reads_no_clock_file_thread_or_chance(prefix: str) -> None:
    found = [
        f"{name} {problem}" for name in sources() if name.startswith(prefix) for problem in impurities(tree_of(name))
    ]
    assert not found, "\n".join(found)


def test_the_purity_check_sees_what_it_bans() -> None:
    bad = "import time, threading\nfrom random import random\ntime.time()\nopen('x')\n"
    assert len(list(impurities(ast.parse(bad)))) == 4


def test_nothing_in_the_package_can_run_code_from_a_file() -> None:
    found = [
        f"{name} line {line} imports {module}"
        for name in sources()
        for module, line in imports_of(tree_of(name))
        if module.split(".")[0] in {"pickle", "cloudpickle", "dill", "marshal", "shelve"}
    ]
    assert not found, "\n".join(found)


def test_pykka_is_imported_in_one_file() -> None:
    importers = {
        name for name in sources() for module, _ in imports_of(tree_of(name)) if module.split(".")[0] == "pykka"
    }
    assert importers == {"hosts/pykka_host.py"}


def test_every_fault_point_is_hit_somewhere_and_every_hit_is_listed() -> None:
    used = {point for name in sources() for point in fault_points_used(tree_of(name))}
    # a loop over a literal list of points hits them without naming them in the call
    text = "\n".join(body for name, body in sources().items() if name != "common/fault_points.py")
    used |= {point for point in FAULT_POINTS if f'"{point}"' in text}
    assert used == set(FAULT_POINTS)


def test_every_error_condition_that_is_raised_has_a_text() -> None:
    known = set(conditions())
    missing = [
        f"{name} line {line}: {condition}"
        for name in sources()
        for condition, line, _ in error_classes(tree_of(name))
        if (
            not any(entry.startswith(condition[:-1]) for entry in known)
            if condition.endswith("*")
            else condition not in known
        )
    ]
    assert not missing, "\n".join(missing)


def test_every_error_condition_is_raised_somewhere() -> None:
    """A condition may be named anywhere in the package, not only in the call that raises it (tables of conditions)."""
    text = "\n".join(sources().values())
    prefixes = {
        condition[:-1]
        for name in sources()
        for condition, _, _ in error_classes(tree_of(name))
        if condition.endswith("*")
    }
    known = conditions()
    unused = [
        name
        for name in known
        if f'"{name}"' not in text
        and f'"{name.removesuffix("_WITH_NAME")}"' not in text  # an error about a field gets its name when it is known
        and not any(name.startswith(prefix) for prefix in prefixes)
        and not any(other.startswith(f"{name}.") for other in known)  # the parent of sub-conditions
        and not (
            "." in name and f'"{name.split(".", 1)[1]}"' in text
        )  # the sub-condition is put together from its last part
    ]
    assert not unused, f"conditions that nothing raises: {', '.join(unused)}"


def test_the_parameters_of_a_raised_condition_are_those_its_text_asks_for() -> None:
    wrong = []
    for name in sources():
        for condition, line, call in error_classes(tree_of(name)):
            given = {
                key.value
                for keyword in call.keywords
                if keyword.arg == "messageParameters" and isinstance(keyword.value, ast.Dict)
                for key in keyword.value.keys
                if isinstance(key, ast.Constant)
            }
            whole = any(
                keyword.arg == "messageParameters"
                and isinstance(keyword.value, ast.Dict)
                and None not in keyword.value.keys
                for keyword in call.keywords
            )
            if whole and condition in conditions() and not placeholders(condition) <= given | _parents(condition):
                wrong.append(
                    f"{name} line {line}: {condition} asks for {sorted(placeholders(condition))}, got {sorted(map(str, given))}"
                )
    assert not wrong, "\n".join(wrong)


def _parents(condition: str) -> frozenset[str]:
    """Placeholders of a parent's text are checked with the parent; a sub-condition's own must be given in its call."""
    parent = condition.split(".")[0]
    return frozenset() if parent == condition else placeholders(parent) - placeholders(condition)


LEFTOVERS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
MACHINE = re.compile(r"(?<![\w.])/(work|home|root|Users|opt)/\w")


def written_by_us() -> Iterator[Path]:
    folders = (PACKAGE, ROOT / "tests", ROOT / "examples", ROOT / "benchmarks", ROOT / "docs", ROOT / ".ci")
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in {".py", ".md", ".json", ".toml", ""} and "data" not in path.parts:
                yield path
    yield from (path for path in sorted(ROOT.iterdir()) if path.suffix in {".md", ".toml"} or path.name == "Makefile")


def test_nothing_is_left_for_later_and_nothing_names_a_machine() -> None:
    found = []
    for path in written_by_us():
        if path == Path(__file__).resolve() or "__pycache__" in path.parts:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if LEFTOVERS.search(line) or MACHINE.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found, "\n".join(found)


def test_every_module_says_what_it_is_for() -> None:
    bare = [name for name in sources() if not (ast.get_docstring(tree_of(name)) or "").strip()]
    assert not bare, f"modules without a docstring: {', '.join(bare)}"


def test_no_module_has_outgrown_one_idea() -> None:
    """Past 800 lines somebody should have looked for the second noun; generated files do not count."""
    long = {
        name: text.count("\n")
        for name, text in sources().items()
        if text.count("\n") > 800 and not name.endswith("_generated.py")
    }
    assert not long, f"too long: {long}"
