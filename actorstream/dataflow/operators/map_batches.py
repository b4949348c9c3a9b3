"""A user's function over Arrow tables, as an operator of a pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pyarrow as pa

from actorstream.dataflow.protocols import Operator, OperatorContext
from actorstream.errors import PySparkTypeError


class MapBatches(Operator):
    """Calls `function` with every batch.

    Args:
        function: table in, table out; any number of rows. It may be called from several threads at once, for different batches.
        schema: columns of what it gives; those of its input by default.
    """

    def __init__(self, function: Callable[[pa.Table], pa.Table], schema: pa.Schema | None = None) -> None:
        self.function = function
        self.schema = schema

    def __deepcopy__(self, memo: object) -> MapBatches:
        # a function is shared by all partitions; copying what it closes over would surprise its author
        return MapBatches(self.function, self.schema)

    def describe(self) -> str:
        return f"MapBatches {getattr(self.function, '__name__', type(self.function).__name__)}"

    def output_schema(self, inputs: Sequence[pa.Schema]) -> pa.Schema:
        return inputs[0] if self.schema is None else self.schema

    def open(self, context: OperatorContext) -> None:
        self._output = self.output_schema(context.input_schemas)

    def process(self, table: pa.Table, port: int) -> Iterable[pa.Table]:
        """Shape: in (n rows), out (any number of rows). Raises: PySparkTypeError if the function does not give what it promised."""
        result = self.function(table)
        if not isinstance(result, pa.Table):
            raise PySparkTypeError(
                f"{self.describe()} must return a pyarrow.Table, it returned {type(result).__name__}."
            )
        if result.schema.names != self._output.names or result.schema.types != self._output.types:
            raise PySparkTypeError(
                f"{self.describe()} must return the columns ({_columns(self._output)}), it returned ({_columns(result.schema)}). "
                "Pass the result's schema as `schema`."
            )
        return (pa.Table.from_arrays(result.columns, schema=self._output),)


def _columns(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in schema)
