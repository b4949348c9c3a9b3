"""Methods of static frames: values, names and errors as PySpark 4.3.0 gives them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actorstream import StorageLevel
from actorstream.errors import AnalysisException, PySparkException
from actorstream.sql import DataFrame, Observation, SparkSession
from actorstream.sql import functions as F
from actorstream.sql import types as T


@pytest.fixture
def df(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(
        [("a", 1, 1.5), ("a", 4, 2.5), ("b", 2, None), (None, 7, 0.5)], "k string, v int, d double"
    )


@pytest.fixture
def other(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([("a", 10), ("c", 30)], "k string, w int")


def rows(frame: DataFrame) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in frame.collect()]


def condition(action: Callable[[], object]) -> str | None:
    with pytest.raises(PySparkException) as caught:
        action()
    return caught.value.getCondition()


# ---------------------------------------------------------------- grouping sets


def test_rollup_groups_by_ever_fewer_keys_and_tells_which(df: DataFrame) -> None:
    rolled = df.rollup("k", "v").agg(F.sum("d"), F.grouping("k"), F.grouping_id())
    assert rolled.dtypes[2:] == [("sum(d)", "double"), ("grouping(k)", "tinyint"), ("grouping_id()", "bigint")]
    assert rows(rolled.orderBy("k", "v")) == [
        (None, None, 4.5, 1, 3),
        (None, None, 0.5, 0, 1),
        (None, 7, 0.5, 0, 0),
        ("a", None, 4.0, 0, 1),
        ("a", 1, 1.5, 0, 0),
        ("a", 4, 2.5, 0, 0),
        ("b", None, None, 0, 1),
        ("b", 2, None, 0, 0),
    ]


def test_an_aggregate_of_a_key_sees_the_key_of_every_row(df: DataFrame) -> None:
    cubed = df.cube("v").agg(F.sum("v"))
    assert sorted(rows(cubed), key=str) == [(1, 1), (2, 2), (4, 4), (7, 7), (None, 14)]


def test_grouping_sets_are_groups_by_each_set(df: DataFrame) -> None:
    sets = df.groupingSets([[df.k], [df.v], []], df.k, df.v).agg(F.sum("v").alias("s"))
    assert rows(sets.where("k is not null or v is null").orderBy("k", "s")) == [
        (None, None, 7),
        (None, None, 14),
        ("a", None, 5),
        ("b", None, 2),
    ]


def test_the_same_set_twice_gives_its_groups_twice(df: DataFrame) -> None:
    assert rows(df.groupingSets([["k"], ["k"]], "k").count().where("k = 'a'")) == [("a", 2), ("a", 2)]


def test_grouping_outside_of_grouping_sets_is_refused(df: DataFrame) -> None:
    assert condition(lambda: df.groupBy("k").agg(F.grouping("k"))) == "UNSUPPORTED_GROUPING_EXPRESSION"
    assert condition(lambda: df.rollup("k").agg(F.grouping("v"))) == "GROUPING_COLUMN_MISMATCH"
    assert condition(lambda: df.rollup("k", "v").agg(F.grouping_id("v"))) == "GROUPING_ID_COLUMN_MISMATCH"


# ---------------------------------------------------------------- unpivot, set operations


def test_unpivot_gives_a_row_per_value_column_of_their_common_type(df: DataFrame) -> None:
    tall = df.limit(2).unpivot("k", ["v", "d"], "var", "val")
    assert tall.dtypes == [("k", "string"), ("var", "string"), ("val", "double")]
    assert rows(tall) == [("a", "v", 1.0), ("a", "d", 1.5), ("a", "v", 4.0), ("a", "d", 2.5)]
    assert rows(df.limit(1).melt(["k", "d"], None, "var", "val")) == [("a", 1.5, "v", 1)]
    assert condition(lambda: df.unpivot("k", ["k", "d"], "a", "b")) == "UNPIVOT_VALUE_DATA_TYPE_MISMATCH"
    assert condition(lambda: df.unpivot("k", [], "a", "b")) == "UNPIVOT_REQUIRES_VALUE_COLUMNS"


def test_set_operations_with_all_count_rows(df: DataFrame, other: DataFrame) -> None:
    keys = df.select("k")
    assert sorted(rows(keys.intersectAll(keys.union(keys))), key=str) == [("a",), ("a",), ("b",), (None,)]
    assert sorted(rows(keys.exceptAll(other.select("k"))), key=str) == [("a",), ("b",), (None,)]
    assert sorted(rows(keys.subtract(other.select("k"))), key=str) == [("b",), (None,)]
    assert rows(keys.intersect(other.select("k"))) == [("a",)]


# ---------------------------------------------------------------- statistics


def test_describe_and_summary_give_texts(df: DataFrame) -> None:
    assert rows(df.describe()) == [
        ("count", "3", "4", "3"),
        ("mean", None, "3.5", "1.5"),
        ("stddev", None, "2.6457513110645903", "1.0"),
        ("min", "a", "1", "0.5"),
        ("max", "b", "7", "2.5"),
    ]
    assert rows(df.select("v").summary("25%", "count_distinct", "max")) == [
        ("25%", "1"),
        ("count_distinct", "4"),
        ("max", "7"),
    ]
    assert condition(lambda: df.summary("bad")) == "UNRECOGNIZED_STATISTIC"


def test_statistics_of_columns(df: DataFrame) -> None:
    assert df.corr("v", "d") == pytest.approx(-0.08522864845907041)
    assert df.stat.cov("v", "d") == pytest.approx(-0.25)
    assert df.approxQuantile("v", [0.0, 0.25, 0.5, 1.0], 0.0) == [1.0, 1.0, 2.0, 7.0]
    assert df.approxQuantile(["v", "d"], [0.5], 0.1) == [[2.0], [1.5]]
    table = df.crosstab("k", "v")
    assert table.columns == ["k_v", "1", "2", "4", "7"]
    assert sorted(rows(table)) == [("a", 1, 0, 1, 0), ("b", 0, 1, 0, 0), ("null", 0, 0, 0, 1)]
    assert rows(df.freqItems(["k"], 0.4)) == [(["a"],)]


def test_a_seed_samples_the_rows_that_it_samples_in_the_reference(spark: SparkSession) -> None:
    numbers = spark.range(0, 100)
    assert [row.id for row in numbers.sample(False, 0.1, 3).collect()] == [29, 50, 52, 53, 56, 58, 78, 83, 98]
    small, large = spark.range(20).randomSplit([1.0, 2.0], 24)
    assert [row.id for row in small.collect()] == [2, 5, 6, 15, 17]
    assert large.count() == 15


def test_a_sample_with_replacement_repeats_rows(spark: SparkSession) -> None:
    drawn = [row.id for row in spark.range(100).sample(True, 3.0, 7).collect()]
    assert drawn == sorted(drawn)
    assert len(drawn) > len(set(drawn)) > 50


def test_sample_by_keeps_a_share_of_every_stratum(df: DataFrame) -> None:
    assert rows(df.sampleBy("k", {"a": 1.0, "b": 0.0}, 0)) == [("a", 1, 1.5), ("a", 4, 2.5)]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (lambda df: df.sample("x"), "NOT_EXPECTED_TYPE"),
        (lambda df: df.sample(1.5), "must be on interval"),
        (lambda df: df.randomSplit([-1.0]), "VALUE_NOT_POSITIVE"),
        (lambda df: df.approxQuantile("v", [1.5], 0.1), "NOT_EXPECTED_TYPE"),
        (lambda df: df.approxQuantile("k", [0.5], 0.1), "StringType is not supported"),
        (lambda df: df.approxQuantile("v", [0.5], -0.1), "NEGATIVE_VALUE"),
        (lambda df: df.corr("v", "d", "spearman"), "VALUE_NOT_ALLOWED"),
        (lambda df: df.corr("k", "d"), "correlation calculation"),
        (lambda df: df.freqItems("k"), "NOT_EXPECTED_TYPE"),
        (lambda df: df.sampleBy("k", {"a": 2.0}), r"Map\(a -> 2.0\)"),
        (lambda df: df.repartition(0), r"Number of partitions \(0\) must be positive"),
        (lambda df: df.repartitionByRange(2), "CANNOT_BE_EMPTY"),
        (lambda df: df.hint("x", {}), "DISALLOWED_TYPE_FOR_CONTAINER"),
        (lambda df: df.dropDuplicates(["zz"]), r'Cannot resolve column name "zz" among \(k, v, d\)'),
        (lambda df: df.groupBy("k").sum("k"), '"k" is not a numeric column'),
        (lambda df: df.groupBy("k").agg({"v": "foo"}), "UNRESOLVED_ROUTINE"),
        (lambda df: df.groupBy(0), "INDEX_NOT_POSITIVE"),
        (lambda df: df.sort(0), "ZERO_INDEX"),
        (lambda df: df.sort(), "CANNOT_BE_EMPTY"),
        (lambda df: df.toDF("a"), "ASSIGNMENT_ARITY_MISMATCH"),
        (lambda df: df.fillna(5, ["zz"]), "UNRESOLVED_COLUMN.WITH_SUGGESTION"),
        (lambda df: df["zz"], "`k`, `v`, `d`"),
        (lambda df: df.pandas_api(), "NOT_IMPLEMENTED"),
    ],
)
def test_bad_arguments_are_refused_on_the_line_that_has_them(
    df: DataFrame, action: Callable[[DataFrame], object], expected: str
) -> None:
    with pytest.raises(PySparkException, match=expected):
        action(df)


# ---------------------------------------------------------------- order, groups, joins


def test_sort_takes_places_and_directions(df: DataFrame) -> None:
    assert rows(df.sort(-2))[0] == (None, 7, 0.5)
    assert rows(df.sort("k", "v", ascending=[False, True]))[0] == ("b", 2, None)
    assert rows(df.sort(df.v.desc()))[0] == (None, 7, 0.5)


def test_a_dict_of_aggregates_comes_in_the_order_of_the_reference(df: DataFrame) -> None:
    assert df.groupBy("k").agg({"v": "max", "d": "avg", "*": "count"}).columns == ["k", "avg(d)", "max(v)", "count(1)"]


def test_grouped_data_says_what_it_is(df: DataFrame) -> None:
    assert repr(df.rollup("k")) == (
        "GroupedData[grouping expressions: [k], value: [k: string, v: int ... 1 more field], type: Rollup]"
    )


def test_joining_a_frame_with_itself_compares_left_with_right(df: DataFrame) -> None:
    assert df.join(df, df.k == df.k).count() == 5
    assert condition(lambda: df.join(df, df.k == df.v)) == "_LEGACY_ERROR_TEMP_1182"
    assert df.alias("x").join(df.alias("y"), F.col("x.v") == F.col("y.v")).count() == 4


def test_join_checks_its_arguments(df: DataFrame, other: DataFrame) -> None:
    kind: Any = 5
    with pytest.raises(AssertionError, match="how should be a string"):
        df.join(other, "k", kind)
    with pytest.raises(AssertionError, match="on should be Column or list of Column"):
        df.join(other, kind)
    assert condition(lambda: df.join(other, "k", "foo")) == "UNSUPPORTED_JOIN_TYPE"


# ---------------------------------------------------------------- the rest


def test_to_reconciles_with_a_schema(df: DataFrame) -> None:
    wanted = T.StructType([T.StructField("v", T.LongType()), T.StructField("new", T.StringType())])
    assert rows(df.limit(1).to(wanted)) == [(1, None)]
    for field, expected in (
        (T.StructField("k", T.LongType()), "INVALID_COLUMN_OR_FIELD_DATA_TYPE"),
        (T.StructField("v", T.LongType(), nullable=False), "NULLABLE_COLUMN_OR_FIELD"),
        (T.StructField("new", T.LongType(), nullable=False), "UNRESOLVED_COLUMN.WITH_SUGGESTION"),
    ):
        schema = T.StructType([field])
        assert condition(lambda schema=schema: df.to(schema)) == expected  # type: ignore[misc]


def test_a_pattern_picks_columns(df: DataFrame) -> None:
    assert df.select(df.colRegex("`[kv]`"), "d").columns == ["k", "v", "d"]
    assert df.select(df.colRegex("`x`")).columns == []
    assert df.select(df.colRegex("k")).columns == ["k"]


def test_a_cached_frame_says_so(df: DataFrame) -> None:
    assert df.storageLevel == StorageLevel.NONE
    assert repr(df.cache().storageLevel) == "StorageLevel(True, True, False, True, 1)"
    assert df.is_cached
    assert not df.unpersist().is_cached
    assert str(StorageLevel.DISK_ONLY_2) == "Disk Serialized 2x Replicated"


def test_a_checkpointed_frame_is_computed_once(df: DataFrame) -> None:
    calls = []

    def noted(v: int) -> int:
        calls.append(v)
        return v

    kept = df.select(F.udf(noted, "int")("v").alias("v")).localCheckpoint()
    assert rows(kept.where("v > 1")) == rows(kept.where("v > 1")) == [(4,), (2,), (7,)]
    assert len(calls) == 4


def test_equal_plans_have_the_same_semantics(df: DataFrame) -> None:
    assert df.select("k").sameSemantics(df.select("k"))
    assert df.select("k").semanticHash() == df.select("k").semanticHash()
    assert not df.select("k").sameSemantics(df.select("v"))


def test_an_observation_has_the_values_of_the_first_action(df: DataFrame) -> None:
    seen = Observation("seen")
    observed = df.observe(seen, F.count(F.lit(1)).alias("n"), F.max("v").alias("most"))
    with pytest.raises(AssertionError, match="NO_OBSERVE_BEFORE_GET"):
        seen.get
    observed.collect()
    observed.limit(1).collect()
    assert seen.get == {"n": 4, "most": 7}
    with pytest.raises(AssertionError, match="REUSE_OBSERVATION"):
        df.observe(seen, F.max("v"))


def test_rows_are_numbered_and_visited(df: DataFrame) -> None:
    assert [row["index"] for row in df.zipWithIndex().collect()] == [0, 1, 2, 3]
    seen: list[int] = []
    df.foreachPartition(lambda part: seen.extend(row.v for row in part))
    assert seen == [1, 4, 2, 7]
    assert "v" in dir(df)


def test_the_files_that_a_frame_reads_are_told_before_it_runs(spark: SparkSession, tmp_path: Path) -> None:
    place = tmp_path / "x y.txt"
    place.write_text("hi")
    lines = spark.read.text(str(place))
    (name,) = lines.where("value = 'hi'").union(lines).inputFiles()
    assert name == f"file://{tmp_path}/x%20y.txt"
    assert [row[0] for row in lines.select(F.input_file_name()).collect()] == [name]
    assert spark.range(3).inputFiles() == []


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("name", "proposal"),
    [
        ("zz", "`a`, `b`, `s`, `zzz`, `cc`"),
        ("ab", "`a`, `b`, `abd`, `s`, `Abc`"),
        ("abx", "`b`, `a`, `abd`, `s`, `Abc`"),
        ("x.y", "`a`, `b`, `s`, `cc`, `Abc`"),
        ("`a b`", "`a`, `abd`, `b`, `Abc`, `cc`"),
    ],
)
def test_an_unknown_name_gets_the_suggestions_of_the_reference(spark: SparkSession, name: str, proposal: str) -> None:
    frame = spark.createDataFrame([(1, 2, 3, 4, 5, 6, 7)], "b int, a int, cc int, Abc int, abd int, zzz int, s int")
    with pytest.raises(AnalysisException) as caught:
        frame.select(name)
    assert (caught.value.getMessageParameters() or {})["proposal"] == proposal


def test_suggestions_name_the_table_where_it_matters(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(1, 2)], "b int, a int").alias("t")
    with pytest.raises(AnalysisException, match=r"`t`\.`a`, `t`\.`b`"):
        frame.select("t.q")
    with pytest.raises(AnalysisException, match="`a`, `b`"):
        frame.select("q")


def test_a_column_that_a_frame_does_not_carry_is_missing(df: DataFrame, other: DataFrame) -> None:
    with pytest.raises(AnalysisException) as caught:
        df.select("k").select(df.v)
    assert caught.value.getCondition() == "MISSING_ATTRIBUTES.RESOLVED_ATTRIBUTE_MISSING_FROM_INPUT"
    assert condition(lambda: df.where(other.w > 1)) == "MISSING_ATTRIBUTES.RESOLVED_ATTRIBUTE_MISSING_FROM_INPUT"
    assert rows(df.select("k").where(df.v > 4)) == [(None,)]
