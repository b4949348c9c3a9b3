"""The file connector: directories of parquet, CSV, JSON, text, ORC and XML files, as stream and as table.

`file_source` reads new files and keeps a log of them in the checkpoint; `file_sink` writes files and lists those of each epoch in a
manifest, which is what makes it exactly-once; `file_table` reads and writes a directory at once. `formats` knows what is in a file.
"""

from __future__ import annotations

import pyarrow as pa

from actorstream.common.config import PARTITION_OVERWRITE, SCHEMA_INFERENCE
from actorstream.dataflow.protocols import Sink, SourceProvider
from actorstream.dataflow.requests import ReadRequest, WriteRequest
from actorstream.errors import AnalysisException, IllegalArgumentException
from actorstream.expr.types import StructType

__all__ = ["FORMATS", "READS_TABLES", "provider", "sink", "write"]

READS_TABLES = True

FORMATS = ("csv", "json", "orc", "parquet", "text", "xml")
"""What this connector reads and writes."""


def provider(request: ReadRequest) -> SourceProvider:
    """A stream or a table over files.

    Raises: IllegalArgumentException without a path or, for a stream, without a schema (IO-5, IO-41); AnalysisException
        PATH_NOT_FOUND, UNABLE_TO_INFER_SCHEMA.
    """
    from actorstream.connectors.files.format_registry import file_format
    from actorstream.connectors.files.layout import Layout
    from actorstream.connectors.files.scan import FileScan

    form = file_format(request.format, request.options, request.conf)
    if not request.paths:
        raise IllegalArgumentException(errorClass="_LEGACY_ERROR_TEMP_2047", messageParameters={})
    layout = Layout(request.paths, request.options, request.conf)
    layout.check_exists(streaming=request.streaming)
    given = request.schema or form.own_columns()
    if request.streaming and given is None and request.format != "text" and not request.conf.value(SCHEMA_INFERENCE):
        raise IllegalArgumentException(errorClass="_LEGACY_ERROR_TEMP_2048", messageParameters={})
    files = layout.files()
    partitions = layout.partition_columns(files, given)
    if given is None:
        given = form.infer(files)
    form.check_readable(StructType([item for item in given.fields if item.name not in partitions.names]))
    data = StructType([item for item in given.fields if item.name not in partitions.names])
    scan = FileScan(form, layout, data, partitions, request.options, row_index=request.format == "parquet")
    if request.streaming:
        from actorstream.connectors.files.file_source import FileStreamProvider

        return FileStreamProvider(scan, request.options)
    from actorstream.connectors.files.file_table import FileTableProvider

    return FileTableProvider(request.format, scan)


def sink(request: WriteRequest) -> Sink:
    """A sink that writes files. Raises: IllegalArgumentException without a path."""
    from actorstream.connectors.files.file_sink import FileSink
    from actorstream.connectors.files.format_registry import file_format

    form = file_format(request.format, request.options, request.conf)
    if not request.path:
        raise IllegalArgumentException(errorClass="_LEGACY_ERROR_TEMP_2047", messageParameters={})
    _check_columns(request.schema)
    form.check_writable(_without(request.schema, request.partition_by))
    return FileSink(request.path, form, request.partition_by, request.options)


def write(request: WriteRequest, table: pa.Table, save_mode: str) -> None:
    """Write a table. Raises: AnalysisException PATH_ALREADY_EXISTS."""
    from actorstream.connectors.files.file_table import write_table
    from actorstream.connectors.files.format_registry import file_format

    form = file_format(request.format, request.options, request.conf)
    if not request.path:
        raise IllegalArgumentException(errorClass="_LEGACY_ERROR_TEMP_2047", messageParameters={})
    missing = [name for name in request.partition_by if name not in table.column_names]
    if missing:
        raise AnalysisException(
            f"Partition column {missing[0]} not found in existing columns ({', '.join(table.column_names)})."
        )
    _check_columns(request.schema)
    form.check_writable(_without(request.schema, request.partition_by))
    mode = request.options.get("partitionOverwriteMode") or request.conf.value(PARTITION_OVERWRITE)
    if mode.upper() not in ("STATIC", "DYNAMIC"):
        raise IllegalArgumentException(
            errorClass="INVALID_CONF_VALUE.OUT_OF_RANGE_OF_OPTIONS",
            messageParameters={
                "confName": "partitionOverwriteMode",
                "confValue": mode,
                "confOptions": "STATIC, DYNAMIC",
            },
        )
    only_written = mode.upper() == "DYNAMIC" and bool(request.partition_by)
    write_table(
        request.path,
        form,
        table,
        request.partition_by,
        save_mode,
        replaces=request.replaces,
        only_written=only_written,
    )


def _check_columns(schema: pa.Schema) -> None:
    """Raises: AnalysisException COLUMN_ALREADY_EXISTS: a file has each name once."""
    seen: set[str] = set()
    for name in schema.names:
        if name.lower() in seen:
            raise AnalysisException(
                errorClass="COLUMN_ALREADY_EXISTS", messageParameters={"columnName": f"`{name.lower()}`"}
            )
        seen.add(name.lower())


def _without(schema: pa.Schema, names: tuple[str, ...]) -> pa.Schema:
    return pa.schema([field for field in schema if field.name not in names])
