"""`udf`, `pandas_udf`, `arrow_udf`, `mapIn…` and `applyIn…`: values and errors as PySpark 4.3.0 gives them."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from actorstream.errors import AnalysisException, PySparkTypeError, PySparkValueError, PythonException
from actorstream.sql import DataFrame, Row, SparkSession
from actorstream.sql import functions as F


@pytest.fixture
def df(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([("a", 1, 1.5), ("a", 4, 2.5), ("b", 2, None)], "k string, v int, d double")


def rows(frame: DataFrame) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in frame.collect()]


def returned(df: DataFrame, value: Any, data_type: str, *, arrow: bool | None = None) -> Any:
    return df.limit(1).select(F.udf(lambda _: value, data_type, useArrow=arrow)("v")).collect()[0][0]


# ---------------------------------------------------------------- values of plain functions


@pytest.mark.parametrize(
    ("value", "data_type", "expected"),
    [
        ("1", "int", 1),
        (1.5, "int", 1),
        (True, "double", 1.0),
        (True, "string", "true"),
        ([1, 2], "string", "[1, 2]"),
        (datetime.datetime(2024, 1, 1, 3), "string", "2024-01-01 03:00:00"),
        (datetime.datetime(2024, 1, 1, 3), "date", datetime.date(2024, 1, 1)),
        (decimal.Decimal("1.256"), "decimal(10,2)", decimal.Decimal("1.26")),
        ({"a": 1}, "map<string,int>", {"a": 1}),
        ({"a": 1}, "struct<a:int,b:int>", (1, None)),
        ((1, 2), "array<int>", [1, 2]),
    ],
)
def test_a_result_of_another_type_is_cast_where_arrow_can(
    df: DataFrame, value: Any, data_type: str, expected: Any
) -> None:
    assert returned(df, value, data_type) == expected


@pytest.mark.parametrize(
    ("value", "data_type"),
    [("q", "int"), (True, "int"), (2**40, "int"), (1, "decimal(10,2)"), ("2024-01-01", "date"), ("x", "binary")],
)
def test_a_result_that_cannot_be_cast_is_an_error_with_the_users_traceback(
    df: DataFrame, value: Any, data_type: str
) -> None:
    with pytest.raises(PythonException, match="Traceback") as caught:
        returned(df, value, data_type)
    assert caught.value.getCondition() == "PYTHON_EXCEPTION"


@pytest.mark.parametrize(
    ("value", "data_type", "expected"),
    [
        ("1", "int", None),
        (1.5, "int", None),
        (True, "int", None),
        (2**40, "int", 0),
        (300, "tinyint", 44),
        (1, "double", None),
        (1, "string", "1"),
        ([1, "x", None], "array<int>", [1, None, None]),
        ("q", "binary", b"q"),
    ],
)
def test_without_arrow_a_result_of_another_type_is_null(
    df: DataFrame, value: Any, data_type: str, expected: Any
) -> None:
    assert returned(df, value, data_type, arrow=False) == expected


def test_a_struct_of_the_wrong_length_is_refused(df: DataFrame) -> None:
    with pytest.raises(PythonException, match="AXIS_LENGTH_MISMATCH"):
        returned(df, (1, 2, 3), "struct<a:int,b:int>")


def test_the_setting_decides_how_a_plain_function_converts(spark: SparkSession, df: DataFrame) -> None:
    assert F.udf(lambda x: x, "int").evalType == 101
    spark.conf.set("spark.sql.execution.pythonUDF.arrow.enabled", "false")
    assert F.udf(lambda x: x, "int").evalType == 100


def test_columns_of_functions_are_named_after_function_and_arguments(df: DataFrame) -> None:
    class Add:
        def __call__(self, x: int) -> int:
            return x

    called = df.select(
        F.udf(lambda x: x, "int")("v"),
        F.udf(len)("k"),
        F.udf(Add(), "int")(F.col("v") + 1),
        F.udf(lambda a, b: a - b, "int")(b="v", a=F.lit(10)),
    )
    assert called.columns == ["<lambda>(v)", "len(k)", "Add((v + 1))", "<lambda>(b => v, a => 10)"]
    assert [row[3] for row in called.collect()] == [9, 6, 8]


# ---------------------------------------------------------------- by name


def test_a_registered_function_is_there_in_sql_text_whatever_its_case(spark: SparkSession, df: DataFrame) -> None:
    plus = spark.udf.register("plus_one", F.udf(lambda x: x + 1, "int"))
    assert plus.returnType.simpleString() == "int"
    assert rows(spark.sql("SELECT plus_one(1), PLUS_ONE(2) AS b")) == [(2, 3)]
    assert df.select(F.call_udf("plus_one", "v"), F.expr("plus_one(v)")).columns == ["plus_one(v)", "plus_one(v)"]
    assert rows(df.where("plus_one(v) > 2").select("v")) == [(4,), (2,)]


def test_a_registered_plain_function_gives_text(spark: SparkSession) -> None:
    spark.udf.register("same", lambda x: x)
    assert rows(spark.sql("SELECT same(1)")) == [("1",)]


def test_a_registered_aggregate_makes_an_aggregation_of_a_select(spark: SparkSession, df: DataFrame) -> None:
    @F.pandas_udf("double")
    def middle(v: pd.Series) -> float:
        return float(v.mean())

    spark.udf.register("middle", middle)
    df.createOrReplaceTempView("t")
    assert rows(spark.sql("SELECT k, middle(v) FROM t GROUP BY k ORDER BY k")) == [("a", 2.5), ("b", 2.0)]


def test_registering_checks_what_it_gets(spark: SparkSession) -> None:
    with pytest.raises(PySparkTypeError, match="CANNOT_SPECIFY_RETURN_TYPE_FOR_UDF"):
        spark.udf.register("f", F.udf(lambda x: x, "int"), "int")
    bad: Any = 5
    with pytest.raises(PySparkTypeError, match="NOT_EXPECTED_TYPE"):
        spark.udf.register("f", bad)
    with pytest.raises(AnalysisException, match="UNRESOLVED_ROUTINE"):
        spark.range(1).select(F.call_udf("nope", "id"))


# ---------------------------------------------------------------- whole columns


def test_an_arrow_udf_gets_arrays_and_its_result_is_cast(df: DataFrame) -> None:
    @F.arrow_udf("int")
    def plus(v: pa.Array) -> pa.Array:
        return pc.add(v, 1).cast("int64")

    @F.arrow_udf("long")
    def each(batches: Iterator[pa.Array]) -> Iterator[pa.Array]:
        for batch in batches:
            yield pc.add(batch, 1).cast("int64")

    assert rows(df.select(plus("v"), each("v"))) == [(2, 2), (5, 5), (3, 3)]


def test_an_argument_that_was_given_by_name_is_in_the_name_of_the_column(df: DataFrame) -> None:
    @F.arrow_udf("long")
    def spread(low: pa.Array, high: pa.Array) -> int:
        return int(pc.max(high).as_py() - pc.min(low).as_py())

    totals = df.groupBy("k").agg(spread(high="v", low="v")).orderBy("k")
    assert totals.columns == ["k", "spread(high => v, low => v)"]
    assert rows(totals) == [("a", 3), ("b", 0)]


@pytest.fixture
def noon(spark: SparkSession) -> Iterator[DataFrame]:
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    yield spark.sql(
        "select 1 k, timestamp'2024-01-01 12:00:00' ts, timestamp_ntz'2024-01-01 12:00:00' n, "
        "array(timestamp'2024-01-01 12:00:00') a, named_struct('t', timestamp'2024-01-01 12:00:00') s, map('k', 1) m"
    )
    spark.conf.unset("spark.sql.session.timeZone")


def test_pandas_shows_moments_in_the_time_zone_of_the_session(noon: DataFrame) -> None:
    at_noon = pd.Timestamp("2024-01-01 12:00:00")
    frame = noon.toPandas()
    row = frame.iloc[0]
    assert (row.ts, row.n, row.a[0], row.s) == (at_noon, at_noon, at_noon, {"t": at_noon})
    assert [str(frame[name].dtype) for name in ("ts", "n")] == ["datetime64[us]"] * 2
    noon.sparkSession.conf.set("spark.sql.execution.arrow.pyspark.enabled", "false")
    plain = noon.select("m", F.array("k"), F.struct("k")).toPandas().iloc[0].tolist()
    assert plain == [{"k": 1}, [1], Row(k=1)]
    noon.sparkSession.conf.unset("spark.sql.execution.arrow.pyspark.enabled")


def test_user_functions_get_and_give_local_times(noon: DataFrame) -> None:
    @F.pandas_udf("timestamp")
    def later(times: pd.Series) -> pd.Series:
        return times + pd.Timedelta(hours=1)

    @F.pandas_udf("string")
    def told(times: pd.Series) -> str:
        return f"{times.iloc[0]} {times.dtype}"

    def text(frame: DataFrame) -> list[str]:
        return [str(row[0]) for row in frame.select(F.col(frame.columns[0]).cast("string")).collect()]

    assert text(noon.select(later("ts"))) == text(noon.select(later("n"))) == ["2024-01-01 13:00:00"]
    assert text(noon.groupBy("k").agg(told("ts")).drop("k")) == ["2024-01-01 12:00:00 datetime64[ns]"]
    assert text(noon.mapInPandas(lambda parts: (part[["ts"]] for part in parts), "ts timestamp")) == [
        "2024-01-01 12:00:00"
    ]
    grouped = noon.groupBy("ts").applyInPandas(lambda key, _: pd.DataFrame({"v": [str(key[0])]}), "v string")
    assert text(grouped) == ["2024-01-01 12:00:00"]


def test_aggregates_of_the_user_see_the_rows_of_each_group(df: DataFrame) -> None:
    @F.pandas_udf("double")
    def middle(v: pd.Series) -> float:
        return float(v.mean())

    @F.arrow_udf("long")
    def total(v: pa.Array) -> int:
        return pc.sum(v)

    assert rows(df.groupBy("k").agg((middle("v") + 1).alias("m"), total("v"))) == [("a", 3.5, 5), ("b", 3.0, 2)]
    assert rows(df.select(total("v"))) == [(7,)]
    with pytest.raises(AnalysisException) as caught:
        df.groupBy("k").agg(middle("v"), F.sum("v"))
    assert caught.value.getCondition() == "INVALID_PANDAS_UDF_PLACEMENT"


def test_a_vector_function_must_give_as_many_rows_as_it_got(df: DataFrame) -> None:
    @F.pandas_udf("long")
    def short(v: pd.Series) -> pd.Series:
        return v[:1]

    @F.pandas_udf("long")
    def number(v: pd.Series) -> pd.Series:
        return 5

    with pytest.raises(PythonException, match=r"RESULT_ROWS_MISMATCH.*\(1\).*\(3\)"):
        df.select(short("v")).collect()
    with pytest.raises(PythonException, match=r"UDF_RETURN_TYPE.*pandas.Series, but is int"):
        df.select(number("v")).collect()


def test_hints_that_are_missing_or_fit_nothing_are_refused() -> None:
    with pytest.raises(PySparkValueError, match="TYPE_HINT_SHOULD_BE_SPECIFIED"):
        F.pandas_udf(lambda v: v, "int")

    def odd(v: int) -> int:
        return v

    with pytest.raises(NotImplementedError, match="UNSUPPORTED_SIGNATURE"):
        F.pandas_udf(odd, "int")


# ---------------------------------------------------------------- tables


def test_mapping_batches_matches_pandas_by_name_and_arrow_by_position(df: DataFrame) -> None:
    assert rows(df.mapInPandas(lambda parts: (part[["v", "k"]] for part in parts), "k string, v int")) == [
        ("a", 1),
        ("a", 4),
        ("b", 2),
    ]
    assert rows(df.mapInArrow(lambda parts: (part.select(["k"]) for part in parts), "z string")) == [
        ("a",),
        ("a",),
        ("b",),
    ]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda parts: (part[["k"]] for part in parts), r"RESULT_COLUMN_NAMES_MISMATCH.* Missing: z. Unexpected: k."),
        (lambda parts: 5, "UDF_RETURN_TYPE.*iterator of pandas.DataFrame, but is int"),
        (lambda parts: [5], "UDF_RETURN_TYPE.*iterator of pandas.DataFrame, but is iterator of int"),
        (lambda parts: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_what_a_batch_function_does_wrong_is_named(df: DataFrame, function: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(PythonException, match=message):
        df.mapInPandas(function, "z string").collect()


def test_groups_come_in_order_of_their_keys_with_the_key_where_it_is_wanted(df: DataFrame) -> None:
    doubled = df.groupBy("k").applyInPandas(lambda part: part.assign(v=part.v * 2), "k string, v long, d double")
    assert rows(doubled) == [("a", 2, 1.5), ("a", 8, 2.5), ("b", 4, None)]
    keyed = df.groupBy((F.col("v") % 2).alias("odd")).applyInPandas(
        lambda key, part: pd.DataFrame([[str(key[0]), len(part.columns)]]), "k string, n long"
    )
    assert rows(keyed) == [("0", 3), ("1", 3)]
    counted = df.groupBy("k").applyInArrow(
        lambda key, table: pa.table({"k": [key[0].as_py()], "n": [table.num_rows]}), "k string, n long"
    )
    assert rows(counted) == [("a", 2), ("b", 1)]
    whole = df.groupBy().applyInPandas(lambda part: pd.DataFrame({"n": [len(part)]}), "n long")
    assert rows(whole) == [(3,)]


def test_a_group_function_may_work_through_an_iterator(df: DataFrame) -> None:
    def sizes(parts: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for part in parts:
            yield pa.RecordBatch.from_pydict({"n": [part.num_rows]})

    assert rows(df.groupBy("k").applyInArrow(sizes, "n long")) == [(2,), (1,)]


def test_two_grouped_frames_side_by_side_have_the_keys_of_both(spark: SparkSession, df: DataFrame) -> None:
    other = spark.createDataFrame([("a", 10), ("c", 30)], "k string, w int")
    together = df.groupBy("k").cogroup(other.groupBy("k"))
    assert rows(
        together.applyInPandas(
            lambda key, left, right: pd.DataFrame({"k": [key[0]], "n": [len(left) * 10 + len(right)]}),
            "k string, n long",
        )
    ) == [("a", 21), ("b", 10), ("c", 1)]
    assert rows(
        together.applyInArrow(lambda left, right: pa.table({"n": [left.num_rows * 10 + right.num_rows]}), "n long")
    ) == [(21,), (10,), (1,)]


def test_a_frame_can_be_cogrouped_with_itself(df: DataFrame) -> None:
    both = df.groupBy("k").cogroup(df.groupBy("k"))
    assert rows(both.applyInPandas(lambda left, right: pd.DataFrame({"n": [len(left) + len(right)]}), "n long")) == [
        (4,),
        (2,),
    ]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            lambda part: pd.DataFrame({"q": [1], "k": ["z"]}),
            "RESULT_COLUMN_NAMES_MISMATCH.* Missing: n. Unexpected: q.",
        ),
        (lambda part: pd.DataFrame({"q": [1], "n": [1], "k": ["z"]}), "RESULT_COLUMN_NAMES_MISMATCH.* Unexpected: q."),
        (lambda part: pd.DataFrame([[1]]), "RESULT_COLUMN_SCHEMA_MISMATCH.*Expected: 2 Actual: 1"),
        (lambda part: 5, "UDF_RETURN_TYPE.*pandas.DataFrame, but is int"),
        (lambda part: pd.DataFrame({"n": ["x"], "k": ["z"]}), "Failed to convert the value of the column 'n'"),
    ],
)
def test_what_a_group_function_does_wrong_is_named(df: DataFrame, function: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(PythonException, match=message):
        df.groupBy("k").applyInPandas(function, "k string, n long").collect()


def test_arrow_groups_must_have_the_promised_types(df: DataFrame) -> None:
    with pytest.raises(PythonException, match=r"RESULT_COLUMN_TYPES_MISMATCH.*expected int64, actual int32"):
        df.groupBy("k").applyInArrow(lambda table: table.select(["k", "v"]), "k string, v long").collect()


def test_a_group_function_takes_one_or_two_arguments(df: DataFrame) -> None:
    with pytest.raises(PySparkValueError, match="INVALID_PANDAS_UDF"):
        df.groupBy("k").applyInPandas(lambda a, b, c: a, "n string")
