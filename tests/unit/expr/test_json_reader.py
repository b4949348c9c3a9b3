"""What the recorded cases cannot show of ``from_json``: that the two ways of reading agree, and its errors."""

from __future__ import annotations

import pyarrow as pa
import pytest

from actorstream.errors import SparkRuntimeException
from actorstream.expr.json_parser import BLANK, Fields, Leniency, parse_json
from actorstream.expr.json_reader import JsonReader, read_structs
from actorstream.expr.types import parse_schema, to_arrow
from actorstream.sql import SparkSession

SCHEMA = "a INT, b STRING, c ARRAY<DOUBLE>, t TIMESTAMP, d DATE, s STRUCT<x: BIGINT, y: BOOLEAN>, f FLOAT"
PLAIN = [
    '{"a": 1, "b": "é😀\\n", "c": [1, 2.5, null], "t": "2024-01-01T10:00:00Z", "d": "2024-02-29"}',
    '  {"s": {"x": 7, "y": true, "z": 0}, "f": 1.5, "unknown": [1]} ',
    "{}",
    '{"a": null, "s": null, "c": []}',
]


def one_by_one(texts: list[str | None]) -> list[object]:
    schema = parse_schema(SCHEMA)
    reader = JsonReader(schema, "UTC", {})
    rows = [None if text is None else reader.read(text)[0] for text in texts]
    return list(pa.array(rows, to_arrow(schema)).to_pylist())


def test_texts_of_plain_objects_are_read_at_once_with_the_same_result() -> None:
    texts = [*PLAIN, None]
    found = read_structs(pa.array(texts), parse_schema(SCHEMA), "UTC")
    assert found is not None
    assert found.to_pylist() == one_by_one(texts)


@pytest.mark.parametrize(
    "odd",
    [
        '{"a": 1.0}',
        '{"a": "1"}',
        '{"b": 5}',
        '{"a": 1} {"a": 2}',
        '{"a": 1',
        '{"a": {}',
        "",
        "[]",
        "{'a': 1}",
        '{"a": 1, "a": 2}',
        '{"t": "soon"}',
        '{"a": 3000000000}',
    ],
)
def test_a_text_that_needs_the_long_way_is_left_to_it(odd: str) -> None:
    assert read_structs(pa.array([*PLAIN, odd]), parse_schema(SCHEMA), "UTC") is None


def test_halves_of_a_line_are_never_read_as_one_object() -> None:
    assert read_structs(pa.array(['{"a": 1', '"b": "x"}']), parse_schema(SCHEMA), "UTC") is None
    assert read_structs(pa.array(['{"c": {}', '{}}{"a":1}']), parse_schema(SCHEMA), "UTC") is None


def test_failfast_names_what_could_be_read(spark: SparkSession) -> None:
    frame = spark.createDataFrame([('{"a": 1, "b": {}}',), ('{"a": "x"}',)], "j string")
    with pytest.raises(SparkRuntimeException) as caught:
        frame.selectExpr("from_json(j, 'a int', map('mode', 'FAILFAST'))").collect()
    assert caught.value.getCondition() == "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION"
    assert caught.value.getMessageParameters() == {"badRecord": "[null]", "failFastMode": "FAILFAST"}


def test_the_parser_keeps_order_and_repeats_and_stops_after_the_first_value() -> None:
    assert parse_json('{"b": 1, "a": [true], "b": 2} and more') == Fields([("b", 1), ("a", [True]), ("b", 2)])
    assert parse_json(" \n\t") is BLANK


def test_every_leniency_is_an_option_of_its_own() -> None:
    for text, option in (
        ("{a: 1}", "allowunquotedfieldnames"),
        ('{"a": 1 // c\n}', "allowcomments"),
        ('{"a": 007}', "allownumericleadingzeros"),
        ('{"a": "\\q"}', "allowbackslashescapinganycharacter"),
        ('{"a": "\t"}', "allowunquotedcontrolchars"),
    ):
        with pytest.raises(ValueError):
            parse_json(text)
        assert isinstance(parse_json(text, Leniency.of({option: "true"})), Fields)
    for text, option in (("{'a': 1}", "allowsinglequotes"), ('{"a": NaN}', "allownonnumericnumbers")):
        assert isinstance(parse_json(text), Fields)
        with pytest.raises(ValueError):
            parse_json(text, Leniency.of({option: "false"}))


def test_a_value_nested_without_end_is_malformed() -> None:
    with pytest.raises(ValueError):
        parse_json("[" * 100_000)
