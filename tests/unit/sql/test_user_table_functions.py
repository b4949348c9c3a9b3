"""`udtf`: rows, joins and errors as PySpark 4.3.0 gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from actorstream.errors import PySparkException, PythonException
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F
from actorstream.sql import types as T
from actorstream.sql.udtf import AnalyzeArgument, AnalyzeResult, SkipRestOfInputTableException


class Squares:
    def eval(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for number in range(start, end + 1):
            yield number, number * number


class Counter:
    def __init__(self) -> None:
        self.seen = 0

    def eval(self, value: int) -> None:
        self.seen += 1
        if value == 3:
            raise SkipRestOfInputTableException("enough")

    def terminate(self) -> Iterator[tuple[int]]:
        yield (self.seen,)


class Echo:
    @staticmethod
    def analyze(value: AnalyzeArgument) -> AnalyzeResult:
        return AnalyzeResult(T.StructType().add("same", value.dataType))

    def eval(self, value: Any) -> list[tuple[Any]]:
        return [(value,)]


def handler(evaluate: Callable[..., Any]) -> type:
    return type("Handler", (), {"eval": evaluate})


def rows(frame: DataFrame) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in frame.collect()]


@pytest.fixture
def df(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([("a", 1), ("b", 2), ("c", 0)], "k string, v int")


def test_a_table_function_of_constants_is_a_frame(spark: SparkSession) -> None:
    squares = F.udtf(Squares, returnType="n: int, sq: int")
    assert rows(squares(F.lit(1), F.lit(3))) == [(1, 1), (2, 4), (3, 9)]
    assert rows(squares(end=F.lit(2), start=F.lit(1))) == [(1, 1), (2, 4)]
    assert F.udtf(returnType="x: int")(handler(lambda self: [(1,)]))().columns == ["x"]


def test_analyze_tells_the_columns_from_the_arguments(spark: SparkSession) -> None:
    echoed = F.udtf(Echo)(F.lit("q"))
    assert echoed.dtypes == [("same", "string")]
    assert rows(echoed) == [("q",)]


def test_a_registered_table_function_is_there_in_sql_text(spark: SparkSession, df: DataFrame) -> None:
    spark.udtf.register("squares", F.udtf(Squares, returnType="n: int, sq: int"))
    df.createOrReplaceTempView("t")
    assert rows(spark.sql("SELECT s.sq FROM squares(1, 2) s")) == [(1,), (4,)]
    assert rows(spark.sql("SELECT * FROM squares(end => 2, start => 2)")) == [(2, 4)]
    assert rows(spark.sql("SELECT k, n FROM t, LATERAL squares(1, v)")) == [("a", 1), ("b", 1), ("b", 2)]


def test_a_lateral_join_gives_the_rows_of_every_row(df: DataFrame) -> None:
    squares = F.udtf(Squares, returnType="n: int, sq: int")
    call = squares(F.lit(1), F.col("v").outer())
    assert rows(df.lateralJoin(call)) == [("a", 1, 1, 1), ("b", 2, 1, 1), ("b", 2, 2, 4)]
    assert rows(df.lateralJoin(call, how="left"))[-1] == ("c", 0, None, None)
    assert rows(df.lateralJoin(call, F.col("sq") > 1)) == [("b", 2, 2, 4)]
    with pytest.raises(NotImplementedError, match="lateralJoin"):
        call.collect()
    with pytest.raises(NotImplementedError, match="lateralJoin"):
        df.lateralJoin(df)


def test_one_object_sees_all_rows_and_may_have_enough_of_them(spark: SparkSession) -> None:
    counter = F.udtf(Counter, returnType="seen: int")
    numbers = spark.range(1, 10)
    found = numbers.lateralJoin(counter(F.col("id").outer()))
    assert [row.seen for row in found.collect()] == [3]


@pytest.mark.parametrize(
    ("evaluate", "message"),
    [
        (lambda self, x: [(1, 2)], "UDTF_RETURN_SCHEMA_MISMATCH.*Expected column count: 1, Actual column count: 2"),
        (lambda self, x: 5, "UDTF_RETURN_NOT_ITERABLE.*'int'"),
        (lambda self, x: 1 / 0, "UDTF_EXEC_ERROR.*'eval' method: division by zero"),
        (lambda self, x: [("7",)], "UDTF_ARROW_DATA_CONVERSION_ERROR"),
        (lambda self, x, y: [], "UDTF_EVAL_METHOD_ARGUMENTS_DO_NOT_MATCH_SIGNATURE.*missing a required argument: 'y'"),
    ],
)
def test_what_a_table_function_does_wrong_is_named(
    spark: SparkSession, evaluate: Callable[..., Any], message: str
) -> None:
    with pytest.raises(PythonException, match=message):
        F.udtf(handler(evaluate), returnType="c: int")(F.lit(5)).collect()


def test_a_single_value_will_do_for_a_single_column(spark: SparkSession) -> None:
    assert rows(F.udtf(handler(lambda self: [7, {"c": 8}]), returnType="c: int")()) == [(7,), (8,)]


def test_a_handler_must_be_a_class_that_says_what_it_gives(spark: SparkSession) -> None:
    wrong: Any = lambda x: x  # noqa: E731 - a function where a class is due
    registering: Any = Squares
    for action, condition in (
        (lambda: F.udtf(wrong, returnType="c: int"), "INVALID_UDTF_HANDLER_TYPE"),
        (lambda: F.udtf(int, returnType="c: int"), "INVALID_UDTF_NO_EVAL"),
        (lambda: F.udtf(Squares), "INVALID_UDTF_RETURN_TYPE"),
        (lambda: F.udtf(Echo, returnType="c: int"), "INVALID_UDTF_BOTH_RETURN_TYPE_AND_ANALYZE"),
        (lambda: F.udtf(Squares, returnType="int")(F.lit(1), F.lit(1)), "UDTF_RETURN_TYPE_MISMATCH"),
        (lambda: spark.udtf.register("x", registering), "CANNOT_REGISTER_UDTF"),
    ):
        with pytest.raises(PySparkException) as caught:
            action()
        assert caught.value.getCondition() == condition
