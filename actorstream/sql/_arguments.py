"""Checks of what users pass to the methods of frames, and the forms in which they may pass it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actorstream.errors import IllegalArgumentException, PySparkTypeError


def flat(cols: Sequence[Any]) -> list[Any]:
    """The arguments, or the one list that they are."""
    return list(cols[0]) if len(cols) == 1 and isinstance(cols[0], (list, tuple)) else list(cols)


def listed(items: Any) -> list[Any]:
    """Several things, or one."""
    return list(items) if isinstance(items, (list, tuple)) else [items]


def require_partitions(count: int) -> None:
    """Raises: IllegalArgumentException."""
    if count < 1:
        raise IllegalArgumentException(f"requirement failed: Number of partitions ({count}) must be positive.")


def require(value: object, types: type | tuple[type, ...], name: str, expected: str) -> None:
    """Raises: PySparkTypeError NOT_EXPECTED_TYPE."""
    if not isinstance(value, types):
        raise PySparkTypeError(
            errorClass="NOT_EXPECTED_TYPE",
            messageParameters={"expected_type": expected, "arg_name": name, "arg_type": type(value).__name__},
        )
