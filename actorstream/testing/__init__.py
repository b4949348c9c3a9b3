"""What tests of streaming jobs need: assertions (`pyspark.testing`), memory streams, a manual clock, injected faults.

Public. The engine imports nothing of it.
"""

from __future__ import annotations

from actorstream.testing.assertions import assertDataFrameEqual, assertSchemaEqual

__all__ = ["assertDataFrameEqual", "assertSchemaEqual"]
