"""Files as they are: a row per file with its path, modification time, length and bytes. They are read only."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from actorstream.connectors.files.formats import FileFormat, nullable
from actorstream.connectors.files.paths import to_uri
from actorstream.errors import IllegalArgumentException, UnsupportedOperationException
from actorstream.expr.types import BinaryType, LongType, StringType, StructField, StructType, TimestampType

if TYPE_CHECKING:
    from actorstream.connectors.files.layout import DataFile

SCHEMA = StructType(
    [
        StructField("path", StringType(), True),
        StructField("modificationTime", TimestampType(), True),
        StructField("length", LongType(), True),
        StructField("content", BinaryType(), True),
    ]
)
"""The columns that every file has."""


class BinaryFormat(FileFormat):
    """No options of its own. Source: Spark ``BinaryFileFormat``."""

    label = "BINARYFILE"
    suffix = ""

    def check_readable(self, schema: StructType) -> None:
        """Raises: IllegalArgumentException for other columns than `SCHEMA`."""
        if [(item.name, item.dataType) for item in schema.fields] != [(item.name, item.dataType) for item in SCHEMA]:
            raise IllegalArgumentException(
                f"requirement failed: Binary file data source expects these columns: {SCHEMA.simpleString()}. But got: "
                f"{schema.simpleString()}."
            )

    def read(self, path: str, schema: StructType) -> Iterator[pa.Table]:
        target = nullable(SCHEMA)
        with open(path, "rb") as stream:
            content = stream.read()
        facts = [
            to_uri(path).replace("file://", "file:", 1),
            int(os.stat(path).st_mtime * 1000) * 1000,
            len(content),
            content,
        ]
        cells = [
            pa.array([fact], pa.int64()).cast(field.type) if isinstance(fact, int) else pa.array([fact], field.type)
            for fact, field in zip(facts, target, strict=True)
        ]
        yield pa.Table.from_arrays(cells, schema=target)

    def write(self, path: str, table: pa.Table) -> None:
        raise AssertionError("check_writable has said no")

    def infer(self, files: Sequence[DataFile]) -> StructType:
        return SCHEMA

    def check_writable(self, schema: pa.Schema) -> None:
        """Raises: UnsupportedOperationException UNSUPPORTED_FEATURE.WRITE_FOR_BINARY_SOURCE."""
        raise UnsupportedOperationException(
            errorClass="UNSUPPORTED_FEATURE.WRITE_FOR_BINARY_SOURCE", messageParameters={}
        )
