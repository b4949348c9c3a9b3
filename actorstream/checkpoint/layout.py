"""Every path of a checkpoint, formatted in this one place. Paths are relative to its root."""

from __future__ import annotations

from urllib.parse import quote

METADATA = "metadata"
LEASE = "lease"
OFFSETS = "offsets"
COMMITS = "commits"
STATE = "state"
SOURCES = "sources"
SINKS = "sinks"


def offset_entry(epoch: int) -> str:
    """The plan of an epoch."""
    return f"{OFFSETS}/{epoch}"


def commit_entry(epoch: int) -> str:
    """The mark that an epoch counts."""
    return f"{COMMITS}/{epoch}"


def source_folder(index: int) -> str:
    """Where source number `index` of the graph keeps its own log (CKP-6)."""
    return f"{SOURCES}/{index}"


def sink_folder(node: str) -> str:
    """Where a sink that lives in the checkpoint keeps its rows."""
    return f"{SINKS}/{file_name(node)}"


def state_folder(node: str) -> str:
    """State of a stateful node; below it one folder for each partition."""
    return f"{STATE}/{file_name(node)}"


def file_name(node: str) -> str:
    """A node id as a file name: characters that a file system could object to are percent-encoded, and a dot that would hide it."""
    if node in (".", ".."):
        return node.replace(".", "%2E")
    name = quote(node, safe=" -_+=,@")
    return f"%2E{name[1:]}" if name.startswith(".") else name
