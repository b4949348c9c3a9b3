"""`spark.read` and `df.write`: static data. Source: `pyspark.sql.readwriter`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from actorstream.common.config import DEFAULT_SOURCE
from actorstream.dataflow.requests import ReadRequest, WriteRequest
from actorstream.errors import AnalysisException, PySparkNotImplementedError
from actorstream.expr.types import StructType, to_arrow_schema
from actorstream.sql.formats import connector_for
from actorstream.sql.streaming.readwriter import OptionsBuilder, as_schema

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame
    from actorstream.sql.session import SparkSession

_SAVE_MODES = ("append", "overwrite", "error", "errorifexists", "ignore")


class DataFrameReader(OptionsBuilder):
    """Builds a static DataFrame over files."""

    def __init__(self, session: SparkSession) -> None:
        super().__init__()
        self._session = session
        self._format: str | None = None
        self._schema: StructType | None = None

    def format(self, source: str) -> Self:
        """The kind of source."""
        self._format = source
        return self

    def schema(self, schema: StructType | str) -> Self:
        """The columns to read; inferred if absent."""
        self._schema = as_schema(schema)
        return self

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
        module = connector_for(name, "provider")
        paths: tuple[str, ...]
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
        """The DataFrame of a temporary view."""
        return self._session.table(tableName)

    def json(self, path: str | Sequence[str], schema: StructType | str | None = None, **options: Any) -> DataFrame:
        """Lines of JSON."""
        return self.load(path, "json", schema, **options)

    def parquet(self, *paths: str, **options: Any) -> DataFrame:
        """Parquet files."""
        return self.load(list(paths), "parquet", None, **options)

    def orc(self, path: str | Sequence[str], **options: Any) -> DataFrame:
        """ORC files."""
        return self.load(path, "orc", None, **options)

    def csv(self, path: str | Sequence[str], schema: StructType | str | None = None, **options: Any) -> DataFrame:
        """Comma-separated values."""
        return self.load(path, "csv", schema, **options)

    def text(self, paths: str | Sequence[str], wholetext: bool = False, **options: Any) -> DataFrame:
        """Lines of text, as the column ``value``."""
        return self.load(paths, "text", None, wholetext=wholetext, **options)


class DataFrameWriter(OptionsBuilder):
    """Writes a static DataFrame."""

    def __init__(self, frame: DataFrame) -> None:
        super().__init__()
        self._frame = frame
        self._format: str | None = None
        self._mode = "error"
        self._partition_by: tuple[str, ...] = ()

    def format(self, source: str) -> Self:
        """The kind of sink."""
        self._format = source
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

    def save(
        self,
        path: str | None = None,
        format: str | None = None,
        mode: str | None = None,
        partitionBy: str | list[str] | None = None,
        **options: Any,
    ) -> None:
        """Write. Raises: AnalysisException DATA_SOURCE_NOT_FOUND, PATH_ALREADY_EXISTS."""
        if format is not None:
            self.format(format)
        self.mode(mode).options(**options)
        if partitionBy is not None:
            self.partitionBy(*([partitionBy] if isinstance(partitionBy, str) else partitionBy))
        frame = self._frame
        session = frame.sparkSession
        name = self._format or session._conf.value(DEFAULT_SOURCE)
        request = WriteRequest(
            format=name.lower(),
            options=self._options,
            conf=session._conf,
            schema=to_arrow_schema(frame.schema),
            path=path or self._options.get("path"),
            partition_by=self._partition_by,
        )
        connector_for(name, "write").write(request, frame.toArrow(), self._mode)

    def json(self, path: str, mode: str | None = None, **options: Any) -> None:
        """Lines of JSON."""
        self.save(path, "json", mode, **options)

    def parquet(
        self, path: str, mode: str | None = None, partitionBy: str | list[str] | None = None, **options: Any
    ) -> None:
        """Parquet files."""
        self.save(path, "parquet", mode, partitionBy, **options)

    def orc(
        self, path: str, mode: str | None = None, partitionBy: str | list[str] | None = None, **options: Any
    ) -> None:
        """ORC files."""
        self.save(path, "orc", mode, partitionBy, **options)

    def csv(self, path: str, mode: str | None = None, **options: Any) -> None:
        """Comma-separated values."""
        self.save(path, "csv", mode, **options)

    def text(self, path: str, **options: Any) -> None:
        """Lines of text, from the one text column."""
        self.save(path, "text", None, **options)

    def saveAsTable(self, name: str, **options: Any) -> None:
        """Not here: the session's catalog has no stored tables."""
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={"feature": "saveAsTable", "remedy": "Use save(path) or createOrReplaceTempView(name)."},
        )
