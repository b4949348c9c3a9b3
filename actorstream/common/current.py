"""The settings that texts are read under where no session is at hand: ``F.expr``, ``Column.cast``, a schema as text.

They are those of the session whose method is running, else of the active one.
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator

from actorstream.common.config import Conf

_DEFAULTS = Conf()
_active: Conf = _DEFAULTS
_scope: contextvars.ContextVar[Conf | None] = contextvars.ContextVar("settings in force", default=None)


def current_conf() -> Conf:
    """The settings in force."""
    return _scope.get() or _active


def set_active(conf: Conf | None) -> None:
    """Make the settings of the active session those in force; None when there is none."""
    global _active
    _active = _DEFAULTS if conf is None else conf


@contextlib.contextmanager
def using(conf: Conf) -> Iterator[None]:
    """Within the block, `conf` is in force."""
    token = _scope.set(conf)
    try:
        yield
    finally:
        _scope.reset(token)
