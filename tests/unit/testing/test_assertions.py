from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from actorstream.errors import PySparkAssertionError, PySparkTypeError
from actorstream.expr.types import (
    ArrayType,
    DoubleType,
    IntegerType,
    LongType,
    Row,
    StringType,
    StructField,
    StructType,
)
from actorstream.testing import assertDataFrameEqual, assertSchemaEqual

if TYPE_CHECKING:
    from actorstream.sql import SparkSession


def schema(**types: Any) -> StructType:
    return StructType([StructField(name, data_type, True) for name, data_type in types.items()])


def test_equal_schemas_pass() -> None:
    assertSchemaEqual(schema(a=LongType(), b=StringType()), schema(a=LongType(), b=StringType()))


def test_nullability_is_compared_on_demand() -> None:
    one = StructType([StructField("names", ArrayType(DoubleType(), True), True)])
    other = StructType([StructField("names", ArrayType(DoubleType(), False), False)])
    assertSchemaEqual(one, other)
    with pytest.raises(PySparkAssertionError, match="Schemas do not match") as raised:
        assertSchemaEqual(one, other, ignoreNullable=False)
    assert raised.value.getCondition() == "DIFFERENT_SCHEMA"


def test_column_order_and_names_can_be_left_out() -> None:
    one, other = schema(a=LongType(), b=StringType()), schema(b=StringType(), a=LongType())
    with pytest.raises(PySparkAssertionError):
        assertSchemaEqual(one, other)
    assertSchemaEqual(one, other, ignoreColumnOrder=True)
    assertSchemaEqual(one, schema(x=LongType(), y=StringType()), ignoreColumnName=True)
    with pytest.raises(PySparkAssertionError):
        assertSchemaEqual(one, schema(x=LongType(), y=IntegerType()), ignoreColumnName=True)


def test_something_that_is_no_schema_is_refused() -> None:
    with pytest.raises(PySparkTypeError, match="`expected` should be struct type, got str"):
        assertSchemaEqual(schema(a=LongType()), "a BIGINT")  # type: ignore[arg-type]


def test_rows_are_compared_without_their_order() -> None:
    assertDataFrameEqual([Row(a=1), Row(a=2)], [Row(a=2), Row(a=1)])
    with pytest.raises(PySparkAssertionError):
        assertDataFrameEqual([Row(a=1), Row(a=2)], [Row(a=2), Row(a=1)], checkRowOrder=True)


def test_floats_and_decimals_are_compared_with_tolerance() -> None:
    assertDataFrameEqual([Row(v=1.0)], [Row(v=1.000001)])
    assertDataFrameEqual([Row(v=float("nan"))], [Row(v=float("nan"))])
    assertDataFrameEqual([Row(v=Decimal("1.0"))], [Row(v=Decimal("1.000001"))])
    with pytest.raises(PySparkAssertionError):
        assertDataFrameEqual([Row(v=1.0)], [Row(v=1.001)])
    assertDataFrameEqual([Row(v=1.0)], [Row(v=1.001)], rtol=0.01)


def test_nested_values_are_compared_inside() -> None:
    assertDataFrameEqual([Row(v=[1.0, {"a": 2.0}], r=Row(x=1))], [Row(v=[1.0000001, {"a": 2.0}], r=Row(x=1))])
    with pytest.raises(PySparkAssertionError):
        assertDataFrameEqual([Row(v=[1, 2])], [Row(v=[1])])


def test_a_difference_is_shown_in_context() -> None:
    with pytest.raises(PySparkAssertionError) as raised:
        assertDataFrameEqual([Row(_1=1, _2="A"), Row(_1=2, _2="B")], [Row(_1=1, _2="A"), Row(_1=2, _2="X")])
    assert re.sub(r"\n\n+", "\n", str(raised.value)).splitlines() == [
        "[DIFFERENT_ROWS] Results do not match: ( 50.00000 % )",
        "*** actual ***",
        "  Row(_1=1, _2='A')",
        "! Row(_1=2, _2='B')",
        "*** expected ***",
        "  Row(_1=1, _2='A')",
        "! Row(_1=2, _2='X')",
    ]


def test_one_missing_row_is_one_difference() -> None:
    with pytest.raises(PySparkAssertionError, match=r"\( 25\.00000 % \)") as raised:
        assertDataFrameEqual([Row(a=2), Row(a=3), Row(a=4)], [Row(a=i) for i in (1, 2, 3, 4)], includeDiffRows=True)
    assert raised.value.data == [(None, Row(a=1))]


def test_differences_can_be_bounded() -> None:
    with pytest.raises(PySparkAssertionError) as raised:
        assertDataFrameEqual(
            [Row(a=1), Row(a=2)], [Row(a=5), Row(a=6)], maxErrors=1, showOnlyDiff=True, includeDiffRows=True
        )
    assert raised.value.data == [(Row(a=1), Row(a=5))]


def test_none_and_other_things_are_refused() -> None:
    assertDataFrameEqual(None, None)
    for wrong in (None, 7):
        with pytest.raises(PySparkAssertionError, match="for `expected`") as raised:
            assertDataFrameEqual([Row(a=1)], wrong)
        assert raised.value.getCondition() == "INVALID_TYPE_DF_EQUALITY_ARG"


def test_dataframes_are_compared_with_their_schemas(spark: SparkSession) -> None:
    one = spark.createDataFrame([(1, "a"), (2, "b")], "id INT, name STRING")
    assertDataFrameEqual(one, spark.createDataFrame([(2, "b"), (1, "a")], "id INT, name STRING"))
    assertDataFrameEqual(one, [Row(id=1, name="a"), Row(id=2, name="b")])
    wider = spark.createDataFrame([(1, "a"), (2, "b")], "id BIGINT, name STRING")
    with pytest.raises(PySparkAssertionError) as raised:
        assertDataFrameEqual(one, wider)
    assert raised.value.getCondition() == "DIFFERENT_SCHEMA"
    assertDataFrameEqual(one, wider, ignoreColumnType=True)
    assertDataFrameEqual(
        one, spark.createDataFrame([("a", 1), ("b", 2)], "name STRING, id INT"), ignoreColumnOrder=True
    )
    assertDataFrameEqual(one, spark.createDataFrame([(1, "a"), (2, "b")], "k INT, v STRING"), ignoreColumnName=True)


def test_a_streaming_dataframe_cannot_be_compared(spark: SparkSession) -> None:
    stream = spark.readStream.format("rate").load()
    with pytest.raises(PySparkAssertionError, match="streaming DataFrame") as raised:
        assertDataFrameEqual(stream, stream)
    assert raised.value.getCondition() == "UNSUPPORTED_OPERATION"


def test_pandas_frames_are_compared_too() -> None:
    pandas = pytest.importorskip("pandas")
    assertDataFrameEqual(pandas.DataFrame({"a": [1, 2]}), pandas.DataFrame({"a": [2, 1]}))
    with pytest.raises(PySparkAssertionError) as raised:
        assertDataFrameEqual(pandas.DataFrame({"a": [1, 2]}), pandas.DataFrame({"a": [2, 3]}))
    assert raised.value.getCondition() == "DIFFERENT_PANDAS_DATAFRAME"
