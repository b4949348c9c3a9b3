"""The little of `SparkContext` that streaming scripts use."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from actorstream.errors import IllegalArgumentException

_LEVELS = {
    "ALL": logging.NOTSET,
    "TRACE": logging.DEBUG,
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "ERROR": logging.ERROR,
    "FATAL": logging.CRITICAL,
    "OFF": logging.CRITICAL + 1,
}


@dataclass(frozen=True)
class SparkContext:
    """Names and parallelism of a session."""

    master: str
    appName: str
    defaultParallelism: int
    stop: Callable[[], None]

    def setLogLevel(self, logLevel: str) -> None:
        """The least severe messages that are logged: DEBUG, INFO, WARN, ERROR, OFF. Raises: IllegalArgumentException."""
        level = _LEVELS.get(logLevel.upper())
        if level is None:
            raise IllegalArgumentException(
                f"requirement failed: Supplied level {logLevel} did not match one of: {','.join(sorted(_LEVELS))}"
            )
        logging.getLogger("actorstream").setLevel(level)
