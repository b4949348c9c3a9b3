"""Queries over static views: names, types, nullability, rows and errors as recorded from PySpark 4.3.0."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from actorstream.errors import AnalysisException, PySparkException
from actorstream.sql import SparkSession

RECORDED = Path(__file__).parents[2] / "golden" / "queries" / "sql.json"
CASES: list[dict[str, Any]] = json.loads(RECORDED.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def session() -> SparkSession:
    """One session for all queries, which only read."""
    session = SparkSession.builder.master("local[2]").config("spark.sql.session.timeZone", "UTC").create()
    rows = [
        (1, "a", 1.5, 10, Decimal("1.25")),
        (2, "a", 2.5, 20, Decimal("2.25")),
        (3, "b", None, 30, Decimal(3)),
        (3, "b", 4.0, None, Decimal(4)),
        (None, "b", 5.0, 50, Decimal(5)),
    ]
    session.createDataFrame(rows, "k int, s string, d double, l bigint, m decimal(12,2)").createOrReplaceTempView("t")
    session.createDataFrame([(1, 100), (3, 300), (3, 301)], "k int, v int").createOrReplaceTempView("u")
    session.createDataFrame([(1,), (None,)], "k int").createOrReplaceTempView("n")
    session.createDataFrame([(1, "a"), (2, "b")], "k int, s string").createOrReplaceTempView("p")
    return session


def plain(value: Any) -> Any:
    """A value as it was written down when it was recorded."""
    if isinstance(value, Decimal):
        return f"decimal {value}"
    if isinstance(value, (datetime.date, datetime.datetime)):
        return f"{type(value).__name__} {value}"
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


@pytest.mark.parametrize("case", CASES, ids=[case["query"] for case in CASES])
def test_a_query_gives_what_the_reference_gives(session: SparkSession, case: dict[str, Any]) -> None:
    if "condition" in case:
        with pytest.raises(PySparkException) as caught:
            session.sql(case["query"]).collect()
        assert caught.value.getCondition() == case["condition"]
        assert caught.value.getMessageParameters() == case["parameters"]
        return
    frame = session.sql(case["query"])
    assert [[item.name, item.dataType.simpleString(), item.nullable] for item in frame.schema] == case["columns"]
    assert sorted(([plain(value) for value in row] for row in frame.collect()), key=str) == case["rows"]


@pytest.mark.parametrize(
    ("query", "feature"),
    [
        ("select k, (select count(t.k) from u where u.k = t.k) z from t", "A count that looks at outer columns"),
    ],
)
def test_what_has_no_plan_is_refused_by_name(session: SparkSession, query: str, feature: str) -> None:
    with pytest.raises(PySparkException) as caught:
        session.sql(query)
    assert caught.value.getCondition() == "NOT_IMPLEMENTED"
    assert feature in str(caught.value)


def test_a_name_that_neither_query_has_is_reported_with_the_columns_of_the_inner_one(session: SparkSession) -> None:
    with pytest.raises(AnalysisException) as caught:
        session.sql("select k from t where exists (select 1 from u where u.k = t.nope)")
    assert caught.value.getCondition() == "UNRESOLVED_COLUMN.WITH_SUGGESTION"
    parameters = caught.value.getMessageParameters() or {}
    assert parameters["objectName"] == "`t`.`nope`"
