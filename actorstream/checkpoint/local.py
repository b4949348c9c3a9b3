"""A checkpoint in a directory of this machine: create-only, atomic, durable files."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from actorstream.checkpoint.files import FileExists, read_refused, write_refused
from actorstream.common.fault_points import NO_FAULTS, FaultInjector

#: mapping a smaller file costs more than reading it
_MAPPED_BYTES_MIN = 64 * 1024


class LocalFiles:
    """`CheckpointFiles` on the local file system.

    The root is made when the object is; if it vanishes later, writes fail instead of starting an empty checkpoint.

    Args:
        durable: False skips every fsync, for a checkpoint that cannot outlive its process anyway.
    """

    def __init__(self, root: str, faults: FaultInjector = NO_FAULTS, *, durable: bool = True) -> None:
        self._root = Path(root).absolute()
        self._text = root
        self._faults = faults
        self._durable = durable
        self._folders: dict[str, int] = {}
        try:
            self._make_folder(self._root)
            # a read-only or foreign directory is told now, before anything runs
            if not os.access(self._root, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, "not writable")
        except OSError as error:
            raise write_refused(self._text, "", error) from error

    @property
    def root(self) -> str:
        return self._text

    @property
    def path(self) -> Path:
        """The directory."""
        return self._root

    def write_new(self, path: str, data: bytes | memoryview) -> None:
        folder, _, name = path.rpartition("/")
        target = self._root / path
        temporary = target.with_name(f".{name}.{uuid.uuid4().hex}.tmp")
        try:
            self._faults.hit("files.before_write", path=path)
            folder_fd = self._folder(folder)
            try:
                self._write_temporary(temporary, path, data)
                self._faults.hit("files.before_rename", path=path)
                _link(temporary, target, path)
            except (OSError, FileExists):
                temporary.unlink(missing_ok=True)
                raise
            temporary.unlink()
            if self._durable:
                os.fsync(folder_fd)
        except OSError as error:
            raise write_refused(self._text, path, error) from error

    def _write_temporary(self, temporary: Path, path: str, data: bytes | memoryview) -> None:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            view = memoryview(data)
            # half, then the rest, so that a torn write can be simulated where it would happen
            half = len(view) // 2
            _write_all(descriptor, view[:half])
            self._faults.hit("files.torn_write", path=path)
            _write_all(descriptor, view[half:])
            self._faults.hit("files.before_fsync", path=path)
            if self._durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def read(self, path: str) -> bytes:
        with self._reading(path):
            return (self._root / path).read_bytes()

    def map(self, path: str) -> memoryview:
        with self._reading(path):
            return map_file(self._root / path)

    def list(self, directory: str) -> Sequence[str]:
        try:
            with self._reading(directory), os.scandir(self._root / directory) as entries:
                return sorted(entry.name for entry in entries if not entry.name.startswith("."))
        except FileNotFoundError:
            return ()

    @contextmanager
    def _reading(self, path: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            raise read_refused(self._text, path, error) from error

    def exists(self, path: str) -> bool:
        target = self._root / path
        with self._reading(path):
            return any(target.iterdir()) if target.is_dir() else target.exists()

    def delete(self, path: str) -> None:
        (self._root / path).unlink(missing_ok=True)

    def sync(self, folder: str) -> None:
        """Make the names in a folder durable."""
        if self._durable:
            os.fsync(self._folder(folder))

    def remove_leftovers(self) -> None:
        for folder, _, names in os.walk(self._root):
            for name in names:
                if folder != str(self._root) and name.startswith(".") and name.endswith(".tmp"):
                    Path(folder, name).unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the directories."""
        for descriptor in self._folders.values():
            os.close(descriptor)
        self._folders.clear()

    def __del__(self) -> None:
        self.close()

    def _folder(self, folder: str) -> int:
        """An open descriptor of a folder, made if need be; kept, because every file in it needs its fsync."""
        if not self._root.is_dir():
            raise FileNotFoundError(errno.ENOENT, "the checkpoint directory has vanished")
        descriptor = self._folders.get(folder)
        if descriptor is not None and os.fstat(descriptor).st_nlink > 0:
            return descriptor
        target = self._root / folder
        self._make_folder(target)
        descriptor = os.open(target, os.O_RDONLY | os.O_DIRECTORY)
        self._folders[folder] = descriptor
        return descriptor

    def _make_folder(self, target: Path) -> None:
        """Make a folder and the missing ones above it; each is durable in its parent."""
        missing = []
        while not target.is_dir():
            missing.append(target)
            target = target.parent
        for folder in reversed(missing):
            folder.mkdir(exist_ok=True)
            if self._durable:
                descriptor = os.open(folder.parent, os.O_RDONLY | os.O_DIRECTORY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)


def _link(source: Path, target: Path, path: str) -> None:
    """Give a file its name, unless that is taken."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise FileExists(path) from None


def map_file(path: Path) -> memoryview:
    """A file as memory that is read when it is touched; files of a checkpoint never change, so this is their content.

    A mapping holds no descriptor, so a chain of a thousand files needs none; small files are read, because a process can have
    only so many mappings.
    """
    if path.stat().st_size < _MAPPED_BYTES_MIN:
        return memoryview(path.read_bytes())
    with pa.memory_map(str(path)) as stream:
        return memoryview(stream.read_buffer()).cast("B")


def _write_all(descriptor: int, view: memoryview) -> None:
    while view:
        view = view[os.write(descriptor, view) :]
