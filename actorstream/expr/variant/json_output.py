"""Variants as JSON text: ``to_json``, `show`, and what is inside of an array or object that becomes text.

Source: Spark ``Variant.toJson``.
"""

from __future__ import annotations

import base64
import datetime

from actorstream.expr.casts import tzinfo_of
from actorstream.expr.json_parser import written_json
from actorstream.expr.text import java_float
from actorstream.expr.variant.reading import Kind, Variant, stripped

_EPOCH = datetime.datetime(1970, 1, 1)
_UTC_EPOCH = _EPOCH.replace(tzinfo=datetime.UTC)


def variant_json(variant: Variant, zone: str = "UTC") -> str:
    """The JSON of a variant; moments are shown in `zone`."""
    kind = variant.kind
    if kind is Kind.OBJECT:
        members = (f"{written_json(name)}:{variant_json(item, zone)}" for name, item in variant.members())
        return "{" + ",".join(members) + "}"
    if kind is Kind.ARRAY:
        return "[" + ",".join(variant_json(item, zone) for item in variant.elements()) + "]"
    value = variant.scalar()
    if kind is Kind.NULL:
        return "null"
    if kind is Kind.BOOLEAN:
        return "true" if value else "false"
    if kind is Kind.TEXT:
        return written_json(value)
    if kind is Kind.DECIMAL:
        return format(stripped(value), "f")
    if kind in (Kind.DOUBLE, Kind.FLOAT):
        text = java_float(value, single=kind is Kind.FLOAT)
        return text if value - value == 0 else f'"{text}"'
    if kind is Kind.INTEGER:
        return str(value)
    if kind is Kind.BINARY:
        return f'"{base64.b64encode(value).decode()}"'
    if kind is Kind.DATE:
        return f'"{datetime.date.fromordinal(value + 719_163)}"'
    if kind is Kind.TIMESTAMP:
        moment = (_UTC_EPOCH + datetime.timedelta(microseconds=value)).astimezone(tzinfo_of(zone))
        offset = moment.strftime("%z")
        return f'"{_moment(moment.replace(tzinfo=None))}{offset[:3]}:{offset[3:5]}"'
    if kind is Kind.TIMESTAMP_NTZ:
        return f'"{_moment(_EPOCH + datetime.timedelta(microseconds=value))}"'
    return f'"{value}"'


def _moment(local: datetime.datetime) -> str:
    """A local time with as many digits of a second as it needs."""
    text = local.isoformat(" ")
    return text.rstrip("0") if local.microsecond else text
