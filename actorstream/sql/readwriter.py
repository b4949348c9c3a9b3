"""`spark.read` and `df.write`: static data. Source: `pyspark.sql.readwriter`."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from actorstream.common.config import DEFAULT_SOURCE
from actorstream.connectors.table import TableProvider
from actorstream.dataflow.requests import Options, ReadRequest, WriteRequest
from actorstream.errors import (
    AnalysisException,
    PySparkNotImplementedError,
    PySparkTypeError,
    PySparkValueError,
)
from actorstream.expr.types import StringType, StructType, sql_name, to_arrow_schema
from actorstream.sql.column import column_named
from actorstream.sql.formats import READ_OPTIONS, WRITE_OPTIONS, connector_for, merged, short_name
from actorstream.sql.relations import find_table, find_temporary, not_found, table_plan
from actorstream.sql.streaming.readwriter import OptionsBuilder, as_schema, check_text
from actorstream.sql.tables import (
    Buckets,
    TableDescription,
    TableName,
    already_exists,
    check_buckets,
    describe_table,
    table_name,
)

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame
    from actorstream.sql.rdd import RDD
    from actorstream.sql.session import SparkSession

_SAVE_MODES = ("append", "overwrite", "error", "errorifexists", "ignore", "default")

#: what the reference calls a format in the error about tables of another one
_CLASSES = {
    "csv": "CSVDataSourceV2",
    "json": "JsonDataSourceV2",
    "orc": "OrcDataSourceV2",
    "parquet": "ParquetDataSourceV2",
    "text": "TextDataSourceV2",
    "xml": "XmlFileFormat",
}


class DataFrameReader(OptionsBuilder):
    """Builds a static DataFrame over files."""

    def __init__(self, session: SparkSession) -> None:
        super().__init__()
        self._session = session
        self._format: str | None = None
        self._schema: StructType | None = None

    def format(self, source: str) -> Self:
        """The kind of source."""
        self._format = short_name(source)
        return self

    def schema(self, schema: StructType | str) -> Self:
        """The columns to read; inferred if absent."""
        self._schema = as_schema(schema)
        return self

    def jdbc(self, url: str, table: str, *args: Any, **options: Any) -> DataFrame:
        """Not here. Raises: PySparkNotImplementedError NOT_IMPLEMENTED."""
        raise _no_format(
            "read.jdbc", "Query with the driver of the database and call createDataFrame, or write a DataSource."
        )

    def load(
        self,
        path: str | Sequence[str] | None = None,
        format: str | None = None,
        schema: StructType | str | None = None,
        **options: Any,
    ) -> DataFrame:
        """The DataFrame. Raises: AnalysisException DATA_SOURCE_NOT_FOUND, PATH_NOT_FOUND, ..."""
        if format is not None:
            self.format(format)
        if schema is not None:
            self.schema(schema)
        self.options(**options)
        name = self._format or self._session._conf.value(DEFAULT_SOURCE)
        module = connector_for(name, "provider", self._session)
        if not getattr(module, "READS_TABLES", False):
            raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_1135", messageParameters={"className": name})
        paths: tuple[str, ...]
        if not (path is None or isinstance(path, (str, list, tuple))):
            check_text(path, "path", "str or list")
        if path is None:
            paths = (self._options["path"],) if "path" in self._options else ()
        else:
            paths = (path,) if isinstance(path, str) else tuple(path)
        request = ReadRequest(
            format=name.lower(),
            options=self._options,
            conf=self._session._conf,
            schema=self._schema,
            paths=paths,
            streaming=False,
            partitions=self._session._default_parallelism,
        )
        return self._session._static_frame(module.provider(request))

    def table(self, tableName: str) -> DataFrame:
        """The DataFrame of a temporary view or a table. Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND."""
        if self._schema is not None:
            raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_1189", messageParameters={"operation": "table"})
        table = (
            None
            if find_temporary(self._session, str(tableName)) is not None
            else find_table(self._session, str(tableName))
        )
        if table is None:
            return self._session.table(tableName)
        return self._session._plan_frame(table_plan(self._session, table, streaming=False, options=self._options))

    def json(
        self,
        path: str | Sequence[str] | DataFrame | RDD[str],
        schema: StructType | str | None = None,
        *positional: Any,
        **options: Any,
    ) -> DataFrame:
        """Lines of JSON: of files, or the texts of a frame's one column or of an RDD, which are read at once.

        Raises: AnalysisException DATAFRAME_INPUT_NOT_SINGLE_COLUMN, DATAFRAME_INPUT_NOT_STRING_TYPE.
        """
        return self._lines(path, "json", schema, merged("json", READ_OPTIONS["json"], positional, options))

    def parquet(self, *paths: str, **options: Any) -> DataFrame:
        """Parquet files."""
        return self.load(list(paths), "parquet", None, **options)

    def orc(self, path: str | Sequence[str], *positional: Any, **options: Any) -> DataFrame:
        """ORC files."""
        return self.load(path, "orc", None, **merged("orc", READ_OPTIONS["orc"], positional, options))

    def xml(
        self,
        path: str | Sequence[str],
        rowTag: str | None = None,
        schema: StructType | str | None = None,
        *positional: Any,
        **options: Any,
    ) -> DataFrame:
        """Elements of XML. Raises: AnalysisException XML_ROW_TAG_MISSING."""
        given = merged("xml", READ_OPTIONS["xml"], positional, options)
        return self.load(path, "xml", schema, rowTag=rowTag, **given)

    def csv(
        self,
        path: str | Sequence[str] | DataFrame | RDD[str],
        schema: StructType | str | None = None,
        *positional: Any,
        **options: Any,
    ) -> DataFrame:
        """Comma-separated values: of files, or the texts of a frame's one column or of an RDD, which are read at once.

        Raises: AnalysisException DATAFRAME_INPUT_NOT_SINGLE_COLUMN, DATAFRAME_INPUT_NOT_STRING_TYPE.
        """
        return self._lines(path, "csv", schema, merged("csv", READ_OPTIONS["csv"], positional, options))

    def _lines(self, source: Any, form: str, schema: StructType | str | None, options: Mapping[str, Any]) -> DataFrame:
        texts = texts_of(source)
        if texts is None:
            return self.load(source, form, schema, **options)
        if schema is not None:
            self.schema(schema)
        if not texts and self._schema is None:
            return self._session.createDataFrame([], StructType([]))
        with tempfile.TemporaryDirectory(prefix="actorstream-lines-") as folder:
            lines = Path(folder, "lines")
            # a record is a line of a file: a break in it can only be white space
            lines.write_text("".join(text.replace("\n", " ") + "\n" for text in texts), encoding="utf-8")
            frame = self.load(str(lines), form, None, **options)
            rows = frame.toArrow()
        return self._session._static_frame(TableProvider.of(rows, form))

    def text(self, paths: str | Sequence[str], *positional: Any, **options: Any) -> DataFrame:
        """Lines of text, as the column ``value``."""
        return self.load(paths, "text", None, **merged("text", READ_OPTIONS["text"], positional, options))


def texts_of(source: Any) -> list[str] | None:
    """The texts of a frame's one column or of an RDD, a null as JSON has it; None for anything else.

    Raises: AnalysisException DATAFRAME_INPUT_NOT_SINGLE_COLUMN, DATAFRAME_INPUT_NOT_STRING_TYPE.
    """
    from actorstream.sql.frame import Frame
    from actorstream.sql.rdd import RDD

    if isinstance(source, RDD):
        values: list[Any] = source.collect()
    elif isinstance(source, Frame):
        if len(source.schema.fields) != 1:
            raise AnalysisException(
                errorClass="DATAFRAME_INPUT_NOT_SINGLE_COLUMN",
                messageParameters={"numColumns": str(len(source.schema.fields))},
            )
        (field,) = source.schema.fields
        if not isinstance(field.dataType, StringType):
            raise AnalysisException(
                errorClass="DATAFRAME_INPUT_NOT_STRING_TYPE",
                messageParameters={"dataType": f'"{sql_name(field.dataType)}"'},
            )
        values = source._frame.toArrow().column(0).to_pylist()
    else:
        return None
    return ["null" if value is None else value.decode() if isinstance(value, bytes) else str(value) for value in values]


def _no_format(feature: str, remedy: str) -> PySparkNotImplementedError:
    return PySparkNotImplementedError(
        errorClass="NOT_IMPLEMENTED", messageParameters={"feature": feature, "remedy": remedy}
    )


class DataFrameWriter(OptionsBuilder):
    """Writes a static DataFrame."""

    def __init__(self, frame: DataFrame) -> None:
        super().__init__()
        self._frame = frame
        self._format: str | None = None
        self._mode = "error"
        self._partition_by: tuple[str, ...] = ()
        self._buckets: tuple[int, tuple[str, ...]] | None = None
        self._sorts: tuple[str, ...] = ()
        self._cluster_by: tuple[str, ...] = ()

    def format(self, source: str) -> Self:
        """The kind of sink."""
        self._format = short_name(source)
        return self

    def mode(self, saveMode: str | None) -> Self:
        """What to do about data that is there: append, overwrite, error (the default) or ignore. Raises: INVALID_SAVE_MODE."""
        if saveMode is not None:
            if saveMode.lower() not in _SAVE_MODES:
                raise AnalysisException(errorClass="INVALID_SAVE_MODE", messageParameters={"mode": f'"{saveMode}"'})
            self._mode = saveMode.lower()
        return self

    def partitionBy(self, *cols: str | list[str]) -> Self:
        """Columns whose values become folders."""
        names = cols[0] if len(cols) == 1 and isinstance(cols[0], (list, tuple)) else cols
        self._partition_by = tuple(names)  # type: ignore[arg-type]
        return self

    def bucketBy(self, numBuckets: int, col: str | Sequence[str], *cols: str) -> Self:
        """Buckets for `saveAsTable`: the catalog tells of them; no join here has a use for files that are cut so.

        Raises: PySparkTypeError NOT_EXPECTED_TYPE; when used AnalysisException INVALID_BUCKET_COUNT, COLUMN_NOT_DEFINED_IN_TABLE, ...
        """
        if not isinstance(numBuckets, int):
            raise PySparkTypeError(
                errorClass="NOT_EXPECTED_TYPE",
                messageParameters={
                    "arg_name": "numBuckets",
                    "expected_type": "int",
                    "arg_type": type(numBuckets).__name__,
                },
            )
        self._buckets = (numBuckets, _column_names(col, cols))
        return self

    def sortBy(self, col: str | Sequence[str], *cols: str) -> Self:
        """The order within buckets."""
        self._sorts = _column_names(col, cols)
        return self

    def clusterBy(self, *cols: str | list[str]) -> Self:
        """Columns that a table would be clustered by: the catalog tells of them; the files are the same."""
        names = cols[0] if len(cols) == 1 and isinstance(cols[0], (list, tuple)) else cols
        self._cluster_by = tuple(names)  # type: ignore[arg-type]
        return self

    def _check_layout(self) -> None:
        if self._cluster_by and self._buckets is not None:
            raise AnalysisException(errorClass="SPECIFY_CLUSTER_BY_WITH_BUCKETING_IS_NOT_ALLOWED", messageParameters={})
        if self._cluster_by and self._partition_by:
            raise AnalysisException(
                errorClass="SPECIFY_CLUSTER_BY_WITH_PARTITIONED_BY_IS_NOT_ALLOWED", messageParameters={}
            )
        if self._sorts and self._buckets is None:
            raise AnalysisException(errorClass="SORT_BY_WITHOUT_BUCKETING", messageParameters={})

    def save(
        self,
        path: str | None = None,
        format: str | None = None,
        mode: str | None = None,
        partitionBy: str | list[str] | None = None,
        **options: Any,
    ) -> None:
        """Write. Raises: AnalysisException DATA_SOURCE_NOT_FOUND, PATH_ALREADY_EXISTS, `_LEGACY_ERROR_TEMP_1155`, ..."""
        self._settings(format, mode, partitionBy, options)
        if self._buckets is not None:
            raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_1312", messageParameters={"operation": "save"})
        self._check_layout()
        if path is not None and "path" in self._options:
            raise AnalysisException(
                errorClass="_LEGACY_ERROR_TEMP_1188",
                messageParameters={"method": "save", "config": "spark.sql.legacy.pathOptionBehavior.enabled"},
            )
        frame = self._frame
        name = self._label()
        module = connector_for(name, "write", self._frame.sparkSession)
        schema = frame.schema
        partition_by = []
        for column in self._partition_by:
            found = next((item.name for item in schema.fields if item.name.lower() == column.lower()), None)
            if found is None:
                raise AnalysisException(
                    errorClass="_LEGACY_ERROR_TEMP_1155",
                    messageParameters={"col": column, "schemaCatalog": schema.simpleString()},
                )
            partition_by.append(found)
        if partition_by and len(partition_by) == len(schema.fields):
            raise AnalysisException(errorClass="ALL_PARTITION_COLUMNS_NOT_ALLOWED", messageParameters={})
        request = self._request(name, frame, path or self._options.get("path"), tuple(partition_by))
        module.write(request, frame.toArrow(), self._mode)

    def saveAsTable(
        self,
        name: str,
        format: str | None = None,
        mode: str | None = None,
        partitionBy: str | list[str] | None = None,
        **options: Any,
    ) -> None:
        """Write as a table, which is made if there is none; `append` finds columns by name.

        Args:
            options: of the format; they stay with the table. `path` puts its files there instead of into the warehouse.
        Raises: AnalysisException TABLE_OR_VIEW_ALREADY_EXISTS, `_LEGACY_ERROR_TEMP_1159` to `_LEGACY_ERROR_TEMP_1163` for a table
            that differs.
        """
        self._settings(format, mode, partitionBy, options)
        self._described(table_name(name, self._frame.sparkSession._warehouse.current))

    def _described(
        self,
        name: TableName,
        *,
        comment: str | None = None,
        properties: Mapping[str, str] | None = None,
        buckets: Buckets | None = None,
        cluster_by: Sequence[str] = (),
    ) -> None:
        """`saveAsTable`, with what SQL can say of a table beside."""
        if self._buckets is not None:
            buckets = Buckets(*self._buckets, self._sorts)
        self._cluster_by = self._cluster_by or tuple(cluster_by)
        self._check_layout()
        warehouse = self._frame.sparkSession._warehouse
        existing = warehouse.find(name)
        if existing is not None and existing.query is not None:
            raise AnalysisException(
                errorClass="EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE",
                messageParameters={"viewName": existing.full_name, "operation": "saveAsTable"},
            )
        if existing is not None:
            if self._mode == "ignore":
                return
            if self._mode == "append":
                if buckets is not None and buckets != existing.buckets:
                    raise AnalysisException(
                        errorClass="_LEGACY_ERROR_TEMP_1164",
                        messageParameters={
                            "tableName": existing.dotted_name,
                            "specifiedBucketString": _bucket_text(buckets),
                            "existingBucketString": _bucket_text(existing.buckets),
                        },
                    )
                self._append(existing, self._by_name(existing))
                return
            if self._mode != "overwrite":
                raise already_exists(existing.full_name)
        table = describe_table(
            warehouse,
            name,
            self._label(),
            self._frame.schema,
            self._partition_by,
            self._options.get("path"),
            self._options,
        )
        if buckets is not None:
            check_buckets(table, buckets)
        table = replace(
            table, comment=comment, properties=properties or {}, buckets=buckets, cluster_by=self._cluster_by
        )
        # computed before anything is dropped: the frame may read the table that it replaces
        frame = self._frame.select(*[column_named(item) for item in table.schema.names])
        rows = frame.toArrow()
        if existing is not None:
            warehouse.drop(existing)
        warehouse.create(table)
        self._write(table, frame, rows, "overwrite" if self._mode == "overwrite" else "append")

    def insertInto(self, tableName: str, overwrite: bool | None = None) -> None:
        """Append to a table, column by column in order, or replace its rows.

        Raises: AnalysisException TABLE_OR_VIEW_NOT_FOUND, INSERT_COLUMN_ARITY_MISMATCH.*.
        """
        if self._buckets is not None:
            raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_1312", messageParameters={"operation": "insertInto"})
        session = self._frame.sparkSession
        table = find_table(session, tableName)
        if table is None:
            raise not_found(session, tableName)
        if table.query is not None:
            raise AnalysisException(
                errorClass="EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE",
                messageParameters={"viewName": table.full_name, "operation": "insertInto"},
            )
        self._insert(table, overwrite=overwrite or (overwrite is None and self._mode == "overwrite"))

    def _insert(
        self, table: TableDescription, *, overwrite: bool, replaces: str = "", only_written: bool = False
    ) -> None:
        """`insertInto`. Args: `replaces` is the folder of partitions that an overwrite replaces; `only_written` whether only its own."""
        columns = self._frame.columns
        if len(columns) != len(table.schema.fields):
            kind = "TOO_MANY" if len(columns) > len(table.schema.fields) else "NOT_ENOUGH"
            raise AnalysisException(
                errorClass=f"INSERT_COLUMN_ARITY_MISMATCH.{kind}_DATA_COLUMNS",
                messageParameters={
                    "tableName": table.full_name,
                    "tableColumns": ", ".join(f"`{column}`" for column in table.schema.names),
                    "dataColumns": ", ".join(f"`{column}`" for column in columns),
                },
            )
        renamed = self._frame.toDF(*table.schema.names)
        # here the setting of the session says which partitions are replaced, not an option
        options = {key: value for key, value in self._options.items() if key.lower() != "partitionoverwritemode"}
        self._options = Options({**options, **({"partitionOverwriteMode": "DYNAMIC"} if only_written else {})})
        self._append(table, _cast(renamed, table), "overwrite" if overwrite else "append", replaces)

    def jdbc(self, url: str, table: str, *args: Any, **options: Any) -> None:
        """Not here. Raises: PySparkNotImplementedError NOT_IMPLEMENTED."""
        raise _no_format("write.jdbc", "Write the rows of toPandas() or toArrow() with the driver of the database.")

    def _by_name(self, table: TableDescription) -> DataFrame:
        """The rows with the table's columns. Raises: AnalysisException for a table that does not fit."""
        frame = self._frame
        if self._label().lower() != table.provider:
            raise AnalysisException(
                errorClass="_LEGACY_ERROR_TEMP_1159",
                messageParameters={
                    "tableName": table.dotted_name,
                    "existingProvider": _CLASSES[table.provider],
                    "specifiedProvider": _CLASSES.get(self._label().lower(), self._label()),
                },
            )
        if len(frame.columns) != len(table.schema.fields):
            raise AnalysisException(
                errorClass="_LEGACY_ERROR_TEMP_1161",
                messageParameters={
                    "tableName": table.dotted_name,
                    "existingTableSchema": table.schema.simpleString(),
                    "querySchema": frame.schema.simpleString(),
                },
            )
        present = {column.lower() for column in frame.columns}
        for column in table.schema.names:
            if column.lower() not in present:
                raise AnalysisException(
                    errorClass="_LEGACY_ERROR_TEMP_1162",
                    messageParameters={"col": column, "inputColumns": ", ".join(frame.columns)},
                )
        given = [column.lower() for column in self._partition_by]
        if given and given != [column.lower() for column in table.partition_by]:
            raise AnalysisException(
                errorClass="_LEGACY_ERROR_TEMP_1163",
                messageParameters={
                    "tableName": table.dotted_name,
                    "specifiedPartCols": ", ".join(self._partition_by),
                    "existingPartCols": ", ".join(table.partition_by),
                },
            )
        return _cast(frame, table)

    def _append(self, table: TableDescription, frame: DataFrame, mode: str = "append", replaces: str = "") -> None:
        self._write(table, frame, frame.toArrow(), mode, replaces)

    def _write(self, table: TableDescription, frame: DataFrame, rows: pa.Table, mode: str, replaces: str = "") -> None:
        self._options = Options({**table.options, **dict(self._options.items())})
        request = replace(self._request(table.provider, frame, table.location, table.partition_by), replaces=replaces)
        connector_for(table.provider, "write", self._frame.sparkSession).write(request, rows, mode)

    def _request(self, name: str, frame: DataFrame, path: str | None, partition_by: tuple[str, ...]) -> WriteRequest:
        return WriteRequest(
            format=name.lower(),
            options=self._options,
            conf=frame.sparkSession._conf,
            schema=to_arrow_schema(frame.schema),
            path=path,
            partition_by=partition_by,
        )

    def _label(self) -> str:
        return self._format or self._frame.sparkSession._conf.value(DEFAULT_SOURCE)

    def _settings(
        self,
        format: str | None,
        mode: str | None,
        partition_by: str | list[str] | None,
        options: Mapping[str, Any],
    ) -> None:
        self.mode(mode).options(**options)
        if partition_by is not None:
            self.partitionBy(*([partition_by] if isinstance(partition_by, str) else partition_by))
        if format is not None:
            self.format(format)

    def xml(
        self, path: str, rowTag: str | None = None, mode: str | None = None, *positional: Any, **options: Any
    ) -> None:
        """Elements of XML, below one root. Raises: AnalysisException XML_ROW_TAG_MISSING."""
        self.save(path, "xml", mode, rowTag=rowTag, **merged("xml", WRITE_OPTIONS["xml"], positional, options))

    def json(self, path: str, mode: str | None = None, *positional: Any, **options: Any) -> None:
        """Lines of JSON."""
        self.save(path, "json", mode, **merged("json", WRITE_OPTIONS["json"], positional, options))

    def parquet(
        self,
        path: str,
        mode: str | None = None,
        partitionBy: str | list[str] | None = None,
        *positional: Any,
        **options: Any,
    ) -> None:
        """Parquet files."""
        self.save(
            path, "parquet", mode, partitionBy, **merged("parquet", WRITE_OPTIONS["parquet"], positional, options)
        )

    def orc(
        self,
        path: str,
        mode: str | None = None,
        partitionBy: str | list[str] | None = None,
        *positional: Any,
        **options: Any,
    ) -> None:
        """ORC files."""
        self.save(path, "orc", mode, partitionBy, **merged("orc", WRITE_OPTIONS["orc"], positional, options))

    def csv(self, path: str, mode: str | None = None, *positional: Any, **options: Any) -> None:
        """Comma-separated values."""
        self.save(path, "csv", mode, **merged("csv", WRITE_OPTIONS["csv"], positional, options))

    def text(self, path: str, *positional: Any, **options: Any) -> None:
        """Lines of text, from the one text column."""
        self.save(path, "text", None, **merged("text", WRITE_OPTIONS["text"], positional, options))


def _column_names(first: str | Sequence[str], rest: Sequence[str]) -> tuple[str, ...]:
    """Names as arguments or as one list. Raises: PySparkValueError, PySparkTypeError."""
    if isinstance(first, (list, tuple)):
        if rest:
            raise PySparkValueError(
                errorClass="CANNOT_SET_TOGETHER",
                messageParameters={"arg_list": f"`col` of type {type(first).__name__} and `cols`"},
            )
        names = tuple(first)
    else:
        names = (first, *rest)
    for name in names:
        check_text(name, "cols", "str")
    return names


def _bucket_text(buckets: Buckets | None) -> str:
    if buckets is None:
        return "not bucketed"
    text = f"{buckets.count} buckets, bucket columns: [{', '.join(buckets.columns)}]"
    return f"{text}, sort columns: [{', '.join(buckets.sort)}]" if buckets.sort else text


def _cast(frame: DataFrame, table: TableDescription) -> DataFrame:
    """The rows with the table's columns and types; a value that does not fit is an error, as in an INSERT."""
    return frame.select(*[column_named(item.name).cast(item.dataType).alias(item.name) for item in table.schema.fields])
