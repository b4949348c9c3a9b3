"""The memory connector: `MemoryStream` and `ContinuousMemoryStream` feed queries from Python, `MemorySink` holds what they give.

Its sources are objects, so there is no ``readStream.format("memory")`` (MEM-31); its sink is a named table.
"""

from __future__ import annotations

from collections.abc import Mapping

from actorstream.common.config import parse_bool
from actorstream.connectors.memory.continuous import ContinuousMemoryStream
from actorstream.connectors.memory.sink import MemorySink
from actorstream.connectors.memory.stream import MemoryStream
from actorstream.dataflow.protocols import Sink
from actorstream.dataflow.requests import WriteRequest
from actorstream.errors import AnalysisException, IllegalArgumentException

__all__ = ["ContinuousMemoryStream", "MemorySink", "MemoryStream", "recover_option", "sink"]


def sink(request: WriteRequest) -> Sink:
    """A new, empty sink for a named query.

    Raises: AnalysisException `_LEGACY_ERROR_TEMP_1197` with partitioning (MEM-69), `_LEGACY_ERROR_TEMP_1194` without a name (MEM-73);
        IllegalArgumentException for an option `recover` that is neither true nor false.
    """
    if request.partition_by:
        raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_1197", messageParameters={"source": "memory"})
    if not request.query_name:
        raise AnalysisException(errorClass="_LEGACY_ERROR_TEMP_1194", messageParameters={"source": "memory"})
    return MemorySink(request.schema, recover=recover_option(request.options))


def recover_option(options: Mapping[str, str]) -> bool:
    """Whether the rows of append and update mode are to be kept in the checkpoint. Raises: IllegalArgumentException."""
    text = options.get("recover", "false")
    try:
        return parse_bool(text)
    except ValueError:
        raise IllegalArgumentException(f"Invalid value '{text}'. The option 'recover' must be true or false") from None
