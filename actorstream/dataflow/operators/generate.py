"""One row into several: ``explode`` and its family."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import pyarrow as pa

from actorstream.common.config import Conf
from actorstream.dataflow.operators.expressions import Evaluation, ExpressionLike, as_expression, compile_bound
from actorstream.dataflow.protocols import EpochInfo, Operator, OperatorContext
from actorstream.expr.grouping import as_array
from actorstream.expr.naming import sql_text

GeneratorKind = Literal["explode", "posexplode", "inline"]


class Generate(Operator):
    """Appends the columns that a generator gives to every row, once for each of its elements.

    Args:
        kind: ``explode`` of an array or map, ``posexplode`` with the position, ``inline`` of an array of structs.
        child: the array or map.
        names: of the new columns.
        outer: a row whose array is empty or null is kept, with nulls.
    """

    def __init__(
        self, kind: GeneratorKind, child: ExpressionLike, names: Sequence[str], *, outer: bool = False
    ) -> None:
        self.kind = kind
        self.child = as_expression(child)
        self.names = tuple(names)
        self.outer = outer

    def describe(self) -> str:
        return (
            f"Generate {self.kind}{'_outer' if self.outer else ''}({sql_text(self.child)}) as {', '.join(self.names)}"
        )

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        field = compile_bound(self.child, inputs[0], Conf()).field("")
        fields = [
            *inputs[0],
            *(item.with_name(name) for item, name in zip(self._fields(field.type), self.names, strict=True)),
        ]
        return pa.schema(fields)

    def _fields(self, data_type: pa.DataType) -> list[pa.Field]:
        if pa.types.is_map(data_type):
            value = data_type.item_field
            made = [
                pa.field("key", data_type.key_type, self.outer),
                value.with_nullable(value.nullable or self.outer),
            ]
        elif self.kind == "inline":
            struct = data_type.value_type
            loose = self.outer or data_type.value_field.nullable
            made = [struct.field(i).with_nullable(struct.field(i).nullable or loose) for i in range(struct.num_fields)]
        else:
            element = data_type.value_field
            made = [element.with_nullable(element.nullable or self.outer)]
        if self.kind == "posexplode":
            made.insert(0, pa.field("pos", pa.int32(), self.outer))
        return made

    def open(self, context: OperatorContext) -> None:
        self._compiled = compile_bound(self.child, context.input_schemas[0], context.conf)
        self._schema = self.output_schema(context.input_schemas)
        self._evaluation = Evaluation(context)

    def begin_epoch(self, info: EpochInfo) -> None:
        self._evaluation.begin(info)

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in (n rows), out (a row per element, in order)."""
        if table.num_rows == 0:
            return ()
        array = as_array(self._compiled(table, self._evaluation.context))
        lengths = _lengths(array)
        counts = np.maximum(lengths, 1) if self.outer else lengths
        total = int(counts.sum())
        if total == 0:
            return ()
        rows = np.repeat(np.arange(len(counts)), counts)
        positions = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
        empty = np.repeat(lengths == 0, counts)
        # elements of null rows may still lie in the child array: places are counted from the offsets
        places = array.offsets.to_numpy()[:-1][rows] + positions
        taken = pa.array(places, mask=empty if self.outer else None)
        columns = [child.take(taken) for child in self._children(array)]
        if self.kind == "posexplode":
            columns.insert(0, pa.array(positions.astype(np.int32), mask=empty if self.outer else None))
        kept = table.take(pa.array(rows))
        return (pa.Table.from_arrays([*kept.columns, *columns], schema=self._schema),)

    def _children(self, array: pa.Array) -> list[pa.Array]:
        if pa.types.is_map(array.type):
            return [array.keys, array.items]
        if self.kind == "inline":
            flat: list[pa.Array] = array.values.flatten()
            return flat
        return [array.values]


def _lengths(array: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    lengths = np.diff(array.offsets.to_numpy()).astype(np.int64)
    if array.null_count:
        lengths[array.is_null().to_numpy(zero_copy_only=False)] = 0
    return lengths
