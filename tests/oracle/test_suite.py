"""What the comparison lets pass and what not, and what the recorder says when it cannot record."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any

import pytest

from actorstream.sql import Row
from tests.oracle import record
from tests.oracle.suite import canonical, same, values_result


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.0, -0.0),
        (1, 1.0),
        (True, 1),
        ("1", 1),
        (Decimal("1.0"), Decimal("1.00")),
        (b"a", "a"),
        (None, "null"),
        ([1], [1, None]),
    ],
)
def test_values_that_a_user_could_tell_apart_differ(one: Any, other: Any) -> None:
    assert not same(values_result("c", "t", [one]), values_result("c", "t", [other]))


def test_floats_agree_to_twelve_digits_and_maps_in_any_order() -> None:
    assert canonical(0.1 + 0.2) == canonical(0.3)
    assert canonical({"a": 1, "b": 2}) == canonical({"b": 2, "a": 1})
    assert canonical(Row(a=1)) != canonical(Row(b=1))


def test_an_error_of_the_bridge_to_java_is_matched_by_any_error_and_by_no_value() -> None:
    golden: dict[str, Any] = {"error": "Py4JJavaError", "condition": None, "parameters": {}}
    assert same({"error": "ParseException", "condition": "PARSE_SYNTAX_ERROR", "parameters": {}}, golden)
    assert not same(values_result("c", "int", [1]), golden)


def test_the_recorder_says_when_java_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert record.main([]) == 2
    assert "PySpark needs Java" in capsys.readouterr().err


def test_the_recorder_says_when_pyspark_is_missing_and_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JAVA_HOME", "/somewhere")
    monkeypatch.setitem(sys.modules, "pyspark", None)
    assert record.main([]) == 2
    assert "pip install pyspark==4.3.0" in capsys.readouterr().err


def test_the_recorder_names_the_topics_when_one_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert record.main(["nonsense"]) == 2
    assert "there are aes, aggregates, " in capsys.readouterr().err
