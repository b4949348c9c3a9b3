"""Paths as users give them, as messages show them, and as the reference's manifests write them; and the error that names one."""

from __future__ import annotations

import os
import re
import urllib.parse

from actorstream.errors import SparkRuntimeException


def local_path(path: str) -> str:
    """A path without the scheme ``file:``."""
    return re.sub(r"^file:(//)?(?=/)", "", path)


def absolute(path: str) -> str:
    """A path from the root on, without the scheme."""
    return os.path.abspath(local_path(path))


def to_uri(path: str) -> str:
    """An absolute path as a manifest holds it: ``file:///a%20b``."""
    return f"file://{urllib.parse.quote(path, safe='/=:,;@&+$!*()~')}"


def from_uri(uri: str) -> str:
    """The reverse of `to_uri`."""
    return urllib.parse.unquote(local_path(uri))


def failed_read(path: str, cause: object) -> SparkRuntimeException:
    """The error for a file that cannot be read, with the reason after it."""
    error = SparkRuntimeException(errorClass="FAILED_READ_FILE.NO_HINT", messageParameters={"path": f"file://{path}"})
    error.add_note(str(cause))
    if isinstance(cause, BaseException):
        error.__cause__ = cause
    return error
