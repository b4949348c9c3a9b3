"""`pyspark.core.context`."""

from actorstream.sql.spark_context import SparkContext

__all__ = ["SparkContext"]
