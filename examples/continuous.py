"""A continuous query: rows go from the source to the sink as they come, and an epoch ends where the clock says so.

    python examples/continuous.py

Sources run freely. Once a second the driver asks for a cut; what was read before it becomes an epoch of the sink, also if that is
nothing. `processAllAvailable` asks at once, until a cut finds nothing new. Time is virtual here, so that the epochs are the same in
every run; with ``master("local[2]")`` the same script runs on threads and in real seconds.
"""

from __future__ import annotations

from actorstream import ContinuousMemoryStream, MemorySink
from actorstream.sql import SparkSession
from actorstream.sql.functions import col


def main() -> None:
    spark = SparkSession.builder.master("sim").getOrCreate()

    readings = ContinuousMemoryStream(spark, "sensor STRING, celsius DOUBLE")
    alarms = (
        readings.toDF().where(col("celsius") > 90).select("sensor", (col("celsius") * 1.8 + 32).alias("fahrenheit"))
    )
    query = alarms.writeStream.format("memory").queryName("alarms").trigger(continuous="1 second").start()

    for rows in ([("boiler", 88.0), ("boiler", 95.0)], [("pump", 40.0)], [("boiler", 100.0), ("oven", 180.0)]):
        offset = readings.addData(*rows)
        query.processAllAvailable()
        print(f"rows of every partition so far: {offset}; the query says: {query.status['message']}")

    spark.sql("SELECT * FROM alarms ORDER BY fahrenheit").show()

    print("epoch by epoch, also those that brought nothing:")
    assert isinstance(query.sink, MemorySink)
    print(query.sink.toDebugString())
    query.stop()
    spark.stop()


if __name__ == "__main__":
    main()
