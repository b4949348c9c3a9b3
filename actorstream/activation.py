"""`activate()`: for code that cannot be edited, ``import pyspark`` gives actorstream.

The only place that touches `sys.modules`, and only when a user asks for it. What an import of ``pyspark.x`` gives is the very module
``actorstream.x``; nothing is imitated, and what is not there raises the ImportError or AttributeError that names it.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_NAME = "pyspark"
_OURS = __name__.partition(".")[0]


def activate() -> None:
    """From now on ``import pyspark...`` in this process means actorstream. Calling it again changes nothing.

    Raises: ImportError when the real PySpark is already imported: half of a program on each engine would be neither.

    Example:
        >>> import actorstream
        >>> actorstream.activate()
        >>> from pyspark.sql import SparkSession
        >>> SparkSession.__module__
        'actorstream.sql.session'
        >>> actorstream.deactivate()
    """
    if _finder() is not None:
        return
    if _NAME in sys.modules:
        raise ImportError(
            f"{_NAME} is imported already, from {getattr(sys.modules[_NAME], '__file__', 'somewhere')}. Call "
            f"{_OURS}.activate() before anything imports {_NAME}.",
            name=_NAME,
        )
    sys.meta_path.insert(0, _Finder())


def deactivate() -> None:
    """Undo `activate`: later imports of ``pyspark`` look for the real one. Names that are imported already stay what they are."""
    finder = _finder()
    if finder is None:
        return
    sys.meta_path.remove(finder)
    for name in [name for name in sys.modules if name == _NAME or name.startswith(f"{_NAME}.")]:
        del sys.modules[name]


def _finder() -> _Finder | None:
    return next((finder for finder in sys.meta_path if isinstance(finder, _Finder)), None)


class _Finder(MetaPathFinder):
    """Finds ``pyspark.x`` where ``actorstream.x`` is."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        root, _, rest = fullname.partition(".")
        if root != _NAME:
            return None
        ours = f"{_OURS}.{rest}" if rest else _OURS
        if importlib.util.find_spec(ours) is None:
            raise ModuleNotFoundError(
                f"No module named {fullname!r}: {_OURS} stands in for {_NAME} here, and there is no {ours}.",
                name=fullname,
            )
        return ModuleSpec(fullname, _Loader(ours), is_package=hasattr(importlib.import_module(ours), "__path__"))


class _Loader(Loader):
    """Gives an import the module that exists already."""

    def __init__(self, ours: str) -> None:
        self._ours = ours
        self._spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._ours)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # the import system has just made the module believe that it is pyspark's
        module.__spec__ = self._spec
