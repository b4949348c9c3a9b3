"""Orders all rows of an epoch: after a complete aggregation, or in a batch."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from actorstream.common.config import Conf
from actorstream.dataflow.exchange import Gather
from actorstream.dataflow.operators.expressions import Evaluation, ExpressionLike, as_expression, bound, compile_bound
from actorstream.dataflow.operators.whole_epoch import WholeEpoch
from actorstream.dataflow.protocols import EpochInfo, OperatorContext
from actorstream.expr.naming import sql_text
from actorstream.expr.nodes import SortOrder
from actorstream.expr.ordering import sort_rows


class Sort(WholeEpoch):
    """``orderBy``.

    Args:
        keys: `SortOrder` expressions; anything else is ascending, nulls first.
        local: each partition on its own (``sortWithinPartitions``).
    """

    def __init__(self, keys: Sequence[ExpressionLike], *, local: bool = False) -> None:
        super().__init__()
        self.keys = tuple(_sort_order(key) for key in keys)
        if not local:
            self.exchange = Gather()

    def describe(self) -> str:
        return f"Sort [{', '.join(sql_text(key) for key in self.keys)}]"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        """The input's columns. Raises: AnalysisException for a key that does not fit them."""
        for key in self.keys:
            bound(key.child, inputs[0], Conf())
        return inputs[0]

    def open(self, context: OperatorContext) -> None:
        super().open(context)
        self._compiled = [compile_bound(key.child, self._schema, context.conf) for key in self.keys]
        self._evaluation = Evaluation(context)

    def begin_epoch(self, info: EpochInfo) -> None:
        super().begin_epoch(info)
        self._evaluation.begin(info)

    def handle(self, table: pa.Table) -> pa.Table:
        """Shape: out (all rows of the epoch, in order); equal rows keep the order in which they came."""
        columns = [compiled(table, self._evaluation.context) for compiled in self._compiled]
        order = sort_rows(columns, [key.ascending for key in self.keys], [key.nulls_first for key in self.keys])
        return table.take(pa.array(order))


def _sort_order(key: ExpressionLike) -> SortOrder:
    expression = as_expression(key)
    return expression if isinstance(expression, SortOrder) else SortOrder(child=expression)
