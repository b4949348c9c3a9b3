"""How the demo shows itself: a live table in a terminal, plain lines in a pipe."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from rich.progress import TaskID

#: plain output tells of every n-th file
_EVERY_FILES = 10


class Screen(AbstractContextManager["Screen"], Protocol):
    """What the demo has to tell."""

    def say(self, text: str) -> None:
        """A sentence."""
        ...

    def start(self, files: int, queries: Sequence[str]) -> None:
        """Files begin to arrive."""
        ...

    def arrived(self, files: int) -> None:
        """So many files are there."""
        ...

    def epoch(self, query: str, epoch: int, files: int) -> None:
        """A query has committed an epoch and read so many files."""
        ...

    def killed(self, times: int, process: int) -> None:
        """The worker is dead."""
        ...

    def story(self, query: str, lines: Sequence[str]) -> None:
        """What a checkpoint holds."""
        ...

    def finish(self) -> None:
        """Nothing more arrives."""
        ...

    def last(self, text: str) -> None:
        """The verdict."""
        ...


class PlainScreen:
    """Lines of text."""

    def __init__(self) -> None:
        self._files = 0
        self._epochs: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def say(self, text: str) -> None:
        print(text, flush=True)

    def start(self, files: int, queries: Sequence[str]) -> None:
        self._files = files
        self._epochs = dict.fromkeys(queries, -1)

    def arrived(self, files: int) -> None:
        if files % _EVERY_FILES == 0 or files == self._files:
            epochs = ", ".join(f"{query} at epoch {epoch}" for query, epoch in self._epochs.items() if epoch >= 0)
            self.say(f"{files} of {self._files} files have arrived; {epochs or 'the worker is starting'}")

    def epoch(self, query: str, epoch: int, files: int) -> None:
        self._epochs[query] = epoch

    def killed(self, times: int, process: int) -> None:
        self.say(f"\nKILL {times}: process {process} got SIGKILL. On disk:")

    def story(self, query: str, lines: Sequence[str]) -> None:
        self.say(f"  {query}")
        for line in lines:
            self.say(f"    {line}")

    def finish(self) -> None:
        self.say("")

    def last(self, text: str) -> None:
        self.say(text)


class RichScreen:
    """A progress bar for each query and for the files, with the story scrolling by above."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self._console = Console(highlight=False)
        self._progress = Progress(
            TextColumn("{task.description:<12}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=self._console,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def say(self, text: str) -> None:
        self._console.print(text, markup=False)

    def start(self, files: int, queries: Sequence[str]) -> None:
        self._tasks["files"] = self._progress.add_task("files", total=files, note="arrived")
        for query in queries:
            self._tasks[query] = self._progress.add_task(query, total=files, note="")
        self._progress.start()

    def arrived(self, files: int) -> None:
        self._progress.update(self._tasks["files"], completed=files)

    def epoch(self, query: str, epoch: int, files: int) -> None:
        self._progress.update(self._tasks[query], completed=files, note=f"files read; epoch {epoch}")

    def killed(self, times: int, process: int) -> None:
        self._console.print(f"\n[bold red]KILL {times}:[/] process {process} got SIGKILL. On disk:")

    def story(self, query: str, lines: Sequence[str]) -> None:
        self._console.print(f"  [bold]{query}[/]")
        for line in lines:
            wrapped = textwrap.fill(
                f"    {line}",
                self._console.width,
                subsequent_indent=" " * 15,
                break_long_words=False,
                break_on_hyphens=False,
            )
            self._console.print(wrapped, markup=False, soft_wrap=True)

    def finish(self) -> None:
        self._progress.stop()

    def last(self, text: str) -> None:
        self._console.print(text, markup=False, style="bold", soft_wrap=True)
