"""The console sink prints every epoch as the reference does."""

from __future__ import annotations

from typing import Any

import pytest

from actorstream import MemoryStream
from actorstream.errors import IllegalArgumentException, StreamingQueryException
from actorstream.sql import SparkSession

RULE = "-" * 43
LONG = "xxxxxxxxxxxxxxxxxxxxxxxxx"


def printed(spark: SparkSession, capsys: pytest.CaptureFixture[str], *blocks: list[Any], **options: Any) -> str:
    stream = MemoryStream(spark, "a INT, b STRING")
    query = stream.to_df().where("a > 0").writeStream.format("console").options(**options).start()
    try:
        for block in blocks:
            stream.add_data(*block)
            query.processAllAvailable()
    finally:
        query.stop()
    return capsys.readouterr().out


@pytest.mark.rule("IO-70")
def test_an_epoch_is_a_heading_and_a_table(spark: SparkSession, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(spark, capsys, [(1, LONG), (2, None)]) == (
        f"{RULE}\nBatch: 0\n{RULE}\n"
        "+---+--------------------+\n|  a|                   b|\n+---+--------------------+\n"
        "|  1|xxxxxxxxxxxxxxxxx...|\n|  2|                NULL|\n+---+--------------------+\n\n"
    )


@pytest.mark.rule("IO-71")
def test_rows_beyond_the_limit_are_told_and_full_texts_stand_left(
    spark: SparkSession, capsys: pytest.CaptureFixture[str]
) -> None:
    assert printed(spark, capsys, [(1, LONG), (2, None)], numRows=1, truncate=False) == (
        f"{RULE}\nBatch: 0\n{RULE}\n"
        f"+---+-------------------------+\n|a  |b                        |\n+---+-------------------------+\n|1  |{LONG}|\n"
        "+---+-------------------------+\nonly showing top 1 row\n"
    )


@pytest.mark.rule("IO-72")
def test_an_epoch_without_rows_is_a_table_without_rows(spark: SparkSession, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(spark, capsys, [(1, "x")], [(-1, "y")]).endswith(
        f"{RULE}\nBatch: 1\n{RULE}\n+---+---+\n|  a|  b|\n+---+---+\n+---+---+\n\n"
    )


@pytest.mark.rule("IO-71")
def test_impossible_options_are_refused(spark: SparkSession, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(IllegalArgumentException, match="5 is not a boolean string"):
        printed(spark, capsys, [(1, "x")], truncate=5)
    with pytest.raises(StreamingQueryException, match='For input string: "x"'):
        printed(spark, capsys, [(1, "x")], numRows="x")


@pytest.mark.rule("IO-73")
def test_progress_names_the_sink_and_every_mode_is_taken(
    spark: SparkSession, capsys: pytest.CaptureFixture[str]
) -> None:
    for mode in ("append", "update", "complete"):
        stream = MemoryStream(spark, "v INT")
        frame = stream.to_df() if mode == "append" else stream.to_df().groupBy("v").count()
        query = frame.writeStream.format("console").outputMode(mode).start()
        stream.add_data(1)
        query.processAllAvailable()
        progress = query.lastProgress
        query.stop()
        assert progress is not None
        assert progress.sink.description.startswith("org.apache.spark.sql.execution.streaming.ConsoleTable$")
        assert progress.sink.numOutputRows == 1


def test_a_static_frame_prints_its_table(spark: SparkSession, capsys: pytest.CaptureFixture[str]) -> None:
    spark.createDataFrame([(1, LONG)], "a INT, b STRING").write.format("console").save()
    assert capsys.readouterr().out == (
        "+---+--------------------+\n|  a|                   b|\n+---+--------------------+\n"
        "|  1|xxxxxxxxxxxxxxxxx...|\n+---+--------------------+\n\n"
    )
