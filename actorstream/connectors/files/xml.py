"""XML files: a row for each element of the row's tag.

A record that does not fit is kept as the whole text of its file, as in the reference, whose reader knows no other text of it.

Source: Spark ``XmlFileFormat``, ``StaxXmlParser.parseStream``.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from actorstream.common.config import CASE_SENSITIVE, Conf
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
from actorstream.errors import AnalysisException
from actorstream.expr.functions.xml import refuse_variants
from actorstream.expr.types import (
    CalendarIntervalType,
    DataType,
    NullType,
    StringType,
    StructField,
    StructType,
    from_arrow_schema,
    sql_name,
    to_arrow,
)
from actorstream.expr.xml_options import XmlOptions
from actorstream.expr.xml_reader import XmlReader
from actorstream.expr.xml_schema import XmlInference, settled
from actorstream.expr.xml_text import XmlWriter

if TYPE_CHECKING:
    from actorstream.connectors.files.layout import DataFile

_DECLARED = re.compile(rb"""\s*<\?xml[^>]*?\bencoding\s*=\s*["']([\w.:-]+)["']""")
_ATTRIBUTE = re.compile(r"""([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


class XmlFormat(FileFormat):
    """Options: `rowTag`, which must be given, `mode`, `columnNameOfCorruptRecord`, `attributePrefix`, `valueTag`, `nullValue`,
    `excludeAttribute`, `ignoreSurroundingSpaces`, `ignoreNamespace`, `wildcardColName`, `inferSchema`, `preferDate`,
    `prefersDecimal`, `multiLine`, `encoding`, `dateFormat`, `timestampFormat`, `timestampNTZFormat`, `timeZone`; for writing also
    `rootTag`, `declaration`, `arrayElementName`, `indent`, `validateName`, `compression`."""

    label = "XML"

    def __init__(self, options: Options, conf: Conf) -> None:
        super().__init__(options, conf)
        self._plain = {key.lower(): value for key, value in options.items()}
        if "rowtag" not in self._plain:
            raise AnalysisException(errorClass="XML_ROW_TAG_MISSING", messageParameters={"rowTag": "`rowTag`"})
        self._xml = XmlOptions.of(self._plain, self.zone)
        self._mode = read_mode(options)
        self._multi_line = self.flag("multiLine", "true")
        self._encoding = character_set(options.get("encoding") or options.get("charset") or "UTF-8")
        self._case_sensitive = conf.value(CASE_SENSITIVE)
        self._codec = codec_of(options.get("compression"))
        self.suffix = f".xml{suffix_of(self._codec)}"

    # ------------------------------------------------------------ reading

    def check_readable(self, schema: StructType) -> None:
        """Raises: AnalysisException INVALID_CORRUPT_RECORD_TYPE, UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN."""
        one_text_type(schema, self._xml.corrupt)
        refuse_variants(schema)

    def read(self, path: str, schema: StructType) -> Iterator[pa.Table]:
        read = StructType([item for item in schema.fields if item.name != self._xml.corrupt])
        reader = XmlReader(read, self._xml, case_sensitive=self._case_sensitive)
        rows: list[dict[str, Any]] = []
        bad: list[str | None] = []
        for text in self._texts(path):
            for row, fits in reader.rows(text) if self._multi_line else [reader.read(text)]:
                if not fits and self._mode == "FAILFAST":
                    raise failed_read(path, malformed(text))
                if fits or self._mode == "PERMISSIVE":
                    rows.append(row)
                    bad.append(None if fits else text)
        structs = pa.array(rows, to_arrow(read))
        columns = dict(zip(read.names, structs.flatten(), strict=True))
        columns[self._xml.corrupt] = pa.array(bad, pa.string())
        yield pa.Table.from_arrays([columns[name] for name in schema.names], schema=nullable(schema))

    def _texts(self, path: str) -> list[str]:
        """What is read at once: the whole file, or a line without `multiLine`."""
        text = self._decoded(read_bytes(path))
        if self._multi_line:
            return [text]
        return [line for line in split_lines(text.encode()).to_pylist() if line.strip()]

    def _decoded(self, data: bytes) -> str:
        """The text, by the option, the mark of byte order, or what the document says."""
        encoding = self._encoding
        if encoding == "utf-8":
            if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                encoding = "utf-16"
            elif declared := _DECLARED.match(data):
                encoding = character_set(declared[1].decode())
        return data.decode("utf-8-sig" if encoding == "utf-8" else encoding, "replace")

    def infer(self, files: Sequence[DataFile]) -> StructType:
        """Columns by name, with the types that all elements of all files have in common.

        Raises: SparkRuntimeException FAILED_READ_FILE.NO_HINT for a malformed file under FAILFAST.
        """
        if not files:
            raise no_schema(self.label)
        inference = XmlInference(self._xml, case_sensitive=self._case_sensitive)
        found: DataType = NullType()
        for file in files:
            for text in self._texts(file.path):
                for kind in inference.of_rows(text) if self._multi_line else [inference.of_text(text)]:
                    if kind is not None:
                        found = inference.wider(found, kind)
                    elif self._mode == "FAILFAST":
                        raise failed_read(file.path, malformed(text))
                    elif self._mode == "PERMISSIVE":
                        kept = StructType([StructField(self._xml.corrupt, StringType(), True)])
                        found = inference.wider(found, kept)
        named = settled(found)
        return named if isinstance(named, StructType) else StructType([])

    # ------------------------------------------------------------ writing

    def check_writable(self, schema: pa.Schema) -> None:
        """Raises: AnalysisException EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE, UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE."""
        columns = from_arrow_schema(schema)
        refuse_variants(columns)
        if not columns.fields:
            raise AnalysisException(
                errorClass="EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE", messageParameters={"format": self.label}
            )
        for item in columns.fields:
            if isinstance(item.dataType, CalendarIntervalType):
                raise AnalysisException(
                    errorClass="UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
                    messageParameters={
                        "columnName": f"`{item.name}`",
                        "columnType": f'"{sql_name(item.dataType)}"',
                        "format": self.label,
                    },
                )

    def write(self, path: str, table: pa.Table) -> None:
        """Write a new file; one without rows is empty."""
        write_bytes(path, self._document(table) if table.num_rows else b"", self._codec)

    def _document(self, table: pa.Table) -> bytes:
        schema = from_arrow_schema(table.schema)
        rows = table.combine_chunks().to_struct_array()
        if isinstance(rows, pa.ChunkedArray):
            rows = pa.concat_arrays(rows.chunks)
        plain = StructType([StructField(item.name, item.dataType) for item in schema.fields])
        writer = XmlWriter.of(self._plain, self.zone)
        elements = join_lines(writer.rows(rows, plain, depth=1), "\n" if self._xml.indent else "")
        declaration = f"<?xml {self._xml.declaration}?>\n" if self._xml.declaration else ""
        start, end = self._root()
        text = f"{declaration}{start}\n{elements.decode()}{end}"
        return text.encode(self._encoding, "xmlcharrefreplace")

    def _root(self) -> tuple[str, str]:
        """The tags around all rows; the option may name attributes, too."""
        name, _, rest = self._xml.root_tag.partition(" ")
        attributes = "".join(f' {found[1]}="{found[2] or found[3] or ""}"' for found in _ATTRIBUTE.finditer(rest))
        return f"<{name}{attributes}>", f"</{name}>"
