"""`createDataFrame` from pandas, Arrow and numpy, and values that do not fit. Expected results are PySpark's."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from actorstream.errors import ArithmeticException, PySparkTypeError
from actorstream.sql import Row, SparkSession

NOON = dt.datetime(2020, 1, 1, 12)


def test_a_vector_of_numpy_is_the_column_value_and_a_matrix_has_numbered_columns(spark: SparkSession) -> None:
    assert spark.createDataFrame(np.array([1.5, 2.5])).collect() == [Row(value=1.5), Row(value=2.5)]
    assert spark.createDataFrame(np.array([[1, 2], [3, 4]])).schema.simpleString() == "struct<_1:bigint,_2:bigint>"


def test_timestamps_of_pandas_and_arrow_without_a_zone_are_in_the_sessions(spark: SparkSession) -> None:
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    for data in (pd.DataFrame({"t": [pd.Timestamp(NOON)]}), pa.table({"t": pa.array([NOON], pa.timestamp("us"))})):
        frame = spark.createDataFrame(data)
        assert frame.schema.simpleString() == "struct<t:timestamp>"
        assert frame.selectExpr("unix_seconds(t) s").collect() == [Row(s=1577898000)]


def test_a_schema_may_keep_a_timestamp_without_a_zone(spark: SparkSession) -> None:
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    frame = spark.createDataFrame(pd.DataFrame({"t": [pd.Timestamp(NOON)]}), "t timestamp_ntz")
    assert frame.collect() == [Row(t=NOON)]


def test_a_scalar_of_numpy_in_a_row_has_no_type_of_its_own(spark: SparkSession) -> None:
    with pytest.raises(PySparkTypeError) as caught:
        spark.createDataFrame([(np.int32(5),)], ["a"])
    assert caught.value.getCondition() == "CANNOT_INFER_TYPE_FOR_FIELD"


def test_a_value_of_another_kind_is_null_when_nobody_verifies(spark: SparkSession) -> None:
    assert spark.createDataFrame([("x",), (2,)], "a int", verifySchema=False).collect() == [Row(a=None), Row(a=2)]


def test_a_decimal_with_too_many_digits_is_an_arithmetic_error(spark: SparkSession) -> None:
    with pytest.raises(ArithmeticException) as caught:
        spark.createDataFrame([(Decimal("12345.6"),)], "a decimal(5,1)")
    assert caught.value.getCondition() == "NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION"
