"""Gives every row several times, each time with other values in some new columns: grouping sets and unpivot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from actorstream.dataflow.operators.expressions import Evaluation, compile_bound
from actorstream.dataflow.protocols import EpochInfo, Operator, OperatorContext
from actorstream.expr.evaluation import Batch
from actorstream.expr.grouping import as_array
from actorstream.expr.nodes import Expression


class Expand(Operator):
    """One output row per input row and variant, the variants of a row next to each other. Stateless.

    Args:
        variants: the new columns' values, one tuple per variant, all of the same types.
        fields: names and types of the new columns, which come after those of the input.
    """

    def __init__(self, variants: Sequence[Sequence[Expression]], fields: Sequence[pa.Field]) -> None:
        self.variants = tuple(map(tuple, variants))
        self.fields = tuple(fields)

    def describe(self) -> str:
        return f"Expand {len(self.variants)} times [{', '.join(field.name for field in self.fields)}]"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        return pa.schema([*inputs[0], *self.fields])

    def open(self, context: OperatorContext) -> None:
        schema = context.input_schemas[0]
        self._schema = self.output_schema(context.input_schemas)
        self._compiled = [
            [compile_bound(expression, schema, context.conf) for expression in variant] for variant in self.variants
        ]
        self._evaluation = Evaluation(context)

    def begin_epoch(self, info: EpochInfo) -> None:
        self._evaluation.begin(info)

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in (n rows), out (n rows for each variant, the input's columns and the new ones)."""
        rows, count = table.num_rows, len(self.variants)
        if not rows or not count:
            return ()
        batch = Batch.of(table, self._evaluation.context)
        by_row = pa.array(np.arange(rows * count).reshape(count, rows).T.ravel())
        made = []
        for place, field in enumerate(self.fields):
            parts = [as_array(variant[place].on(batch)).cast(field.type) for variant in self._compiled]
            made.append(pa.concat_arrays(parts).take(by_row))
        repeated = table.take(pa.array(np.repeat(np.arange(rows), count)))
        return (pa.Table.from_arrays([*repeated.columns, *made], schema=self._schema),)
