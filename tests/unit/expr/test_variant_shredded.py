"""Variants that a Parquet file keeps in parts, as Spark 4.3 writes them."""

from __future__ import annotations

import pyarrow as pa
import pytest

from actorstream.errors import SparkRuntimeException
from actorstream.expr.variant.columns import plain_values
from actorstream.expr.variant.json_input import variant_of_json
from actorstream.expr.variant.json_output import variant_json
from actorstream.expr.variant.reading import open_variant
from actorstream.expr.variant.shredded import assembled, is_shredded

_LONG = pa.struct([("value", pa.binary()), ("typed_value", pa.int64())])
_LIST = pa.struct([("value", pa.binary()), ("typed_value", pa.list_(pa.struct([("value", pa.binary())])))])
_OBJECT = pa.struct(
    [("metadata", pa.binary()), ("value", pa.binary()), ("typed_value", pa.struct([("a", _LONG), ("b", _LIST)]))]
)


def _texts(column: pa.Array) -> list[str | None]:
    return [None if pair is None else variant_json(open_variant(*pair)) for pair in plain_values(assembled(column))]


def test_parts_in_columns_and_what_is_left_over_become_one_value() -> None:
    names = variant_of_json('{"a":0,"b":0,"c":0}')[1]
    one, text = variant_of_json("1")[0], variant_of_json('"x"')[0]
    left_over = b"\x02\x01\x02\x00\x02\x0c\x07"  # {"c": 7}, with the names of the whole
    nothing = {"value": None, "typed_value": None}
    column = pa.array(
        [
            {
                "metadata": names,
                "value": left_over,
                "typed_value": {
                    "a": {"value": None, "typed_value": 5},
                    "b": {"value": None, "typed_value": [{"value": one}, {"value": text}]},
                },
            },
            {
                "metadata": names,
                "value": None,
                "typed_value": {"a": {"value": text, "typed_value": None}, "b": nothing},
            },
            {"metadata": names, "value": None, "typed_value": {"a": nothing, "b": nothing}},
            {"metadata": names, "value": one, "typed_value": None},
            {"metadata": names, "value": None, "typed_value": None},
            None,
        ],
        _OBJECT,
    )
    assert is_shredded(column.type)
    assert _texts(column) == ['{"a":5,"b":[1,"x"],"c":7}', '{"a":"x"}', "{}", "1", "null", None]


def test_an_object_in_columns_has_no_other_value_beside_it() -> None:
    row = {
        "metadata": b"\x01\x00\x00",
        "value": b"\x0c\x01",
        "typed_value": {"a": {"value": None, "typed_value": 5}, "b": {"value": None, "typed_value": None}},
    }
    with pytest.raises(SparkRuntimeException) as caught:
        assembled(pa.array([row], _OBJECT))
    assert caught.value.getCondition() == "MALFORMED_VARIANT"
