"""JSON files: an object per line, or one text per file with `multiLine`.

A file whose every value has the type that the schema says is read by Arrow at once. One that has not is read value by value, as
the reference does: what does not fit is null, a line that is no JSON is a row of nulls (IO-47).
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from actorstream.common.config import Conf
from actorstream.connectors.files.compression import codec_of, read_bytes, suffix_of, write_bytes
from actorstream.connectors.files.formats import (
    FileFormat,
    character_set,
    malformed,
    no_schema,
    nullable,
    one_text_type,
    read_mode,
)
from actorstream.connectors.files.paths import failed_read
from actorstream.connectors.files.text import join_lines, split_lines
from actorstream.dataflow.requests import Options
from actorstream.errors import IllegalArgumentException
from actorstream.expr.functions.json import check_single_variant
from actorstream.expr.json_parser import BLANK, Fields, Leniency, parse_json
from actorstream.expr.json_reader import JsonReader, read_at_once
from actorstream.expr.json_schema import settled, type_of_value, wider
from actorstream.expr.json_text import JsonStyle, json_text
from actorstream.expr.types import (
    ArrayType,
    DataType,
    NullType,
    StringType,
    StructField,
    StructType,
    VariantType,
    from_arrow_schema,
    to_arrow,
)

if TYPE_CHECKING:
    from actorstream.connectors.files.layout import DataFile


class JsonFormat(FileFormat):
    """Options: `mode`, `columnNameOfCorruptRecord`, `multiLine`, `lineSep`, `encoding`, `dateFormat`, `timestampFormat`,
    `timestampNTZFormat`, `timeZone`, the ``allow...`` options, `primitivesAsString`, `prefersDecimal`, `inferTimestamp`,
    `dropFieldIfAllNull`, `singleVariantColumn`; for writing also `ignoreNullFields`, `compression`."""

    label = "JSON"

    def __init__(self, options: Options, conf: Conf) -> None:
        super().__init__(options, conf)
        self._mode = read_mode(options)
        self._corrupt = options.get("columnNameOfCorruptRecord", "_corrupt_record")
        self._multi_line = self.flag("multiLine")
        self._line_end = options.get("lineSep")
        if self._line_end == "":
            raise IllegalArgumentException(errorClass="INVALID_LINE_SEPARATOR.EMPTY", messageParameters={})
        #: the column that takes whole records, if there is one
        self._whole = options.get("singleVariantColumn")
        self._encoding = character_set(options.get("encoding") or options.get("charset") or "UTF-8")
        self._codec = codec_of(options.get("compression"))
        self.suffix = f".json{suffix_of(self._codec)}"
        #: as the reader of texts wants them
        self._plain = {key.lower(): value for key, value in options.items()}
        self._leniency = Leniency.of(self._plain)

    # ------------------------------------------------------------ reading

    def check_readable(self, schema: StructType) -> None:
        """Raises: AnalysisException INVALID_CORRUPT_RECORD_TYPE, UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN,
        INVALID_SINGLE_VARIANT_COLUMN.
        """
        one_text_type(schema, self._corrupt)
        if self._whole is not None:
            check_single_variant(schema, self._plain, self._whole)

    def own_columns(self) -> StructType | None:
        return None if self._whole is None else StructType([StructField(self._whole, VariantType(), True)])

    def read(self, path: str, schema: StructType) -> Iterator[pa.Table]:
        data = self._data(path)
        target = nullable(schema)
        if not data.strip():
            yield target.empty_table()
            return
        columns = None
        if not self._multi_line and self._reads_plainly(schema):
            columns = read_at_once(data, schema, self.zone)
        if columns is not None:
            yield pa.Table.from_arrays(columns, schema=target)
            return
        yield self._one_by_one(path, data, schema)

    def _data(self, path: str) -> bytes:
        data = read_bytes(path).removeprefix(codecs.BOM_UTF8)
        return data if self._encoding == "utf-8" else data.decode(self._encoding, "replace").encode()

    def _reads_plainly(self, schema: StructType) -> bool:
        """Whether Arrow's reader may be tried: no option changes what a text means."""
        special = ("dateformat", "timestampformat", "timestampntzformat", "linesep")
        return self._corrupt not in schema.names and not any(
            key in special or key.startswith("allow") for key in self._plain
        )

    def _texts(self, data: bytes) -> list[str]:
        """The text of every record."""
        if self._multi_line:
            return [data.decode("utf-8", "replace")]
        found: list[str] = split_lines(data, self._line_end).to_pylist()
        return found

    def _one_by_one(self, path: str, data: bytes, schema: StructType) -> pa.Table:
        """Record by record, for a file that Arrow's reader cannot take."""
        read = StructType([item for item in schema.fields if item.name != self._corrupt])
        reader = JsonReader(ArrayType(read), self.zone, self._plain)
        rows: list[dict[str, Any]] = []
        bad: list[str | None] = []
        for text in self._texts(data):
            found, fits = reader.read(text)
            if found is None and fits:
                continue  # nothing but blanks
            if not fits and self._mode == "FAILFAST":
                raise failed_read(path, malformed(text))
            if not fits and self._mode == "DROPMALFORMED":
                continue
            records = [dict.fromkeys(read.names)] if found is None else found
            rows += records
            bad += [None if fits else text] * len(records)
        structs = pa.array(rows, to_arrow(read))
        columns = dict(zip(read.names, structs.flatten(), strict=True))
        columns[self._corrupt] = pa.array(bad, pa.string())
        return pa.Table.from_arrays([columns[name] for name in schema.names], schema=nullable(schema))

    def infer(self, files: Sequence[DataFile]) -> StructType:
        """Columns by name, with the types that all values of all files have in common.

        Raises: SparkRuntimeException FAILED_READ_FILE.NO_HINT for a malformed record under FAILFAST.
        """
        if not files:
            raise no_schema(self.label)
        found: DataType = NullType()
        for file in files:
            for text in self._texts(self._data(file.path)):
                found = wider(found, self._type_of(file.path, text))
        if not isinstance(found, StructType):
            return StructType([])
        if self.flag("dropFieldIfAllNull"):
            found = StructType([item for item in found.fields if not _always_null(item.dataType)])
        named = settled(found)
        return named if isinstance(named, StructType) else StructType([])

    def _type_of(self, path: str, text: str) -> DataType:
        """The columns of a record; those of a malformed one are the one that keeps it."""
        try:
            value = parse_json(text, self._leniency)
        except ValueError:
            value = None
        if value is BLANK:
            return NullType()
        records = value if isinstance(value, list) and not isinstance(value, Fields) else [value]
        found: DataType = NullType()
        for record in records:
            if isinstance(record, Fields):
                found = wider(found, type_of_value(record, self._plain))
            elif self._mode == "FAILFAST":
                raise failed_read(path, malformed(text))
            elif self._mode == "PERMISSIVE":
                found = wider(found, StructType([StructField(self._corrupt, StringType(), True)]))
        return found

    # ------------------------------------------------------------ writing

    def write(self, path: str, table: pa.Table) -> None:
        schema = from_arrow_schema(table.schema)
        rows = table.combine_chunks().to_struct_array()
        if isinstance(rows, pa.ChunkedArray):
            rows = pa.concat_arrays(rows.chunks) if rows.num_chunks else pa.array([], rows.type)
        options = self.options
        style = JsonStyle(
            ignore_null_fields=self.flag("ignoreNullFields", "true"),
            date_format=options.get("dateFormat"),
            timestamp_format=options.get("timestampFormat"),
            timestamp_ntz_format=options.get("timestampNTZFormat"),
        )
        plain = StructType([StructField(item.name, item.dataType) for item in schema.fields])
        lines = json_text(rows, plain, self.zone, style)
        if len(schema.fields) == 0:
            lines = pc.take(pa.array(["{}"]), pa.array(np.zeros(table.num_rows, np.int64)))
        data = join_lines(lines, self._line_end or "\n")
        if self._encoding != "utf-8":
            data = data.decode().encode(self._encoding)
        write_bytes(path, data, self._codec)


def _always_null(data_type: DataType) -> bool:
    return isinstance(data_type, NullType) or (isinstance(data_type, ArrayType) and _always_null(data_type.elementType))
