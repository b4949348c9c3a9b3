"""Finds the connector of a format, for readers and writers of both kinds."""

from __future__ import annotations

from types import ModuleType

from actorstream.connectors import connector
from actorstream.errors import AnalysisException


def connector_for(name: str, verb: str) -> ModuleType:
    """The connector of a format that can `verb` (``provider``, ``sink``, ``write``).

    Raises: AnalysisException DATA_SOURCE_NOT_FOUND (IO-1, MEM-31, MEM-71).
    """
    # the memory sink has no short name that ignores case (MEM-71)
    module = connector(name) if name == "memory" or name.lower() != "memory" else None
    if module is None or not hasattr(module, verb):
        raise AnalysisException(errorClass="DATA_SOURCE_NOT_FOUND", messageParameters={"provider": name})
    return module
