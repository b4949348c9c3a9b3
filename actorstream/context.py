"""`pyspark.context`: the context of a session."""

from actorstream.sql.context import SparkContext

__all__ = ["SparkContext"]
