"""Variants byte for byte: what Spark 4.3 made of the same JSON texts, and what is no variant."""

from __future__ import annotations

import pytest

from actorstream.errors import SparkRuntimeException
from actorstream.expr.variant.encoding import encode
from actorstream.expr.variant.json_input import variant_of_json
from actorstream.expr.variant.json_output import variant_json
from actorstream.expr.variant.reading import open_variant
from actorstream.expr.variant.schemas import schema_of, schema_text

_SPARK = [
    ("1", "0c01", "010000"),
    ("-129", "107fff", "010000"),
    ("2147483647", "14ffffff7f", "010000"),
    ("9223372036854775807", "18ffffffffffffff7f", "010000"),
    ("9223372036854775808", "280000000000000000800000000000000000", "010000"),
    ("1.50", "200296000000", "010000"),
    ("-0.0", "200100000000", "010000"),
    ("1e3", "1c0000000000408f40", "010000"),
    ("1.123456789", "24091597f64200000000", "010000"),
    ("123456789012345678.1", "28010d81e97df41022110000000000000000", "010000"),
    ("123456789012345678901234567890123456789", "1c800558693a38d747", "010000"),
    ("null", "00", "010000"),
    ("true", "04", "010000"),
    ('"' + "x" * 63 + '"', "fd" + "78" * 63, "010000"),
    ('"' + "x" * 64 + '"', "4040000000" + "78" * 64, "010000"),
    ("{}", "020000", "010000"),
    ("[]", "030000", "010000"),
    ('{"b":1,"a":2}', "020201000200040c010c02", "01020001026261"),
    ('{"a":1,"b":{"a":2,"c":3}}', "0202000100020d0c01020200020002040c020c03", "010300010203616263"),
    ('[1,"x",null,{"z":[]}]', "0304000204050d0c010578000201000003030000", "010100017a"),
    ('{"é":1,"z":2,"😀":3,"\uffff":4}', "02040100020302000406080c010c020c030c04", "0104000203070ac3a97af09f9880efbfbf"),
    (' {"a":1} x', "02010000020c01", "0101000161"),
]


@pytest.mark.parametrize(("text", "value", "metadata"), _SPARK)
def test_a_json_text_has_the_bytes_that_spark_writes(text: str, value: str, metadata: str) -> None:
    assert [part.hex() for part in variant_of_json(text)] == [value, metadata]


@pytest.mark.parametrize(
    "text",
    ["", "  ", "{a:1}", "{'a':1}", "NaN", "[1,]", "01", ".5", "5.", "+1", "1x", "1,2", "truex", '"a\tb"', '"\\ud83d"', '{"a":1,"a":2}', "[" * 5000],
)  # fmt: skip
def test_what_is_no_standard_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        variant_of_json(text)


def test_wide_objects_and_arrays_have_wide_counts_and_offsets() -> None:
    wide = "{" + ",".join(f'"k{n:03}":{n}' for n in range(300)) + "}"
    value, metadata = variant_of_json(f"[{wide}]")
    variant = open_variant(value, metadata)
    assert variant_json(variant) == f"[{wide}]"
    assert value[0] >> 2 & 3 == 1  # offsets of two bytes
    inner = variant.element(0)
    assert inner is not None
    assert value[inner.at] >> 6 & 1 == 1  # a count of four bytes
    assert len(inner.members()) == 300


@pytest.mark.parametrize(
    ("text", "written", "schema"),
    [
        ("100.0", "100", "DECIMAL(3,0)"),
        ("1.50", "1.5", "DECIMAL(2,1)"),
        ("0.01", "0.01", "DECIMAL(2,2)"),
        ("1e400", '"Infinity"', "DOUBLE"),
        ("[1,2.5]", "[1,2.5]", "ARRAY<DECIMAL(21,1)>"),
        ("[1,true]", "[1,true]", "ARRAY<VARIANT>"),
        ('[{"a":1},{"b":2,"a":"x"}]', '[{"a":1},{"a":"x","b":2}]', "ARRAY<OBJECT<a: VARIANT, b: BIGINT>>"),
        ('"\\u0001/\\n"', '"\\u0001/\\n"', "STRING"),
        ('{"é":null}', '{"é":null}', "OBJECT<`é`: VOID>"),
    ],
)
def test_a_variant_is_written_as_json_and_knows_its_type(text: str, written: str, schema: str) -> None:
    variant = open_variant(*variant_of_json(text))
    assert variant_json(variant) == written
    assert schema_text(schema_of(variant)) == schema


_NO_NAMES = b"\x01\x00\x00"


@pytest.mark.parametrize(
    ("value", "metadata"),
    [
        (b"", _NO_NAMES),
        (b"\x0c", _NO_NAMES),  # a number without its byte
        (b"\x0c\x01", b"\x02\x00\x00"),  # another version
        (b"\x02\x01\x00\x00\x02\x0c\x01", _NO_NAMES),  # a field without a name
        (b"\x20\x0a\x01\x00\x00\x00", _NO_NAMES),  # more digits behind the point than there can be
        (b"\x03\x01\x05\x02\x0c\x01\x00", _NO_NAMES),  # an element beyond the end
        (b"\xff", _NO_NAMES),
    ],
)
def test_bytes_that_are_no_variant_are_an_error_and_not_a_value(value: bytes, metadata: bytes) -> None:
    with pytest.raises(SparkRuntimeException) as caught:
        open_variant(value, metadata).check()
    assert caught.value.getCondition() == "MALFORMED_VARIANT"


def test_a_primitive_of_an_unknown_kind_is_named() -> None:
    with pytest.raises(SparkRuntimeException) as caught:
        open_variant(b"\x54", _NO_NAMES).check()
    assert caught.value.getMessageParameters() == {"id": "21"}


def test_reading_and_writing_again_keeps_the_bytes_of_a_part_without_foreign_names() -> None:
    variant = open_variant(*variant_of_json('{"a":{"x":[1.50,"y"]},"b":2}'))
    part = variant.member("a")
    assert part is not None
    assert encode(part.tree()) == variant_of_json('{"x":[1.50,"y"]}')
