"""XPath on XML text: what no case of the differential suite can say, for want of a reference."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from actorstream.errors import SparkRuntimeException
from actorstream.expr.xml_tree import parse_xml
from actorstream.expr.xpath import XPathError, compile_xpath
from actorstream.expr.xpath_values import as_text
from actorstream.sql import SparkSession
from actorstream.sql import functions as F


@pytest.fixture
def spark() -> Iterator[SparkSession]:
    session = SparkSession.builder.master("local[1]").config("spark.sql.shuffle.partitions", "1").create()
    yield session
    session.stop()


def _text(xml: str, path: str) -> str:
    return as_text(compile_xpath(path)(parse_xml(xml)))


def test_a_dtd_that_is_elsewhere_is_not_read() -> None:
    # the reference asks the disk or the network for it
    assert _text("<!DOCTYPE a SYSTEM 'file:///etc/hostname'><a>x</a>", "a") == "x"
    assert _text("<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://localhost:1/p.dtd'> %p;]><a>x</a>", "a") == "x"


def test_an_entity_that_is_elsewhere_is_left_out() -> None:
    assert _text("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><a>x&e;y</a>", "a") == "xy"


def test_entities_that_multiply_are_an_error() -> None:
    levels = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 10))
    with pytest.raises(ValueError, match="amplification"):
        parse_xml(f"<!DOCTYPE a [<!ENTITY e0 'laughter'>{levels}]><a>&e9;</a>")


def test_deep_documents_are_read_and_deep_paths_refused() -> None:
    depth = 20_000
    assert _text("<a>" * depth + "x" + "</a>" * depth, "//text()") == "x"
    with pytest.raises(XPathError, match="nested too deeply"):
        compile_xpath("(" * depth + "a" + ")" * depth)


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("a[", "a path is missing at the end"),
        ("a/", "a step is missing at the end"),
        ("a]", "']' is one word too many"),
        ("1e3", "'1e3' is no number"),
        ("a['x", "the character ''' means nothing here"),
        ("parents::a", "there is no axis 'parents'"),
        ("lower-case(a)", "there is no function 'lower-case'"),
        ("count()", "the function 'count' does not take 0 arguments"),
        ("a/text(", "a ')' is missing at the end"),
        ("$x", "there is no variable '$x'"),
        ("count(1)", "'1' is a value, and nodes are needed here"),
    ],
)
def test_an_error_says_what_is_wrong_with_a_path(spark: SparkSession, path: str, detail: str) -> None:
    frame = spark.createDataFrame([("<a/>",)], "x string").select(F.xpath_string("x", F.lit(path)))
    with pytest.raises(SparkRuntimeException) as caught:
        frame.collect()
    assert caught.value.getCondition() == "XPATH_INVALID_PATH"
    assert caught.value.getMessageParameters() == {"functionName": "`xpath_string`", "path": path, "detail": detail}


def test_an_error_says_what_is_wrong_with_a_document(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("<a/>",), ("<a>\n <b></a>",)], "x string").select(F.xpath("x", F.lit("a")))
    with pytest.raises(SparkRuntimeException) as caught:
        frame.collect()
    assert caught.value.getCondition() == "XPATH_INVALID_DOCUMENT"
    parameters = caught.value.getMessageParameters()
    assert parameters == {
        "functionName": "`xpath`",
        "detail": "mismatched tag: line 2, column 6",
        "text": "<a>\n <b></a>",
    }


def test_without_rows_nothing_can_be_wrong(spark: SparkSession) -> None:
    assert spark.createDataFrame([], "x string").select(F.xpath("x", F.lit("a["))).collect() == []
