"""`pyspark.rdd`."""

from actorstream.sql.rdd import RDD

__all__ = ["RDD"]
