"""`pyspark.testing.utils`: the assertions under the path that some tests import them from."""

from actorstream.testing.assertions import assertDataFrameEqual, assertSchemaEqual

__all__ = ["assertDataFrameEqual", "assertSchemaEqual"]
