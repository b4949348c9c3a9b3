"""Two streaming queries over flights that arrive file by file. `make demo` kills this process now and then and starts it again.

Nothing below knows that it will be killed: each query names a checkpoint, and that is all. Run it by hand:

    python examples/recovery_demo.py --incoming FOLDER --work FOLDER

It reads every parquet file that appears in the first folder, and ends once there is a file `all-arrived` in the second.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from actorstream.sql import DataFrame, SparkSession
from actorstream.sql import functions as F
from actorstream.sql.streaming import StreamingQueryListener
from actorstream.sql.streaming.listener import QueryProgressEvent, QueryStartedEvent, QueryTerminatedEvent

FLIGHT = """
    scheduled TIMESTAMP, carrier STRING, flight INT, tailnum STRING, origin STRING, dest STRING,
    dep_delay INT, arr_delay INT, air_time INT, distance INT, reported TIMESTAMP
"""


def totals_per_carrier(flights: DataFrame) -> DataFrame:
    """Query A: how many flights each carrier had so far, and how late they left on average."""
    return flights.groupBy("carrier").agg(F.count("*").alias("flights"), F.avg("dep_delay").alias("mean_delay"))


def departures_per_origin(flights: DataFrame) -> DataFrame:
    """Query B: flights and late departures of each airport in windows of six hours, each shown once it is closed."""
    return (
        flights.withWatermark("scheduled", "1 hour")
        .groupBy(F.window("scheduled", "6 hours"), "origin")
        .agg(F.count("*").alias("flights"), F.count(F.when(F.col("dep_delay") > 15, 1)).alias("late"))
    )


class PrintProgress(StreamingQueryListener):
    """Tells whoever reads our output what each epoch did, a line of JSON each."""

    def onQueryStarted(self, event: QueryStartedEvent) -> None:
        print(json.dumps({"query": event.name, "started": True}), flush=True)

    def onQueryProgress(self, event: QueryProgressEvent) -> None:
        progress = event.progress
        (flights,) = progress.sources
        files = json.loads(flights.endOffset)["logOffset"] + 1
        print(json.dumps({"query": progress.name, "epoch": progress.batchId, "files": files}), flush=True)

    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description="Count flights as they arrive.")
    parser.add_argument("--incoming", type=Path, required=True, help="folder in which parquet files appear")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints and results")
    options = parser.parse_args()
    work: Path = options.work

    spark = SparkSession.builder.appName("flights").master("local[2]").getOrCreate()
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    # the demo reads the whole history of the logs when it checks the result
    spark.conf.set("spark.sql.streaming.minBatchesToRetain", "1000")
    spark.streams.addListener(PrintProgress())

    flights = spark.readStream.schema(FLIGHT).option("maxFilesPerTrigger", 1).parquet(str(options.incoming))

    totals_per_carrier(flights).writeStream.queryName("carriers").format("memory").outputMode("complete").option(
        "checkpointLocation", str(work / "checkpoint" / "carriers")
    ).start()

    departures_per_origin(flights).writeStream.queryName("departures").format("parquet").outputMode("append").option(
        "checkpointLocation", str(work / "checkpoint" / "departures")
    ).start(str(work / "departures"))

    while not (work / "all-arrived").exists():
        spark.streams.awaitAnyTermination(0.1)  # raises if a query has failed
    for query in spark.streams.active:
        query.processAllAvailable()

    save(spark.table("carriers"), work / "carriers.json")
    save(
        spark.read.parquet(str(work / "departures")).select(
            F.col("window.start").cast("string").alias("start"), "origin", "flights", "late"
        ),
        work / "departures.json",
    )
    spark.stop()


def save(frame: DataFrame, path: Path) -> None:
    """Write a small result as JSON."""
    path.write_text(json.dumps([row.asDict() for row in frame.collect()]))


if __name__ == "__main__":
    main()
