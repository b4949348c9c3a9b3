"""`spark.conf`: the settings of a session."""

from __future__ import annotations

from typing import Any

from actorstream.common.config import ENTRIES, Conf
from actorstream.errors import PySparkTypeError, SparkNoSuchElementException

_UNSET = object()


class RuntimeConfig:
    """Settings by key; what a query has started with stays (EXE-17). Source: `pyspark.sql.conf.RuntimeConfig`."""

    def __init__(self, conf: Conf) -> None:
        self._conf = conf

    def set(self, key: str, value: str | int | bool) -> None:
        """Set a key. Raises: IllegalArgumentException INVALID_CONF_VALUE for a value that the key cannot have."""
        self._conf.set(_text(key, "key"), str(value).lower() if isinstance(value, bool) else str(value))

    def get(self, key: str, default: Any = _UNSET) -> Any:
        """The value of a key as text.

        Raises: SparkNoSuchElementException SQL_CONF_NOT_FOUND for a key that has no value, without a default.
        """
        found = self._conf.get(_text(key, "key"))
        if self._conf.is_set(key) or (found is not None and default is _UNSET):
            return found
        if default is not _UNSET:
            return default if default is not None or found is None else found
        raise SparkNoSuchElementException(errorClass="SQL_CONF_NOT_FOUND", messageParameters={"sqlConf": f'"{key}"'})

    def unset(self, key: str) -> None:
        """Back to the default."""
        self._conf.unset(_text(key, "key"))

    def isModifiable(self, key: str) -> bool:
        """Whether a key means something here and may be changed while the session runs."""
        return _text(key, "key") in ENTRIES

    @property
    def getAll(self) -> dict[str, str]:
        """Every key that was set."""
        return dict(self._conf)


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={"arg_name": name, "expected_type": "str", "arg_type": type(value).__name__},
        )
    return value
