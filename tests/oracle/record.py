"""Records the goldens from PySpark: ``python -m tests.oracle.record [topic ...]``, run by an interpreter that has PySpark."""

from __future__ import annotations

import importlib
import logging
import os
import shutil
import sys
import time
from collections.abc import Sequence
from typing import Any

from tests.oracle.engine import Runner
from tests.oracle.suite import groups, read_goldens, topics, write_goldens

#: the release that the goldens speak for
VERSION = "4.3."


def main(names: Sequence[str]) -> int:
    """Record the named topics, or all. Returns: the exit code."""
    unknown = sorted(set(names) - set(topics()))
    if unknown:
        return _refuse(f"no such topic: {', '.join(unknown)}; there are {', '.join(topics())}")
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        return _refuse("PySpark needs Java (17 or newer): install one, or set JAVA_HOME")
    try:
        pyspark = importlib.import_module("pyspark")
    except ImportError:
        return _refuse(
            f"{sys.executable} has no pyspark; make a venv with `pip install pyspark==4.3.0` and call "
            "`make oracle PYSPARK_PYTHON=<its bin/python>`"
        )
    if not pyspark.__version__.startswith(VERSION):
        return _refuse(f"the goldens are PySpark {VERSION}x's, but {sys.executable} has pyspark {pyspark.__version__}")
    os.environ["TZ"] = "UTC"  # in which PySpark shows timestamps to Python
    time.tzset()
    spark = _session()
    for topic in names or topics():
        _record(topic, spark)
    spark.stop()
    return 0


def _refuse(reason: str) -> int:
    sys.stderr.write(f"make oracle: {reason}\n")
    return 2


def _session() -> Any:
    sql = importlib.import_module("pyspark.sql")
    spark = (
        sql.SparkSession.builder.master("local[2]")
        .appName("oracle")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    logging.disable()  # PySpark logs every error that a case is about
    return spark


def _record(topic: str, spark: Any) -> None:
    runner = Runner(
        spark,
        importlib.import_module("pyspark.sql.functions"),
        importlib.import_module("pyspark.errors"),
        # one partition: first, last and collected lists then have one right answer
        lambda schema, rows: spark.createDataFrame(list(rows), schema).coalesce(1),
        lambda frame: frame.collect(),
    )
    before = read_goldens(topic)
    results = {}
    for group in groups(topic):
        # what failed the last time would fail the whole batch
        found = runner.results(group, group.cases, lambda case, group=group: "error" in before.get(group.key(case), {}))  # type: ignore[misc]
        results.update({group.key(case): found[case.name] for case in group.cases})
    write_goldens(topic, results)
    failed = sum("error" in result for result in results.values())
    changed = sum(before.get(key) != result for key, result in results.items())
    sys.stdout.write(f"{topic}: {len(results)} cases, {failed} of them errors, {changed} new or changed\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
