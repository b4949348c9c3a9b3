"""Keeps the rows for which a condition is true. Stateless; fused with its neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from actorstream.common.config import Conf
from actorstream.dataflow.operators.expressions import Evaluation, ExpressionLike, as_expression, bound, compile_bound
from actorstream.dataflow.protocols import EpochInfo, Operator, OperatorContext
from actorstream.errors import AnalysisException
from actorstream.expr.coercion import quoted, quoted_type, type_of
from actorstream.expr.grouping import as_array
from actorstream.expr.naming import sql_text
from actorstream.expr.types import BooleanType


class Filter(Operator):
    """``where``: rows for which the condition is false or null are dropped."""

    def __init__(self, condition: ExpressionLike) -> None:
        self.condition = as_expression(condition)

    def describe(self) -> str:
        return f"Filter {sql_text(self.condition)}"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        """The input's columns. Raises: AnalysisException for a condition that does not fit them, or is none."""
        condition = bound(self.condition, inputs[0], Conf())
        if not isinstance(type_of(condition), BooleanType):
            text = quoted(sql_text(self.condition))
            raise AnalysisException(
                errorClass="DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN",
                messageParameters={"sqlExpr": text, "filter": text, "type": quoted_type(type_of(condition))},
            )
        return inputs[0]

    def open(self, context: OperatorContext) -> None:
        self._compiled = compile_bound(self.condition, context.input_schemas[0], context.conf)
        self._evaluation = Evaluation(context)

    def begin_epoch(self, info: EpochInfo) -> None:
        self._evaluation.begin(info)

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in (n rows), out (m <= n rows, same columns, order kept); nothing if no row passes."""
        if table.num_rows == 0:
            return ()
        mask = as_array(self._compiled(table, self._evaluation.context))
        if mask.null_count == 0 and mask.true_count == len(mask):
            return (table,)
        kept = table.filter(mask)
        return (kept,) if kept.num_rows else ()
