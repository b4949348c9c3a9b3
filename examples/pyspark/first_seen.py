"""Every event once: duplicates are dropped within a watermark, numbers about the stream are observed, a listener hears of them."""

import tempfile
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, count, lit, max, when
from pyspark.sql.streaming import StreamingQueryListener

FILES = [
    "2024-05-01 10:00:00,a1,view\n2024-05-01 10:00:00,a1,view\n2024-05-01 10:00:20,a2,buy\n",
    "2024-05-01 10:00:00,a1,view\n2024-05-01 10:01:30,a3,view\n",
    "2024-05-01 10:05:00,a4,buy\n2024-05-01 10:00:20,a2,buy\n",
]


class Printer(StreamingQueryListener):
    """Remembers what was observed, batch by batch."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int, int]] = []

    def onQueryStarted(self, event) -> None:
        print(f"started {event.name}")

    def onQueryProgress(self, event) -> None:
        observed = event.progress.observedMetrics.get("events")
        if event.progress.numInputRows:
            self.seen.append((event.progress.batchId, observed.rows, observed.buys))

    def onQueryIdle(self, event) -> None:
        pass

    def onQueryTerminated(self, event) -> None:
        pass


def arrive(path: Path, text: str) -> None:
    """A file appears whole: hidden names are not read, and a rename is atomic."""
    hidden = path.with_name(f".{path.name}")
    hidden.write_text(text)
    hidden.rename(path)


def main() -> None:
    spark = SparkSession.builder.appName("first seen").master("local[2]").getOrCreate()
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    folder = Path(tempfile.mkdtemp())
    printer = Printer()
    spark.streams.addListener(printer)

    events = (
        spark.readStream.schema("time TIMESTAMP, id STRING, kind STRING")
        .option("maxFilesPerTrigger", 1)
        .csv(str(folder))
    )
    observed = events.observe(
        "events",
        count(lit(1)).alias("rows"),
        count(when(col("kind") == "buy", 1)).alias("buys"),
        max("time").alias("newest"),
    )
    once = observed.withWatermark("time", "1 minute").dropDuplicates(["id", "time"])
    query = once.writeStream.format("memory").queryName("once").start()
    for number, text in enumerate(FILES):
        arrive(folder / f"{number}.csv", text)
        query.processAllAvailable()
    spark.table("once").orderBy("time", "id").show()
    print(sorted((p["numInputRows"], p["sink"]["numOutputRows"]) for p in query.recentProgress if p["numInputRows"]))
    query.stop()
    spark.stop()
    print(sorted((rows, buys) for _, rows, buys in printer.seen))


if __name__ == "__main__":
    main()
