"""`pyspark.version`: the release of PySpark whose behaviour this one follows. Our own is `actorstream.__version__`."""

__version__ = "4.3.0"
