"""SQL over streaming views; answers and errors are PySpark's."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from actorstream import MemoryStream
from actorstream.errors import AnalysisException
from actorstream.sql import SparkSession

ROWS = [
    (1, "a", datetime.datetime(2024, 1, 1, 0, 0, 10, tzinfo=datetime.UTC), [1, 2]),
    (2, "a", datetime.datetime(2024, 1, 1, 0, 1, 10, tzinfo=datetime.UTC), [2, 3]),
    (3, "b", datetime.datetime(2024, 1, 1, 0, 5, 0, tzinfo=datetime.UTC), [3, 4]),
]
FIRST, SECOND = datetime.datetime(2024, 1, 1, 0, 0), datetime.datetime(2024, 1, 1, 0, 1)


@pytest.fixture
def session(spark: SparkSession) -> SparkSession:
    stream = MemoryStream(spark, "k int, s string, ts timestamp, arr array<int>")
    stream.add_data(*ROWS)
    frame = stream.to_df()
    frame.createOrReplaceTempView("st")
    frame.withWatermark("ts", "1 minute").createOrReplaceTempView("wm")
    spark.createDataFrame([("a", "x")], "s string, n string").createOrReplaceTempView("dim")
    return spark


@pytest.mark.parametrize(
    ("query", "mode", "expected"),
    [
        ("select k, upper(s) u from st where k > 1", "append", [(2, "A"), (3, "B")]),
        ("select s, sum(k) t from st group by s having sum(k) > 2", "complete", [("a", 3), ("b", 3)]),
        ("select s, count(*) c from st group by rollup(s)", "complete", [("a", 2), ("b", 1), (None, 3)]),
        ("select window.start w, count(*) c from wm group by window(ts, '1 minute')", "append", [(FIRST, 1), (SECOND, 1)]),
        ("select k, e from st lateral view explode(arr) x as e where k = 1", "append", [(1, 1), (1, 2)]),
        ("select st.k, dim.n from st join dim on st.s = dim.s", "append", [(1, "x"), (2, "x")]),
        ("select st.k, dim.n from st left join dim using (s)", "append", [(1, "x"), (2, "x"), (3, None)]),
        ("select k from st where s in (select s from dim)", "append", [(1,), (2,)]),
        ("select k from st where s not in (select s from dim)", "append", [(3,)]),
        ("select k, (select max(n) from dim) m from st", "append", [(1, "x"), (2, "x"), (3, "x")]),
        ("select k from st where exists (select 1 from dim where dim.s = st.s)", "append", [(1,), (2,)]),
        ("select k, (select max(n) from dim where dim.s = st.s) m from st", "append", [(1, "x"), (2, "x"), (3, None)]),
        ("select k from st union all select k + 10 from st", "append", [(1,), (11,), (12,), (13,), (2,), (3,)]),
        ("with a as (select k, s from st) select k from a where s = 'a'", "append", [(1,), (2,)]),
        ("select k from (select k, s from st) x where x.s = 'b'", "append", [(3,)]),
        ("select k from st limit 1", "append", [(1,)]),
        ("select s, max(k) m, count(*) filter (where k > 1) f from st group by all", "update", [("a", 2, 1), ("b", 3, 1)]),
        ("select distinct s from st", "complete", [("a",), ("b",)]),
        ("from st |> where k > 1 |> select k", "append", [(2,), (3,)]),
    ],
)  # fmt: skip
def test_a_query_over_a_stream(session: SparkSession, query: str, mode: str, expected: list[tuple[Any, ...]]) -> None:
    found = session.sql(query).writeStream.format("memory").queryName("out").outputMode(mode).start()
    try:
        found.processAllAvailable()
        assert sorted((tuple(row) for row in session.table("out").collect()), key=str) == expected
    finally:
        found.stop()


@pytest.mark.parametrize(
    "relation",
    [
        "st watermark ts delay of interval 1 minute",
        "(st watermark ts delay of interval 1 minute)",
        "stream(st) watermark ts delay of interval 1 minute as q",
        "(select * from st) watermark ts delay of interval 60 seconds as q",
    ],
)
def test_a_watermark_clause_closes_windows(session: SparkSession, relation: str) -> None:
    query = f"select window.start w, count(*) c from {relation} group by window(ts, '1 minute')"
    found = session.sql(query).writeStream.format("memory").queryName("out").start()
    try:
        found.processAllAvailable()
        assert sorted(tuple(row) for row in session.table("out").collect()) == [(FIRST, 1), (SECOND, 1)]
    finally:
        found.stop()


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("select distinct s from st", "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION"),
        ("select k from st order by k", "_LEGACY_ERROR_TEMP_3102"),
        ("select k from st where k in (select k from st)", "INVALID_SUBQUERY_EXPRESSION.STREAMING_QUERY"),
        ("select k, (select max(k) from st) m from st", "INVALID_SUBQUERY_EXPRESSION.STREAMING_QUERY"),
        ("select row_number() over (order by k) from st", "NON_TIME_WINDOW_NOT_SUPPORTED_IN_STREAMING"),
    ],
)
def test_a_query_that_a_stream_cannot_answer(session: SparkSession, query: str, condition: str) -> None:
    with pytest.raises(AnalysisException) as caught:
        session.sql(query).writeStream.format("memory").queryName("out").start()
    assert caught.value.getCondition() == condition


def test_a_watermark_on_an_expression_needs_a_name(session: SparkSession) -> None:
    session.sql("select * from st watermark ts + interval 1 hour as later delay of interval 1 minute")
    with pytest.raises(AnalysisException) as caught:
        session.sql("select * from st watermark ts + interval 1 hour delay of interval 1 minute")
    assert caught.value.getCondition() == "REQUIRES_EXPLICIT_NAME_IN_WATERMARK_CLAUSE"
