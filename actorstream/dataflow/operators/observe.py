"""Passes rows on and reports aggregates over the rows of every epoch: ``df.observe``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from actorstream.common.config import Conf
from actorstream.dataflow.exchange import Gather
from actorstream.dataflow.operators.aggregation import AggregateSpec, Aggregation
from actorstream.dataflow.operators.expressions import Evaluation, NamedExpressions, compile_bound, named_expressions
from actorstream.dataflow.protocols import EpochInfo, Operator, OperatorContext, OperatorReport
from actorstream.expr.rows import table_to_rows


class Observe(Operator):
    """Counts along; the numbers go into the progress of the epoch under `name` (EXE-92).

    Args:
        aggregates: pairs of name and aggregate call.
        results: pairs of name and expression over the aggregates' columns; the aggregates themselves by default.
    """

    exchange = Gather()

    def __init__(self, name: str, aggregates: NamedExpressions, results: NamedExpressions | None = None) -> None:
        self.name = name
        self.aggregates = named_expressions(aggregates)
        self.results = named_expressions(results if results is not None else [label for label, _ in self.aggregates])
        self._partials: list[pa.Table] = []
        self._observed: dict[str, Any] = {}

    def describe(self) -> str:
        return f"Observe {self.name} [{', '.join(name for name, _ in self.results)}]"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        """The input's columns. Raises: AnalysisException for aggregates that do not fit them."""
        Aggregation(AggregateSpec((), self.aggregates), inputs[0], Conf())
        return inputs[0]

    def open(self, context: OperatorContext) -> None:
        self._aggregation = Aggregation(AggregateSpec((), self.aggregates), context.input_schemas[0], context.conf)
        schema = self._aggregation.result_schema
        self._compiled = [compile_bound(expression, schema, context.conf) for _, expression in self.results]
        self._evaluation = Evaluation(context)

    def begin_epoch(self, info: EpochInfo) -> None:
        self._partials.clear()
        self._evaluation.begin(info)

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in and out (n rows), unchanged."""
        if table.num_rows == 0:
            return ()
        partials = [*self._partials, self._aggregation.partial(table, self._evaluation.context)]
        self._partials = [self._aggregation.merge(partials)]
        return (table,)

    def end_epoch(self, info: EpochInfo) -> Iterable[pa.Table]:
        totals = self._aggregation.finish(self._aggregation.merge(self._partials or [self._aggregation.nothing()]))
        context = self._evaluation.context
        fields = [compiled.field(name) for (name, _), compiled in zip(self.results, self._compiled, strict=True)]
        table = pa.Table.from_arrays(
            [compiled(totals, context) for compiled in self._compiled], schema=pa.schema(fields)
        )
        (row,) = table_to_rows(table)
        self._observed = dict(zip((name for name, _ in self.results), row, strict=True))
        self._partials.clear()
        return ()

    def report(self) -> OperatorReport | None:
        return OperatorReport(observed={self.name: self._observed})
