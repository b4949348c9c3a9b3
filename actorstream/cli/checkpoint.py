"""`actorstream checkpoint show DIR`: what a checkpoint holds, in words."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.group()
def checkpoint() -> None:
    """Look at checkpoints."""


@checkpoint.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON.")
def show(directory: Path, as_json: bool) -> None:
    """Explain the checkpoint in DIRECTORY: plans, commits, state, and what a restart will do.

    Reads only. Every file is checked; a damaged one is named, and the exit code is then 1.
    """
    from actorstream.cli.checkpoint_story import read_story, story_as_json

    story = read_story(directory)
    if as_json:
        print(story_as_json(story))
    else:
        print(f"Checkpoint {directory}")
        for line in story.lines():
            print(f"  {line}")
    sys.exit(1 if story.damages else 0)
