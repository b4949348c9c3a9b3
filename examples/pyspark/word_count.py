"""Count the words of text files as they arrive."""

import tempfile
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, explode, lower, split

LINES = [
    "It was the best of times, it was the worst of times,",
    "it was the age of wisdom, it was the age of foolishness,",
    "it was the epoch of belief, it was the epoch of incredulity",
]


def arrive(path: Path, text: str) -> None:
    """A file appears whole: hidden names are not read, and a rename is atomic."""
    hidden = path.with_name(f".{path.name}")
    hidden.write_text(text)
    hidden.rename(path)


def main() -> None:
    spark = SparkSession.builder.appName("word count").master("local[2]").getOrCreate()
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    folder = Path(tempfile.mkdtemp())

    lines = spark.readStream.format("text").option("maxFilesPerTrigger", 1).load(str(folder))
    words = lines.select(explode(split(lower(col("value")), "[^a-z]+")).alias("word")).where("word <> ''")
    counts = words.groupBy("word").count()

    query = counts.writeStream.outputMode("complete").format("memory").queryName("counts").start()
    for number, line in enumerate(LINES):
        arrive(folder / f"{number}.txt", line + "\n")
        query.processAllAvailable()
        print(f"after {number + 1} file(s):")
        spark.sql("SELECT * FROM counts WHERE count > 1 ORDER BY count DESC, word").show()
    query.stop()
    spark.stop()


if __name__ == "__main__":
    main()
