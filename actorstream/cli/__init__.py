"""The command `actorstream`: one file per command, imported when it is asked for, so that ``--help`` loads no engine."""

from __future__ import annotations

from importlib import import_module

import click

#: command -> where it is
_COMMANDS = {
    "demo": "actorstream.cli.demo:demo",
    "checkpoint": "actorstream.cli.checkpoint:checkpoint",
    "run": "actorstream.cli.run:run",
}


class _Commands(click.Group):
    """A group whose commands are imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Commands)
@click.version_option(package_name="actorstream", message="actorstream %(version)s")
def main() -> None:
    """Streaming queries on actors and Arrow: PySpark's API without a JVM."""
