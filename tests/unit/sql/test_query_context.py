"""Errors say where in the query they arose, in the words of the reference."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from actorstream import MemoryStream
from actorstream.errors import (
    AnalysisException,
    PySparkException,
    PySparkValueError,
    QueryContextType,
    StreamingQueryException,
    UnsupportedOperationException,
)
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    session = SparkSession.builder.master("local[1]").create()
    yield session
    session.stop()


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    made = spark.createDataFrame([(1, 0, "x")], "a int, b int, s string")
    made.createOrReplaceTempView("t")
    return made


def _error(run: Callable[[], Any]) -> PySparkException:
    with pytest.raises(PySparkException) as caught:
        run()
    return caught.value


# what PySpark 4.3.0 prints after the message
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select a / b from t", "== SQL (line 1, position 8) ==\nselect a / b from t\n       ^^^^^\n"),
        ("select a,\n  cast(s as int)\nfrom t", "== SQL (line 2, position 3) ==\n  cast(s as int)\n  ^^^^^^^^^^^^^^\n"),
        ("select\n   a\n / \n  b    from t", "== SQL (line 2, position 4) ==\n   a\n   ^\n / \n^^^\n  b    from t\n^^^\n"),
        (
            "select 'a long text before the point of the error, a very long one', a / b, 'and a long text after it, also"
            " very long' from t",
            "== SQL (line 1, position 70) ==\n...of the error, a very long one', a / b, 'and a long text after it, als...\n"
            "                                   ^^^^^\n",
        ),
        (
            "select element_at(array(1),5) from t",
            "== SQL (line 1, position 8) ==\nselect element_at(array(1),5) from t\n       ^^^^^^^^^^^^^^^^^^^^^^\n",
        ),
        ("select a from t where s = 1", "== SQL (line 1, position 23) ==\nselect a from t where s = 1\n"
         "                      ^^^^^\n"),
    ],
)  # fmt: skip
def test_the_piece_of_a_query_is_marked_in_its_lines(
    spark: SparkSession, frame: DataFrame, text: str, expected: str
) -> None:
    error = _error(lambda: spark.sql(text).collect())
    assert str(error).endswith(f"\n{expected}")
    assert [context.summary() for context in error.getQueryContext()] == [expected]


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("(a / b) + 1", "a / b"),
        ("1 + a + 2147483647", "1 + a + 2147483647"),
        ("a + 2147483647 + 1", "a + 2147483647"),
        ("case when a/b > 1 then 1 end", "a/b"),
        ("array(a)[5]", "array(a)[5]"),
        ("s::int", "s::int"),
        ("upper(cast(s as date))", "cast(s as date)"),
        ("sum(a % b)", "a % b"),
    ],
)
def test_the_piece_is_the_expression_that_failed(frame: DataFrame, text: str, piece: str) -> None:
    (context,) = _error(lambda: frame.selectExpr(text).collect()).getQueryContext()
    assert (context.fragment(), context.contextType()) == (piece, QueryContextType.SQL)
    assert (context.objectType(), context.objectName()) == ("", "")
    assert text[context.startIndex() : context.stopIndex() + 1] == piece
    with pytest.raises(UnsupportedOperationException):
        context.callSite()


@pytest.mark.parametrize(
    ("name", "build"),
    [
        ("__truediv__", lambda: F.col("a") / F.col("b")),
        ("__truediv__", lambda: (F.col("a") + 1) / F.col("b")),
        ("cast", lambda: F.col("s").cast("int")),
        ("__eq__", lambda: F.col("s") == 1),
        ("__getitem__", lambda: F.array("a")[5]),
        ("to_timestamp", lambda: F.to_timestamp("s")),
    ],
)
def test_a_column_remembers_the_line_that_made_it(frame: DataFrame, name: str, build: Callable[[], Any]) -> None:
    error = _error(lambda: frame.select(build()).collect())
    (context,) = error.getQueryContext()
    line = inspect.getsourcelines(build)[1]
    assert (context.fragment(), context.callSite()) == (name, f"{__file__}:{line}")
    assert str(error).endswith(f'\n== DataFrame ==\n"{name}" was called from\n{__file__}:{line}\n')
    assert context.contextType() == QueryContextType.DataFrame
    with pytest.raises(UnsupportedOperationException):
        context.startIndex()


@pytest.mark.parametrize(
    "text", ["cast(1000 + a as tinyint)", "-(-2147483647 - a)", "abs(-2147483647 - a)", "raise_error(s)"]
)
def test_errors_that_name_no_place_in_the_reference_name_none(frame: DataFrame, text: str) -> None:
    error = _error(lambda: frame.selectExpr(text).collect())
    assert error.getQueryContext() == []
    assert "==" not in str(error)


@pytest.mark.parametrize(
    ("text", "piece", "place"),
    [
        ("select nope from t", "nope", "line 1 pos 7"),
        ("select 1,\n nope.x from t", "nope.x", "line 2 pos 1"),
        ("select a + array(1) from t", "a + array(1)", "line 1 pos 7"),
        ("select * from nope", "nope", "line 1 pos 14"),
        ("select nope(a) from t", "nope(a)", "line 1 pos 7"),
    ],
)
def test_an_error_of_analysis_says_line_and_position(
    spark: SparkSession, frame: DataFrame, text: str, piece: str, place: str
) -> None:
    error = _error(lambda: spark.sql(text))
    assert isinstance(error, AnalysisException)
    assert str(error).endswith(f"; {place}")
    assert [context.fragment() for context in error.getQueryContext()] == [piece]


def test_an_error_of_a_streaming_query_says_where_it_arose(spark: SparkSession) -> None:
    source = MemoryStream(spark, "a int")
    query = source.to_df().selectExpr("1 / a").writeStream.format("noop").start()
    source.add_data(0)
    with pytest.raises(StreamingQueryException) as caught:
        query.processAllAvailable()
    query.stop()
    assert "== SQL (line 1, position 1) ==\n1 / a\n^^^^^" in str(caught.value)


def test_an_error_without_a_query_has_no_context() -> None:
    assert PySparkValueError("x").getQueryContext() == []
