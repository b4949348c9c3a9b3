"""Reads a checkpoint without touching it and says in words what it holds, what is damaged, and what a restart will do.

Used by `actorstream checkpoint show` and by the demo. It asks the same code that recovery asks (`engine.recovery.decide`), so what it
says is what will happen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote

import pyarrow as pa

from actorstream.checkpoint.codec import decode
from actorstream.checkpoint.commit_log import CommitEntry, CommitLog
from actorstream.checkpoint.layout import COMMITS, LEASE, METADATA, OFFSETS, SINKS, SOURCES, STATE, state_folder
from actorstream.checkpoint.local import map_file
from actorstream.checkpoint.metadata_log import MetadataLog
from actorstream.checkpoint.offset_log import OffsetEntry, OffsetLog
from actorstream.engine.recovery import ContinueAfter, Decision, LogFacts, RunAgain, StartFresh, decide, needed_entries
from actorstream.errors import PySparkException
from actorstream.state.delta import StateFileInfo, decode_state
from actorstream.state.reader import read_state

E = TypeVar("E", OffsetEntry, CommitEntry)


class ReadOnlyFiles:
    """`CheckpointFiles` that cannot change anything, so that a checkpoint can be looked at while its query runs."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def root(self) -> str:
        return str(self._root)

    def write_new(self, path: str, data: bytes | memoryview) -> None:
        raise PermissionError(f"{path}: this checkpoint is only being looked at")

    def read(self, path: str) -> bytes:
        return (self._root / path).read_bytes()

    def map(self, path: str) -> memoryview:
        return map_file(self._root / path)

    def list(self, directory: str) -> Sequence[str]:
        folder = self._root / directory
        if not folder.is_dir():
            return ()
        return sorted(item.name for item in folder.iterdir() if not item.name.startswith("."))

    def exists(self, path: str) -> bool:
        target = self._root / path
        return any(target.iterdir()) if target.is_dir() else target.exists()

    def delete(self, path: str) -> None:
        raise PermissionError(f"{path}: this checkpoint is only being looked at")

    def remove_leftovers(self) -> None:
        raise PermissionError(f"{self._root}: this checkpoint is only being looked at")


@dataclass(frozen=True, slots=True)
class NodeState:
    """What the state folder of one node holds."""

    node: str
    partitions: int
    #: rows after the last committed epoch; None if a file is damaged
    rows: int | None
    deltas: int
    snapshots: int
    bytes: int
    #: files written by a run that died before its commit; no restart will read them
    orphans: int


@dataclass(slots=True)
class CheckpointStory:
    """A checkpoint in facts; `lines` puts them into words."""

    root: str
    query_id: str | None = None
    planned: Sequence[int] = ()
    committed: Sequence[int] = ()
    last_plan: OffsetEntry | None = None
    last_commit: CommitEntry | None = None
    states: list[NodeState] = field(default_factory=list)
    source_entries: int = 0
    #: files of writes that a death cut short; they have no name yet and count for nothing
    unfinished: list[str] = field(default_factory=list)
    #: what is broken, each with its file
    damages: list[str] = field(default_factory=list)
    decision: Decision | None = None

    @property
    def last_planned(self) -> int | None:
        """Number of the newest plan."""
        return self.planned[-1] if self.planned else None

    @property
    def last_committed(self) -> int | None:
        """Number of the newest commit."""
        return self.committed[-1] if self.committed else None

    def lines(self) -> list[str]:
        """The story, a label and a sentence each."""
        told = [("query", self.query_id or "no metadata yet: nothing was ever started here")]
        told += [("planned", self._planned_text()), ("committed", self._committed_text())]
        told += [("state", _state_text(state)) for state in self.states]
        if self.source_entries:
            told.append(
                ("sources", count_text(self.source_entries, "entry", "entries") + " in the logs of the sources")
            )
        if self.unfinished:
            files = count_text(len(self.unfinished), "file", "files")
            told.append(("unfinished", f"{files} of a write that was cut short; without a name, so nobody reads it"))
        told += [("DAMAGED", text) for text in self.damages]
        told.append(("recovery", self.recovery_text()))
        return [f"{label:<10} {text}" for label, text in told]

    def recovery_text(self) -> str:
        """What the next start on this checkpoint will do."""
        match self.decision:
            case StartFresh():
                return "nothing was planned yet: a start begins with epoch 0."
            case ContinueAfter(epoch=epoch):
                return f"epoch {epoch} is complete: a start goes on with epoch {epoch + 1}" + (
                    f" on the state after epoch {epoch}." if self.states else "."
                )
            case RunAgain(epoch=epoch, offsets=offsets) if offsets.continuous:
                begin = f"at the end of epoch {epoch - 1}" if epoch else "at the beginning"
                return f"epoch {epoch} was cut and never committed: a start deletes its plan and reads on {begin}."
            case RunAgain(epoch=epoch):
                base = f" on the state after epoch {epoch - 1}" if epoch and self.states else ""
                return (
                    f"epoch {epoch} was planned and never committed: a start runs it again{base} with exactly the logged "
                    "input, watermark and time."
                )
            case None:
                return "a start refuses this checkpoint: see DAMAGED above. actorstream checkpoint rollback shows the way back."

    def _planned_text(self) -> str:
        if self.last_plan is None:
            return "nothing" if not self.planned else _epochs(self.planned)
        ends = ", ".join(f"{node} to {end}" for node, end in self.last_plan.sources.items() if end is not None)
        watermark = f", watermark {time_text(self.last_plan.watermark_ms)}" if self.last_plan.watermark_ms else ""
        return f"{_epochs(self.planned)}; the last one reads {ends or 'nothing'}{watermark}"

    def _committed_text(self) -> str:
        if not self.committed:
            return "nothing"
        watermark = self.last_commit.next_watermark_ms if self.last_commit is not None else 0
        return _epochs(self.committed) + (f"; the next watermark is {time_text(watermark)}" if watermark else "")


def read_story(root: str | Path) -> CheckpointStory:
    """Look at a checkpoint directory. Changes nothing.

    Raises: FileNotFoundError if there is no such directory.
    """
    folder = Path(root)
    if not folder.is_dir():
        raise FileNotFoundError(f"{root} is not a directory")
    files = ReadOnlyFiles(folder)
    story = CheckpointStory(str(root))
    story.query_id = _query_id(files, story)
    plans, offsets = _log(OffsetLog(files), story)
    done, commits = _log(CommitLog(files), story)
    story.planned, story.committed = plans, done
    story.last_plan = offsets.get(plans[-1]) if plans else None
    story.last_commit = commits.get(done[-1]) if done else None
    story.states = [_node_state(files, name, story) for name in _folders(folder / STATE)]
    story.source_entries = _check_sources(files, folder, story)
    story.unfinished = sorted(
        item.relative_to(folder).as_posix()
        for room in (OFFSETS, COMMITS, STATE, SOURCES, SINKS)
        for item in (folder / room).rglob(".*.tmp")
        if item.is_file()
    )
    _check_foreign(folder, story)
    _decide(story, plans, done, offsets, commits)
    return story


def is_something_else(folder: Path) -> bool:
    """Whether a folder has things in it and nothing that a checkpoint has."""
    names = {item.name for item in folder.iterdir()}
    return bool(names) and names.isdisjoint({METADATA, LEASE, OFFSETS, COMMITS, STATE, SOURCES, SINKS})


def _query_id(files: ReadOnlyFiles, story: CheckpointStory) -> str | None:
    if not files.exists(METADATA):
        if files.exists(OFFSETS):
            story.damages.append(f"{files.root}/{METADATA} is missing, although there are plans")
        return None
    plain = _told(lambda: decode("metadata", files.read(METADATA), f"{files.root}/{METADATA}"), story)
    return None if plain is None else str(plain["id"])


def _log(log: MetadataLog[E], story: CheckpointStory) -> tuple[list[int], dict[int, E]]:
    """The numbers of all entries, and those entries that can be read."""
    epochs = log.epochs()
    entries: dict[int, E] = {}
    for epoch in epochs:
        entry = _told(partial(log.get, epoch), story)
        if entry is not None:
            entries[epoch] = entry
    return epochs, entries


R = TypeVar("R")


def _told(read: Callable[[], R], story: CheckpointStory) -> R | None:
    """What `read` gives, or None after noting what is wrong with the file."""
    try:
        return read()
    except (PySparkException, OSError) as error:
        text = str(error)
    except (KeyError, TypeError, ValueError) as error:
        text = f"an entry cannot be understood: {type(error).__name__}: {error}"
    if text not in story.damages:
        story.damages.append(text)
    return None


def _folders(folder: Path) -> Iterator[str]:
    if folder.is_dir():
        yield from sorted(item.name for item in folder.iterdir() if item.is_dir())


def _node_state(files: ReadOnlyFiles, name: str, story: CheckpointStory) -> NodeState:
    node = unquote(name)
    folder = state_folder(node)
    heads: Sequence[str | None] = ()
    if story.last_commit is not None:
        heads = story.last_commit.state.get(node, ())
    deltas = snapshots = size = orphans = 0
    last = story.last_committed
    for partition in _folders(Path(files.root) / folder):
        parents: dict[str, str | None] = {}
        for file in files.list(f"{folder}/{partition}"):
            path = f"{folder}/{partition}/{file}"
            content = _told(partial(_state_file, files, path), story)
            size += (Path(files.root) / path).stat().st_size
            stem, _, kind = file.rpartition(".")
            snapshots += kind == "snapshot"
            deltas += kind == "delta"
            if content is not None and kind == "delta":
                parents[stem] = content[0].parent
        head = heads[int(partition)] if partition.isdecimal() and int(partition) < len(heads) else None
        alive = set()
        while head is not None and head not in alive:
            alive.add(head)
            head = parents.get(head)
        orphans += sum(1 for stem in parents if stem not in alive and (last is None or _epoch_of(stem) > last))
    rows: int | None = 0
    for number, newest in enumerate(heads):
        table = None if newest is None else _told(partial(read_state, files, folder, number, newest), story)
        if newest is not None:
            rows = None if rows is None or table is None else rows + table.num_rows
    return NodeState(node, len(heads), rows, deltas, snapshots, size, orphans)


def _state_file(files: ReadOnlyFiles, path: str) -> tuple[StateFileInfo, pa.Table]:
    return decode_state(files.read(path), f"{files.root}/{path}")


def _source_entry(files: ReadOnlyFiles, path: str) -> object:
    return decode("source", files.read(path), f"{files.root}/{path}")


def _epoch_of(stem: str) -> int:
    number = stem.partition("-")[0]
    return int(number) if number.isdecimal() else -1


def _check_sources(files: ReadOnlyFiles, folder: Path, story: CheckpointStory) -> int:
    count = 0
    for source in _folders(folder / SOURCES):
        for name in files.list(f"{SOURCES}/{source}"):
            path = f"{SOURCES}/{source}/{name}"
            if (folder / path).is_file():
                count += 1
                _told(partial(_source_entry, files, path), story)
    return count


def _check_foreign(folder: Path, story: CheckpointStory) -> None:
    """Files that no part of the engine has written: they change nothing, but somebody should know."""
    known = {METADATA, LEASE, OFFSETS, COMMITS, "sources", "sinks", "state"}
    strangers = [item.name for item in sorted(folder.iterdir()) if item.name not in known and item.name[0] not in "._"]
    story.damages += [f"{folder / name} is no part of a checkpoint" for name in strangers]


def _decide(
    story: CheckpointStory,
    plans: list[int],
    done: list[int],
    offsets: dict[int, OffsetEntry],
    commits: dict[int, CommitEntry],
) -> None:
    needed_plans, needed_commits = needed_entries(plans, done)
    if any(epoch not in offsets for epoch in needed_plans) or any(epoch not in commits for epoch in needed_commits):
        return
    try:
        story.decision = decide(LogFacts(story.root, plans, done, offsets, commits))
    except PySparkException as error:
        story.damages.append(str(error))


def _state_text(state: NodeState) -> str:
    rows = "a damaged chain of files" if state.rows is None else count_text(state.rows, "row", "rows")
    files = f"{count_text(state.deltas, 'delta', 'deltas')}, {count_text(state.snapshots, 'snapshot', 'snapshots')}, {state.bytes / 1000:.0f} kB"
    orphans = (
        f"; {count_text(state.orphans, 'file', 'files')} of a run that died before its commit, which no restart reads"
        if state.orphans
        else ""
    )
    return f"{state.node}: {rows} in {count_text(state.partitions, 'partition', 'partitions')} ({files}){orphans}"


def _epochs(numbers: Sequence[int]) -> str:
    first, last = numbers[0], numbers[-1]
    missing = last - first + 1 - len(numbers)
    text = f"epoch {first}" if first == last else f"epochs {first} to {last}"
    return text + (f" with {count_text(missing, 'hole', 'holes')}" if missing else "")


def time_text(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def count_text(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def story_as_json(story: CheckpointStory) -> str:
    """The facts for another program."""
    return json.dumps(
        {
            "checkpoint": story.root,
            "queryId": story.query_id,
            "lastPlanned": story.last_planned,
            "lastCommitted": story.last_committed,
            "state": [
                {"node": state.node, "partitions": state.partitions, "rows": state.rows, "orphans": state.orphans}
                for state in story.states
            ],
            "unfinished": story.unfinished,
            "damaged": story.damages,
            "recovery": story.recovery_text(),
        },
        indent=2,
    )
