"""Text files: a row per line, or per file with `wholetext`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from actorstream.connectors.files.formats import FileFormat, conform_table, nullable
from actorstream.errors import AnalysisException
from actorstream.expr.types import StringType, StructField, StructType

if TYPE_CHECKING:
    from actorstream.connectors.files.layout import DataFile


class TextFormat(FileFormat):
    """Options: `wholetext`, `lineSep`."""

    suffix = ".txt"

    def read(self, path: str, schema: StructType) -> Iterator[pa.Table]:
        with open(path, "rb") as stream:
            data = stream.read()
        if self.options.get("wholetext", "false").lower() == "true":
            lines = pa.array([data.decode("utf-8", "replace")])
        else:
            lines = split_lines(data, self.options.get("lineSep"))
        yield conform_table(pa.table({schema.names[0] if schema.names else "value": lines}), nullable(schema))

    def write(self, path: str, table: pa.Table) -> None:
        lines = table.column(0).combine_chunks().fill_null("")
        separator = self.options.get("lineSep", "\n")
        with open(path, "wb") as stream:
            stream.write(join_lines(lines, separator))

    def infer(self, files: Sequence[DataFile]) -> StructType:
        return StructType([StructField("value", StringType(), True)])

    def check_writable(self, schema: pa.Schema) -> None:
        """Raises: AnalysisException unless there is one text column."""
        if len(schema) != 1:
            raise AnalysisException(
                f"Text data source supports only a single column, and you have {len(schema)} columns."
            )
        if not pa.types.is_string(schema.field(0).type):
            raise AnalysisException(
                f"Text data source supports only a string column, and the column {schema.field(0).name} is "
                f"{schema.field(0).type}."
            )


def split_lines(data: bytes, separator: str | None = None) -> pa.Array:
    """The lines of a text; a last line without its end counts. Without a separator ``\\n``, ``\\r\\n`` and ``\\r`` end a line."""
    if separator is None:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        end = b"\n"
    else:
        end = separator.encode()
    if not data:
        return pa.array([], pa.string())
    text = pa.array([data.decode("utf-8", "replace").removesuffix(end.decode())])
    return pc.split_pattern(text, end.decode())[0].values.cast(pa.string())


def join_lines(lines: pa.Array, separator: str) -> bytes:
    """The lines as one text, each with its end."""
    if len(lines) == 0:
        return b""
    kind = pa.large_string()
    ended = pc.binary_join_element_wise(lines.cast(kind), pa.scalar(separator, kind), pa.scalar("", kind))
    offsets = np.frombuffer(ended.buffers()[1], dtype=np.int64)[ended.offset : ended.offset + len(ended) + 1]
    data: bytes = ended.buffers()[2].to_pybytes()
    return data[offsets[0] : offsets[-1]]
