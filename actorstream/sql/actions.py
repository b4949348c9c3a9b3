"""The methods of `DataFrame` that compute a static frame: rows, tables, counts, what is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from actorstream.common.config import ARROW_ENABLED
from actorstream.engine.batch import run_batch
from actorstream.errors import PySparkTypeError
from actorstream.expr.nodes import AggregateCall, Alias
from actorstream.expr.rows import table_to_rows
from actorstream.expr.text import show_string
from actorstream.expr.types import Row, to_arrow_schema
from actorstream.expr.zones import session_zone
from actorstream.plan import nodes
from actorstream.plan.aggregate import aggregate
from actorstream.plan.lowering import lower_static
from actorstream.plan.nodes import LogicalPlan
from actorstream.plan.unsupported import check_batch
from actorstream.sql._arguments import require
from actorstream.sql.frame import Frame

if TYPE_CHECKING:
    from actorstream.sql.rdd import RDD


class FrameActions(Frame):
    """A part of `DataFrame`. An action on a stream raises `_LEGACY_ERROR_TEMP_3102` (MEM-33)."""

    def toArrow(self) -> pa.Table:
        """All rows as a table. Raises: AnalysisException `_LEGACY_ERROR_TEMP_3102` for a stream (MEM-33)."""
        check_batch(self._plan)
        table = run_batch(lower_static(self._plan), self._conf, on_observed=self._session._observed)
        schema = to_arrow_schema(self.schema)
        return pa.Table.from_arrays(table.columns, schema=schema) if len(schema) else table

    def collect(self) -> list[Row]:
        """All rows."""
        return table_to_rows(self.toArrow(), self.schema)

    @property
    def rdd(self) -> RDD[Row]:
        """The rows as Python objects of this process: for the few lines of a script that want them so.

        Raises: AnalysisException `_LEGACY_ERROR_TEMP_3102` for a stream.
        """
        from actorstream.sql.rdd import RDD, sliced

        check_batch(self._plan)
        count = partitions_of(self._plan, self._session._default_parallelism)
        return RDD(lambda: sliced(self.collect(), count), self._session.sparkContext, count)

    def toJSON(self, use_unicode: bool = True) -> RDD[str]:
        """Every row as a text of JSON, without its nulls."""
        from actorstream.sql.functions import struct, to_json

        texts = self._frame.select(to_json(struct("*")).alias("value"))
        return texts.rdd.map(lambda row: str(row[0]))

    def toLocalIterator(self, prefetchPartitions: bool = False) -> Iterator[Row]:
        """All rows, one after the other."""
        return iter(self.collect())

    def count(self) -> int:
        """The number of rows."""
        check_batch(self._plan)
        call = Alias(child=AggregateCall(name="count", args=()), name="count")
        counted = aggregate(self._plan, [], [call], self._conf)
        table = run_batch(lower_static(counted), self._conf, on_observed=self._session._observed)
        return int(table.column(0)[0].as_py())

    def isEmpty(self) -> bool:
        """Whether there are no rows."""
        return self._frame.limit(1).count() == 0

    def take(self, num: int) -> list[Row]:
        """The first rows."""
        return self._frame.limit(num).collect()

    def head(self, n: int | None = None) -> Row | list[Row] | None:
        """The first row, or the first `n`."""
        if n is None:
            rows = self.take(1)
            return rows[0] if rows else None
        return self.take(n)

    def first(self) -> Row | None:
        """The first row."""
        rows = self.take(1)
        return rows[0] if rows else None

    def tail(self, num: int) -> list[Row]:
        """The last rows."""
        require(num, int, "num", "int")
        rows = self.collect()
        return rows[max(len(rows) - num, 0) :] if num > 0 else []

    def foreach(self, f: Callable[[Row], None]) -> None:
        """Call a function with every row."""
        for row in self.collect():
            f(row)

    def foreachPartition(self, f: Callable[[Iterator[Row]], None]) -> None:
        """Call a function with all rows as an iterator: a static frame is one partition."""
        f(iter(self.collect()))

    def show(self, n: int = 20, truncate: bool | int = True, vertical: bool = False) -> None:
        """Print the first rows as a table."""
        if not isinstance(n, int) or isinstance(n, bool):
            raise PySparkTypeError(
                errorClass="NOT_EXPECTED_TYPE",
                messageParameters={"expected_type": "int", "arg_name": "n", "arg_type": type(n).__name__},
            )
        table = self._frame.limit(max(n, 0) + 1).toArrow()
        print(  # noqa: T201
            show_string(table, self.schema, n, truncate, vertical, zone=session_zone(self._conf))
        )

    def toPandas(self) -> Any:
        """All rows as a pandas DataFrame. Raises: PySparkImportError without pandas."""
        from actorstream.sql.pandas import to_pandas

        plain = not self._conf.value(ARROW_ENABLED)
        return to_pandas(self.toArrow(), self.schema, session_zone(self._conf), plain=plain)


def partitions_of(plan: LogicalPlan, default: int) -> int:
    """How many partitions the rows would be said to have: what `repartition` or `coalesce` asked for, else those of a source.

    The engine spreads rows by what each step needs; a number is only told to who asks for it.
    """
    match plan:
        case nodes.Repartition(count=int(asked), child=child):
            return min(asked, partitions_of(child, default)) if plan.text.startswith("Coalesce") else asked
        case nodes.Repartition() | nodes.Project() | nodes.Filter() | nodes.SubqueryAlias() | nodes.Prune():
            return partitions_of(plan.child, default)
        case nodes.Relation():
            return default
        case nodes.Union():
            return sum(partitions_of(child, default) for child in plan.inputs)
        case _:
            return 1
