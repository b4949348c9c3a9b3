"""VARIANT columns through whole queries: sources, sinks, state, restarts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from actorstream import MemoryStream
from actorstream.errors import (
    AnalysisException,
    PySparkNotImplementedError,
    PySparkTypeError,
    PySparkValueError,
    StreamingQueryException,
)
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F
from actorstream.sql.types import Row, StructField, StructType, VariantType, VariantVal
from tests.stream.helpers import refused, start, table

parse = VariantVal.parseJson


def shown(value: Any) -> Any:
    """Rows with variants as their JSON, so that they can be compared."""
    if isinstance(value, VariantVal):
        return value.toJson()
    return [shown(item) for item in value] if isinstance(value, (list, tuple)) else value


def by_key(frame: DataFrame) -> DataFrame:
    """Aggregates that carry variants in their state."""
    return frame.groupBy("k").agg(
        F.first("v").alias("first"),
        F.max_by("v", "n").alias("latest"),
        F.collect_list("v").alias("all"),
        F.schema_of_variant_agg("v").alias("type"),
    )


@pytest.fixture
def stream() -> MemoryStream:
    return MemoryStream(schema="k STRING, n INT, v VARIANT")


def test_variants_go_in_and_out_as_objects_of_their_own(spark: SparkSession, stream: MemoryStream) -> None:
    frame = spark._streaming_frame(stream.provider)
    assert frame.schema["v"] == StructField("v", VariantType(), True)
    query = start(frame.selectExpr("v", "v:a::int AS a", "to_json(v) AS j", "cast(v AS string) AS s"))
    stream.add_data(("a", 1, parse('{"a": 1, "b": [null]}')), ("a", 2, None), ("b", 3, parse("null")))
    query.processAllAvailable()
    rows = spark.table("t").collect()
    assert [shown(row) for row in rows] == [
        ['{"a":1,"b":[null]}', 1, '{"a":1,"b":[null]}', '{"a":1,"b":[null]}'],
        [None, None, None, None],
        ["null", None, "null", None],
    ]
    assert isinstance(rows[0].v, VariantVal)
    assert rows[0].v.toPython() == {"a": 1, "b": [None]}
    query.stop()


def test_state_with_variants_goes_on_after_a_restart(spark: SparkSession, stream: MemoryStream, tmp_path: Path) -> None:
    query = start(by_key(spark._streaming_frame(stream.provider)), mode="complete", checkpoint=tmp_path)
    stream.add_data(("a", 2, parse('{"x": 1}')), ("b", 1, None))
    query.processAllAvailable()
    query.stop()
    stream.add_data(("a", 1, parse('"late"')), ("b", 5, parse("[1.50]")))
    query = start(by_key(spark._streaming_frame(stream.provider)), mode="complete", checkpoint=tmp_path)
    query.processAllAvailable()
    assert sorted(shown(table(spark))) == [
        ["a", '{"x":1}', '{"x":1}', ['{"x":1}', '"late"'], "VARIANT"],
        ["b", None, "[1.50]", ["[1.50]"], "ARRAY<DECIMAL(2,1)>"],
    ]
    query.stop()


def test_variants_ride_along_through_deduplication_and_joins(
    spark: SparkSession, stream: MemoryStream, tmp_path: Path
) -> None:
    frame = spark._streaming_frame(stream.provider)
    left = frame.dropDuplicates(["k"]).select("k", "v")
    right = frame.select(F.col("k").alias("other"), F.col("v").alias("w"))
    query = start(left.join(right, F.expr("k = other")), checkpoint=tmp_path, recover=True)
    stream.add_data(("a", 1, parse("[1]")))
    query.processAllAvailable()
    query.stop()
    stream.add_data(("a", 2, parse("2")))
    query = start(left.join(right, F.expr("k = other")), checkpoint=tmp_path, recover=True)
    query.processAllAvailable()
    assert shown(table(spark)) == [["a", "[1]", "a", "[1]"], ["a", "[1]", "a", "2"]]
    query.stop()


@pytest.mark.parametrize(
    ("build", "condition"),
    [
        (lambda frame: frame.groupBy("v").count(), "GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE"),
        (lambda frame: frame.groupBy(F.array("v")).count(), "GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE"),
        (lambda frame: frame.dropDuplicates(["v"]), "UNSUPPORTED_FEATURE.SET_OPERATION_ON_VARIANT_TYPE"),
        (lambda frame: frame.distinct(), "UNSUPPORTED_FEATURE.SET_OPERATION_ON_VARIANT_TYPE"),
        (lambda frame: frame.where("v = v"), "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE"),
        (lambda frame: frame.repartition("v"), "UNSUPPORTED_FEATURE.PARTITION_BY_VARIANT"),
    ],
)
def test_what_has_no_order_is_no_key(spark: SparkSession, stream: MemoryStream, build: Any, condition: str) -> None:
    with pytest.raises(AnalysisException) as caught:
        build(spark._streaming_frame(stream.provider))
    assert refused(caught) == condition


def test_a_record_that_is_no_json_fails_the_query_and_names_itself(spark: SparkSession) -> None:
    texts = MemoryStream(schema="j STRING")
    query = start(spark._streaming_frame(texts.provider).select(F.parse_json("j").alias("v")))
    texts.add_data("{")
    with pytest.raises(StreamingQueryException, match="MALFORMED_RECORD_IN_PARSING"):
        query.processAllAvailable()


def test_foreach_batch_sees_variants_and_explodes_them(spark: SparkSession, stream: MemoryStream) -> None:
    found: list[Any] = []

    def collect(batch: DataFrame, _: int) -> None:
        batch.createOrReplaceTempView("batch")
        found.extend(batch.sparkSession.sql("SELECT k, e.* FROM batch, LATERAL variant_explode(v) AS e").collect())

    query = spark._streaming_frame(stream.provider).writeStream.foreachBatch(collect).start()
    stream.add_data(("a", 1, parse('{"y": 1, "x": [2]}')), ("b", 2, parse("[true]")), ("c", 3, parse("5")))
    query.processAllAvailable()
    assert [shown(row) for row in found] == [
        ["a", 0, "x", "[2]"],
        ["a", 1, "y", "1"],
        ["b", 0, None, "true"],
    ]
    query.stop()


# ---------------------------------------------------------------- files

_RECORDS = '{"a":1,"b":{"c":[1]}}\n{"a":"x"}\nbad\n[1,2]\n\n5\n{"a":1,"a":2}\n'


@pytest.fixture
def records(tmp_path: Path) -> str:
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / "a.json").write_text(_RECORDS)
    return str(folder)


def test_a_stream_of_json_files_is_one_column_of_whole_records(spark: SparkSession, records: str) -> None:
    frame = spark.readStream.format("json").option("singleVariantColumn", "v").load(records)
    assert frame.schema == StructType([StructField("v", VariantType(), True)])
    query = start(frame)
    query.processAllAvailable()
    assert shown(table(spark)) == [
        ['{"a":1,"b":{"c":[1]}}'],
        ['{"a":"x"}'],
        [None],
        ["[1,2]"],
        ["5"],
        [None],
    ]
    query.stop()


def test_records_that_are_no_json_are_kept_beside_the_variant(spark: SparkSession, records: str) -> None:
    schema = "v VARIANT, _corrupt_record STRING"
    rows = spark.read.schema(schema).option("singleVariantColumn", "v").json(records).collect()
    assert [row._corrupt_record for row in rows if row.v is None] == ["bad", '{"a":1,"a":2}']


@pytest.mark.parametrize("schema", ["w VARIANT", "v INT", "v VARIANT, a INT"])
def test_a_schema_that_is_not_that_one_column_is_refused(spark: SparkSession, records: str, schema: str) -> None:
    with pytest.raises(AnalysisException) as caught:
        spark.read.schema(schema).option("singleVariantColumn", "v").json(records)
    assert refused(caught) == "INVALID_SINGLE_VARIANT_COLUMN"


def test_fields_of_json_files_can_be_variants(spark: SparkSession, records: str) -> None:
    rows = spark.read.schema("a VARIANT, b VARIANT").json(records).collect()
    assert shown(rows[:2]) == [["1", '{"c":[1]}'], ['"x"', None]]


def test_parquet_files_say_which_columns_are_variants(
    spark: SparkSession, stream: MemoryStream, tmp_path: Path
) -> None:
    frame = spark._streaming_frame(stream.provider).select("k", "v", F.array("v").alias("vs"))
    writer = frame.writeStream.format("parquet").option("checkpointLocation", str(tmp_path / "checkpoint"))
    query = writer.start(str(tmp_path / "out"))
    stream.add_data(("a", 1, parse('{"x": 1.50}')), ("b", 2, None))
    query.processAllAvailable()
    query.stop()
    back = spark.read.parquet(str(tmp_path / "out"))
    assert back.dtypes == [("k", "string"), ("v", "variant"), ("vs", "array<variant>")]
    assert sorted(shown(back.collect())) == [["a", '{"x":1.50}', ['{"x":1.50}']], ["b", None, [None]]]


@pytest.mark.parametrize("form", ["csv", "orc"])
def test_formats_without_variants_refuse_them_before_anything_is_written(
    spark: SparkSession, stream: MemoryStream, tmp_path: Path, form: str
) -> None:
    frame = spark._streaming_frame(stream.provider).select("v")
    writer = frame.writeStream.format(form).option("checkpointLocation", str(tmp_path / "checkpoint"))
    with pytest.raises(AnalysisException) as caught:
        writer.start(str(tmp_path / "out"))
    assert refused(caught) == "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE"


def test_json_files_hold_variants_as_the_json_that_they_are(spark: SparkSession, tmp_path: Path) -> None:
    frame = spark.createDataFrame([(1, parse('{"x": [1.50]}')), (2, None)], "i INT, v VARIANT")
    frame.write.json(str(tmp_path / "out"))
    (file,) = (tmp_path / "out").glob("*.json")
    assert [json.loads(line) for line in file.read_text().splitlines()] == [{"i": 1, "v": {"x": [1.5]}}, {"i": 2}]


# ---------------------------------------------------------------- Python


def test_frames_of_python_values_tell_variants_by_themselves(
    spark: SparkSession, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = spark.createDataFrame([Row(a=[parse("1"), None], s=Row(v=parse('"x"')))])
    assert frame.dtypes == [("a", "array<variant>"), ("s", "struct<v:variant>")]
    frame.show()
    assert capsys.readouterr().out.splitlines()[3] == '|[1, NULL]|{"x"}|'


def test_a_row_cannot_be_a_variant_and_a_variant_cannot_be_a_plain_value(spark: SparkSession) -> None:
    with pytest.raises(PySparkValueError, match="Rows cannot be of type VariantVal"):
        spark.createDataFrame([parse("1")], "v VARIANT")
    with pytest.raises(PySparkTypeError) as caught:
        spark.createDataFrame([({"a": 1},)], "v VARIANT")
    assert refused(caught) == "FIELD_DATA_TYPE_UNACCEPTABLE_WITH_NAME"


def test_arrow_and_pandas_have_the_form_that_pyspark_gives_them(spark: SparkSession) -> None:
    pytest.importorskip("pandas")
    frame = spark.createDataFrame([(parse('{"a": 1}'),), (None,)], "v VARIANT")
    arrow = frame.toArrow()
    assert arrow.schema.field("v").type.field("metadata").metadata == {b"variant": b"true"}
    assert spark.createDataFrame(arrow).dtypes == [("v", "variant")]
    pandas = frame.toPandas()
    assert shown(pandas["v"].to_list()) == ['{"a":1}', None]
    assert shown(spark.createDataFrame(pandas).collect()) == [['{"a":1}'], [None]]


def test_user_functions_take_and_give_variants(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(parse("[1,2]"),), (None,)], "v VARIANT")
    longer = F.udf(lambda v: None if v is None else parse(json.dumps([*v.toPython(), 3])), "variant")
    assert shown(frame.select(longer("v")).collect()) == [["[1,2,3]"], [None]]


def test_cells_of_csv_files_become_numbers_dates_and_texts_and_a_column_only_widens(
    spark: SparkSession, tmp_path: Path
) -> None:
    folder = tmp_path / "cells"
    folder.mkdir()
    (folder / "a.csv").write_text("1,2024-01-01,true\n2.50,x,\n3,2024-01-02\n")
    schema = "a VARIANT, b VARIANT, c VARIANT"
    query = start(spark.readStream.schema(schema).csv(str(folder)))
    query.processAllAvailable()
    assert shown(table(spark)) == [
        ["1", '"2024-01-01"', "true"],
        ["2.50", '"x"', "null"],
        ["3", '"2024-01-02"', None],
    ]
    assert [row[0] for row in spark.table("t").selectExpr("schema_of_variant(b)").collect()] == ["DATE", "STRING", "STRING"]  # fmt: skip
    query.stop()


def test_xml_of_variants_is_refused_and_not_read_as_nulls(spark: SparkSession) -> None:
    with pytest.raises(PySparkNotImplementedError, match="XML of VARIANT"):
        spark.sql("SELECT from_xml('<p><a>1</a></p>', 'a VARIANT')")
    with pytest.raises(PySparkNotImplementedError, match="XML of VARIANT"):
        spark.sql("SELECT to_xml(struct(parse_json('1') AS a))")
