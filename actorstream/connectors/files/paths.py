"""Paths as users give them, as messages show them, and as the reference's manifests write them."""

from __future__ import annotations

import os
import re
import urllib.parse


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
