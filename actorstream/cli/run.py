"""`actorstream run [--as-pyspark] SCRIPT [ARGS]`: run a streaming script and end its queries when it is interrupted."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import click

from actorstream.activation import activate


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option(
    "--as-pyspark", is_flag=True, help="Let the script, and what it imports, find actorstream where it imports pyspark."
)
@click.argument("script", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def run(script: Path, args: tuple[str, ...], as_pyspark: bool) -> None:
    """Run SCRIPT as python would, with ARGS as its arguments.

    On Ctrl-C the queries it has started are stopped in order: the epoch under way is given up, and the next start on the same
    checkpoint runs it again.
    """
    if as_pyspark:
        activate()
    sys.argv = [str(script), *args]
    sys.path.insert(0, str(script.resolve().parent))
    try:
        runpy.run_path(str(script), run_name="__main__")
    except KeyboardInterrupt:
        print("interrupted: stopping the queries", file=sys.stderr)
        sys.exit(130)
    finally:
        _stop_queries()


def _stop_queries() -> None:
    """A script that ends leaves no query behind."""
    from actorstream.sql import SparkSession

    session = SparkSession.getActiveSession()
    for query in session.streams.active if session is not None else ():
        query.stop()
