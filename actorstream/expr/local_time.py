"""Moments as the local times that pandas shows a user, and back: naive ones, of the session's time zone.

Source: PySpark ``_create_converter_to_pandas``, ``_check_series_convert_timestamps_internal``.
"""

from __future__ import annotations

from typing import Any

from actorstream.expr.arrow import Array, ArrowType, pa, pc
from actorstream.expr.nested import flat_values, lengths_of, make_list, make_map, make_struct, map_parts, nulls_of
from actorstream.expr.zones import arrow_zone, is_utc


def has_moments(data_type: ArrowType) -> bool:
    """Whether a column, or what is inside of its values, is a moment: a timestamp with a zone."""
    if pa.types.is_timestamp(data_type):
        return data_type.tz is not None
    return any(has_moments(data_type.field(place).type) for place in range(data_type.num_fields))


def local_values(array: Array, zone: str) -> Array:
    """The column with local times in the place of moments, at any depth."""
    kind = array.type
    if not has_moments(kind):
        return array
    if pa.types.is_timestamp(kind):
        if is_utc(zone):
            return array.cast(pa.timestamp("us"))
        return pc.local_timestamp(array.cast(pa.timestamp("us", arrow_zone(zone))))
    null = nulls_of(array)
    if pa.types.is_list(kind):
        values = local_values(flat_values(array), zone)
        return make_list(values, lengths_of(array), null, pa.list_(kind.value_field.with_type(values.type)))
    if pa.types.is_map(kind):
        keys, items, lengths = map_parts(array)
        keys, items = local_values(keys, zone), local_values(items, zone)
        target = pa.map_(kind.key_field.with_type(keys.type), kind.item_field.with_type(items.type))
        return make_map(keys, items, lengths, null, target)
    children = [local_values(child, zone) for child in array.flatten()]
    fields = [kind.field(place).with_type(child.type) for place, child in enumerate(children)]
    return make_struct(children, null, pa.struct(fields), len(array))


def moments(series: Any, zone: str) -> Any:
    """A pandas Series of naive local times as moments; a time that comes twice is the later one, as in the reference."""
    if is_utc(zone):
        return series.dt.tz_localize("UTC")
    name = arrow_zone(zone)
    return series.dt.tz_localize(f"UTC{name}" if name[0] in "+-" else name, ambiguous=False)
