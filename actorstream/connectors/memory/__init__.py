"""The memory connector: `MemoryStream` feeds queries from Python, `MemorySink` holds what they give.

Its sources are objects, so there is no ``readStream.format("memory")`` (MEM-31); its sink is a named table.
"""

from __future__ import annotations

from actorstream.connectors.memory.sink import MemorySink
from actorstream.connectors.memory.stream import MemoryStream
from actorstream.dataflow.protocols import Sink
from actorstream.dataflow.requests import WriteRequest
from actorstream.errors import AnalysisException

__all__ = ["MemorySink", "MemoryStream", "sink"]


def sink(request: WriteRequest) -> Sink:
    """A new, empty sink for a named query.

    Raises: AnalysisException `_LEGACY_ERROR_TEMP_1197` with partitioning (MEM-69), `_LEGACY_ERROR_TEMP_1194` without a name (MEM-73).
    """
    if request.partition_by:
        raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_1197", messageParameters={"source": "memory"})
    if not request.query_name:
        raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_1194", messageParameters={"source": "memory"})
    return MemorySink(request.schema, recover=request.options.get("recover", "false").lower() == "true")
