"""`Observation`: aggregates over the rows that pass a point of a static frame, read after an action has run it."""

from __future__ import annotations

import uuid
from typing import Any

from actorstream.errors import PySparkAssertionError, PySparkTypeError, PySparkValueError

__all__ = ["Observation"]


class Observation:
    """Given to ``df.observe``; `get` has the values of the first action. Source: `pyspark.sql.Observation`.

    Raises: PySparkTypeError NOT_EXPECTED_TYPE, PySparkValueError VALUE_NOT_NON_EMPTY_STR for a bad name.
    """

    def __init__(self, name: str | None = None) -> None:
        if name is not None:
            if not isinstance(name, str):
                raise PySparkTypeError(
                    errorClass="NOT_EXPECTED_TYPE",
                    messageParameters={"expected_type": "str", "arg_name": "name", "arg_type": type(name).__name__},
                )
            if not name:
                raise PySparkValueError(
                    errorClass="VALUE_NOT_NON_EMPTY_STR", messageParameters={"arg_name": "name", "arg_value": name}
                )
        self._name = name or str(uuid.uuid4())
        self._used = False
        self._values: dict[str, Any] | None = None

    def _start(self) -> None:
        """It observes one frame and no more. Raises: PySparkAssertionError REUSE_OBSERVATION."""
        if self._used:
            raise PySparkAssertionError(errorClass="REUSE_OBSERVATION", messageParameters={})
        self._used = True

    def _finish(self, values: dict[str, Any]) -> None:
        if self._values is None:
            self._values = values

    @property
    def get(self) -> dict[str, Any]:
        """The values by name. Raises: PySparkAssertionError NO_OBSERVE_BEFORE_GET if nothing was observed or run yet."""
        if self._values is None:
            raise PySparkAssertionError(errorClass="NO_OBSERVE_BEFORE_GET", messageParameters={})
        return dict(self._values)
