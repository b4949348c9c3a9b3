"""Parquet and ORC files, through pyarrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from actorstream.connectors.files.formats import FileFormat, conform_table, failed_read, no_schema, nullable
from actorstream.errors import IllegalArgumentException
from actorstream.expr.types import StructType, from_arrow_schema

if TYPE_CHECKING:
    from actorstream.connectors.files.layout import DataFile

#: rows of a table that a reader gives at once
_ROWS_MAX = 1 << 17
_CODECS = {"none", "uncompressed", "snappy", "gzip", "lz4", "zstd", "brotli"}


class _Columnar(FileFormat):
    def _codec(self) -> str:
        name = self.options.get("compression", "snappy").lower()
        if name not in _CODECS:
            raise IllegalArgumentException(
                f"Codec [{name}] is not available. Available codecs are {', '.join(sorted(_CODECS))}."
            )
        return "none" if name == "uncompressed" else name


class ParquetFormat(_Columnar):
    """Parquet. Option: `compression`."""

    suffix = ".snappy.parquet"

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
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, FileNotFoundError):
                raise
            raise failed_read(path, error) from error

    def write(self, path: str, table: pa.Table) -> None:
        import pyarrow.parquet as pq

        plain = table.replace_schema_metadata(None)
        pq.write_table(plain, path, compression=self._codec(), coerce_timestamps="us", store_schema=False)

    def infer(self, files: Sequence[DataFile]) -> StructType:
        import pyarrow.parquet as pq

        if not files:
            raise no_schema("Parquet")
        try:
            return from_arrow_schema(pq.read_schema(files[0].path).remove_metadata())
        except (pa.ArrowException, OSError) as error:
            raise failed_read(files[0].path, error) from error


class OrcFormat(_Columnar):
    """ORC. Option: `compression`."""

    suffix = ".snappy.orc"

    def read(self, path: str, schema: StructType) -> Iterator[pa.Table]:
        target = nullable(schema)
        try:
            with open(path, "rb") as stream:
                yield conform_table(_orc().ORCFile(stream).read(), target)
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, FileNotFoundError):
                raise
            raise failed_read(path, error) from error

    def write(self, path: str, table: pa.Table) -> None:
        codec = self._codec()
        _orc().write_table(table, path, compression="uncompressed" if codec == "none" else codec)

    def infer(self, files: Sequence[DataFile]) -> StructType:
        if not files:
            raise no_schema("ORC")
        try:
            with open(files[0].path, "rb") as stream:
                return from_arrow_schema(_orc().ORCFile(stream).schema)
        except (pa.ArrowException, OSError) as error:
            raise failed_read(files[0].path, error) from error


def _orc() -> Any:
    import pyarrow.orc

    return pyarrow.orc
