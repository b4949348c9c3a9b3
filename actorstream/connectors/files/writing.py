"""Writes a table as files of a directory, one per combination of partition values; durable before anybody is told."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from actorstream.connectors.files.formats import FileFormat
from actorstream.connectors.files.layout import NULL_FOLDER, escaped
from actorstream.connectors.files.manifest import Written
from actorstream.errors import SparkRuntimeException
from actorstream.expr.grouping import as_array, group_rows, normalise_keys
from actorstream.expr.text import to_text
from actorstream.expr.types import from_arrow_field


def write_files(
    root: str, form: FileFormat, table: pa.Table, partition_by: Sequence[str], *, number: int = 0
) -> list[Written]:
    """Write the rows below `root`. Returns: the files; they, and the folders that lead to them, are on disk when this returns."""
    written = []
    for folder, rows in _pieces(table, partition_by):
        target = os.path.join(root, folder)
        _make_folder(target)
        # a dot where the reference has one: partitioned files have a writer of their own there
        path = os.path.join(target, f"part-{number:05d}-{uuid.uuid4()}{'.' if partition_by else '-'}c000{form.suffix}")
        form.write(path, rows)
        _sync(path)
        _sync(target)
        written.append(Written(path, os.path.getsize(path), time.time_ns() // 1_000_000))
    return written


def _pieces(table: pa.Table, partition_by: Sequence[str]) -> Iterator[tuple[str, pa.Table]]:
    """Folder and rows of every combination of partition values; the folder of no partitions is empty."""
    if not partition_by:
        yield "", table
        return
    if table.num_rows == 0:
        return
    rest = table.drop_columns(list(partition_by))
    keys = [as_array(normalise_keys(table.column(name))) for name in partition_by]
    groups, first = group_rows(keys)
    texts = [
        to_text(key.take(pa.array(first)), from_arrow_field(table.schema.field(name)).dataType).to_pylist()
        for name, key in zip(partition_by, keys, strict=True)
    ]
    order = np.argsort(groups.ids, kind="stable")
    bounds = np.searchsorted(groups.ids[order], np.arange(groups.count + 1))
    for group in range(groups.count):
        parts = [
            f"{escaped(name)}={escaped(column[group] or '') or NULL_FOLDER}"
            for name, column in zip(partition_by, texts, strict=True)
        ]
        yield os.path.join(*parts), rest.take(pa.array(order[bounds[group] : bounds[group + 1]]))


def _make_folder(target: str) -> None:
    """Make a folder and the missing ones above it; the name of each is on disk in the one above."""
    missing = []
    target = os.path.abspath(target)
    while not os.path.isdir(target):
        missing.append(target)
        target = os.path.dirname(target)
    for folder in reversed(missing):
        os.makedirs(folder, exist_ok=True)
        _sync(os.path.dirname(folder))


def _sync(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_failed(root: str, error: OSError) -> SparkRuntimeException:
    """The error for a disk that refuses a file. What was written is in no manifest: nobody sees it."""
    wrapped = SparkRuntimeException(errorClass="TASK_WRITE_FAILED", messageParameters={"path": f"file:{root}"})
    wrapped.add_note(error.strerror or str(error))
    return wrapped
