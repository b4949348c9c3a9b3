"""Sources and clocks for tests of streaming queries: `MemoryStream`, `ContinuousMemoryStream` and `ManualClock` under one roof."""

from __future__ import annotations

from actorstream.common.clock import ManualClock
from actorstream.connectors.memory import ContinuousMemoryStream, MemorySink, MemoryStream

__all__ = ["ContinuousMemoryStream", "ManualClock", "MemorySink", "MemoryStream"]
