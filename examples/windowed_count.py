"""Count the rows of a memory stream in five-minute windows, and see why nothing comes out at first.

    python examples/windowed_count.py

In append mode a window is shown once, when it is closed: when the watermark, five minutes behind the newest row seen, has passed
its end. The example owns the clock, so the same rows fall into the same windows at every run.
"""

from __future__ import annotations

import datetime

from actorstream import MemoryStream
from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F

NOON = datetime.datetime(2024, 1, 1, 12, 0)


def totals(events: DataFrame) -> DataFrame:
    """How many events each window of five minutes has."""
    return (
        events.withWatermark("time", "5 minutes")
        .groupBy(F.window("time", "5 minutes"))
        .agg(F.count("*").alias("total"))
        .select("window.start", "window.end", "total")
    )


def main() -> None:
    spark = SparkSession.builder.master("local[2]").config("spark.sql.session.timeZone", "UTC").getOrCreate()
    events = MemoryStream(spark, "time TIMESTAMP, value INT")
    query = totals(events.to_df()).writeStream.format("memory").queryName("totals").outputMode("append").start()

    def add(*minutes: int) -> None:
        events.add_data(*((NOON + datetime.timedelta(minutes=minute), minute) for minute in minutes))
        query.processAllAvailable()

    add(0, 1, 2)
    print("Three events at 12:00, 12:01 and 12:02. Their window ends at 12:05 and is still open:")
    spark.table("totals").show()

    add(11)
    progress = query.lastProgress
    assert progress is not None
    print(
        f"An event at 12:11. The watermark is now {progress['eventTime']['watermark']}, and the first window is closed:"
    )
    spark.sql("SELECT * FROM totals").show()

    add(4)
    print("An event of 12:04 comes too late: its window is gone, and the row is dropped.")
    spark.table("totals").show()

    query.stop()
    spark.stop()


if __name__ == "__main__":
    main()
