"""`VariantVal`: a variant as users hold it in Python.

Its JSON is Python's spelling of the values, which is not quite that of ``to_json``: ``1e+38`` and ``nan`` are numbers, moments have
all six digits or none. Source: `pyspark.sql.types.VariantVal`, `pyspark.sql.variant_utils`.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import json
import zoneinfo
from typing import Any

from actorstream.errors import PySparkValueError, SparkRuntimeException
from actorstream.expr.variant.encoding import Members, Tree, encode
from actorstream.expr.variant.json_input import fraction_bytes, whole_bytes
from actorstream.expr.variant.reading import Kind, Variant

_EPOCH = datetime.datetime(1970, 1, 1)


class VariantVal:
    """A variant: its two byte strings, read by `toPython` and `toJson`.

    Args:
        value: the value, in the binary form of Parquet's Variant encoding.
        metadata: the dictionary of its field names.
    """

    def __init__(self, value: bytes | bytearray, metadata: bytes | bytearray) -> None:
        self.value = value
        self.metadata = metadata

    def __str__(self) -> str:
        return self.toJson()

    def __repr__(self) -> str:
        return f"VariantVal({self.value!r}, {self.metadata!r})"

    def toPython(self) -> Any:
        """The value as Python objects: dicts, lists and scalars; moments are in UTC. Raises: PySparkValueError MALFORMED_VARIANT."""
        return self._read(lambda variant: _python(variant, datetime.UTC))

    def toJson(self, zone_id: str = "UTC") -> str:
        """The value as JSON text, moments as the clocks of `zone_id` show them. Raises: PySparkValueError MALFORMED_VARIANT."""
        return str(self._read(lambda variant: _json(variant, zoneinfo.ZoneInfo(zone_id))))

    def _read(self, read: Any) -> Any:
        try:
            return read(Variant(bytes(self.value), bytes(self.metadata)))
        except SparkRuntimeException as error:
            raise PySparkValueError(errorClass="MALFORMED_VARIANT", messageParameters={}) from error

    @classmethod
    def parseJson(cls, json_str: str) -> VariantVal:
        """The variant of a JSON text, which is read by Python's rules: of a repeated name the last value counts."""
        parsed = json.loads(json_str, parse_float=fraction_bytes, parse_int=whole_bytes)
        return VariantVal(*encode(_tree(parsed)))


def _tree(parsed: Any) -> Tree:
    if isinstance(parsed, dict):
        return Members((name, _tree(item)) for name, item in parsed.items())
    if isinstance(parsed, list):
        return [_tree(item) for item in parsed]
    if isinstance(parsed, float):  # NaN and the infinities
        return fraction_bytes(repr(parsed))
    tree: Tree = parsed
    return tree


def _python(variant: Variant, zone: datetime.tzinfo) -> Any:
    kind = variant.kind
    if kind is Kind.OBJECT:
        return {name: _python(item, zone) for name, item in variant.members()}
    if kind is Kind.ARRAY:
        return [_python(item, zone) for item in variant.elements()]
    value = variant.scalar()
    if kind is Kind.DECIMAL:
        # by a multiplication, which rounds to the digits of the context
        sign, digits, exponent = value.as_tuple()
        return decimal.Decimal((sign, digits, 0)) * decimal.Decimal(10) ** exponent
    if kind is Kind.DATE:
        return datetime.date.fromordinal(_EPOCH.toordinal() + value)
    if kind is Kind.TIMESTAMP_NTZ:
        return _EPOCH + datetime.timedelta(microseconds=value)
    if kind is Kind.TIMESTAMP:
        return (_EPOCH.replace(tzinfo=datetime.UTC) + datetime.timedelta(microseconds=value)).astimezone(zone)
    return value


def _json(variant: Variant, zone: datetime.tzinfo) -> str:
    kind = variant.kind
    if kind is Kind.OBJECT:
        return "{" + ",".join(f"{json.dumps(name)}:{_json(item, zone)}" for name, item in variant.members()) + "}"
    if kind is Kind.ARRAY:
        return "[" + ",".join(_json(item, zone) for item in variant.elements()) + "]"
    value = _python(variant, zone)
    if kind in (Kind.NULL, Kind.BOOLEAN, Kind.TEXT):
        return json.dumps(value)
    if kind is Kind.BINARY:
        return f'"{base64.b64encode(value).decode()}"'
    if kind in (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMP_NTZ, Kind.UUID):
        return f'"{value}"'
    return str(value)
