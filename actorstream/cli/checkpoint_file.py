"""Says in words what one file or one folder of a checkpoint is, whole or damaged. Reads only.

Used by `actorstream checkpoint show` for anything below the checkpoint itself, which `checkpoint_story` tells as a whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow.compute as pc

from actorstream.checkpoint.codec import decode
from actorstream.checkpoint.commit_log import CommitLog
from actorstream.checkpoint.layout import COMMITS, LEASE, METADATA, OFFSETS, STATE
from actorstream.checkpoint.local import map_file
from actorstream.checkpoint.offset_log import OffsetLog
from actorstream.cli.checkpoint_story import ReadOnlyFiles, count_text, time_text
from actorstream.engine.rollback import ASIDE
from actorstream.errors import PySparkException
from actorstream.state.delta import REMOVED, decode_state

#: folders of a checkpoint that may look like one themselves, because a node can have any name
_INNER = frozenset({OFFSETS, COMMITS, STATE, "sources", "sinks"})

Facts = Iterator[tuple[str, str]]


@dataclass(slots=True)
class FileStory:
    """A file in words."""

    path: str
    #: what a file of this name is, whether or not it can be read
    role: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    #: why it cannot be used; None for a whole file
    damage: str | None = None

    def lines(self) -> list[str]:
        """The story, a label and a text each."""
        told = [("file", self.role), *self.facts]
        if self.damage is not None:
            told.append(("DAMAGED", self.damage))
        width = max(len(label) for label, _ in told)
        return [f"{label:<{max(width, 10)}} {text}" for label, text in told]


def checkpoint_above(path: Path) -> Path | None:
    """The checkpoint that a path is in (or is); None if there is none."""
    for folder in (path, *path.absolute().parents):
        if folder.name in _INNER:
            continue
        if (folder / METADATA).is_file() or (folder / OFFSETS).is_dir() or (folder / COMMITS).is_dir():
            return folder
    return None


def read_file_story(root: Path, path: Path) -> FileStory:
    """Look at one file of the checkpoint at `root`."""
    relative = path.absolute().relative_to(root.absolute()).as_posix()
    for pattern, role, read in _ROLES:
        found = re.fullmatch(pattern, relative)
        if found is not None:
            names = [unquote(part) for part in found.groups()]
            story = FileStory(str(path), role.format(*names))
            _tell(story, partial(read, root, relative))
            return story
    story = FileStory(str(path), "no file of a checkpoint: nothing reads it")
    story.facts.append(("size", f"{path.stat().st_size:,} bytes"))
    return story


def read_folder_stories(root: Path, folder: Path) -> list[FileStory]:
    """Look at every file below a folder of the checkpoint at `root`."""
    files = sorted((item for item in folder.rglob("*") if item.is_file()), key=_natural)
    return [read_file_story(root, item) for item in files]


def _natural(path: Path) -> list[tuple[int, str]]:
    """Orders ``9`` before ``10``."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", str(path))]


def _tell(story: FileStory, read: Callable[[], Facts]) -> None:
    try:
        story.facts.extend(read())
    except (PySparkException, OSError) as error:
        story.damage = str(error)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        story.damage = f"its content cannot be understood: {type(error).__name__}: {error}"


# ---------------------------------------------------------------- the kinds of files


def _metadata(root: Path, relative: str) -> Facts:
    plain = _entry("metadata", root, relative)
    yield "query id", str(plain["id"])
    yield "partitions by", f"the hash function {plain['hash']}"


def _offsets(root: Path, relative: str) -> Facts:
    entry = OffsetLog(ReadOnlyFiles(root)).get(int(relative.rpartition("/")[2]))
    for source, end in entry.sources.items():
        yield "reads", f"{source} to {end}" if end is not None else f"nothing of {source} yet"
    yield "watermark", time_text(entry.watermark_ms) if entry.watermark_ms else "none yet"
    yield "batch time", time_text(entry.batch_time_ms)
    for key, value in sorted(entry.conf.items()):
        yield "pinned", f"{key} = {value}"


def _commit(root: Path, relative: str) -> Facts:
    entry = CommitLog(ReadOnlyFiles(root)).get(int(relative.rpartition("/")[2]))
    yield (
        "watermark",
        f"{time_text(entry.next_watermark_ms)} for the next epoch" if entry.next_watermark_ms else "none yet",
    )
    for node, value in sorted(entry.node_watermarks_ms.items()):
        yield "seen by", f"{node}: {time_text(value)}"
    for node, heads in sorted(entry.state.items()):
        for partition, head in enumerate(heads):
            yield "state", f"{node}[{partition}]: {head or 'no rows so far'}"


def _state(root: Path, relative: str) -> Facts:
    info, table = decode_state(map_file(root / relative), f"{root}/{relative}")
    removed = pc.sum(table.column(REMOVED)).as_py() or 0
    if relative.endswith(".snapshot"):
        yield "holds", f"all {count_text(table.num_rows, 'row', 'rows')} after epoch {info.epoch}"
    else:
        yield "changes", f"{count_text(table.num_rows - removed, 'row', 'rows')} new or changed, {removed:,} removed"
        yield "changes of", "nothing: it is the first of its chain" if info.parent is None else f"{info.parent}.delta"
    yield "written by", f"run {info.run}, for partition {info.partition} of {info.partitions}"
    for place, column in enumerate(table.schema):
        if place:
            kind = "key" if place <= info.key_count else "value"
            yield kind, f"{column.name.partition(':')[2]} {column.type}"
    yield "size", f"{(root / relative).stat().st_size:,} bytes"


def _source(root: Path, relative: str) -> Facts:
    yield "content", _short(_entry("source", root, relative))


def _sink(root: Path, relative: str) -> Facts:
    yield "content", _short(_entry("sink", root, relative))


def _lease(root: Path, relative: str) -> Facts:
    text = (root / relative).read_text(encoding="utf-8", errors="replace")
    holder = json.loads(text) if text else None
    yield "holder", f"process {holder['pid']} on {holder['host']}" if holder else "nobody so far"
    yield "note", "the lock goes with its process; this file alone keeps nobody off"


def _unfinished(root: Path, relative: str) -> Facts:
    yield "size", f"{(root / relative).stat().st_size:,} bytes"
    yield "note", "a write that was cut short: it never got its name, nobody reads it, and the next start removes it"


def _aside(root: Path, relative: str) -> Facts:
    yield "size", f"{(root / relative).stat().st_size:,} bytes"
    yield "note", "nobody reads it; delete it when the query is well again"


def _entry(kind: Any, root: Path, relative: str) -> Mapping[str, Any]:
    plain: Mapping[str, Any] = decode(kind, (root / relative).read_bytes(), f"{root}/{relative}")
    return plain


def _short(plain: object) -> str:
    def shown(value: object) -> object:
        if isinstance(value, bytes):
            return f"{len(value):,} bytes"
        if isinstance(value, Mapping):
            return {str(key): shown(item) for key, item in value.items()}
        return [shown(item) for item in value] if isinstance(value, list) else value

    text = json.dumps(shown(plain), ensure_ascii=False)
    return text if len(text) <= 400 else f"{text[:400]} ... ({len(text):,} characters)"


_ROLES: tuple[tuple[str, str, Callable[[Path, str], Facts]], ...] = (
    (rf"{ASIDE}/(\d+)/(.+)", "{1}, moved aside by rollback number {0}", _aside),
    (r"(?:.*/)?\.(.+)\.[0-9a-f]{32}\.tmp", "a temporary file for {0}", _unfinished),
    (METADATA, "the identity of the query", _metadata),
    (LEASE, "the lock that keeps a second driver off", _lease),
    (rf"{OFFSETS}/(\d+)", "the plan of epoch {0}", _offsets),
    (rf"{COMMITS}/(\d+)", "the commit of epoch {0}: it counts", _commit),
    (
        rf"{STATE}/([^/]+)/(\d+)/(\d+)-[^/]+\.delta",
        "what epoch {2} has changed in the state of {0}, partition {1}",
        _state,
    ),
    (rf"{STATE}/([^/]+)/(\d+)/(\d+)-[^/]+\.snapshot", "the whole state of {0}, partition {1}, after epoch {2}", _state),
    (r"sources/(\d+)/(\d+)", "entry {1} of the own log of source number {0}", _source),
    (r"sinks/([^/]+)/(\d+)", "the rows of epoch {1} that the sink {0} keeps here", _sink),
)
