"""Text files: a row per line, or per file with `wholetext`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from actorstream.common.config import Conf
from actorstream.connectors.files.compression import codec_of, read_bytes, suffix_of, write_bytes
from actorstream.connectors.files.formats import FileFormat, conform_table, nullable
from actorstream.dataflow.requests import Options
from actorstream.errors import AnalysisException, IllegalArgumentException
from actorstream.expr.types import StringType, StructField, StructType, from_arrow_schema, sql_name

if TYPE_CHECKING:
    from actorstream.connectors.files.layout import DataFile


class TextFormat(FileFormat):
    """Options: `wholetext`, `lineSep`, `compression`."""

    label = "Text"

    def __init__(self, options: Options, conf: Conf) -> None:
        super().__init__(options, conf)
        self._line_end = options.get("lineSep")
        if self._line_end == "":
            raise IllegalArgumentException(errorClass="INVALID_LINE_SEPARATOR.EMPTY", messageParameters={})
        self._whole = self.flag("wholetext")
        self._codec = codec_of(options.get("compression"))
        self.suffix = f".txt{suffix_of(self._codec)}"

    def check_readable(self, schema: StructType) -> None:
        """Raises: AnalysisException `_LEGACY_ERROR_TEMP_1290`, UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE."""
        if len(schema.fields) > 1:
            raise AnalysisException(
                errorClass="_LEGACY_ERROR_TEMP_1290", messageParameters={"schemaSize": str(len(schema.fields))}
            )
        _check_types(schema)

    def read(self, path: str, schema: StructType) -> Iterator[pa.Table]:
        data = read_bytes(path)
        if self._whole:
            lines = pa.array([data.decode("utf-8", "replace")])
        else:
            lines = split_lines(data, self._line_end)
        yield conform_table(pa.table({schema.names[0] if schema.names else "value": lines}), nullable(schema))

    def write(self, path: str, table: pa.Table) -> None:
        lines = table.column(0).combine_chunks().fill_null("")
        write_bytes(path, join_lines(lines, self._line_end or "\n"), self._codec)

    def infer(self, files: Sequence[DataFile]) -> StructType:
        return StructType([StructField("value", StringType(), True)])

    def check_writable(self, schema: pa.Schema) -> None:
        """Raises: AnalysisException unless there is one text column."""
        columns = from_arrow_schema(schema)
        _check_types(columns)
        self.check_readable(columns)


def _check_types(schema: StructType) -> None:
    for item in schema.fields:
        if not isinstance(item.dataType, StringType):
            raise AnalysisException(
                errorClass="UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
                messageParameters={
                    "columnName": f"`{item.name}`",
                    "columnType": f'"{sql_name(item.dataType)}"',
                    "format": "Text",
                },
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
