"""Types as users handle them: internal values, struct building and access, rows. Expected values are PySpark's."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from actorstream.sql import Row
from actorstream.sql import types as T

DATE = dt.date(2020, 1, 1)


@pytest.mark.parametrize(
    ("data_type", "value", "internal"),
    [
        (T.DateType(), DATE, 18262),
        (T.TimestampNTZType(), dt.datetime(2020, 1, 1), 1577836800000000),
        (T.DayTimeIntervalType(), dt.timedelta(1), 86400000000),
        (T.TimeType(), dt.time(1, 2, 3), 3723000000000),
        (T.IntegerType(), 5, 5),
        (T.ArrayType(T.DateType()), [DATE, None], [18262, None]),
        (T.MapType(T.StringType(), T.DateType()), {"a": DATE}, {"a": 18262}),
        (T.StructType().add("a", "date"), Row(a=DATE), (18262,)),
    ],
)
def test_a_value_goes_to_its_internal_form_and_back(data_type: T.DataType, value: Any, internal: Any) -> None:
    assert data_type.toInternal(value) == internal
    assert data_type.fromInternal(internal) == value
    assert data_type.toInternal(None) is None


def test_a_timestamp_with_a_zone_is_its_instant() -> None:
    zoned = dt.datetime(2020, 1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert T.TimestampType().toInternal(zoned) == 1577836800000000


def test_a_struct_takes_its_values_from_a_dict_by_name() -> None:
    schema = T.StructType().add("a", "date").add("b", "string")
    assert schema.toInternal({"b": "x", "a": DATE}) == (18262, "x")


@pytest.mark.parametrize(
    ("data_type", "needed"),
    [
        (T.IntegerType(), False),
        (T.ArrayType(T.IntegerType()), False),
        (T.ArrayType(T.TimestampType()), True),
        (T.MapType(T.StringType(), T.DateType()), True),
        (T.StructType().add("a", "integer"), True),
        (T.YearMonthIntervalType(), True),
    ],
)
def test_only_types_with_a_form_of_their_own_need_conversion(data_type: T.DataType, needed: bool) -> None:
    assert data_type.needConversion() is needed


def test_a_type_that_is_no_type_is_refused_with_pysparks_words() -> None:
    with pytest.raises(AssertionError, match="elementType int should be an instance of"):
        T.ArrayType("int")  # type: ignore[arg-type]
    with pytest.raises(AssertionError, match="field name 1 should be a string"):
        T.StructField(1, T.IntegerType())  # type: ignore[arg-type]


def test_a_collation_survives_json() -> None:
    schema = T.StructType([T.StructField("a", T.StringType("UTF8_LCASE"))])
    assert schema.fields[0].dataType.jsonValue() == "string collate UTF8_LCASE"
    assert T.StructType.fromJson(schema.jsonValue()) == schema


def test_a_row_without_the_name_raises_a_value_error() -> None:
    with pytest.raises(ValueError, match="z"):
        Row(a=1)["z"]
