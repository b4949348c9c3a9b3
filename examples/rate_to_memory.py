"""Write the rate source, one row a second by default, to a memory table, and ask the table with SQL while the query runs.

    python examples/rate_to_memory.py

The clock is a manual one: ten seconds of rows take no time. Leave out ``clock(...)`` and the same script takes real seconds.
"""

from __future__ import annotations

from actorstream.sql import SparkSession
from actorstream.testing.streaming import ManualClock


def main() -> None:
    clock = ManualClock(1_704_067_200_000)  # 2024-01-01 00:00:00 UTC
    spark = (
        SparkSession.builder.master("local[2]").config("spark.sql.session.timeZone", "UTC").clock(clock).getOrCreate()
    )

    rates = spark.readStream.format("rate").option("rowsPerSecond", 2).load()
    query = rates.writeStream.format("memory").queryName("rates").start()
    query.processAllAvailable()

    for second in (1, 3):
        clock.advance(second * 1000)
        query.processAllAvailable()
        print(f"{second} second(s) later:")
        spark.sql("SELECT count(*) AS rows, max(value) AS newest, max(timestamp) AS at FROM rates").show(truncate=False)

    spark.sql("SELECT * FROM rates ORDER BY value").show(truncate=False)
    query.stop()
    spark.stop()


if __name__ == "__main__":
    main()
