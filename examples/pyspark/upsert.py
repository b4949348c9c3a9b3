"""Keep the newest row of every account: `foreachBatch` merges each batch into a table of parquet files."""

import shutil
import tempfile
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

SCHEMA = "account STRING, balance INT, version INT"
FILES = [
    "alice,100,1\nbob,50,1\n",
    "alice,80,2\ncarol,10,1\n",
    "bob,75,3\nbob,60,2\ndave,0,1\n",
]


def arrive(path: Path, text: str) -> None:
    """A file appears whole: hidden names are not read, and a rename is atomic."""
    hidden = path.with_name(f".{path.name}")
    hidden.write_text(text)
    hidden.rename(path)


def main() -> None:
    spark = SparkSession.builder.appName("upsert").master("local[2]").getOrCreate()
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    work = Path(tempfile.mkdtemp())
    incoming, table = work / "incoming", work / "accounts"
    incoming.mkdir()

    def upsert(batch: DataFrame, batch_id: int) -> None:
        """Idempotent: the same batch merged again changes nothing."""
        newest = batch
        if table.exists():
            newest = newest.unionByName(batch.sparkSession.read.parquet(str(table)))
        newest = (
            newest.groupBy("account")
            .agg(F.max(F.struct("version", "balance")).alias("last"))
            .select("account", "last.balance", "last.version")
        )
        newest.write.mode("overwrite").parquet(str(work / "next"))
        shutil.rmtree(table, ignore_errors=True)
        (work / "next").rename(table)
        print(f"batch {batch_id}: {batch.count()} rows")

    changes = spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 1).csv(str(incoming))
    query = changes.writeStream.foreachBatch(upsert).option("checkpointLocation", str(work / "checkpoint")).start()
    for number, text in enumerate(FILES):
        arrive(incoming / f"{number}.csv", text)
        query.processAllAvailable()
        spark.read.parquet(str(table)).orderBy("account").show()
    query.stop()
    spark.stop()


if __name__ == "__main__":
    main()
