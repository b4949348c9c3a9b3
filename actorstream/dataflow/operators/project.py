"""Computes new columns from each row. Stateless; fused with its neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from actorstream.common.config import Conf
from actorstream.dataflow.batch import without_columns
from actorstream.dataflow.operators.expressions import (
    Evaluation,
    NamedExpressions,
    compile_bound,
    named_expressions,
    result_field,
)
from actorstream.dataflow.protocols import EpochInfo, Operator, OperatorContext
from actorstream.expr.evaluation import Batch


class Project(Operator):
    """``select``: one output column per expression.

    Args:
        columns: pairs of name and expression; names alone, columns, or a mapping from name to expression are fine too.
    """

    def __init__(self, columns: NamedExpressions) -> None:
        self.columns = named_expressions(columns)

    def describe(self) -> str:
        return f"Project [{', '.join(name for name, _ in self.columns)}]"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        conf = Conf()
        return pa.schema([result_field(name, expression, inputs[0], conf) for name, expression in self.columns])

    def open(self, context: OperatorContext) -> None:
        schema = context.input_schemas[0]
        self._schema = self.output_schema(context.input_schemas)
        self._compiled = [compile_bound(expression, schema, context.conf) for _, expression in self.columns]
        self._evaluation = Evaluation(context)

    def begin_epoch(self, info: EpochInfo) -> None:
        self._evaluation.begin(info)

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in (n rows), out (n rows, one column per expression); nothing for no rows."""
        if table.num_rows == 0:
            return ()
        if not self.columns:
            return (without_columns(table.num_rows),)
        batch = Batch.of(table, self._evaluation.context)
        arrays = [compiled.on(batch) for compiled in self._compiled]
        return (pa.Table.from_arrays(arrays, schema=self._schema),)
