"""A model scores a stream: a pandas UDF for each batch of rows, a Python UDF for the words, both also from SQL."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql.functions import pandas_udf, udf
from pyspark.sql.types import DoubleType, StringType

WEIGHTS = {"age": 0.02, "visits": 0.15}


@pandas_udf(DoubleType())
def score(batches: Iterator[tuple[pd.Series, pd.Series]]) -> Iterator[pd.Series]:
    """The model is loaded once for many batches."""
    weights = dict(WEIGHTS)
    for age, visits in batches:
        yield (weights["age"] * age + weights["visits"] * visits).clip(upper=1.0).round(3)


@udf(StringType())
def verdict(value: float) -> str | None:
    """Words for a score."""
    if value is None:
        return None
    return "call" if value >= 0.9 else "write" if value >= 0.5 else "wait"


def main() -> None:
    spark = SparkSession.builder.appName("scores").master("local[2]").getOrCreate()
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    folder = Path(tempfile.mkdtemp())
    people = pd.DataFrame({"name": ["Ada", "Bob", "Cy", "Dot"], "age": [36, 21, 60, 45], "visits": [2, 1, 5, 0]})
    people.to_csv(folder / "people.csv", index=False)

    stream = spark.readStream.schema("name STRING, age INT, visits INT").option("header", True).csv(str(folder))
    scored = stream.withColumn("score", score("age", "visits"))
    scored = scored.withColumn("verdict", verdict("score"))
    query = scored.writeStream.format("memory").queryName("scored").trigger(availableNow=True).start()
    query.awaitTermination()
    spark.table("scored").orderBy("name").show()

    spark.udf.register("verdict", verdict)
    spark.sql("SELECT verdict(score) AS verdict, count(*) AS people FROM scored GROUP BY 1 ORDER BY 1").show()
    spark.stop()


if __name__ == "__main__":
    main()
