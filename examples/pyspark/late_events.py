"""Windows of event time, and what becomes of rows that come late."""

import json
import tempfile
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql.functions import avg, col, count, window
from pyspark.sql.types import DoubleType, StringType, StructField, StructType, TimestampType

SCHEMA = StructType(
    [
        StructField("time", TimestampType()),
        StructField("sensor", StringType()),
        StructField("celsius", DoubleType()),
    ]
)
FILES = [
    [("12:00:05", "roof", 20.5), ("12:01:10", "cellar", 14.0), ("12:03:00", "roof", 21.5)],
    [("12:09:30", "roof", 22.0), ("12:04:00", "roof", 25.0), ("12:11:00", "cellar", 14.5)],
    [("12:02:00", "roof", 99.0), ("12:12:00", "roof", 23.0), ("12:25:00", "cellar", 15.0)],
]


def arrive(path: Path, text: str) -> None:
    """A file appears whole: hidden names are not read, and a rename is atomic."""
    hidden = path.with_name(f".{path.name}")
    hidden.write_text(text)
    hidden.rename(path)


def main() -> None:
    spark = SparkSession.builder.appName("late events").master("local[2]").getOrCreate()
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    work = Path(tempfile.mkdtemp())
    incoming = work / "incoming"
    incoming.mkdir()

    readings = spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 1).json(str(incoming))
    averages = (
        readings.withWatermark("time", "5 minutes")
        .groupBy(window("time", "5 minutes"), "sensor")
        .agg(count("*").alias("readings"), avg("celsius").alias("mean"))
    )
    query = (
        averages.select(col("window.start").alias("start"), "sensor", "readings", "mean")
        .writeStream.format("parquet")
        .outputMode("append")
        .option("path", str(work / "averages"))
        .option("checkpointLocation", str(work / "checkpoint"))
        .start()
    )
    for number, rows in enumerate(FILES):
        lines = [json.dumps({"time": f"2024-05-01T{t}Z", "sensor": s, "celsius": c}) for t, s, c in rows]
        arrive(incoming / f"{number}.json", "\n".join(lines))
        query.processAllAvailable()
        print(f"after file {number}, the watermark is {query.lastProgress['eventTime']['watermark']}")
        spark.read.parquet(str(work / "averages")).orderBy("start", "sensor").show(truncate=False)
    dropped = sum(op["numRowsDroppedByWatermark"] for p in query.recentProgress for op in p["stateOperators"])
    print(f"{dropped} row came too late")
    query.stop()
    spark.stop()


if __name__ == "__main__":
    main()
