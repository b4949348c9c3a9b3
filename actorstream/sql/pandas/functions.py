"""`pyspark.sql.pandas.functions`: pandas UDFs under the path that older scripts import them from."""

from actorstream.sql.functions import PandasUDFType, pandas_udf

__all__ = ["PandasUDFType", "pandas_udf"]
