"""Sources and sinks that a user writes in Python: `DataSource` classes, registered with a session.

Unlike the other connectors this one is not found by a fixed name: `PythonConnector` stands for one registered class. After
`sql.formats`, which looks the name up; before the engine, which sees an ordinary `Source` or `Sink`.
"""

from __future__ import annotations

import pyarrow as pa

from actorstream.common.config import PYTHON_FILTER_PUSHDOWN
from actorstream.connectors.python.failures import planning
from actorstream.connectors.python.interface import CaseInsensitiveDict, DataSource
from actorstream.connectors.python.reader import PythonProvider
from actorstream.connectors.python.writer import PythonStreamSink, write_table
from actorstream.dataflow.protocols import Sink, SourceProvider
from actorstream.dataflow.requests import Options, ReadRequest, WriteRequest
from actorstream.errors import PySparkAssertionError
from actorstream.expr.ddl import parse_schema


class PythonConnector:
    """The connector of one registered class; has the functions that a connector module has."""

    READS_TABLES = True

    def __init__(self, kind: type[DataSource]) -> None:
        self._kind = kind

    def provider(self, request: ReadRequest) -> SourceProvider:
        """Raises: AnalysisException PYTHON_DATA_SOURCE_ERROR with the user's traceback."""
        path = request.paths[0] if request.paths else None
        with planning("create", "instance"):
            source = self._instance(request.options, path)
            schema = request.schema if request.schema is not None else source.schema()
            if isinstance(schema, str):
                schema = parse_schema(schema)
        return PythonProvider(
            source,
            schema,
            streaming=request.streaming,
            pushes_filters=request.conf.value(PYTHON_FILTER_PUSHDOWN),
        )

    def sink(self, request: WriteRequest) -> Sink:
        """The sink of a query; complete mode overwrites (IO-115, IO-146)."""
        with planning("create", "instance"):
            source = self._instance(request.options, request.path)
        return PythonStreamSink(source, overwrite=request.output_mode == "complete")

    def write(self, request: WriteRequest, table: pa.Table, save_mode: str) -> None:
        """``df.write``."""
        with planning("create", "instance"):
            source = self._instance(request.options, request.path)
        write_table(source, table, save_mode)

    def _instance(self, options: Options, path: str | None) -> DataSource:
        if not (isinstance(self._kind, type) and issubclass(self._kind, DataSource)):
            raise PySparkAssertionError(
                errorClass="DATA_SOURCE_TYPE_MISMATCH",
                messageParameters={
                    "expected": "a subclass of DataSource",
                    "actual": f"'{getattr(self._kind, '__name__', type(self._kind).__name__)}'",
                },
            )
        values = CaseInsensitiveDict(dict(options))
        if path is not None:
            values["path"] = path
        return self._kind(values)


__all__ = ["PythonConnector"]
