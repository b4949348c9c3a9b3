"""XML in columns: what no case of the differential suite can say, for want of a reference or of a constant answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from actorstream import MemoryStream
from actorstream.errors import PySparkException, PySparkNotImplementedError, SparkRuntimeException
from actorstream.expr.types import parse_schema
from actorstream.expr.xml_options import XmlOptions
from actorstream.expr.xml_reader import XmlReader
from actorstream.expr.xml_schema import XmlInference
from actorstream.sql import SparkSession
from actorstream.sql import functions as F

LAUGHS = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 10))
BOMB = f"<!DOCTYPE p [<!ENTITY e0 'laughter'>{LAUGHS}]>"


@pytest.fixture
def spark() -> Iterator[SparkSession]:
    session = SparkSession.builder.master("local[1]").config("spark.sql.shuffle.partitions", "1").create()
    yield session
    session.stop()


def _read(schema: str, text: str, **options: str) -> tuple[dict[str, Any], bool]:
    return XmlReader(parse_schema(schema), XmlOptions.of(options, "UTC")).read(text)


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE p [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><p><a>&e;</a></p>",
        "<!DOCTYPE p [<!ENTITY e 'v'>]><p><a>&e;</a></p>",
        f"{BOMB}<p><a>&e9;</a></p>",
        f"{BOMB}<p><a b='&e9;'>x</a></p>",
    ],
)
def test_a_document_with_entities_of_its_own_is_a_broken_record(text: str) -> None:
    assert _read("a string", text) == ({"a": None}, False)


def test_a_document_may_be_deeper_than_the_stack() -> None:
    depth = 20_000
    text = "<p>" + "<a>" * depth + "x" + "</a>" * depth + "</p>"
    value, fits = _read("a string", text)
    assert fits
    assert value["a"] == "<a>" * (depth - 1) + "x" + "</a>" * (depth - 1)
    assert _read("b string", text) == ({"b": None}, True)
    assert XmlInference(XmlOptions()).of_text(text) is None


def test_a_long_text_is_read_in_one_piece() -> None:
    line = "a line of text\n"
    value, _ = _read("a string", f"<p><a>{line * 100_000}</a></p>")
    assert value["a"] == (line * 100_000).strip()


def test_a_stream_reads_and_writes_xml(spark: SparkSession) -> None:
    source = MemoryStream(spark, "x string")
    read = source.to_df().select("x", F.from_xml("x", "_id int, tag array<string>").alias("r"))
    query = read.select("r.*", F.to_xml("r", {"rowTag": "p", "indent": ""}).alias("x")).writeStream.format("memory")
    started = query.queryName("parsed").start()
    try:
        source.add_data("<p id='1'><tag>a</tag><tag>b</tag></p>", None)
        started.processAllAvailable()
        source.add_data("<p id='x'><tag>c</tag></p>", "<p><tag/></p>")
        started.processAllAvailable()
        rows = [tuple(row) for row in spark.table("parsed").collect()]
    finally:
        started.stop()
    assert rows == [
        (1, ["a", "b"], '<p id="1"><tag>a</tag><tag>b</tag></p>\n'),
        (None, None, None),
        (None, None, "<p/>\n"),
        (None, [""], "<p><tag></tag></p>\n"),
    ]


@pytest.mark.parametrize(
    ("expression", "condition"),
    [
        ("to_xml(named_struct('a b', 1))", "XML_INVALID_NAME"),
        ("to_xml(named_struct('_1', 1))", "XML_INVALID_NAME"),
        ("to_xml(named_struct('m', map('x<', 1)))", "XML_INVALID_NAME"),
        ("to_xml(named_struct('a', 1), map('rowTag', '1'))", "XML_INVALID_NAME"),
        ("to_xml(named_struct('a', 'b\\u0001'))", "XML_INVALID_TEXT"),
    ],
)
def test_what_xml_cannot_hold_is_not_written(spark: SparkSession, expression: str, condition: str) -> None:
    with pytest.raises(SparkRuntimeException) as caught:
        spark.range(1).selectExpr(expression).collect()
    assert caught.value.getCondition() == condition


@pytest.mark.parametrize(
    "expression",
    [
        "from_xml('<p/>', 'a int', map('rowValidationXSDPath', 'x.xsd'))",
        "schema_of_xml('<p/>', map('singleVariantColumn', 'v'))",
        "from_xml('<p/>', 'variant')",
        "from_xml('<p/>', 'a double', map('locale', 'de-DE'))",
    ],
)
def test_what_is_not_there_says_so(spark: SparkSession, expression: str) -> None:
    with pytest.raises(PySparkNotImplementedError):
        spark.range(1).selectExpr(expression)


def test_an_option_that_cannot_be_is_refused_where_it_is_given(spark: SparkSession) -> None:
    for options in ({"rowTag": ""}, {"rowTag": "<p>"}, {"valueTag": ""}, {"attributePrefix": ""}, {"valueTag": "_"}):
        with pytest.raises(PySparkException, match="requirement failed"):
            spark.range(1).select(F.to_xml(F.struct("id"), options))


def test_empty_input_and_null_rows_are_written_as_nothing(spark: SparkSession) -> None:
    frame = spark.createDataFrame([((1, {"k": [None]}),), (None,)], "s struct<a:int,m:map<string,array<int>>>")
    assert [row[0] for row in frame.select(F.to_xml("s", {"indent": ""})).collect()] == [
        "<ROW><a>1</a><m/></ROW>\n",
        None,
    ]
    assert frame.where("false").select(F.to_xml("s")).collect() == []


def test_rows_can_be_grouped_by_what_was_read(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("<p><a>1</a></p>",), ("<p ><a>1</a></p >",), (None,)], "x string")
    read = F.from_xml("x", "a int", {"mode": "PERMISSIVE"})
    assert sorted(frame.groupBy(read["a"]).count().collect(), key=repr) == [(1, 2), (None, 1)]
    text = F.to_xml(read, {"rowTag": "q", "indent": ""})
    assert sorted(frame.groupBy(text).count().collect(), key=repr) == [("<q><a>1</a></q>\n", 2), (None, 1)]
