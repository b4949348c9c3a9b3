"""Mixes the rows of several inputs, columns by position."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from actorstream.dataflow.batch import with_schema
from actorstream.dataflow.protocols import Operator, OperatorContext
from actorstream.errors import AnalysisException
from actorstream.expr.types import WATERMARK_KEY


class Union(Operator):
    """``union``: one input port for every stream. Names and the event-time mark come from the first input."""

    def describe(self) -> str:
        return "Union"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        """Columns of the first input, nullable where any input is. Raises: AnalysisException for types that differ."""
        first = inputs[0]
        for other in inputs[1:]:
            if other.types != first.types:
                raise AnalysisException(
                    f"A union needs inputs of equal column types, got ({_types(first)}) and ({_types(other)})."
                )
        return pa.schema([self._field(place, inputs) for place in range(len(first))])

    def _field(self, place: int, inputs: Sequence[pa.Schema]) -> pa.Field:
        fields = [schema.field(place) for schema in inputs]
        merged = fields[0].with_nullable(any(field.nullable for field in fields))
        marks = [(field.metadata or {}).get(WATERMARK_KEY) for field in fields]
        if marks[0] is not None or not any(marks):
            return merged
        # a stream without an event time does not take the other's away
        mark = next(mark for mark in marks if mark is not None)
        return merged.with_metadata({**(merged.metadata or {}), WATERMARK_KEY: mark})

    def open(self, context: OperatorContext) -> None:
        self._schema = self.output_schema(context.input_schemas)

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in (n rows), out (n rows) under the common schema."""
        return (with_schema(table, self._schema),) if table.num_rows else ()


def _types(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in schema)
