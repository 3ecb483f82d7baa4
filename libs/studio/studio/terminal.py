"""What all commands share: the console, and the options that say which stack is meant."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from studio.settings import read_settings

console = Console()

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The data folder (STUDIO_HOME; default .studio).")
]
DsnOption = Annotated[
    str | None,
    typer.Option(
        "--dsn",
        help="A database elsewhere, as the owner of its schemas (STUDIO_DSN keeps it secret).",
    ),
]


def folder(option: Path | None) -> Path:
    """The data folder that is meant."""
    return (option or read_settings().home).expanduser().absolute()


def say(line: str) -> None:
    """A line for the user, as it is."""
    console.print(line, markup=False, highlight=False, soft_wrap=True)
