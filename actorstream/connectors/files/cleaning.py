"""What becomes of files that have been read: the options `cleanSource` and `sourceArchiveDir` (IO-46).

Best effort: a file that cannot be moved or deleted is left with a warning. Its name stays in the log, so it is not read again.
"""

from __future__ import annotations

import logging
import os
import shutil
from typing import Protocol

from actorstream.connectors.files.layout import Layout
from actorstream.connectors.files.paths import absolute
from actorstream.dataflow.requests import Options
from actorstream.errors import IllegalArgumentException, UnsupportedOperationException

_log = logging.getLogger("actorstream.connectors.files")


class Cleaner(Protocol):
    """Removes a file that nobody will read again."""

    def clean(self, path: str) -> None:
        """Remove it; never raises for what the disk says."""
        ...


def cleaner_of(options: Options, layout: Layout) -> Cleaner | None:
    """What the options ask for; None for nothing.

    Raises: IllegalArgumentException for an unknown mode, a missing archive directory, or one that is read itself;
        UnsupportedOperationException for the output of a file sink.
    """
    mode = options.get("cleanSource", "off").upper()
    if mode not in ("OFF", "DELETE", "ARCHIVE"):
        raise IllegalArgumentException(
            f"Invalid mode for clean source option Some({options['cleanSource']}). Must be one of ARCHIVE,DELETE,OFF"
        )
    if mode == "OFF":
        return None
    if layout.has_manifest():
        raise UnsupportedOperationException(
            "Clean up source files is not supported when reading from the output directory of FileStreamSink."
        )
    if mode == "DELETE":
        return _Delete()
    archive = options.get("sourceArchiveDir")
    if not archive:
        raise IllegalArgumentException("Archive mode must be used with 'sourceArchiveDir' option.")
    folder = absolute(archive)
    if layout.covers(folder):
        raise IllegalArgumentException(
            f"The option 'sourceArchiveDir' = '{archive}' lies inside the path that is read: archived files would be read again. "
            "Choose a directory outside of it."
        )
    return _Archive(folder)


class _Delete:
    def clean(self, path: str) -> None:
        try:
            os.unlink(path)
        except FileNotFoundError:
            return
        except OSError as error:
            _log.warning("cannot delete %s after it has been read: %s", path, error)


class _Archive:
    """Keeps the whole path of a file below the archive."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def clean(self, path: str) -> None:
        target = f"{self._folder}{path}"
        try:
            if os.path.exists(path):
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.move(path, target)
        except OSError as error:
            _log.warning("cannot move %s to the archive after it has been read: %s", path, error)
