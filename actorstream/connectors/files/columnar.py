"""Parquet and ORC files, through pyarrow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from actorstream.common.config import Conf
from actorstream.connectors.files.compression import no_codec
from actorstream.connectors.files.formats import FileFormat, conform_table, no_schema, no_variants, nullable
from actorstream.connectors.files.paths import failed_read
from actorstream.dataflow.requests import Options
from actorstream.errors import AnalysisException
from actorstream.expr.types import StructField, StructType, VariantType, from_arrow_schema, holds

if TYPE_CHECKING:
    from actorstream.connectors.files.layout import DataFile

#: rows of a table that a reader gives at once
_ROWS_MAX = 1 << 17


class _Columnar(FileFormat):
    #: option -> pyarrow's codec, and what it adds to the file name
    codecs: Mapping[str, tuple[str, str]]
    #: what the reference lists when a codec is not there
    available: Sequence[str]
    codec_key: str
    codec_default: str
    ending: str

    def __init__(self, options: Options, conf: Conf) -> None:
        super().__init__(options, conf)
        name = (
            options.get("compression") or conf.get(self.codec_key, self.codec_default) or self.codec_default
        ).lower()
        if name not in self.codecs:
            raise no_codec(name, self.available)
        self._codec, word = self.codecs[name]
        self.suffix = f"{word}.{self.ending}"

    def infer(self, files: Sequence[DataFile]) -> StructType:
        """The columns of the first file, or with `mergeSchema` of all files. Raises: AnalysisException UNABLE_TO_INFER_SCHEMA."""
        if not files:
            raise no_schema(self.label)
        found: dict[str, StructField] = {}
        for file in files if self.flag("mergeSchema") else files[:1]:
            for item in self._schema_of(file.path).fields:
                known = found.setdefault(item.name, item)
                if known.dataType != item.dataType:
                    raise AnalysisException(
                        f"Failed merging schema of the file {file.path}: the column {item.name} is "
                        f"{item.dataType.simpleString()} there and {known.dataType.simpleString()} elsewhere."
                    )
        return StructType(list(found.values()))

    def _schema_of(self, path: str) -> StructType:
        try:
            schema = self._arrow_schema(path)
            return _with_variants(from_arrow_schema(schema.remove_metadata()), schema.metadata or {})
        except FileNotFoundError:
            raise
        except (pa.ArrowException, OSError) as error:
            raise failed_read(path, error) from error

    def _arrow_schema(self, path: str) -> pa.Schema:
        raise NotImplementedError


ROW_METADATA = b"org.apache.spark.sql.parquet.row.metadata"
"""Where the reference keeps the columns of a file in its own words: only these tell a variant from a struct of two byte strings."""


def _with_variants(schema: StructType, metadata: Mapping[bytes, bytes]) -> StructType:
    """The columns of a file, with those that hold variants as the file's metadata has them."""
    if ROW_METADATA not in metadata:
        return schema
    told = {item.name: item.dataType for item in StructType.fromJson(json.loads(metadata[ROW_METADATA])).fields}
    return StructType(
        [
            StructField(item.name, told[item.name], item.nullable, item.metadata)
            if item.name in told and holds(told[item.name], VariantType, in_maps=True)
            else item
            for item in schema.fields
        ]
    )


class ParquetFormat(_Columnar):
    """Parquet. Options: `compression`, `mergeSchema`."""

    label = "Parquet"
    ending = "parquet"
    codec_key = "spark.sql.parquet.compression.codec"
    codec_default = "snappy"
    available = ("brotli", "uncompressed", "lzo", "snappy", "lz4_raw", "none", "zstd", "lz4", "gzip")
    codecs = {
        "none": ("none", ""),
        "uncompressed": ("none", ""),
        "snappy": ("snappy", ".snappy"),
        "gzip": ("gzip", ".gz"),
        "zstd": ("zstd", ".zstd"),
        "brotli": ("brotli", ".br"),
        # pyarrow writes the raw framing under both names, which every reader of the last years knows
        "lz4": ("lz4", ".lz4raw"),
        "lz4_raw": ("lz4", ".lz4raw"),
    }

    def read(self, path: str, schema: StructType) -> Iterator[pa.Table]:
        import pyarrow.parquet as pq

        target = nullable(schema)
        wanted = {name.lower() for name in schema.names}
        try:
            with pq.ParquetFile(path) as file:
                columns = [name for name in file.schema_arrow.names if name.lower() in wanted]
                if not columns:
                    yield conform_table(pa.table({"": pa.nulls(file.metadata.num_rows)}), target)
                    return
                for batch in file.iter_batches(_ROWS_MAX, columns=columns):
                    yield conform_table(pa.Table.from_batches([batch]), target)
        except FileNotFoundError:
            raise
        except (pa.ArrowException, OSError) as error:
            raise failed_read(path, error) from error

    def write(self, path: str, table: pa.Table) -> None:
        import pyarrow.parquet as pq

        schema = from_arrow_schema(table.schema)
        plain = table.replace_schema_metadata(None)
        with pq.ParquetWriter(
            path, plain.schema, compression=self._codec, coerce_timestamps="us", store_schema=False
        ) as writer:
            if holds(schema, VariantType, in_maps=True):
                writer.add_key_value_metadata({ROW_METADATA.decode(): schema.json()})
            writer.write_table(plain)

    def _arrow_schema(self, path: str) -> pa.Schema:
        import pyarrow.parquet as pq

        return pq.read_schema(path)


class OrcFormat(_Columnar):
    """ORC. Options: `compression`, `mergeSchema`."""

    label = "ORC"
    ending = "orc"
    codec_key = "spark.sql.orc.compression.codec"
    codec_default = "zstd"
    available = ("brotli", "uncompressed", "lz4", "lzo", "snappy", "zlib", "none", "zstd")
    codecs = {
        "none": ("uncompressed", ""),
        "uncompressed": ("uncompressed", ""),
        "snappy": ("snappy", ".snappy"),
        "zlib": ("zlib", ".zlib"),
        "zstd": ("zstd", ".zstd"),
        "lz4": ("lz4", ".lz4"),
    }

    def read(self, path: str, schema: StructType) -> Iterator[pa.Table]:
        try:
            with open(path, "rb") as stream:
                yield conform_table(_orc().ORCFile(stream).read(), nullable(schema))
        except FileNotFoundError:
            raise
        except (pa.ArrowException, OSError) as error:
            raise failed_read(path, error) from error

    def check_writable(self, schema: pa.Schema) -> None:
        """Raises: AnalysisException UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE for variants."""
        no_variants(from_arrow_schema(schema), self.label)

    def write(self, path: str, table: pa.Table) -> None:
        _orc().write_table(table, path, compression=self._codec)

    def _arrow_schema(self, path: str) -> pa.Schema:
        with open(path, "rb") as stream:
            return _orc().ORCFile(stream).schema


def _orc() -> Any:
    import pyarrow.orc

    return pyarrow.orc
