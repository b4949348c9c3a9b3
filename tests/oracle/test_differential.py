"""Every differential case, static and streaming, against the result that PySpark gave.

The cases of a group run as columns of one frame, once for each mode; a test then looks up its own.
"""

from __future__ import annotations

import functools
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from actorstream import MemoryStream, errors
from actorstream.errors import StreamingQueryException
from actorstream.sql import SparkSession, functions
from tests.oracle.engine import Runner
from tests.oracle.suite import Case, Group, Mode, groups, open_differences, read_goldens, same, topics

_names = itertools.count()


def _marks(topic: str, case: Case, waiting: bool) -> Iterator[pytest.MarkDecorator]:
    yield pytest.mark.xdist_group(topic)  # one worker evaluates a topic, not all of them each of its groups
    if case.deviation is not None:
        yield pytest.mark.xfail(reason=case.deviation, strict=True)
    elif waiting:
        yield pytest.mark.xfail(reason="listed in open.txt; take it out with the fix", strict=True)


def _parameters() -> list[Any]:
    found = []
    waiting = open_differences()
    for topic in topics():
        for group in groups(topic):
            for case in group.cases:
                for mode in case.modes:
                    name = f"{topic}/{group.key(case)}"
                    marks = tuple(_marks(topic, case, name in waiting))
                    found.append(pytest.param(topic, group, case, mode, marks=marks, id=f"{name} [{mode}]"))
    return found


@pytest.mark.parametrize(("topic", "group", "case", "mode"), _parameters())
def test_a_case_gives_what_pyspark_gave(topic: str, group: Group, case: Case, mode: Mode, utc: None) -> None:
    golden = _goldens(topic).get(group.key(case))
    assert golden is not None, f"no golden for {group.key(case)!r}: run make oracle"
    actual = _results(topic, group.name, mode)[case.name]
    if not same(actual, golden):
        pytest.fail(f"{case.name}\n    pyspark:     {_shown(golden)}\n    actorstream: {_shown(actual)}", pytrace=False)


@pytest.mark.parametrize("topic", topics())
def test_no_golden_is_left_of_a_case_that_is_gone(topic: str) -> None:
    assert sorted(_goldens(topic)) == sorted(group.key(case) for group in groups(topic) for case in group.cases)


@pytest.fixture
def utc() -> Iterator[None]:
    """Timestamps reach Python in the process's time zone; the goldens were recorded in UTC."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def _shown(result: Any) -> str:
    return json.dumps(result, ensure_ascii=False)


_goldens = functools.cache(read_goldens)


@functools.cache
def _results(topic: str, group_name: str, mode: Mode) -> dict[str, dict[str, Any]]:
    group = next(group for group in groups(topic) if group.name == group_name)
    goldens = _goldens(topic)
    spark = SparkSession.builder.master("local[2]").config("spark.sql.session.timeZone", "UTC").getOrCreate()
    runner = Runner(
        spark,
        functions,
        errors,
        functools.partial(_stream, spark) if mode == "stream" else functools.partial(_static, spark),
        functools.partial(_streamed, spark, group) if mode == "stream" else lambda frame: frame.collect(),
    )
    try:
        cases = [case for case in group.cases if mode in case.modes]
        return runner.results(
            group,
            cases,
            lambda case: case.deviation is not None or "error" in goldens.get(group.key(case), {"error": ""}),
        )
    finally:
        spark.stop()


def _static(spark: SparkSession, schema: str, rows: Sequence[tuple[Any, ...]]) -> Any:
    return spark.createDataFrame(list(rows), schema)


def _stream(spark: SparkSession, schema: str, rows: Sequence[tuple[Any, ...]]) -> Any:
    source = MemoryStream(spark, schema)
    source.add_data(*rows)
    return source.to_df()


def _streamed(spark: SparkSession, group: Group, frame: Any) -> Sequence[Any]:
    """What a memory sink holds after the query has read everything; the error that ended it if one did."""
    name = f"case_{next(_names)}"
    query = frame.writeStream.format("memory").queryName(name).outputMode(group.output).start()
    try:
        query.processAllAvailable()
        return spark.table(name).collect()
    except StreamingQueryException as error:
        raise (error.__cause__ or error) from None
    finally:
        query.stop()
