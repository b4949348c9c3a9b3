"""`actorstream checkpoint`: what a checkpoint holds, in words (`show`), and the way back from a damaged one (`rollback`)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from actorstream.engine.rollback import Rollback


@click.group()
def checkpoint() -> None:
    """Look at checkpoints, and mend damaged ones."""


@checkpoint.command(short_help="Explain a checkpoint, or a part of one, in words.")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON.")
def show(path: Path, as_json: bool) -> None:
    """Explain a checkpoint, or any file or folder in one: plans, commits, state, and what a restart will do.

    Reads only. Every file is checked; a damaged one is named, and the exit code is then 1.
    """
    from actorstream.cli.checkpoint_file import checkpoint_above, read_file_story, read_folder_stories
    from actorstream.cli.checkpoint_story import is_something_else, read_story, story_as_json

    root = checkpoint_above(path)
    if path.is_dir() and root is None and is_something_else(path):
        found = [str(child) for child in sorted(path.iterdir()) if child.is_dir() and checkpoint_above(child) == child]
        hint = f"; there is a checkpoint in {', '.join(found)}" if found else ""
        raise click.ClickException(f"{path} is no checkpoint: it has none of a checkpoint's files and folders{hint}")
    if path.is_dir() and (root is None or root.absolute() == path.absolute()):
        story = read_story(path)
        if as_json:
            print(story_as_json(story))
        else:
            print(f"Checkpoint {path}")
            for line in story.lines():
                print(f"  {line}")
        sys.exit(1 if story.damages else 0)
    if root is None:
        raise click.ClickException(
            f"{path} is not in a checkpoint: no folder above it has metadata, offsets or commits"
        )
    stories = [read_file_story(root, path)] if path.is_file() else read_folder_stories(root, path)
    if as_json:
        facts = [{"path": one.path, "role": one.role, "facts": one.facts, "damaged": one.damage} for one in stories]
        print(json.dumps(facts, indent=2, ensure_ascii=False))
    else:
        for one in stories:
            print(one.path)
            for line in one.lines():
                print(f"  {line}")
        if not stories:
            print(f"{path} is empty")
    sys.exit(1 if any(one.damage is not None for one in stories) else 0)


@checkpoint.command(short_help="Take a damaged checkpoint back to its last whole epoch.")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--to", "epoch", type=click.IntRange(min=0), help="Go back to this epoch, even if later ones are whole.")
@click.option("--yes", is_flag=True, help="Do it. Without this option nothing is changed.")
def rollback(directory: Path, epoch: int | None, yes: bool) -> None:
    """Take the checkpoint in DIRECTORY back to its last committed epoch that is whole.

    Says what is wrong and which files would go; does it only with --yes. Removed files are moved aside, into the folder
    _rolled-back of the checkpoint, so this can be undone by hand. Stop the query first.
    """
    from actorstream.cli.checkpoint_story import ReadOnlyFiles
    from actorstream.engine.rollback import perform_rollback, plan_rollback
    from actorstream.errors import PySparkException

    try:
        if yes:
            plan, aside = perform_rollback(str(directory), epoch)
        else:
            plan, aside = plan_rollback(ReadOnlyFiles(directory), epoch), None
    except PySparkException as error:
        raise click.ClickException(str(error)) from error
    print(f"Checkpoint {directory}")
    for label, text in _told(plan):
        print(f"  {label:<10} {text}")
    if not plan.is_needed:
        print("Nothing to do.")
    elif not yes:
        print("Nothing has been changed. Add --yes to do it.")
    elif aside is not None:
        print(f"Done. What was removed is in {aside}.")
    else:
        print("Done.")


def _told(plan: Rollback) -> Iterator[tuple[str, str]]:
    """The plan in words."""
    for text in plan.findings:
        yield "wrong", text
    if plan.new_identity:
        yield "identity", "the query gets a new id"
    yield (
        "back to",
        "the beginning: no committed epoch stays" if plan.to is None else f"the state after epoch {plan.to}",
    )
    if plan.replays is not None:
        yield "then", f"a start runs epoch {plan.replays} again with exactly the logged input, watermark and time"
    else:
        yield (
            "then",
            f"a start plans epoch {0 if plan.to is None else plan.to + 1} anew, from where the one before has ended",
        )
    if plan.removed:
        yield "needs", "the sources must still have the input of the epochs that run again (a MemoryStream forgets it)"
    state = [path for path in plan.removed if path.startswith("state/")]
    for path in plan.removed:
        if path not in state:
            yield "removes", path
    if state:
        yield "removes", f"{len(state)} state {'file' if len(state) == 1 else 'files'} of later epochs"
    if plan.renumbered:
        first, last = plan.renumbered[0], plan.renumbered[-1]
        which = f"epoch {first}" if first == last else f"epochs {first} to {last}"
        yield (
            "beware",
            f"rows of {which} may have reached the sinks, and other rows will get these numbers. A sink outside the checkpoint "
            f"that remembers numbers (files: _spark_metadata) would skip them: remove its entries from {first} on first",
        )
