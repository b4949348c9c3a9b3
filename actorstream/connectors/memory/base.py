"""What the two kinds of memory stream have in common: a session, columns, rows that become blocks of an Arrow table, `toDF`.

`MemoryStream` feeds micro-batches, `ContinuousMemoryStream` continuous queries.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from actorstream.connectors.memory.blocks import is_tabular, row_block, table_block
from actorstream.dataflow.protocols import SourceProvider
from actorstream.errors import IllegalArgumentException, PySparkTypeError
from actorstream.expr.ddl import parse_data_type
from actorstream.expr.nodes import next_attribute_id
from actorstream.expr.types import DataType, StructField, StructType, to_arrow_schema


class MemoryStreamBase(ABC):
    """A stream of rows fed by the program.

    Args:
        spark: the session that `toDF` makes DataFrames in.
        schema: columns as a `StructType` or DDL text; a single type is one column ``value``.
    """

    def __init__(self, spark: Any, schema: StructType | DataType | str) -> None:
        if spark is not None and not hasattr(spark, "_streaming_frame"):
            raise PySparkTypeError(
                errorClass="NOT_EXPECTED_TYPE",
                messageParameters={
                    "arg_name": "spark",
                    "expected_type": "SparkSession or None (the schema comes second, or by name: schema=...)",
                    "arg_type": type(spark).__name__,
                },
            )
        self._spark = spark
        self._schema = _as_struct(schema)
        self._arrow_schema = to_arrow_schema(self._schema)

    @property
    @abstractmethod
    def provider(self) -> SourceProvider:
        """What a DataFrame or a pipeline holds of this stream; the same object every time, so that scans of it are one source."""

    @property
    def schema(self) -> StructType:
        """Columns of the rows."""
        return self._schema

    def to_df(self, spark: Any = None) -> Any:
        """A streaming DataFrame of the rows.

        Args:
            spark: the session of the DataFrame, if it is not the stream's own: a stream can outlive the session that it was made
                with, as data outlives a crashed program.
        Raises: PySparkTypeError without any session.
        """
        session = self._spark if spark is None else spark
        if session is None:
            kind = type(self).__name__
            raise PySparkTypeError(f"{kind}.toDF needs a session: make the stream with {kind}(spark, schema).")
        return session._streaming_frame(self.provider)

    toDF = to_df

    def _block(self, rows: Sequence[Any]) -> pa.Table:
        """What one call of `add_data` was given, as a table of the schema."""
        kind = type(self).__name__
        one_of_each_class = dict(zip(map(type, rows), rows, strict=True)).values()
        if any(map(is_tabular, one_of_each_class)):
            if len(rows) > 1:
                raise PySparkTypeError(
                    f"{kind}.add_data takes rows, or one table alone: add each table by a call of its own, it is a block of its own."
                )
            return table_block(rows[0], self._arrow_schema, kind)
        return row_block(rows, self._schema, kind)


def described(kind: str, schema: pa.Schema) -> str:
    """How plans and progress name a stream: its kind and its columns with fresh ids (MEM-28)."""
    return f"{kind}[{','.join(f'{name}#{next_attribute_id()}' for name in schema.names)}]"


def check_partitions(given: object, owner: str) -> None:
    """Raises: IllegalArgumentException for a number of partitions that is none."""
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise IllegalArgumentException(f"numPartitions of a {owner} must be a positive number, got {given!r}.")


def _as_struct(schema: StructType | DataType | str) -> StructType:
    parsed = parse_data_type(schema) if isinstance(schema, str) else schema
    if isinstance(parsed, StructType):
        return parsed
    if isinstance(parsed, DataType):
        return StructType([StructField("value", parsed)])
    raise PySparkTypeError(
        errorClass="NOT_EXPECTED_TYPE",
        messageParameters={
            "arg_name": "schema",
            "expected_type": "StructType, DataType or str",
            "arg_type": type(schema).__name__,
        },
    )
