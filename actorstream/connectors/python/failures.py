"""Says which call into a user's data source failed, with his traceback (IO-118)."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from actorstream.errors import AnalysisException, PythonException, SparkRuntimeException


@contextmanager
def planning(action: str, kind: str) -> Iterator[None]:
    """Around making something. Raises: AnalysisException PYTHON_DATA_SOURCE_ERROR."""
    try:
        yield
    except Exception as error:
        raise AnalysisException(
            errorClass="PYTHON_DATA_SOURCE_ERROR",
            messageParameters={"action": action, "type": kind, "msg": _trace(error)},
        ) from error


@contextmanager
def performing(action: str) -> Iterator[None]:
    """Around a call of the driver. Raises: SparkRuntimeException PYTHON_STREAMING_DATA_SOURCE_RUNTIME_ERROR."""
    try:
        yield
    except Exception as error:
        raise SparkRuntimeException(
            errorClass="PYTHON_STREAMING_DATA_SOURCE_RUNTIME_ERROR",
            messageParameters={"action": action, "msg": _trace(error)},
        ) from error


@contextmanager
def working() -> Iterator[None]:
    """Around reading or writing rows. Raises: PythonException PYTHON_EXCEPTION."""
    try:
        yield
    except Exception as error:
        raise PythonException(
            errorClass="PYTHON_EXCEPTION",
            messageParameters={"msg": "An exception was thrown from the Python worker", "traceback": _trace(error)},
        ) from error


def _trace(error: Exception) -> str:
    return "".join(traceback.format_exception(error))
