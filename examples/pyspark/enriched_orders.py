"""Orders arrive as JSON text; every item of an order becomes a row and gets its price from a table."""

import json
import tempfile
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

ORDER = "id INT, customer STRUCT<name: STRING, city: STRING>, items ARRAY<STRUCT<sku: STRING, pieces: INT>>"
ORDERS = [
    {
        "id": 1,
        "customer": {"name": "Ada", "city": "London"},
        "items": [{"sku": "tea", "pieces": 2}, {"sku": "pen", "pieces": 10}],
    },
    {"id": 2, "customer": {"name": "Grace", "city": "New York"}, "items": [{"sku": "ink", "pieces": 1}]},
    {
        "id": 3,
        "customer": {"name": "Kurt", "city": None},
        "items": [{"sku": "???", "pieces": 1}, {"sku": "tea", "pieces": 1}],
    },
]
BROKEN = '{"id": 4, "customer": '


def main() -> None:
    spark = SparkSession.builder.appName("enriched orders").master("local[2]").getOrCreate()
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    folder = Path(tempfile.mkdtemp())
    (folder / "orders.jsonl").write_text("\n".join([*(json.dumps(order) for order in ORDERS), BROKEN]) + "\n")

    prices = spark.createDataFrame([("tea", "3.50"), ("pen", "0.90"), ("ink", "12.00")], "sku STRING, price STRING")
    prices = prices.withColumn("price", F.col("price").cast("decimal(10,2)"))

    lines = spark.readStream.text(str(folder))
    orders = lines.select(F.from_json("value", ORDER).alias("order")).where("order.id IS NOT NULL").select("order.*")
    items = orders.select(
        "id", F.upper("customer.name").alias("name"), "customer.city", F.explode("items").alias("item")
    ).select("id", "name", F.coalesce("city", F.lit("somewhere")).alias("city"), "item.*")
    priced = items.join(prices, "sku", "left").withColumn("total", F.col("price") * F.col("pieces"))

    query = priced.writeStream.format("memory").queryName("priced").trigger(availableNow=True).start()
    query.awaitTermination()
    spark.table("priced").orderBy("id", "sku").show()
    spark.sql("SELECT name, sum(total) AS owes FROM priced GROUP BY name ORDER BY name").show()
    spark.table("priced").printSchema()
    spark.stop()


if __name__ == "__main__":
    main()
