"""`ContinuousMemoryStream` and its source, without a query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest

from actorstream import ContinuousMemoryStream
from actorstream.dataflow.protocols import ContinuousSource, Source
from actorstream.errors import (
    IllegalArgumentException,
    PySparkException,
    PySparkTypeError,
    PySparkValueError,
    SparkRuntimeException,
)


def reader(stream: ContinuousMemoryStream, start: str | None = None) -> ContinuousSource:
    source = stream.provider.create()
    assert isinstance(source, ContinuousSource)
    source.seek(start)
    return source


def values(table: pa.Table | None) -> list[Any]:
    assert table is not None
    return table.column(0).to_pylist()


@pytest.mark.rule("MEM-40", "MEM-41")
def test_rows_are_dealt_from_the_first_partition_on_in_every_call() -> None:
    stream = ContinuousMemoryStream(schema="INT")
    assert stream.addData(0, 1, 2, 3, 4) == {0: 3, 1: 2}
    assert stream.addData(5) == {0: 4, 1: 2}
    assert stream.addData() == {0: 4, 1: 2}
    assert stream.current_offset == {0: 4, 1: 2}
    assert values(reader(stream).poll(100)) == [0, 2, 4, 5, 1, 3]


@pytest.mark.rule("MEM-42")
def test_an_offset_counts_the_rows_of_every_partition() -> None:
    stream = ContinuousMemoryStream(schema="INT", numPartitions=3)
    source = reader(stream)
    assert source.position() == '{"0":0,"1":0,"2":0}'
    stream.addData(1, 2, 3, 4)
    source.poll(100)
    assert source.position() == '{"0":2,"1":1,"2":1}'


@pytest.mark.rule("MEM-40", "MEM-44")
@pytest.mark.parametrize("rows_max", [1, 2, 3, 7, 100])
def test_from_any_offset_the_same_rows_follow_however_many_are_asked_for(rows_max: int) -> None:
    stream = ContinuousMemoryStream(schema="INT")
    for first in range(0, 20, 5):
        stream.addData(*range(first, first + 5))
    source = reader(stream)
    seen: list[int] = []
    after: list[tuple[str, int]] = []
    while table := source.poll(rows_max):
        if not table.num_rows:
            break
        assert table.num_rows <= rows_max
        seen += values(table)
        after.append((source.position(), len(seen)))
    assert sorted(seen) == list(range(20))
    for offset, count in after:
        assert sorted(values(reader(stream, offset).poll(100))) == sorted(seen[count:])


def test_a_reader_sees_all_rows_of_a_call_or_none_and_none_twice() -> None:
    stream = ContinuousMemoryStream(schema="INT")
    source = reader(stream)
    assert values(source.poll(10)) == []
    stream.addData(1, 2)
    assert values(source.poll(10)) == [1, 2]
    assert values(source.poll(10)) == []
    assert source.next_poll_ms() is None, "who adds rows wakes the reader"


@pytest.mark.rule("MEM-43")
@pytest.mark.parametrize(
    "offset", ["", "3", "{}", '{"0":1}', '{"0":1,"1":1,"2":1}', '{"0":-1,"1":0}', '{"0":"x","1":0}']
)
def test_an_offset_of_something_else_is_refused(offset: str) -> None:
    stream = ContinuousMemoryStream(schema="INT")
    with pytest.raises(SparkRuntimeException) as error:
        reader(stream, offset)
    assert error.value.getCondition() == "CONTINUOUS_MEMORY_OFFSET_INVALID"


def test_tables_are_dealt_like_rows() -> None:
    stream = ContinuousMemoryStream(schema="v INT, k STRING")
    assert stream.add_data(pa.table({"k": ["a", "b", "c"], "v": [1, 2, 3]})) == {0: 2, 1: 1}
    table = reader(stream).poll(10)
    assert table is not None
    assert table.to_pylist() == [{"v": 1, "k": "a"}, {"v": 3, "k": "c"}, {"v": 2, "k": "b"}]


@pytest.mark.parametrize(
    ("rows", "error"),
    [(["x"], PySparkTypeError), ([(1, 2)], PySparkValueError), ([pa.table({"w": [1]})], PySparkTypeError)],
)
def test_rows_that_do_not_fit_are_refused_whole(rows: Sequence[Any], error: type[PySparkException]) -> None:
    stream = ContinuousMemoryStream(schema="v INT")
    with pytest.raises(error):
        stream.addData(1, *rows) if not isinstance(rows[0], pa.Table) else stream.addData(*rows)
    assert stream.current_offset == {0: 0, 1: 0}


@pytest.mark.parametrize("count", [0, -1, True, "2", None])
def test_a_number_of_partitions_that_is_none_is_refused(count: Any) -> None:
    with pytest.raises(IllegalArgumentException, match="numPartitions of a ContinuousMemoryStream must be a positive"):
        ContinuousMemoryStream(schema="INT", numPartitions=count)


def test_without_a_session_there_is_no_data_frame() -> None:
    with pytest.raises(PySparkTypeError, match=r"ContinuousMemoryStream\.toDF needs a session"):
        ContinuousMemoryStream(schema="INT").toDF()


def test_it_is_named_by_its_columns() -> None:
    assert repr(ContinuousMemoryStream(schema="a INT, b INT")).startswith("ContinuousMemoryStream[a#")


@pytest.mark.rule("MEM-7")
def test_its_source_reads_no_ranges() -> None:
    source = ContinuousMemoryStream(schema="INT").provider.create()
    assert isinstance(source, Source)
    with pytest.raises(PySparkException, match="does not support micro-batch processing"):
        source.splits(None, '{"0":1,"1":0}')
