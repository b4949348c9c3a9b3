"""The process that dies: three queries over a folder of flights, each with its checkpoint, until all files are read.

The process that runs this module imports the engine once and forks a worker per line of its input, so that a life of a
worker begins at once. Its answers: ``started <pid>`` and ``ended <exit status>``.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path

import pyarrow as pa

import actorstream.sql.streaming.readwriter  # noqa: F401 - imported before the fork, as all below
from actorstream.sql import SparkSession
from actorstream.sql import functions as F

FLIGHT = "scheduled TIMESTAMP, carrier STRING, origin STRING, dest STRING, dep_delay INT"


def work(folder: Path) -> None:
    """One life: go on from the checkpoints; once all files are there and read, save the results."""
    spark = SparkSession.builder.master("local[2]").config("spark.sql.session.timeZone", "UTC").getOrCreate()
    flights = spark.readStream.schema(FLIGHT).option("maxFilesPerTrigger", 1).parquet(str(folder / "incoming"))

    totals = flights.groupBy("carrier").agg(F.count("*").alias("flights"), F.sum("dep_delay").alias("delay"))
    carriers = totals.writeStream.queryName("carriers").format("memory").outputMode("complete")

    windowed = (
        flights.withWatermark("scheduled", "1 hour")
        .groupBy(F.window("scheduled", "6 hours"), "origin")
        .agg(F.count("*").alias("flights"))
        .select(F.unix_seconds("window.start").alias("start"), "origin", "flights")
    )
    departures = windowed.writeStream.format("parquet").option("path", str(folder / "departures"))

    distinct = flights.select("carrier", "origin", "dest").dropDuplicates()
    routes = distinct.writeStream.format("json").option("path", str(folder / "routes"))

    for name, writer in (("carriers", carriers), ("departures", departures), ("routes", routes)):
        writer.option("checkpointLocation", str(folder / "checkpoint" / name)).start()
    while not (folder / "all-arrived").exists():
        spark.streams.awaitAnyTermination(0.02)  # raises if a query has failed
    for query in spark.streams.active:
        query.processAllAvailable()
    results = {
        "carriers": spark.table("carriers"),
        "departures": spark.read.parquet(str(folder / "departures")),
        "routes": spark.read.schema("carrier STRING, origin STRING, dest STRING").json(str(folder / "routes")),
    }
    for name, frame in results.items():
        rows = sorted(tuple(row) for row in frame.collect())
        (folder / f"{name}.result").write_text(json.dumps(rows))
    spark.stop()


def main() -> None:
    """Fork a worker for every line."""
    folder = Path(sys.argv[1])
    pa.array([0])  # Arrow loads pandas with its first array
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                work(folder)
            except BaseException:  # noqa: BLE001 - whatever it is, it must not reach the loop that forks
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _tell(f"started {child}")
        _, status = os.waitpid(child, 0)
        _tell(f"ended {os.waitstatus_to_exitcode(status)}")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
