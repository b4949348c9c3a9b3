"""What `spark.readStream` and `spark.read` accept and refuse, before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from actorstream.errors import AnalysisException, ParseException, PySparkException, PySparkTypeError, PySparkValueError
from actorstream.sql import SparkSession
from actorstream.sql import types as T


def refused(call: Callable[[], Any]) -> tuple[type[BaseException], str | None]:
    with pytest.raises(PySparkException) as caught:
        call()
    return caught.type, caught.value.getCondition()


@pytest.mark.rule("IO-1")
def test_an_unknown_format_is_refused_at_load(spark: SparkSession) -> None:
    assert refused(lambda: spark.readStream.format("nosuch").load()) == (AnalysisException, "DATA_SOURCE_NOT_FOUND")
    assert refused(lambda: spark.read.format("nosuch").load()) == (AnalysisException, "DATA_SOURCE_NOT_FOUND")
    assert refused(lambda: spark.read.format("rate").load()) == (AnalysisException, "_LEGACY_ERROR_TEMP_1135")


@pytest.mark.rule("IO-1")
def test_parquet_is_read_when_no_format_is_named(spark: SparkSession, tmp_path: Path) -> None:
    spark.range(3).write.save(str(tmp_path / "t"))
    assert spark.read.load(str(tmp_path / "t")).count() == 3
    assert spark.readStream.schema("id BIGINT").load(str(tmp_path / "t")).isStreaming


@pytest.mark.rule("IO-2")
def test_a_schema_is_a_type_or_ddl(spark: SparkSession, tmp_path: Path) -> None:
    for schema in ("a INT", T.StructType([T.StructField("a", T.IntegerType())])):
        assert spark.readStream.schema(schema).csv(str(tmp_path)).schema.simpleString() == "struct<a:int>"
    assert refused(lambda: spark.readStream.schema(5)) == (PySparkTypeError, "NOT_EXPECTED_TYPE")  # type: ignore[arg-type]
    assert refused(lambda: spark.read.schema(5)) == (PySparkTypeError, "NOT_EXPECTED_TYPE")  # type: ignore[arg-type]
    assert refused(lambda: spark.readStream.schema("a b c"))[0] is ParseException
    assert refused(lambda: spark.readStream.format("rate").schema("a INT").load())[1] == "_LEGACY_ERROR_TEMP_2242"


@pytest.mark.rule("IO-3")
def test_options_ignore_case_take_plain_values_and_none_changes_nothing(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("v;w\n1;2\n")
    reader = (
        spark.read.option("HEADER", True).option("Sep", ";").option("sep", None).options(inferschema="true", quote=None)
    )
    frame = reader.csv(str(tmp_path))
    assert (frame.schema.simpleString(), frame.collect()) == ("struct<v:int,w:int>", [(1, 2)])


@pytest.mark.rule("IO-4")
def test_names_of_sources_are_checked_and_off_by_default(spark: SparkSession) -> None:
    def named(name: Any) -> Callable[[], Any]:
        return lambda: spark.readStream.format("rate").name(name).load()

    assert refused(named("bad name")) == (PySparkValueError, "INVALID_STREAMING_SOURCE_NAME")
    assert refused(named(3)) == (PySparkTypeError, "NOT_EXPECTED_TYPE")
    assert refused(named("fine"))[1] == "STREAMING_QUERY_EVOLUTION_ERROR.SOURCE_NAMING_NOT_SUPPORTED"
    spark.conf.set("spark.sql.streaming.queryEvolution.enableSourceEvolution", "true")
    assert refused(named("fine"))[1] == "NOT_IMPLEMENTED"


@pytest.mark.rule("IO-5")
@pytest.mark.parametrize("path", ["  ", "", 5])
def test_a_path_that_is_none_is_refused(spark: SparkSession, path: Any) -> None:
    assert refused(lambda: spark.readStream.schema("a INT").load(path)) == (
        PySparkValueError,
        "VALUE_NOT_NON_EMPTY_STR",
    )


@pytest.mark.rule("IO-6")
def test_the_methods_of_the_formats_are_format_and_load(spark: SparkSession, tmp_path: Path) -> None:
    frame = spark.createDataFrame([("a,b",), (None,)], "s STRING")
    for name in ("csv", "json", "orc", "parquet", "text"):
        path = str(tmp_path / name)
        getattr(frame.where("s is not null").write, name)(path)
        reader = spark.read if name == "text" else spark.read.schema("s STRING")
        assert getattr(reader, name)(path).collect() == [("a,b",)]
        streaming = spark.readStream if name == "text" else spark.readStream.schema("s STRING")
        assert getattr(streaming, name)(path).isStreaming
        assert refused(partial(getattr(spark.readStream.schema("s STRING"), name), 5))[1] == "NOT_EXPECTED_TYPE"


@pytest.mark.rule("IO-6")
def test_options_may_stand_in_pysparks_order(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("v|w\n1|2\n")
    # sep, encoding, quote, escape, comment, header
    assert spark.read.csv(str(tmp_path), None, "|", None, None, None, None, True).columns == ["v", "w"]
    assert spark.readStream.csv(str(tmp_path), "v INT, w INT", "|", header=True).columns == ["v", "w"]
    with pytest.raises(TypeError, match="multiple values for argument 'sep'"):
        spark.read.csv(str(tmp_path), None, "|", sep=";")
    with pytest.raises(TypeError, match="at most 6"):
        spark.read.text(str(tmp_path), *[None] * 7)


@pytest.mark.rule("IO-6")
def test_several_paths_are_read_together(spark: SparkSession, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text(f"{name}\n")
    paths = [str(tmp_path / "a.csv"), f"file://{tmp_path}/b.csv"]
    assert spark.read.csv(paths).collect() == [("a",), ("b",)]
    assert refused(lambda: spark.read.csv([*paths, str(tmp_path / "c.csv")]))[1] == "PATH_NOT_FOUND"
    assert refused(lambda: spark.read.csv(5)) == (PySparkTypeError, "NOT_EXPECTED_TYPE")  # type: ignore[arg-type]


@pytest.mark.rule("IO-7")
def test_a_stream_comes_from_a_view_of_a_stream_and_not_from_a_static_one(spark: SparkSession) -> None:
    spark.readStream.format("rate").load().createOrReplaceTempView("live")
    spark.range(1).createOrReplaceTempView("still")
    assert spark.readStream.table("live").isStreaming
    assert refused(lambda: spark.readStream.table("still"))[1] == "_LEGACY_ERROR_TEMP_1008"
    assert refused(lambda: spark.readStream.table("nothing"))[1] == "TABLE_OR_VIEW_NOT_FOUND"
    assert refused(lambda: spark.readStream.table(5)) == (PySparkTypeError, "NOT_EXPECTED_TYPE")  # type: ignore[arg-type]
    assert refused(lambda: spark.read.schema("z INT").table("still"))[1] == "_LEGACY_ERROR_TEMP_1189"


@pytest.mark.rule("IO-8")
def test_change_feeds_are_refused_clearly(spark: SparkSession) -> None:
    assert refused(lambda: spark.readStream.changes("t"))[1] == "NOT_IMPLEMENTED"


@pytest.mark.rule("IO-41")
def test_an_empty_directory_tells_no_columns(spark: SparkSession, tmp_path: Path) -> None:
    for name in ("parquet", "orc", "csv", "json"):
        assert refused(partial(spark.read.format(name).load, str(tmp_path)))[1] == "UNABLE_TO_INFER_SCHEMA"
    assert spark.read.text(str(tmp_path)).count() == 0
    assert spark.read.schema("a INT").csv(str(tmp_path)).count() == 0


@pytest.mark.rule("IO-41")
@pytest.mark.parametrize(
    ("folder", "kind", "value"),
    [
        ("1", "int", 1),
        ("01", "int", 1),
        ("99999999999", "bigint", 99999999999),
        ("1.5", "double", 1.5),
        ("true", "string", "true"),
        ("a%2Fb", "string", "a/b"),
    ],
)
def test_the_names_of_folders_tell_the_type_of_their_column(
    spark: SparkSession, tmp_path: Path, folder: str, kind: str, value: Any
) -> None:
    path = tmp_path / f"p={folder}"
    path.mkdir()
    (path / "a.csv").write_text("1\n")
    frame = spark.read.schema("a INT").csv(str(tmp_path))
    assert frame.schema["p"].dataType.simpleString() == kind
    assert frame.collect() == [(1, value)]


def test_missing_and_corrupt_files_can_be_ignored(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_text("no table")
    frame = spark.read.schema("a INT").parquet(str(tmp_path))
    assert refused(frame.collect)[1] == "FAILED_READ_FILE.NO_HINT"
    assert spark.read.schema("a INT").option("ignoreCorruptFiles", True).parquet(str(tmp_path)).count() == 0


@pytest.mark.rule("IO-41")
def test_a_file_beside_partition_folders_is_left_out(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "p=1").mkdir()
    (tmp_path / "p=1" / "a.csv").write_text("1\n")
    (tmp_path / "b.csv").write_text("2\n")
    assert spark.read.schema("a INT").csv(str(tmp_path)).collect() == [(1, 1)]
