from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator

import pytest

from actorstream import SparkConf, SparkContext, SparkSession
from actorstream.errors import IllegalArgumentException, PySparkNotImplementedError, PySparkRuntimeError

#: modules of PySpark that scripts import from, and a name they take
PATHS = {
    "": "SparkContext",
    ".broadcast": "Broadcast",
    ".conf": "SparkConf",
    ".context": "SparkContext",
    ".errors": "AnalysisException",
    ".errors.exceptions.base": "PySparkException",
    ".errors.exceptions.captured": "StreamingQueryException",
    ".sql": "SparkSession",
    ".sql.catalog": "Catalog",
    ".sql.column": "Column",
    ".sql.conf": "RuntimeConfig",
    ".sql.dataframe": "DataFrame",
    ".sql.datasource": "DataSource",
    ".sql.functions": "col",
    ".sql.group": "GroupedData",
    ".sql.pandas.functions": "pandas_udf",
    ".sql.readwriter": "DataFrameWriter",
    ".sql.session": "SparkSession",
    ".sql.streaming": "StreamingQuery",
    ".sql.streaming.datasource": "ReadMaxRows",
    ".sql.streaming.listener": "StreamingQueryListener",
    ".sql.streaming.query": "StreamingQuery",
    ".sql.streaming.readwriter": "DataStreamWriter",
    ".sql.types": "StructType",
    ".sql.udf": "UDFRegistration",
    ".sql.utils": "AnalysisException",
    ".sql.window": "Window",
    ".storagelevel": "StorageLevel",
    ".testing": "assertDataFrameEqual",
    ".testing.utils": "assertSchemaEqual",
    ".version": "__version__",
}


@pytest.fixture(autouse=True)
def _no_session() -> Iterator[None]:
    """Whatever a test makes goes with it."""
    yield
    SparkContext.getOrCreate().stop()
    logging.getLogger("actorstream").setLevel(logging.NOTSET)


@pytest.mark.parametrize("path", PATHS)
def test_pysparks_module_paths_lead_to_its_names(path: str) -> None:
    assert hasattr(importlib.import_module(f"actorstream{path}"), PATHS[path])


def test_a_class_is_the_same_by_every_path() -> None:
    from actorstream.errors import AnalysisException
    from actorstream.errors.exceptions.captured import AnalysisException as Captured
    from actorstream.sql.utils import AnalysisException as Legacy

    assert {Captured, Legacy} == {AnalysisException}


def test_a_session_takes_its_settings_from_a_context_that_the_script_made() -> None:
    conf = SparkConf().setMaster("local[3]").setAppName("orders").set("spark.sql.ansi.enabled", False)
    context = SparkContext(conf=conf)
    session = SparkSession(context)
    assert session.sparkContext is context
    assert (context.master, context.appName, context.defaultParallelism) == ("local[3]", "orders", 3)
    assert session.conf.get("spark.sql.ansi.enabled") == "false"
    built = SparkSession.builder.getOrCreate()
    assert built.sparkContext.master == "local[3]"
    assert SparkContext.getOrCreate() is built.sparkContext


def test_a_builder_takes_a_conf() -> None:
    conf = SparkConf().setAll([("spark.app.name", "n"), ("spark.sql.shuffle.partitions", "4")])
    session = SparkSession.builder.config(conf=conf).getOrCreate()
    assert session.sparkContext.appName == "n"
    assert session.conf.get("spark.sql.shuffle.partitions") == "4"


def test_conf_tells_what_it_holds() -> None:
    conf = SparkConf().set("b", True).setIfMissing("b", 1).setIfMissing("a", 1)
    assert conf.toDebugString() == "a=1\nb=true"
    assert conf.contains("a")
    assert conf.get("c", "none") == "none"


def test_a_broadcast_value_is_there_until_it_is_destroyed() -> None:
    broadcast = SparkContext.getOrCreate().broadcast({"a": 1})
    assert broadcast.value == {"a": 1}
    broadcast.unpersist()
    broadcast.destroy()
    with pytest.raises(PySparkRuntimeError, match="destroyed"):
        broadcast.value


def test_what_a_context_has_not_is_refused_by_name() -> None:
    with pytest.raises(PySparkNotImplementedError, match=r"SparkContext\.binaryRecords is not implemented"):
        SparkContext.getOrCreate().binaryRecords("x", 4)


def test_a_log_level_that_does_not_exist_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "actorstream")  # which gives the level back after the test
    context = SparkContext.getOrCreate()
    context.setLogLevel("error")
    with pytest.raises(IllegalArgumentException, match="did not match one of"):
        context.setLogLevel("LOUD")
