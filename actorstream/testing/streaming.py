"""Sources and clocks for tests of streaming queries: `MemoryStream` and `ManualClock` under one roof."""

from __future__ import annotations

from actorstream.common.clock import ManualClock
from actorstream.connectors.memory import MemorySink, MemoryStream

__all__ = ["ManualClock", "MemorySink", "MemoryStream"]
