"""`SparkConf`: settings for a session, gathered before it is made. Source: `pyspark.conf`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["SparkConf"]


class SparkConf:
    """Keys and values. What each key means is the session's business; unknown ones are kept.

    Example:
        >>> conf = SparkConf().setMaster("local[2]").setAppName("orders")
        >>> conf.get("spark.app.name")
        'orders'
    """

    def __init__(self, loadDefaults: bool = True, _jvm: object = None, _jconf: object = None) -> None:
        self._values: dict[str, str] = {}

    def set(self, key: str, value: Any) -> SparkConf:
        """Set a key."""
        self._values[key] = str(value).lower() if isinstance(value, bool) else str(value)
        return self

    def setIfMissing(self, key: str, value: Any) -> SparkConf:
        """Set a key that is not set."""
        return self if key in self._values else self.set(key, value)

    def setMaster(self, value: str) -> SparkConf:
        """``local[N]``: N partitions."""
        return self.set("spark.master", value)

    def setAppName(self, value: str) -> SparkConf:
        """A name for messages."""
        return self.set("spark.app.name", value)

    def setAll(self, pairs: Iterable[tuple[str, str]]) -> SparkConf:
        """Set several keys."""
        for key, value in pairs:
            self.set(key, value)
        return self

    def get(self, key: str, defaultValue: str | None = None) -> str | None:
        """The value of a key, or `defaultValue`."""
        return self._values.get(key, defaultValue)

    def getAll(self) -> list[tuple[str, str]]:
        """Every pair."""
        return list(self._values.items())

    def contains(self, key: str) -> bool:
        """Whether a key is set."""
        return key in self._values

    def toDebugString(self) -> str:
        """A line for each pair, sorted."""
        return "\n".join(f"{key}={value}" for key, value in sorted(self._values.items()))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._values.items())
