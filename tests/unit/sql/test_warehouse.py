"""Databases, stored views, partitions and properties of tables, in SQL and in the catalog: as PySpark 4.3.0 has them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actorstream.errors import AnalysisException, PySparkException
from actorstream.sql import SparkSession
from actorstream.sql.catalog import Database, Table


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    return tmp_path / "w"


@pytest.fixture
def spark(warehouse: Path) -> Iterator[SparkSession]:
    session = SparkSession.builder.master("local[1]").config("spark.sql.warehouse.dir", str(warehouse)).create()
    yield session
    session.stop()


def rows(spark: SparkSession, text: str) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in spark.sql(text).collect()), key=str)


def refused(spark: SparkSession, text: str) -> tuple[str | None, dict[str, str]]:
    with pytest.raises(PySparkException) as caught:
        spark.sql(text)
    return caught.value.getCondition(), dict(caught.value.getMessageParameters() or {})


# ---------------------------------------------------------------- databases


def test_a_database_has_tables_of_its_own_under_names_that_others_may_have(
    spark: SparkSession, warehouse: Path
) -> None:
    spark.sql("CREATE TABLE t AS SELECT 1 AS a")
    spark.sql("CREATE DATABASE shop COMMENT 'all of it' WITH DBPROPERTIES (owner = 'me')")
    assert spark.catalog.getDatabase("shop") == Database(
        "shop", "spark_catalog", "all of it", f"file:{warehouse}/shop.db"
    )
    assert rows(spark, "DESCRIBE DATABASE EXTENDED shop")[-1] == ("Properties", "((owner,me))")
    spark.sql("USE shop")
    assert rows(spark, "SELECT current_database(), current_schema()") == [("shop", "shop")]
    spark.sql("CREATE TABLE t AS SELECT 2 AS a")
    assert rows(spark, "SELECT a, t.a, shop.t.a FROM t") == [(2, 2, 2)]
    assert rows(spark, "SELECT * FROM default.t") == [(1,)]
    assert [table.name for table in spark.catalog.listTables()] == ["t"]
    assert (warehouse / "shop.db" / "t").is_dir()
    spark.range(1).write.saveAsTable("default.u")
    assert (spark.catalog.tableExists("u"), spark.catalog.tableExists("u", "default")) == (False, True)
    # names of functions and columns alike are those of the current database's session, no other's
    assert spark.newSession().catalog.currentDatabase() == "default"


def test_a_later_session_finds_databases_tables_and_views(spark: SparkSession, warehouse: Path) -> None:
    for text in (
        "CREATE DATABASE shop",
        "CREATE TABLE shop.t (a INT COMMENT 'what', b STRING) USING json COMMENT 'all' TBLPROPERTIES ('k' = 'v', n.m = 5)",
        "INSERT INTO shop.t VALUES (1, 'x'), (2, 'y')",
        "CREATE VIEW shop.v (n) AS SELECT a * 2 FROM shop.t",
    ):
        spark.sql(text)
    spark.stop()
    later = SparkSession.builder.master("local[1]").config("spark.sql.warehouse.dir", str(warehouse)).create()
    assert rows(later, "SELECT n FROM shop.v") == [(2,), (4,)]
    assert later.catalog.getTableProperties("shop.t") == {"k": "v", "n.m": "5"}
    assert later.catalog.getTable("shop.t") == Table("t", "spark_catalog", ["shop"], "all", "MANAGED", False)
    assert rows(later, "DESCRIBE shop.t") == [("a", "int", "what"), ("b", "string", None)]
    later.stop()


def test_a_database_with_tables_is_dropped_only_with_all_of_them(spark: SparkSession, warehouse: Path) -> None:
    spark.sql("CREATE DATABASE shop")
    spark.sql("CREATE TABLE shop.t AS SELECT 1 AS a")
    assert refused(spark, "DROP DATABASE shop") == ("SCHEMA_NOT_EMPTY", {"schemaName": "`shop`"})
    assert rows(spark, "SELECT * FROM shop.t") == [(1,)]
    spark.sql("DROP SCHEMA shop CASCADE")
    assert not spark.catalog.databaseExists("shop")
    assert not (warehouse / "shop.db").exists()
    assert refused(spark, "SELECT * FROM shop.t")[0] == "TABLE_OR_VIEW_NOT_FOUND"
    assert refused(spark, "CREATE TABLE shop.t (a INT)") == (
        "SCHEMA_NOT_FOUND",
        {"schemaName": "`spark_catalog`.`shop`"},
    )


# ---------------------------------------------------------------- views


def test_a_stored_view_shows_what_its_tables_have_now(spark: SparkSession) -> None:
    spark.sql("CREATE TABLE t AS SELECT 1 AS a, 'x' AS b")
    spark.sql("CREATE VIEW v (n COMMENT 'twice', b) COMMENT 'of t' AS SELECT a * 2, b FROM t WHERE b <> ')'")
    spark.sql("INSERT INTO t VALUES (2, 'y')")
    assert rows(spark, "SELECT v.n, b FROM v") == [(2, "x"), (4, "y")]
    assert rows(spark, "DESCRIBE v") == [("b", "string", None), ("n", "int", "twice")]
    assert spark.catalog.getTable("v") == Table("v", "spark_catalog", ["default"], "of t", "VIEW", False)
    assert [view.name for view in spark.catalog.listViews()] == ["v"]
    assert rows(spark, "SHOW VIEWS") == [("default", "v", False)]
    spark.sql("CREATE VIEW IF NOT EXISTS v AS SELECT 0 AS z")
    assert spark.table("v").columns == ["n", "b"]
    spark.sql("CREATE OR REPLACE VIEW v AS SELECT count(*) AS c FROM t")
    assert rows(spark, "SELECT * FROM v") == [(2,)]
    spark.sql("ALTER VIEW v AS SELECT b FROM t")
    spark.sql("ALTER VIEW v RENAME TO w")
    assert rows(spark, "SELECT * FROM w") == [("x",), ("y",)]
    spark.catalog.dropView("w")
    assert not spark.catalog.tableExists("w")


def test_a_view_keeps_the_columns_that_a_star_had(spark: SparkSession) -> None:
    spark.sql("CREATE TABLE t AS SELECT 1 AS a")
    spark.sql("CREATE VIEW v AS SELECT * FROM t")
    spark.sql("ALTER TABLE t ADD COLUMNS (b STRING)")
    assert rows(spark, "SELECT * FROM t") == [(1, None)]
    assert rows(spark, "SELECT * FROM v") == [(1,)]
    spark.sql("DROP TABLE t")
    spark.sql("CREATE TABLE t AS SELECT 2 AS other")
    assert refused(spark, "SELECT * FROM v")[0] == "INCOMPATIBLE_VIEW_SCHEMA_CHANGE"


def test_the_names_in_a_view_are_those_of_its_database_and_no_temporary_ones(spark: SparkSession) -> None:
    spark.sql("CREATE DATABASE shop")
    spark.sql("USE shop")
    spark.sql("CREATE TABLE t AS SELECT 'of the shop' AS a")
    spark.sql("CREATE VIEW v AS SELECT a FROM t")
    spark.sql("USE default")
    spark.range(1).createOrReplaceTempView("t")
    assert rows(spark, "SELECT * FROM shop.v") == [("of the shop",)]
    assert refused(spark, "CREATE VIEW v AS SELECT * FROM t") == (
        "INVALID_TEMP_OBJ_REFERENCE",
        {"obj": "VIEW", "objName": "`spark_catalog`.`default`.`v`", "tempObj": "VIEW", "tempObjName": "`t`"},
    )
    assert refused(spark, "CREATE OR REPLACE VIEW shop.t AS SELECT 1")[0] == "EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE"
    assert refused(spark, "INSERT INTO shop.v VALUES ('no')")[0] == "EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE"
    with pytest.raises(AnalysisException) as caught:
        spark.range(1).write.mode("append").saveAsTable("shop.v")
    assert caught.value.getCondition() == "EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE"


def test_a_temporary_view_can_be_made_over_files(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    spark.sql(f"CREATE TEMPORARY VIEW v USING csv OPTIONS (path '{tmp_path}/x.csv', header true)")
    assert rows(spark, "SELECT b FROM v") == [("2",)]


def test_a_global_view_is_found_by_the_catalog_of_every_session(spark: SparkSession) -> None:
    spark.range(2).createGlobalTempView("g")
    other = spark.newSession()
    assert other.catalog.getTable("global_temp.g") == Table("g", None, ["global_temp"], None, "TEMPORARY", True)
    assert [table.name for table in other.catalog.listTables("global_temp")] == ["g"]
    assert other.catalog.tableExists("global_temp.g")
    assert (other.catalog.dropGlobalTempView("g"), other.catalog.dropGlobalTempView("g")) == (True, False)
    assert refused(spark, "SELECT * FROM global_temp.g")[0] == "TABLE_OR_VIEW_NOT_FOUND"


# ---------------------------------------------------------------- partitions


@pytest.fixture
def sales(spark: SparkSession) -> SparkSession:
    spark.sql("CREATE TABLE s (id INT, day INT, shop STRING) USING parquet PARTITIONED BY (day, shop)")
    spark.sql("INSERT INTO s VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c')")
    return spark


def test_an_insert_names_the_partition_of_its_rows(sales: SparkSession) -> None:
    sales.sql("INSERT INTO s PARTITION (day = 4, shop = 'd') SELECT 40")
    sales.sql("INSERT INTO s PARTITION (day = 5, shop) SELECT 50, 'e'")
    sales.sql("INSERT INTO s PARTITION (day, shop) VALUES (60, 6, 'f')")
    sales.sql("INSERT INTO s PARTITION (day = 7, shop = NULL) (id) VALUES (70)")
    sales.sql("INSERT INTO s BY NAME SELECT 'g' AS shop, 80 AS id, 8 AS day")
    assert rows(sales, "SELECT * FROM s WHERE id > 3") == [
        (40, 4, "d"), (50, 5, "e"), (60, 6, "f"), (70, 7, None), (80, 8, "g"),
    ]  # fmt: skip
    assert rows(sales, "SHOW PARTITIONS s PARTITION (day = 5)") == [("day=5/shop=e",)]
    assert refused(sales, "INSERT INTO s PARTITION (day = 1) SELECT 1")[0] == "INSERT_PARTITION_COLUMN_ARITY_MISMATCH"
    assert refused(sales, "INSERT INTO s PARTITION (x = 1, shop = 'a') SELECT 1")[0] == "PARTITIONS_NOT_FOUND"
    assert refused(sales, "INSERT INTO s PARTITION (day, shop = 'a') SELECT 1, 1")[0] == "_LEGACY_ERROR_TEMP_1147"
    sales.sql("ALTER TABLE s DROP PARTITION (day = 8, shop = 'g')")
    sales.sql("ALTER TABLE s DROP IF EXISTS PARTITION (day = 8)")
    assert rows(sales, "SELECT * FROM s WHERE day = 8") == []


def test_an_overwrite_of_a_partition_leaves_the_others(sales: SparkSession) -> None:
    sales.sql("INSERT OVERWRITE s PARTITION (day = 1, shop = 'a') SELECT 10")
    sales.sql("INSERT OVERWRITE TABLE s PARTITION (day = 2, shop) SELECT 20, 'z'")
    assert rows(sales, "SELECT * FROM s") == [(10, 1, "a"), (20, 2, "z"), (3, 3, "c")]
    sales.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
    sales.sql("INSERT OVERWRITE s SELECT 30, 3, 'c'")
    assert rows(sales, "SELECT * FROM s") == [(10, 1, "a"), (20, 2, "z"), (30, 3, "c")]
    sales.conf.set("spark.sql.sources.partitionOverwriteMode", "static")
    sales.sql("INSERT OVERWRITE s SELECT 31, 3, 'c'")
    assert rows(sales, "SELECT * FROM s") == [(31, 3, "c")]


def test_a_dynamic_overwrite_replaces_only_the_partitions_that_get_rows(spark: SparkSession, tmp_path: Path) -> None:
    place = str(tmp_path / "x")
    spark.createDataFrame([(1, "a"), (2, "b"), (3, "c")], "v int, p string").write.partitionBy("p").parquet(place)
    new = spark.createDataFrame([(20, "b"), (40, "d")], "v int, p string")

    def found() -> list[tuple[Any, ...]]:
        return sorted(tuple(row) for row in spark.read.parquet(place).collect())

    writer = new.write.mode("overwrite").option("partitionOverwriteMode", "dynamic")
    writer.partitionBy("p").parquet(place)
    assert found() == [(1, "a"), (3, "c"), (20, "b"), (40, "d")]
    spark.conf.set("spark.sql.sources.partitionOverwriteMode", "DYNAMIC")
    new.where("v = 20").selectExpr("21 AS v", "p").write.mode("overwrite").partitionBy("p").parquet(place)
    assert found() == [(1, "a"), (3, "c"), (21, "b"), (40, "d")]
    new.write.mode("overwrite").option("partitionOverwriteMode", "static").partitionBy("p").parquet(place)
    assert found() == [(20, "b"), (40, "d")]
    with pytest.raises(PySparkException) as caught:
        spark.conf.set("spark.sql.sources.partitionOverwriteMode", "bogus")
    assert caught.value.getCondition() == "INVALID_CONF_VALUE.OUT_OF_RANGE_OF_OPTIONS"


# ---------------------------------------------------------------- what a table is told


def test_properties_and_buckets_are_kept_and_told(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(1, "a"), (2, "b")], "v int, p string")
    frame.write.bucketBy(2, "v").sortBy("p").saveAsTable("t")
    assert [(item.name, item.isBucket) for item in spark.catalog.listColumns("t")] == [("v", True), ("p", False)]
    details = rows(spark, "DESCRIBE EXTENDED t")
    assert {("Num Buckets", "2", ""), ("Bucket Columns", "[`v`]", ""), ("Sort Columns", "[`p`]", "")} <= set(details)
    spark.sql("ALTER TABLE t SET TBLPROPERTIES ('a' = '1', 'b' = '2')")
    spark.sql("ALTER TABLE t UNSET TBLPROPERTIES ('a')")
    spark.sql("COMMENT ON TABLE t IS 'counted'")
    assert (spark.catalog.getTableProperties("t"), spark.catalog.getTable("t").description) == ({"b": "2"}, "counted")
    assert rows(spark, "SHOW TBLPROPERTIES t") == [("b", "2")]
    refusals = {
        "INVALID_BUCKET_COUNT": frame.write.bucketBy(0, "v"),
        "COLUMN_NOT_DEFINED_IN_TABLE": frame.write.bucketBy(2, "zz"),
        "_LEGACY_ERROR_TEMP_1166": frame.write.bucketBy(2, "p").partitionBy("p"),
        "SORT_BY_WITHOUT_BUCKETING": frame.write.sortBy("v"),
        "SPECIFY_CLUSTER_BY_WITH_BUCKETING_IS_NOT_ALLOWED": frame.write.clusterBy("p").bucketBy(2, "v"),
        "SPECIFY_CLUSTER_BY_WITH_PARTITIONED_BY_IS_NOT_ALLOWED": frame.write.clusterBy("p").partitionBy("p"),
    }
    for condition, writer in refusals.items():
        with pytest.raises(AnalysisException) as caught:
            writer.saveAsTable("u")
        assert caught.value.getCondition() == condition
    with pytest.raises(AnalysisException) as other:
        frame.write.bucketBy(3, "v").mode("append").saveAsTable("t")
    assert other.value.getCondition() == "_LEGACY_ERROR_TEMP_1164"
    frame.write.clusterBy("p").saveAsTable("u")
    assert [item.isCluster for item in spark.catalog.listColumns("u")] == [False, True]


def test_a_renamed_table_takes_its_files_along(spark: SparkSession, warehouse: Path) -> None:
    spark.sql("CREATE TABLE t AS SELECT 1 AS a")
    spark.sql("ALTER TABLE t RENAME TO u")
    assert (rows(spark, "SELECT * FROM u"), (warehouse / "t").exists()) == ([(1,)], False)
    spark.sql("CREATE TABLE t LIKE u")
    assert spark.table("t").columns == ["a"]
    assert refused(spark, "ALTER TABLE t RENAME TO u")[0] == "TABLE_OR_VIEW_ALREADY_EXISTS"
    assert refused(spark, "CREATE EXTERNAL TABLE x (a INT)")[0] == "CREATE_EXTERNAL_TABLE_WITHOUT_LOCATION"
    assert refused(spark, "CREATE OR REPLACE TABLE t (a INT)")[0] == "UNSUPPORTED_FEATURE.TABLE_OPERATION"


def test_what_is_cached_is_told_of_every_frame_with_the_plan(spark: SparkSession) -> None:
    frame = spark.range(3)
    frame.createOrReplaceTempView("v")
    assert not spark.catalog.isCached("v")
    spark.sql("CACHE TABLE v")
    assert (spark.catalog.isCached("v"), str(spark.table("v").storageLevel)) == (True, str(frame.storageLevel))
    spark.sql("UNCACHE TABLE v")
    frame.cache()
    assert spark.catalog.isCached("v")
    spark.catalog.clearCache()
    assert not spark.catalog.isCached("v")
    for call in (spark.catalog.isCached, spark.catalog.cacheTable, spark.catalog.uncacheTable):
        with pytest.raises(AnalysisException) as caught:
            call("nope")
        assert caught.value.getCondition() == "TABLE_OR_VIEW_NOT_FOUND"
