"""`pyspark.context`: the context of a session."""

from actorstream.sql.spark_context import SparkContext

__all__ = ["SparkContext"]
