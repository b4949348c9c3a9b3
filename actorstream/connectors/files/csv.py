"""CSV files, with the reference's reading of options, of malformed records and of quotes (IO-47)."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from actorstream.common.config import Conf
from actorstream.connectors.files.compression import codec_of, read_bytes, suffix_of, write_bytes
from actorstream.connectors.files.csv_records import Grammar, Records, split_records
from actorstream.connectors.files.formats import (
    FileFormat,
    malformed,
    no_schema,
    no_variants,
    nullable,
    one_text_type,
    read_mode,
)
from actorstream.connectors.files.paths import failed_read
from actorstream.connectors.files.text import join_lines
from actorstream.dataflow.requests import Options
from actorstream.errors import (
    AnalysisException,
    IllegalArgumentException,
    PySparkNotImplementedError,
    SparkRuntimeException,
)
from actorstream.expr.csv_text import CellReading, CellWriting
from actorstream.expr.types import (
    VARIANT,
    ArrayType,
    DataType,
    MapType,
    NullType,
    StringType,
    StructField,
    StructType,
    VariantType,
    from_arrow_schema,
    sql_name,
)

if TYPE_CHECKING:
    from actorstream.connectors.files.layout import DataFile

_ESCAPED: Mapping[str, str] = {
    "\\t": "\t",
    "\\r": "\r",
    "\\n": "\n",
    "\\b": "\b",
    "\\f": "\f",
    "\\\\": "\\",
    "\\0": "\0",
    '\\"': '"',
    "\\'": "'",
    "\\|": "|",
}
CHARSETS = ("iso-8859-1", "us-ascii", "utf-16", "utf-16be", "utf-16le", "utf-32", "utf-8")
#: a byte that no text has: stands for a record separator of several characters
_STAND_IN = 0


class CsvFormat(FileFormat):
    """Options: `sep`, `quote`, `escape`, `comment`, `header`, `enforceSchema`, `inferSchema`, `mode`, `columnNameOfCorruptRecord`,
    `multiLine`, `lineSep`, `encoding`, `nullValue`, `emptyValue`, `nanValue`, `positiveInf`, `negativeInf`, `dateFormat`,
    `timestampFormat`, `timestampNTZFormat`, `ignoreLeadingWhiteSpace`, `ignoreTrailingWhiteSpace`, `preferDate`, `maxColumns`,
    `timeZone`; for writing also `quoteAll`, `escapeQuotes`, `compression`."""

    label = "CSV"

    def __init__(self, options: Options, conf: Conf) -> None:
        super().__init__(options, conf)
        self._separator = _separator(options.get("sep", options.get("delimiter", ",")))
        self._quote = self._letter("quote", '"')
        self._escape = self._letter("escape", "\\")
        self._header = self.flag("header")
        self._mode = read_mode(options)
        self._corrupt = options.get("columnNameOfCorruptRecord", "_corrupt_record")
        self._encoding = _charset(options.get("encoding") or options.get("charset") or "UTF-8")
        self._line_end = options.get("lineSep")
        if self._line_end == "":
            raise IllegalArgumentException(errorClass="INVALID_LINE_SEPARATOR.EMPTY", messageParameters={})
        self._columns_max = int(options.get("maxColumns", "20480"))
        single = self._line_end is not None and len(self._line_end.encode()) == 1
        self._grammar = Grammar(
            separator=self._separator,
            quote=self._quote,
            escape=self._escape,
            comment=self._letter("comment", ""),
            record_end=ord(self._line_end or "\n") if single or self._line_end is None else _STAND_IN,
            multi_line=self.flag("multiLine"),
            strip_start=self.flag("ignoreLeadingWhiteSpace"),
            strip_end=self.flag("ignoreTrailingWhiteSpace"),
        )
        self._reading = CellReading(
            zone=self.zone,
            null_value=options.get("nullValue", ""),
            empty_value=options.get("emptyValue", ""),
            nan_value=options.get("nanValue", "NaN"),
            positive_inf=options.get("positiveInf", "Inf"),
            negative_inf=options.get("negativeInf", "-Inf"),
            date_format=options.get("dateFormat"),
            timestamp_format=options.get("timestampFormat"),
            timestamp_ntz_format=options.get("timestampNTZFormat"),
            strip_start=self._grammar.strip_start,
            strip_end=self._grammar.strip_end,
            prefers_date=self.flag("preferDate", "true"),
            widening=True,
        )
        if options.get("singleVariantColumn") is not None:
            raise PySparkNotImplementedError(
                errorClass="NOT_IMPLEMENTED",
                messageParameters={
                    "feature": "The option singleVariantColumn of CSV files",
                    "remedy": "Name the columns; each of them may be a VARIANT.",
                },
            )
        self._codec = codec_of(options.get("compression", options.get("codec")))
        self.suffix = f".csv{suffix_of(self._codec)}"

    def _letter(self, name: str, default: str) -> str:
        value = self.options.get(name, default)
        if len(value) > 1:
            raise SparkRuntimeException(
                errorClass="OPTION_VALUE_EXCEEDS_ONE_CHARACTER",
                messageParameters={"paramName": name, "actualValue": value},
            )
        return "" if value == "\0" else value

    # ------------------------------------------------------------ reading

    def check_readable(self, schema: StructType) -> None:
        """Raises: AnalysisException UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE, INVALID_CORRUPT_RECORD_TYPE, UNSUPPORTED_FEATURE.*."""
        _check_types(schema)
        one_text_type(schema, self._corrupt)

    def read(self, path: str, schema: StructType) -> Iterator[pa.Table]:
        records = self._records(path)
        named = [item for item in schema.fields if item.name != self._corrupt]
        if self._header:
            if not self.flag("enforceSchema", "true"):
                self._check_header(path, records, named)
            records = records.skip(1)
        bad = np.zeros(records.count, np.bool_)
        if named:
            bad |= records.widths() != len(named)
        columns: dict[str, pa.Array] = {}
        for place, item in enumerate(named):
            texts = self._reading.cells(*records.column(place))
            columns[item.name], failed = self._reading.convert(texts, item.dataType)
            if isinstance(item.dataType, VariantType):
                there = pa.array(records.widths() > place)
                columns[item.name] = pc.if_else(there, columns[item.name], pa.scalar(None, VARIANT))
            bad |= failed
        if self._mode == "FAILFAST" and bad.any():
            raise failed_read(path, malformed(records.raw().filter(pa.array(bad))[0].as_py()))
        target = nullable(schema)
        if self._corrupt in schema.names:
            raw = records.raw() if bad.any() else pa.nulls(records.count, pa.string())
            columns[self._corrupt] = pc.if_else(pa.array(bad), raw, pa.scalar(None, pa.string()))
        table = pa.Table.from_arrays([columns[name] for name in schema.names], schema=target)
        if self._mode == "DROPMALFORMED" and bad.any():
            table = table.filter(pa.array(~bad))
        yield table

    def _records(self, path: str) -> Records:
        data = read_bytes(path)
        data = data.removeprefix(codecs.BOM_UTF8)
        if self._encoding != "utf-8":
            data = data.decode(self._encoding, "replace").encode()
        elif not data.isascii():
            data = _valid_utf8(data)
        if self._line_end is None:
            data = data.replace(b"\r\n", b"\n")
            if not self._grammar.multi_line or b"\n" not in data:
                data = data.replace(b"\r", b"\n")
        elif self._grammar.record_end == _STAND_IN:
            data = data.replace(bytes([_STAND_IN]), b"").replace(self._line_end.encode(), bytes([_STAND_IN]))
        records = split_records(data, self._grammar)
        if records.count and int(records.widths().max()) > self._columns_max:
            raise failed_read(path, f"a record has more than {self._columns_max} columns; raise the option maxColumns")
        return records

    def _check_header(self, path: str, records: Records, named: Sequence[StructField]) -> None:
        """Raises: SparkRuntimeException FAILED_READ_FILE.NO_HINT when the names in the file are not those of the schema."""
        if records.count == 0:
            return
        header = self._header_names(records)
        names = [item.name for item in named]
        if [name.lower() for name in header] != [name.lower() for name in names]:
            raise failed_read(
                path,
                f"CSV header does not conform to the schema. Header: {', '.join(header)}. Schema: {', '.join(names)}. "
                "Leave enforceSchema true to read columns by position.",
            )

    def _header_names(self, records: Records) -> list[str]:
        width = int(records.widths()[0])
        cells = [self._reading.cells(*records.column(place))[0].as_py() for place in range(width)]
        return [cell or "" for cell in cells]

    def infer(self, files: Sequence[DataFile]) -> StructType:
        """Texts, or with `inferSchema` the narrowest types that all values of all files have; as many as the first record has."""
        if not files:
            raise no_schema(self.label)
        names: list[str] | None = None
        types: list[DataType] = []
        for file in files:
            records = self._records(file.path)
            if records.count == 0:
                continue
            if names is None:
                names = self._names(records)
                types = [NullType()] * len(names)
            if not self.flag("inferSchema"):
                break
            if self._header:
                records = records.skip(1)
            types = [
                self._reading.infer(self._reading.cells(*records.column(place)), so_far)
                for place, so_far in enumerate(types)
            ]
        settled = [StringType() if isinstance(kind, NullType) else kind for kind in types]
        return StructType([StructField(name, kind, True) for name, kind in zip(names or [], settled, strict=True)])

    def _names(self, records: Records) -> list[str]:
        """The header's names; empty ones are made up and repeated ones get the number of their column."""
        if not self._header:
            return [f"_c{place}" for place in range(int(records.widths()[0]))]
        header = self._header_names(records)
        lowered = [name.lower() for name in header]
        return [
            f"_c{place}" if not name else f"{name}{place}" if lowered.count(name.lower()) > 1 else name
            for place, name in enumerate(header)
        ]

    # ------------------------------------------------------------ writing

    def check_writable(self, schema: pa.Schema) -> None:
        """Raises: AnalysisException UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE for nested columns and variants."""
        _check_types(from_arrow_schema(schema))
        no_variants(from_arrow_schema(schema), self.label)

    def write(self, path: str, table: pa.Table) -> None:
        fields = from_arrow_schema(table.schema).fields
        style = self._writing()
        lines = pa.array([], pa.string())
        if fields:
            cells = [
                style.cells(column.combine_chunks(), item.dataType, first=place == 0)
                for place, (column, item) in enumerate(zip(table.columns, fields, strict=True))
            ]
            lines = pc.binary_join_element_wise(*cells, self._separator)
            # a line without any text would be read back as no record, so the reference does not write it
            lines = lines.filter(pc.not_equal(lines, ""))
        if self._header:
            names = [
                style.quoted(pa.array([item.name]), first=place == 0)[0].as_py() for place, item in enumerate(fields)
            ]
            lines = pa.concat_arrays([pa.array([self._separator.join(names)], pa.string()), lines])
        data = join_lines(lines, self._line_end or "\n")
        if self._encoding != "utf-8":
            data = data.decode().encode(self._encoding, "replace")
        write_bytes(path, data, self._codec)

    def _writing(self) -> CellWriting:
        options = self.options
        return CellWriting(
            separator=self._separator,
            quote=self._quote,
            escape=self._escape,
            zone=self.zone,
            null_value=options.get("nullValue", ""),
            empty_value=options.get("emptyValue", '""'),
            quote_all=self.flag("quoteAll"),
            escape_quotes=self.flag("escapeQuotes", "true"),
            date_format=options.get("dateFormat"),
            timestamp_format=options.get("timestampFormat"),
            timestamp_ntz_format=options.get("timestampNTZFormat"),
            strip_start=self.flag("ignoreLeadingWhiteSpace", "true"),
            strip_end=self.flag("ignoreTrailingWhiteSpace", "true"),
        )


def _separator(text: str) -> str:
    if not text:
        raise IllegalArgumentException(errorClass="INVALID_DELIMITER_VALUE.EMPTY_STRING", messageParameters={})
    return re.sub(r"\\[trnbf\\0\"'|]", lambda match: _ESCAPED[match[0]], text)


def _charset(name: str) -> str:
    if name.lower() not in CHARSETS:
        raise IllegalArgumentException(
            errorClass="INVALID_PARAMETER_VALUE.CHARSET",
            messageParameters={
                "functionName": "`CSVOptions`",
                "parameter": "`charset`",
                "charset": name,
                "charsets": ", ".join(CHARSETS),
            },
        )
    return name.lower()


def _valid_utf8(data: bytes) -> bytes:
    """The text with what is no UTF-8 replaced."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace").encode()
    return data


def _check_types(schema: StructType) -> None:
    for item in schema.fields:
        if isinstance(item.dataType, (ArrayType, MapType, StructType, NullType)):
            raise AnalysisException(
                errorClass="UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
                messageParameters={
                    "columnName": f"`{item.name}`",
                    "columnType": f'"{sql_name(item.dataType)}"',
                    "format": "CSV",
                },
            )
