"""``schema_of_variant_agg``: the type that all variants of a group have.

The buffer is the type so far, as its JSON; each different type of a group is merged once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa

from actorstream.expr.functions import aggregate_kernels as kernels
from actorstream.expr.functions.aggregate_function import AggregateFunction
from actorstream.expr.grouping import Groups, group_rows
from actorstream.expr.types import DataType, NullType, type_from_json
from actorstream.expr.variant.columns import by_variant
from actorstream.expr.variant.schemas import merged, schema_of, schema_text


class SchemaOfVariants(AggregateFunction):
    """``schema_of_variant_agg``; VOID for a group without values."""

    buffers = (pa.field("schema", pa.string(), nullable=False),)
    result = pa.string()
    never_null = True

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        values, groups = kernels.drop_nulls(inputs[0], groups)
        if pa.types.is_null(values.type):
            values = pa.nulls(0, pa.string())
        else:
            values = by_variant(lambda variant: schema_of(variant).json(), values, pa.string())
        return self.merge([values], groups)

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        found: list[DataType] = [NullType()] * groups.count
        if len(buffers[0]):
            _, first = group_rows([pa.array(groups.ids), buffers[0]])
            rows = pa.array(first)
            for group, text in zip(groups.ids[first].tolist(), buffers[0].take(rows).to_pylist(), strict=True):
                found[group] = merged(found[group], _type(text))
        return [pa.array([data_type.json() for data_type in found], pa.string())]

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        return pa.array([schema_text(_type(text)) for text in buffers[0].to_pylist()], pa.string())


def _type(text: str) -> DataType:
    return type_from_json(json.loads(text))
