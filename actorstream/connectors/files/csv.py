"""CSV files, with the reference's reading of options, of malformed records and of quotes (IO-47)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from actorstream.common.config import Conf
from actorstream.connectors.files.csv_records import Records, split_records
from actorstream.connectors.files.formats import FileFormat, failed_read, no_schema, nullable
from actorstream.connectors.files.text import join_lines
from actorstream.dataflow.requests import Options
from actorstream.errors import AnalysisException, IllegalArgumentException, PySparkNotImplementedError
from actorstream.expr.casts import cast_values, to_instants
from actorstream.expr.text import to_text
from actorstream.expr.types import (
    BooleanType,
    DataType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    from_arrow_schema,
    to_arrow,
)

if TYPE_CHECKING:
    from actorstream.connectors.files.layout import DataFile

_CORRUPT = "_corrupt_record"
#: Java's letters -> those of strptime; what is not here is not supported
_PATTERN = {
    "yyyy": "%Y",
    "yy": "%y",
    "MM": "%m",
    "M": "%m",
    "dd": "%d",
    "d": "%d",
    "HH": "%H",
    "H": "%H",
    "mm": "%M",
    "ss": "%S",
    "MMM": "%b",
}


class CsvFormat(FileFormat):
    """Options: `header`, `sep`, `quote`, `escape`, `nullValue`, `emptyValue`, `mode`, `columnNameOfCorruptRecord`, `dateFormat`,
    `timestampFormat`, `ignoreLeadingWhiteSpace`, `ignoreTrailingWhiteSpace`, `inferSchema`, `encoding`, `comment`."""

    suffix = ".csv"

    def __init__(self, options: Options, conf: Conf) -> None:
        super().__init__(options, conf)
        self._separator = options.get("sep") or options.get("delimiter") or ","
        self._quote = options.get("quote", '"')
        self._escape = options.get("escape", "\\")
        self._null = options.get("nullValue", "")
        self._header = self._flag("header")
        self._mode = options.get("mode", "PERMISSIVE").upper()
        self._corrupt = options.get("columnNameOfCorruptRecord", _CORRUPT)
        self._encoding = options.get("encoding") or options.get("charset") or "utf-8"
        if self._mode not in ("PERMISSIVE", "DROPMALFORMED", "FAILFAST"):
            self._mode = "PERMISSIVE"  # as the reference does with a word it does not know
        for name, value in (("quote", self._quote), ("escape", self._escape)):
            if len(value) > 1:
                raise IllegalArgumentException(f"{name} cannot be more than one character")

    def _flag(self, name: str) -> bool:
        text = self.options.get(name, "false").lower()
        if text not in ("true", "false"):
            raise IllegalArgumentException(f"{name} flag can be true or false")
        return text == "true"

    # ------------------------------------------------------------ reading

    def read(self, path: str, schema: StructType) -> Iterator[pa.Table]:
        records = self._records(path)
        if self._header:
            records = records.skip(1)
        named = [item for item in schema.fields if item.name != self._corrupt]
        bad = np.zeros(records.count, np.bool_)
        if named:
            bad |= records.widths() != len(named)
        columns: dict[str, pa.Array] = {}
        for place, item in enumerate(named):
            texts = self._texts(records, place)
            columns[item.name], failed = self._convert(texts, item.dataType)
            bad |= failed
        if bad.any() and self._mode == "FAILFAST":
            first = records.raw().filter(pa.array(bad))[0].as_py()
            raise failed_read(path, f"MALFORMED_RECORD_IN_PARSING: [{first}]")
        target = nullable(schema)
        if self._corrupt in schema.names:
            raw = records.raw() if bad.any() else pa.nulls(records.count, pa.string())
            columns[self._corrupt] = pc.if_else(pa.array(bad), raw, pa.scalar(None, pa.string()))
        arrays = [columns[name] for name in schema.names]
        table = pa.Table.from_arrays(arrays, schema=target)
        if self._mode == "DROPMALFORMED" and bad.any():
            table = table.filter(pa.array(~bad))
        yield table

    def _records(self, path: str) -> Records:
        with open(path, "rb") as stream:
            data = stream.read()
        if self._encoding.lower().replace("-", "") != "utf8":
            data = data.decode(self._encoding).encode()
        data = data.removeprefix(b"\xef\xbb\xbf")
        comment = self.options.get("comment")
        if comment:
            data = re.sub(rb"(?m)^" + re.escape(comment.encode()) + rb".*\n?", b"", data)
        if not data:
            return split_records(b"\n", self._separator, self._quote, self._escape)
        return split_records(data, self._separator, self._quote, self._escape)

    def _texts(self, records: Records, place: int) -> pa.Array:
        """A column as text: trimmed, unescaped, nulls made."""
        texts, quoted = records.column(place)
        if self._escape:
            for letter in {self._quote, self._escape} - {""}:
                if quoted.any():
                    unescaped = pc.replace_substring(texts, self._escape + letter, letter)
                    texts = pc.if_else(pa.array(quoted), unescaped, texts)
        if self._flag("ignoreLeadingWhiteSpace"):
            texts = pc.utf8_ltrim_whitespace(texts)
        if self._flag("ignoreTrailingWhiteSpace"):
            texts = pc.utf8_rtrim_whitespace(texts)
        null = pc.equal(texts, self._null)
        # an empty field is null unless it is written as ""
        null = pc.and_(pc.or_(null, pc.equal(texts, "")), pc.or_(pa.array(~quoted), pc.not_equal(texts, "")))
        texts = pc.if_else(pc.fill_null(null, True), pa.scalar(None, pa.string()), texts)
        empty = self.options.get("emptyValue", "")
        if empty:
            texts = pc.if_else(pc.fill_null(pc.equal(texts, empty), False), "", texts)
        return texts

    def _convert(self, texts: pa.Array, data_type: DataType) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
        """A text column as a type; null, and noted, where a text does not fit."""
        if isinstance(data_type, StringType):
            return texts, np.zeros(len(texts), np.bool_)
        pattern = None
        if isinstance(data_type, DateType):
            pattern = self.options.get("dateFormat")
        elif isinstance(data_type, (TimestampType, TimestampNTZType)):
            pattern = self.options.get("timestampFormat")
        if pattern is not None:
            values = self._by_pattern(texts, pattern, data_type)
        elif isinstance(data_type, BooleanType):
            lowered = pc.utf8_lower(texts)
            known = pc.is_in(lowered, pa.array(["true", "false"]))
            values = pc.if_else(known, pc.equal(lowered, "true"), pa.scalar(None, pa.bool_()))
        else:
            # the reference reads numbers strictly: no blanks around them
            strict = pc.if_else(pc.match_substring_regex(texts, r"^\s|\s$"), pa.scalar(None, pa.string()), texts)
            values = cast_values(strict, StringType(), data_type, "try", self.zone)
        failed = pc.and_(pc.is_valid(texts), pc.is_null(values))
        return values, np.asarray(failed)

    def _by_pattern(self, texts: pa.Array, pattern: str, data_type: DataType) -> pa.Array:
        moments = pc.strptime(texts, format=_strptime(pattern), unit="us", error_is_null=True)
        if isinstance(data_type, DateType):
            return moments.cast(pa.date32())
        if isinstance(data_type, TimestampNTZType):
            return moments.cast(to_arrow(data_type))
        return to_instants(moments, self.zone).cast(to_arrow(data_type))

    def infer(self, files: Sequence[DataFile]) -> StructType:
        """Texts, or with `inferSchema` the narrowest type that every value of the first file fits."""
        if not files:
            raise no_schema("CSV")
        records = self._records(files[0].path)
        if records.count == 0:
            raise no_schema("CSV")
        width = int(records.widths()[0])
        if self._header:
            header = records.skip(0)
            names = [str(header.column(place)[0][0].as_py() or f"_c{place}") for place in range(width)]
            records = records.skip(1)
        else:
            names = [f"_c{place}" for place in range(width)]
        types: list[DataType] = [StringType()] * width
        if self._flag("inferSchema"):
            types = [self._narrowest(self._texts(records, place)) for place in range(width)]
        return StructType([StructField(name, kind, True) for name, kind in zip(names, types, strict=True)])

    def _narrowest(self, texts: pa.Array) -> DataType:
        candidates: tuple[DataType, ...] = (
            IntegerType(),
            LongType(),
            DoubleType(),
            DateType(),
            TimestampType(),
            BooleanType(),
        )
        for candidate in candidates:
            if texts.null_count < len(texts) and not self._convert(texts, candidate)[1].any():
                return candidate
        return StringType()

    # ------------------------------------------------------------ writing

    def check_writable(self, schema: pa.Schema) -> None:
        """Raises: AnalysisException UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE for nested columns."""
        for field in schema:
            if pa.types.is_nested(field.type):
                raise AnalysisException(
                    errorClass="UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
                    messageParameters={
                        "columnName": f"`{field.name}`",
                        "columnType": f'"{from_arrow_schema(pa.schema([field])).fields[0].dataType.simpleString().upper()}"',
                        "format": "CSV",
                    },
                )

    def write(self, path: str, table: pa.Table) -> None:
        fields = from_arrow_schema(table.schema).fields
        texts = [
            self._cells(column.combine_chunks(), item.dataType)
            for column, item in zip(table.columns, fields, strict=True)
        ]
        lines = pc.binary_join_element_wise(*texts, self._separator)
        if self._header:
            header = self._separator.join(self._quoted_text(pa.array([item.name]))[0].as_py() for item in fields)
            lines = pa.concat_arrays([pa.array([header]), lines])
        with open(path, "wb") as stream:
            stream.write(join_lines(lines, self.options.get("lineSep", "\n")))

    def _cells(self, values: pa.Array, data_type: DataType) -> pa.Array:
        if isinstance(data_type, TimestampType) and "timestampFormat" not in self.options:
            texts = pc.replace_substring(to_text(values, data_type, self.zone), " ", "T")
            plain = pc.match_substring(texts, ".")
            texts = pc.if_else(plain, texts, pc.binary_join_element_wise(texts, ".000", ""))
            if self.zone == "UTC":
                texts = pc.binary_join_element_wise(texts, "Z", "")
        else:
            texts = to_text(values, data_type, self.zone)
        texts = self._quoted_text(texts) if isinstance(data_type, StringType) else texts
        return pc.fill_null(texts, self._null)

    def _quoted_text(self, texts: pa.Array) -> pa.Array:
        """In quotes where the separator, a quote or a line end is inside; an empty text always."""
        if not self._quote:
            return texts
        special = "|".join(re.escape(item) for item in (self._separator, self._quote, "\n", "\r"))
        needs = pc.or_(pc.match_substring_regex(texts, special), pc.equal(texts, ""))
        inner = texts
        for letter in dict.fromkeys((self._escape, self._quote)):
            if letter:
                inner = pc.replace_substring(inner, letter, self._escape + letter)
        return pc.if_else(needs, pc.binary_join_element_wise(self._quote, inner, self._quote, ""), texts)


def _strptime(pattern: str) -> str:
    """A Java pattern for strptime. Raises: PySparkNotImplementedError for letters it has no match for."""

    def word(match: re.Match[str]) -> str:
        found = _PATTERN.get(match[0])
        if found is None:
            raise PySparkNotImplementedError(
                errorClass="NOT_IMPLEMENTED",
                messageParameters={
                    "feature": f"The letters `{match[0]}` in the CSV pattern `{pattern}`",
                    "remedy": "Read the column as text and parse it with to_timestamp.",
                },
            )
        return found

    plain = pattern.replace("'T'", "T\0").replace("'", "")
    return re.sub(r"([A-SU-Za-z])\1*", word, plain.replace("%", "%%")).replace("T\0", "T")
