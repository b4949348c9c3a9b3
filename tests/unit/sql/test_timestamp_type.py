"""``spark.sql.timestampType``: what the word ``timestamp`` and texts of times mean in schemas, files and Python's values."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from actorstream.errors import IllegalArgumentException
from actorstream.sql import SparkSession
from actorstream.sql.types import StructType

MOMENT = dt.datetime(2024, 1, 1, 10)


@pytest.fixture
def local(spark: SparkSession) -> Any:
    """A session where a timestamp is local time; the clock it would be read by is not UTC's."""
    spark.conf.set("spark.sql.timestampType", "TIMESTAMP_NTZ")
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    yield spark
    spark.conf.unset("spark.sql.timestampType")
    spark.conf.set("spark.sql.session.timeZone", "UTC")


def types(frame: Any) -> list[str]:
    return [field.dataType.simpleString() for field in frame.schema]


def test_a_schema_as_text_means_local_time(local: SparkSession) -> None:
    frame = local.createDataFrame([(MOMENT, MOMENT)], "a timestamp, b timestamp_ltz")
    assert types(frame) == ["timestamp_ntz", "timestamp"]
    assert StructType.fromDDL("a array<timestamp>").simpleString() == "struct<a:array<timestamp_ntz>>"
    assert StructType.fromJson(frame.schema.jsonValue()) == frame.schema


def test_a_datetime_of_python_is_local_time_unless_it_has_a_zone(local: SparkSession) -> None:
    rows = [(MOMENT, MOMENT.replace(tzinfo=dt.UTC))]
    assert types(local.createDataFrame(rows, ["a", "b"])) == ["timestamp_ntz", "timestamp"]


def test_arrow_times_without_a_zone_stay_local(local: SparkSession) -> None:
    table = pa.table({"a": pa.array([MOMENT], pa.timestamp("us")), "b": pa.array([MOMENT], pa.timestamp("us", "UTC"))})
    frame = local.createDataFrame(table)
    assert types(frame) == ["timestamp_ntz", "timestamp"]
    assert frame.collect()[0][0] == MOMENT


def test_files_are_inferred_as_local_time_where_the_text_has_no_zone(local: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("2024-01-01 10:00:00,2024-01-01T10:00:00Z,2024-01-01\n")
    frame = local.read.option("inferSchema", "true").csv(str(tmp_path / "a.csv"))
    assert types(frame) == ["timestamp_ntz", "timestamp", "date"]
    (tmp_path / "a.json").write_text('{"a": "2024-01-01 10:00:00", "b": "2024-01-01T10:00:00Z"}\n')
    frame = local.read.option("inferTimestamp", "true").json(str(tmp_path / "a.json"))
    assert types(frame) == ["timestamp_ntz", "timestamp"]
    folder = tmp_path / "parts" / "at=2024-01-01 10%3A00%3A00"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("1\n")
    frame = local.read.csv(str(tmp_path / "parts"))
    assert types(frame) == ["string", "timestamp_ntz"]
    assert frame.collect()[0]["at"] == MOMENT


def test_a_text_is_read_under_the_settings_of_the_session_that_runs_it(local: SparkSession) -> None:
    other = local.newSession()
    other.conf.set("spark.sql.timestampType", "TIMESTAMP_LTZ")
    query = "SELECT CAST('2024-01-01' AS TIMESTAMP) AS a"
    assert types(other.sql(query)) == ["timestamp"]
    assert types(local.sql(query)) == ["timestamp_ntz"]


def test_a_setting_that_has_options_names_them(spark: SparkSession) -> None:
    with pytest.raises(IllegalArgumentException) as caught:
        spark.conf.set("spark.sql.timestampType", "NTZ")
    assert caught.value.getCondition() == "INVALID_CONF_VALUE.OUT_OF_RANGE_OF_OPTIONS"
    assert caught.value.getMessageParameters() == {
        "confName": "spark.sql.timestampType",
        "confValue": "NTZ",
        "confOptions": "TIMESTAMP_NTZ, TIMESTAMP_LTZ",
    }
