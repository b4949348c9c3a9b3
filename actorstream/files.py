"""`pyspark.files`: the files that `SparkContext.addFile` was told of. Everything runs on this machine, so they stay where they are."""

from __future__ import annotations

import os
import tempfile
from typing import ClassVar

__all__ = ["SparkFiles"]


class SparkFiles:
    """Where added files are found, by their names."""

    _root: ClassVar[str | None] = None

    @classmethod
    def getRootDirectory(cls) -> str:
        """The directory with a link to every added file."""
        if cls._root is None:
            cls._root = tempfile.mkdtemp(prefix="actorstream-files-")
        return cls._root

    @classmethod
    def get(cls, filename: str) -> str:
        """The path of an added file."""
        return os.path.join(cls.getRootDirectory(), filename)  # noqa: PTH118

    @classmethod
    def add(cls, path: str) -> None:
        """Link a file or directory into the root; one that is there already stays (ours: called by `addFile`)."""
        source = os.path.abspath(path)  # noqa: PTH100
        if not os.path.exists(source):  # noqa: PTH110
            raise FileNotFoundError(source)
        target = cls.get(os.path.basename(source))  # noqa: PTH119
        if not os.path.lexists(target):
            os.symlink(source, target)  # noqa: PTH211
