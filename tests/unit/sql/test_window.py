"""Functions over windows of rows on static frames; all values, names and errors are PySpark's."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from actorstream.errors import AnalysisException
from actorstream.sql import DataFrame, Row, SparkSession, Window
from actorstream.sql import functions as F

ROWS = [
    (1, "a", 1.5, 10, Decimal("1.25")),
    (2, "a", 2.5, 20, Decimal("2.25")),
    (3, "b", None, 30, Decimal(3)),
    (3, "b", 4.0, None, Decimal(4)),
    (None, "b", 5.0, 50, Decimal(5)),
]


@pytest.fixture
def frame(spark: SparkSession) -> DataFrame:
    frame = spark.createDataFrame(ROWS, "k int, s string, d double, l bigint, m decimal(12,2)")
    frame.createOrReplaceTempView("t")
    return frame


def rows(frame: DataFrame) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in frame.collect()), key=str)


@pytest.mark.usefixtures("frame")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select k, row_number() over (partition by s order by k, d) from t", [(1, 1), (2, 2), (3, 2), (3, 3), (None, 1)]),
        (
            "select rank() over (order by k), dense_rank() over (order by k desc), percent_rank() over (order by k), "
            "cume_dist() over (order by k), ntile(2) over (order by k, d) from t",
            [(1, 4, 0.0, 0.2, 1), (2, 3, 0.25, 0.4, 1), (3, 2, 0.5, 0.6, 1), (4, 1, 0.75, 1.0, 2), (4, 1, 0.75, 1.0, 2)],
        ),
        (
            "select k, lag(k) over (order by d), lag(k, 2) over (order by d), lead(k, 1, -1) over (order by d) from t",
            [(1, 3, None, 2), (2, 1, 3, 3), (3, 2, 1, None), (3, None, None, 1), (None, 3, 2, -1)],
        ),
        (
            "select lag(k) ignore nulls over (order by d), lead(k) respect nulls over (order by d desc) from t",
            [(1, 1), (2, 2), (3, 3), (3, 3), (None, None)],
        ),
        (
            "select sum(l) over (order by k range between 1 preceding and 1 following), "
            "sum(l) over (order by k desc range between 1 preceding and current row) from t",
            [(30, 30), (50, 30), (50, 30), (50, 50), (60, 50)],
        ),
        ("select s, sum(k) + rank() over (order by sum(k) desc) z from t group by s", [("a", 5), ("b", 7)]),
        ("select sum(sum(k)) over () from t group by s", [(9,), (9,)]),
        (
            "select sum(l) over (order by d rows between unbounded preceding and 1 following), sum(k) over w from t "
            "window w as (partition by s)",
            [(110, 6), (110, 6), (40, 6), (60, 3), (60, 3)],
        ),
        ("select distinct s, count(*) over (partition by s) c from t", [("a", 2), ("b", 3)]),
        ("select sum(k) filter (where k > 1) over (order by d) from t", [(3,), (3,), (5,), (8,), (8,)]),
    ],
)  # fmt: skip
def test_window_functions_in_sql(spark: SparkSession, query: str, expected: list[tuple[Any, ...]]) -> None:
    assert rows(spark.sql(query)) == expected


def test_names_and_types_are_those_of_the_reference(spark: SparkSession, frame: DataFrame) -> None:
    found = spark.sql(
        "select rank() over (order by k), lag(k) over (order by d), avg(m) over (partition by s), sum(m) over (order by m rows "
        "2 preceding), max(s) over (order by d range between 1 preceding and current row) from t"
    )
    assert [(item.name, item.dataType.simpleString(), item.nullable) for item in found.schema] == [
        ("RANK() OVER (ORDER BY k ASC NULLS FIRST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)", "int", False),
        ("lag(k, 1, NULL) OVER (ORDER BY d ASC NULLS FIRST ROWS BETWEEN -1 FOLLOWING AND -1 FOLLOWING)", "int", True),
        ("avg(m) OVER (PARTITION BY s ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)", "decimal(16,6)", True),
        ("sum(m) OVER (ORDER BY m ASC NULLS FIRST ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)", "decimal(22,2)", True),
        ("max(s) OVER (ORDER BY d ASC NULLS FIRST RANGE BETWEEN (- 1) FOLLOWING AND CURRENT ROW)", "string", True),
    ]  # fmt: skip


def test_window_functions_on_frames(frame: DataFrame) -> None:
    ordered = Window.partitionBy("s").orderBy(F.desc("k"), "d")
    whole = Window.partitionBy("s").rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    found = frame.select(
        "k",
        F.row_number().over(ordered).alias("number"),
        F.sum("k").over(ordered.rowsBetween(-1, Window.currentRow)).alias("two"),
        F.sum("k").over(whole).alias("all"),
        F.nth_value("k", 2, True).over(ordered).alias("second"),
        F.lag("k", 1, 0).over(ordered).alias("before"),
        F.max(F.struct("k", "s")).over(Window.partitionBy("s")).alias("best"),
    )
    best = Row(k=3, s="b")
    assert rows(found.where("s = 'b'").select("k", "number", "two", "all", "second", "before", "best")) == [
        (3, 1, 3, 6, None, 0, best),
        (3, 2, 6, 6, 3, 3, best),
        (None, 3, 3, 6, 3, 3, best),
    ]
    assert rows(frame.withColumn("r", F.rank().over(ordered)).where("r = 1").select("k", "d")) == [(2, 2.5), (3, None)]
    assert "sum(k) OVER (PARTITION BY s ORDER BY k DESC NULLS LAST, d ASC NULLS FIRST ROWS BETWEEN -1 FOLLOWING AND CURRENT ROW)" in (
        frame.select(F.sum("k").over(ordered.rowsBetween(-1, 0))).columns
    )  # fmt: skip


@pytest.mark.usefixtures("frame")
@pytest.mark.parametrize(
    ("query", "condition", "parameters"),
    [
        (
            "select k from t where row_number() over (order by k) = 1",
            "WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE",
            {"clauseName": "WHERE"},
        ),
        ("select row_number() from t", "WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE", {"funcName": '"row_number()"'}),
        (
            "select rank() over (partition by s) from t",
            "WINDOW_FUNCTION_FRAME_NOT_ORDERED",
            {"wf_name": "rank", "wf_expr": "RANK()"},
        ),
        (
            "select sum(k) over (order by k rows between 1 following and 1 preceding) from t",
            "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON",
            {"comparison": "less than or equal", "sqlExpr": '"ROWS BETWEEN 1 FOLLOWING AND 1 PRECEDING"'},
        ),
        (
            "select row_number() over (order by k rows between 1 preceding and current row) from t",
            "_LEGACY_ERROR_TEMP_1036",
            {
                "wf": "specifiedwindowframe(RowFrame, -1, currentrow$())",
                "required": "specifiedwindowframe(RowFrame, unboundedpreceding$(), currentrow$())",
            },
        ),
        ("select upper(s) over (order by k) from t", "UNSUPPORTED_EXPR_FOR_WINDOW", {"sqlExpr": '"upper(s)"'}),
        ("select lag(k, l) over (order by k) from t", "_LEGACY_ERROR_TEMP_1035", {"prettyName": "lag"}),
        (
            "select sum(k) over w from t",
            "MISSING_WINDOW_SPECIFICATION",
            {"windowName": "w", "docroot": "https://spark.apache.org/docs/latest"},
        ),
        (
            "select sum(d) ignore nulls over (order by d) from t",
            "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
            {"prettyName": "`sum`", "syntax": "IGNORE NULLS"},
        ),
    ],
)
def test_a_wrong_window_says_what_is_wrong(
    spark: SparkSession, query: str, condition: str, parameters: dict[str, str]
) -> None:
    with pytest.raises(AnalysisException) as caught:
        spark.sql(query)
    assert caught.value.getCondition() == condition
    assert caught.value.getMessageParameters() == parameters


@pytest.mark.rule("STF-65")
@pytest.mark.parametrize(
    ("build", "column"),
    [
        (lambda frame, over: frame.select(over.alias("r")), "`r`"),
        (lambda frame, over: frame.select(over + 1), "`_we0`"),
        (lambda frame, over: frame.withColumn("z", over), "`z`"),
    ],
)
def test_a_stream_has_no_windows_of_rows(spark: SparkSession, build: Callable[..., DataFrame], column: str) -> None:
    stream = spark.readStream.format("rate").load()
    frame = build(stream, F.row_number().over(Window.orderBy("value")))
    with pytest.raises(AnalysisException) as caught:
        frame.writeStream.format("noop").start()
    assert caught.value.getCondition() == "NON_TIME_WINDOW_NOT_SUPPORTED_IN_STREAMING"
    assert caught.value.getMessageParameters() == {
        "windowFunc": "ROW_NUMBER()",
        "columnName": column,
        "windowSpec": "(ORDER BY VALUE ASC NULLS FIRST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)",
    }
