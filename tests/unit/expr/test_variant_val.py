"""`VariantVal` in Python: what PySpark's own class gives for the same bytes."""

from __future__ import annotations

import datetime
import decimal

import pytest

from actorstream.errors import PySparkValueError
from actorstream.sql.types import DataType, VariantType, VariantVal


def test_a_variant_is_read_as_python_objects_and_as_json() -> None:
    variant = VariantVal.parseJson('{"b": [1, 2.50, "é", null, true], "a": {"c": 1e3}}')
    assert variant.toPython() == {"a": {"c": 1000.0}, "b": [1, decimal.Decimal("2.50"), "é", None, True]}
    assert str(variant) == variant.toJson() == '{"a":{"c":1000.0},"b":[1,2.50,"\\u00e9",null,true]}'


def test_moments_are_shown_in_the_zone_that_is_asked_for() -> None:
    variant = VariantVal(bytes.fromhex("3000a84fc0ed0d0600"), b"\x01\x00\x00")
    assert variant.toPython() == datetime.datetime(2024, 1, 2, 3, 4, 5, 120000, datetime.UTC)
    assert variant.toJson() == '"2024-01-02 03:04:05.120000+00:00"'
    assert variant.toJson("Europe/Berlin") == '"2024-01-02 04:04:05.120000+01:00"'


def test_decimals_are_rounded_to_the_digits_of_the_context_and_nan_is_a_number() -> None:
    assert str(VariantVal.parseJson("12345678901234567890123456789012345678")) == "1.234567890123456789012345679E+37"
    assert str(VariantVal.parseJson("NaN")) == "nan"


def test_of_a_repeated_name_the_last_value_counts() -> None:
    assert VariantVal.parseJson('{"a": 1, "a": 2}').toPython() == {"a": 2}


def test_the_representation_shows_both_byte_strings() -> None:
    assert repr(VariantVal.parseJson("1")) == "VariantVal(b'\\x0c\\x01', b'\\x01\\x00\\x00')"


def test_bytes_that_are_no_variant_raise_the_condition_of_pyspark() -> None:
    with pytest.raises(PySparkValueError) as caught:
        VariantVal(b"\x0c", b"\x01\x00\x00").toPython()
    assert caught.value.getCondition() == "MALFORMED_VARIANT"


def test_the_type_has_its_names() -> None:
    kind = VariantType()
    assert (kind.simpleString(), kind.json(), repr(kind)) == ("variant", '"variant"', "VariantType()")
    assert DataType.fromDDL("v variant").json().count('"variant"') == 1
    assert kind.needConversion()
    assert kind.toInternal(VariantVal.parseJson("1")) == {"value": b"\x0c\x01", "metadata": b"\x01\x00\x00"}
    assert kind.fromInternal({"value": b"\x0c\x01", "metadata": b"\x01\x00\x00"}).toPython() == 1
