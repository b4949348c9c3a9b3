"""Values in a SQL text: named and positional parameters, and names in braces. Answers are PySpark's."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from actorstream.errors import PySparkException
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F


@pytest.fixture
def session(spark: SparkSession) -> SparkSession:
    spark.createDataFrame([(1, "a"), (2, "b")], "k int, s string").createOrReplaceTempView("t")
    return spark


@pytest.mark.parametrize(
    ("query", "args", "columns", "row"),
    [
        ("select :a, :b, :c, :d", {"a": 1, "b": "x", "c": 1.5, "d": None}, ["1", "x", "1.5", "NULL"], (1, "x", 1.5, None)),
        ("select ?, ? + 1", [datetime.date(2024, 1, 2), 5], ["DATE '2024-01-02'", "(5 + 1)"], (datetime.date(2024, 1, 2), 6)),
        (
            "select :a, :b, :c",
            {
                "a": datetime.datetime(2024, 1, 2, 3, 4, 5),
                "b": Decimal("1.25"),
                "c": datetime.timedelta(days=1, hours=2),
            },
            ["TIMESTAMP '2024-01-02 03:04:05'", "1.25", "INTERVAL '1 02:00:00' DAY TO SECOND"],
            (datetime.datetime(2024, 1, 2, 3, 4, 5), Decimal("1.25"), datetime.timedelta(days=1, hours=2)),
        ),
        ("select :a", {"a": F.array(F.lit(1), F.lit(2))}, ["array(1, 2)"], ([1, 2],)),
        ("select :a", {"a": b"ab"}, ["X'6162'"], (bytearray(b"ab"),)),
        ("select k from t where k > :x limit :n", {"x": 1, "n": 1}, ["k"], (2,)),
        ("select k from identifier(:t) where k = 1", {"t": "t"}, ["k"], (1,)),
        ("select ':a', ? as `?`", [1], [":a", "?"], (":a", 1)),
        ("select :a + :a as z", {"a": 1}, ["z"], (2,)),
        ("select ?", [1, 2], ["1"], (1,)),
        ("from t |> where k > ? |> extend k + ? as z |> select z", [1, 10], ["z"], (12,)),
        ("from t |> where k = :x |> select k", {"x": 2}, ["k"], (2,)),
        ("select (select max(k) from t where k < ?) + ? as z", [2, 10], ["z"], (11,)),
    ],
)  # fmt: skip
def test_a_parameter_is_a_literal(
    session: SparkSession, query: str, args: Any, columns: list[str], row: tuple[Any, ...]
) -> None:
    frame = session.sql(query, args)
    assert frame.columns == columns
    assert [tuple(item) for item in frame.collect()] == [row]


@pytest.mark.parametrize(
    ("query", "args", "condition", "parameters"),
    [
        ("select :a", {"b": 1}, "UNBOUND_SQL_PARAMETER", {"name": "a"}),
        ("select :a", None, "UNBOUND_SQL_PARAMETER", {"name": "a"}),
        ("select ?, ?", [1], "UNBOUND_SQL_PARAMETER", {"name": "_10"}),
        ("select ?", {"a": 1}, "UNBOUND_SQL_PARAMETER", {"name": "_7"}),
        ("select 1", 5, "INVALID_TYPE", {"arg_name": "args", "arg_type": "int"}),
        ("select ?", (1,), "INVALID_TYPE", {"arg_name": "args", "arg_type": "tuple"}),
        ("select :a", {"a": {"k": 1}}, "UNSUPPORTED_FEATURE.LITERAL_TYPE", {"value": "{'k': 1}", "type": "class dict"}),
    ],
)
def test_a_parameter_without_a_fitting_value_is_refused(
    session: SparkSession, query: str, args: Any, condition: str, parameters: dict[str, str]
) -> None:
    with pytest.raises(PySparkException) as caught:
        session.sql(query, args)
    assert caught.value.getCondition() == condition
    assert caught.value.getMessageParameters() == parameters


@pytest.mark.parametrize(
    ("run", "rows"),
    [
        (lambda spark, t: spark.sql("select * from {df} where k = {x}", df=t, x=2), [(2, "b")]),
        (lambda spark, t: spark.sql("select {c} from {d}", c=F.col("s"), d=t), [("a",), ("b",)]),
        (lambda spark, t: spark.sql("select {s}, {f}", s="it's", f=1.5), [("it's", Decimal("1.5"))]),
        (lambda spark, t: spark.sql("select {x[0]} from {df} limit 1", x=[7], df=t), [(7,)]),
        (lambda spark, t: spark.sql("select {a} + :b, ':b'", {"b": 2}, a=1), [(3, ":b")]),
        (lambda spark, t: spark.sql("select a.k from {one} a join {two} b on a.k = b.k - 1", one=t, two=t), [(1,)]),
    ],
)
def test_names_in_braces_stand_for_frames_columns_and_values(
    session: SparkSession, run: Callable[[SparkSession, DataFrame], DataFrame], rows: list[tuple[Any, ...]]
) -> None:
    assert [tuple(row) for row in run(session, session.table("t")).collect()] == rows


def test_only_a_plain_column_can_stand_in_braces(session: SparkSession) -> None:
    with pytest.raises(PySparkException) as caught:
        session.sql("select {c} from {df}", c=F.col("k") + 1, df=session.table("t"))
    assert caught.value.getCondition() == "VALUE_NOT_PLAIN_COLUMN_REFERENCE"
