"""`pyspark.core.broadcast`."""

from actorstream.broadcast import Broadcast

__all__ = ["Broadcast"]
