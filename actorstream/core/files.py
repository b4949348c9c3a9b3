"""`pyspark.core.files`."""

from actorstream.files import SparkFiles

__all__ = ["SparkFiles"]
