"""Every differential case, static and streaming, against the result that PySpark gave.

The cases of a group run as columns of one frame, once for each mode.
"""

from __future__ import annotations

import functools
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from typing import Any, get_args

import pytest

from actorstream import MemoryStream, errors
from actorstream.errors import StreamingQueryException
from actorstream.sql import SparkSession, functions
from tests.oracle.engine import Runner
from tests.oracle.suite import Case, Group, Mode, groups, open_differences, read_goldens, same, topics

_names = itertools.count()


#: cases that differ and wait for their fix, as ``topic/group: case``
_waiting = open_differences()


def _parameters() -> list[Any]:
    return [
        # one worker evaluates a topic, not all of them each of its groups
        pytest.param(topic, group, mode, marks=pytest.mark.xdist_group(topic), id=f"{topic}/{group.name} [{mode}]")
        for topic in topics()
        for group in groups(topic)
        for mode in get_args(Mode)
        if any(mode in case.modes for case in group.cases)
    ]


@pytest.mark.parametrize(("topic", "group", "mode"), _parameters())
def test_the_cases_of_a_group_give_what_pyspark_gave(topic: str, group: Group, mode: Mode, utc: None) -> None:
    """One test for all cases of a group: a test for each of the thousands would cost more than the cases themselves."""
    results = _results(topic, group, mode)
    wrong = [
        text for case in group.cases if mode in case.modes for text in _judged(topic, group, case, results[case.name])
    ]
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def _judged(topic: str, group: Group, case: Case, actual: Any) -> Iterator[str]:
    """What is wrong with a case; nothing if it is as it should be."""
    key = group.key(case)
    golden = _goldens(topic).get(key)
    if golden is None:
        yield f"{key}: there is no golden: run make oracle"
        return
    agrees = same(actual, golden)
    if agrees and case.deviation is not None:
        yield f"{key}: agrees with PySpark now, so its deviation is none: {case.deviation}"
    elif agrees and f"{topic}/{key}" in _waiting:
        yield f"{key}: agrees with PySpark now: take it out of open.txt"
    elif not agrees and case.deviation is None and f"{topic}/{key}" not in _waiting:
        yield f"{key}\n    pyspark:     {_shown(golden)}\n    actorstream: {_shown(actual)}"


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


def _results(topic: str, group: Group, mode: Mode) -> dict[str, dict[str, Any]]:
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
