"""`RDD`: rows and other values as Python objects, in lists of this process, computed when an action asks.

A small part of the reference's class, for the lines of a streaming script that pass through it: ``df.rdd.isEmpty()``,
``sc.parallelize(rows).toDF()``, ``df.rdd.map(...).collect()``. Nothing is spread or written: large data belongs in frames. What is
not here raises NOT_IMPLEMENTED. Source: `pyspark.core.rdd`.
"""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from actorstream.errors import PySparkNotImplementedError, PySparkValueError

if TYPE_CHECKING:
    from actorstream.sql.dataframe import DataFrame
    from actorstream.sql.spark_context import SparkContext

T = TypeVar("T")
U = TypeVar("U")

Parts = list[list[Any]]
"""The values by partition."""

_BATCH_MAX = 1024


class RDD(Generic[T]):
    """Values in partitions. Made by `SparkContext.parallelize`, `DataFrame.rdd` and the methods here.

    Args:
        compute: gives the partitions; called once for every action, unless the result is kept by `cache`.
    """

    def __init__(self, compute: Callable[[], Parts], context: SparkContext, count: int) -> None:
        self._compute = compute
        self._count = count
        self._kept: Parts | None = None
        self._keeps = False
        self._name: str | None = None
        self.context = context
        self.ctx = context

    def _parts(self) -> Parts:
        if self._kept is not None:
            return self._kept
        parts = self._compute()
        if self._keeps:
            self._kept = parts
        return parts

    def _made(self, compute: Callable[[], Parts], count: int | None = None) -> RDD[Any]:
        return RDD(compute, self.context, self._count if count is None else count)

    # ------------------------------------------------------------ what it is

    def getNumPartitions(self) -> int:
        """The number of partitions."""
        return self._count

    def name(self) -> str | None:
        """What `setName` said."""
        return self._name

    def setName(self, name: str) -> RDD[T]:
        """A name, for the reader."""
        self._name = name
        return self

    def cache(self) -> RDD[T]:
        """Compute once."""
        self._keeps = True
        return self

    def persist(self, storageLevel: object = None) -> RDD[T]:
        """Compute once."""
        return self.cache()

    def unpersist(self, blocking: bool = False) -> RDD[T]:
        """Compute for every action."""
        self._keeps, self._kept = False, None
        return self

    # ------------------------------------------------------------ value by value

    def map(self, f: Callable[[T], U], preservesPartitioning: bool = False) -> RDD[U]:
        """A value for each value."""
        return self.mapPartitions(lambda part: map(f, part))

    def flatMap(self, f: Callable[[T], Iterable[U]], preservesPartitioning: bool = False) -> RDD[U]:
        """Any number of values for each value."""
        return self.mapPartitions(lambda part: (item for value in part for item in f(value)))

    def filter(self, f: Callable[[T], bool]) -> RDD[T]:
        """The values for which a function is true."""
        return self.mapPartitions(lambda part: filter(f, part))

    def mapPartitions(self, f: Callable[[Iterator[T]], Iterable[U]], preservesPartitioning: bool = False) -> RDD[U]:
        """What a function of a whole partition gives."""
        return self.mapPartitionsWithIndex(lambda _, part: f(part))

    def mapPartitionsWithIndex(
        self, f: Callable[[int, Iterator[T]], Iterable[U]], preservesPartitioning: bool = False
    ) -> RDD[U]:
        """What a function of a partition's number and values gives."""
        return self._made(lambda: [list(f(number, iter(part))) for number, part in enumerate(self._parts())])

    def glom(self) -> RDD[list[T]]:
        """Each partition as one list."""
        return self.mapPartitions(lambda part: [list(part)])

    def keyBy(self, f: Callable[[T], Any]) -> RDD[tuple[Any, T]]:
        """Pairs of a key and the value."""
        return self.map(lambda value: (f(value), value))

    def zipWithIndex(self) -> RDD[tuple[T, int]]:
        """Pairs of the value and its number."""

        def numbered() -> Parts:
            first, result = 0, []
            for part in self._parts():
                result.append([(value, first + place) for place, value in enumerate(part)])
                first += len(part)
            return result

        return self._made(numbered)

    def union(self, other: RDD[U]) -> RDD[T | U]:
        """The values of both."""
        return self._made(lambda: [*self._parts(), *other._parts()], self._count + other._count)

    def zip(self, other: RDD[U]) -> RDD[tuple[T, U]]:
        """Pairs of the values of both, which are equally many. Raises: PySparkValueError."""

        def paired() -> Parts:
            ours, theirs = self.collect(), other.collect()
            if len(ours) != len(theirs):
                raise PySparkValueError("Can only zip RDDs with the same number of elements in each partition")
            return sliced(list(zip(ours, theirs, strict=True)), self._count)

        return self._made(paired)

    def repartition(self, numPartitions: int) -> RDD[T]:
        """The values in another number of partitions."""
        return self._made(lambda: sliced(self.collect(), numPartitions), numPartitions)

    def coalesce(self, numPartitions: int, shuffle: bool = False) -> RDD[T]:
        """The values in fewer partitions."""
        return self.repartition(numPartitions if shuffle else min(numPartitions, self._count))

    def distinct(self, numPartitions: int | None = None) -> RDD[T]:
        """Every value once."""
        return self._dealt(lambda: dict.fromkeys(self.collect()), lambda value: value, numPartitions)

    def sortBy(self, keyfunc: Callable[[T], Any], ascending: bool = True, numPartitions: int | None = None) -> RDD[T]:
        """The values in the order of a key."""
        count = numPartitions or self._count
        return self._made(lambda: sliced(sorted(self.collect(), key=keyfunc, reverse=not ascending), count), count)

    # ------------------------------------------------------------ pairs

    def keys(self) -> RDD[Any]:
        """The first of each pair."""
        return self.map(lambda pair: pair[0])  # type: ignore[index]

    def values(self) -> RDD[Any]:
        """The second of each pair."""
        return self.map(lambda pair: pair[1])  # type: ignore[index]

    def mapValues(self, f: Callable[[Any], Any]) -> RDD[tuple[Any, Any]]:
        """Pairs with a function of the second."""
        return self.map(lambda pair: (pair[0], f(pair[1])))  # type: ignore[index]

    def flatMapValues(self, f: Callable[[Any], Iterable[Any]]) -> RDD[tuple[Any, Any]]:
        """Pairs with any number of seconds for each."""
        return self.flatMap(lambda pair: ((pair[0], item) for item in f(pair[1])))  # type: ignore[index]

    def sortByKey(
        self, ascending: bool = True, numPartitions: int | None = None, keyfunc: Callable[[Any], Any] = lambda key: key
    ) -> RDD[T]:
        """Pairs in the order of the first."""
        return self.sortBy(lambda pair: keyfunc(pair[0]), ascending, numPartitions)  # type: ignore[index]

    def reduceByKey(self, func: Callable[[Any, Any], Any], numPartitions: int | None = None) -> RDD[tuple[Any, Any]]:
        """A pair for each key, its seconds joined two by two."""

        def reduced() -> Iterable[Any]:
            found: dict[Any, Any] = {}
            for key, value in self._pairs():
                found[key] = func(found[key], value) if key in found else value
            return found.items()

        return self._dealt(reduced, lambda pair: pair[0], numPartitions)

    def groupByKey(self, numPartitions: int | None = None) -> RDD[tuple[Any, Iterable[Any]]]:
        """A pair for each key with all of its seconds."""

        def grouped() -> Iterable[Any]:
            found: dict[Any, list[Any]] = {}
            for key, value in self._pairs():
                found.setdefault(key, []).append(value)
            return found.items()

        return self._dealt(grouped, lambda pair: pair[0], numPartitions)

    def groupBy(self, f: Callable[[T], Any], numPartitions: int | None = None) -> RDD[tuple[Any, Iterable[T]]]:
        """A pair for each key with all of its values."""
        return self.keyBy(f).groupByKey(numPartitions)

    def join(self, other: RDD[Any], numPartitions: int | None = None) -> RDD[tuple[Any, tuple[Any, Any]]]:
        """For each key every second of one with every second of the other."""
        return self._joined(other, numPartitions, outer=False)

    def leftOuterJoin(self, other: RDD[Any], numPartitions: int | None = None) -> RDD[tuple[Any, tuple[Any, Any]]]:
        """The same; a pair whose key the other has not goes with None."""
        return self._joined(other, numPartitions, outer=True)

    def _joined(self, other: RDD[Any], count: int | None, *, outer: bool) -> RDD[Any]:
        def pairs() -> Iterable[Any]:
            theirs = dict(other.groupByKey().collect())
            nothing: list[Any] = [None] if outer else []
            return [(key, (value, match)) for key, value in self._pairs() for match in theirs.get(key, nothing)]

        return self._dealt(pairs, lambda pair: pair[0], count)

    def _pairs(self) -> list[Any]:
        return self.collect()

    def _dealt(self, compute: Callable[[], Iterable[Any]], key: Callable[[Any], Any], count: int | None) -> RDD[Any]:
        """Values by the hash of a key."""
        parts = count or self._count

        def dealt() -> Parts:
            result: Parts = [[] for _ in range(parts)]
            for value in compute():
                result[_hash(key(value)) % parts].append(value)
            return result

        return self._made(dealt, parts)

    # ------------------------------------------------------------ actions

    def collect(self) -> list[T]:
        """All values."""
        return [value for part in self._parts() for value in part]

    def toLocalIterator(self, prefetchPartitions: bool = False) -> Iterator[T]:
        """All values, one after the other."""
        return iter(self.collect())

    def collectAsMap(self) -> dict[Any, Any]:
        """The pairs as a dictionary."""
        return dict(self._pairs())

    def count(self) -> int:
        """The number of values."""
        return sum(map(len, self._parts()))

    def isEmpty(self) -> bool:
        """Whether there are none."""
        return self.count() == 0

    def take(self, num: int) -> list[T]:
        """The first values."""
        return self.collect()[: max(num, 0)]

    def first(self) -> T:
        """The first value. Raises: PySparkValueError if there is none."""
        values = self.take(1)
        if not values:
            raise PySparkValueError("RDD is empty")
        return values[0]

    def top(self, num: int, key: Any = None) -> list[T]:
        """The largest values, the largest first."""
        return heapq.nlargest(num, self.collect(), key=key)

    def takeOrdered(self, num: int, key: Any = None) -> list[T]:
        """The smallest values in order."""
        return heapq.nsmallest(num, self.collect(), key=key)

    def reduce(self, f: Callable[[T, T], T]) -> T:
        """All values joined two by two. Raises: PySparkValueError if there is none."""
        values = iter(self.collect())
        for result in values:
            for value in values:
                result = f(result, value)
            return result
        raise PySparkValueError("Can not reduce() empty RDD")

    def fold(self, zeroValue: T, op: Callable[[T, T], T]) -> T:
        """The values of each partition, then those of all, joined onto a neutral one."""
        return self.aggregate(zeroValue, op, op)

    def aggregate(self, zeroValue: U, seqOp: Callable[[U, T], U], combOp: Callable[[U, U], U]) -> U:
        """The values of each partition put together by one function, the results by another."""
        result = zeroValue
        for part in self._parts():
            partial = zeroValue
            for value in part:
                partial = seqOp(partial, value)
            result = combOp(result, partial)
        return result

    def sum(self) -> Any:
        """The sum."""
        return sum(self.collect())

    def min(self, key: Any = None) -> T:
        """The smallest value."""
        return min(self.collect(), key=key)

    def max(self, key: Any = None) -> T:
        """The largest value."""
        return max(self.collect(), key=key)

    def mean(self) -> float:
        """The average."""
        return float(self.sum() / self.count())

    def countByValue(self) -> dict[T, int]:
        """How often each value comes."""
        found: dict[T, int] = {}
        for value in self.collect():
            found[value] = found.get(value, 0) + 1
        return found

    def countByKey(self) -> dict[Any, int]:
        """How often each key comes."""
        return self.keys().countByValue()

    def lookup(self, key: Any) -> list[Any]:
        """The seconds of a key."""
        return [value for own, value in self._pairs() if own == key]

    def foreach(self, f: Callable[[T], None]) -> None:
        """Call a function with every value."""
        for value in self.collect():
            f(value)

    def foreachPartition(self, f: Callable[[Iterator[T]], Any]) -> None:
        """Call a function with every partition."""
        for part in self._parts():
            f(iter(part))

    def toDF(self, schema: Any = None, sampleRatio: float | None = None) -> DataFrame:
        """A static frame of the values. Raises: as `createDataFrame`."""
        from actorstream.sql.session import SparkSession

        return SparkSession.active().createDataFrame(self, schema, sampleRatio)

    def __add__(self, other: RDD[U]) -> RDD[T | U]:
        return self.union(other)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise PySparkNotImplementedError(
            errorClass="NOT_IMPLEMENTED",
            messageParameters={"feature": f"RDD.{name}", "remedy": "Use DataFrames: an RDD here is a list of values."},
        )

    def __repr__(self) -> str:
        return f"<RDD {self._name or ''} in {self._count} partitions>".replace("  ", " ")


def parallelized(values: Iterable[T], context: SparkContext, count: int) -> RDD[T]:
    """The values in partitions, cut as the reference cuts them."""
    if isinstance(values, range):
        return RDD(lambda: sliced(values, count), context, count)
    items = list(values)
    size = max(1, min(len(items) // count, _BATCH_MAX))  # values travel in batches there, and batches are dealt
    batches = [items[start : start + size] for start in range(0, len(items), size)]

    def parts() -> Parts:
        return [[value for batch in group for value in batch] for group in sliced(batches, count)]

    return RDD(parts, context, count)


def sliced(values: Sequence[Any], count: int) -> Parts:
    """The values in `count` lists of nearly equal length."""
    size = len(values)
    return [list(values[size * part // count : size * (part + 1) // count]) for part in range(count)]


def _hash(key: Any) -> int:
    """The same number for the same key in every process."""
    if isinstance(key, str):
        return zlib.crc32(key.encode())
    if isinstance(key, tuple):
        return hash(tuple(map(_hash, key)))
    return 0 if key is None else hash(key)


__all__ = ["RDD"]
