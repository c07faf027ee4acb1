"""The shape of the tree, as far as import-linter cannot check it (`[tool.importlinter]`)."""

from __future__ import annotations

import ast
import pathlib

import tap_mailjet

ROOT = pathlib.Path(tap_mailjet.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
LONGEST_FILE = 300
# The exceptions of the SDK are plain classes.
FREE_OF_THE_SDK = ("singer_sdk.exceptions",)


def sdk_modules(path: pathlib.Path) -> set[str]:
    """The modules of the SDK that a file imports, also where only types are wanted."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if name.split(".")[0] == "singer_sdk"}


def test_no_file_is_longer_than_one_thing() -> None:
    long = [str(path) for path in FILES if len(path.read_text().splitlines()) > LONGEST_FILE]
    assert long == []


def test_only_the_upper_layers_know_the_sdk() -> None:
    lower = [path for path in FILES if path.parent.name in {"api", "records", "reading"}]
    assert lower
    offenders = {
        path.name: modules for path in lower if (modules := sdk_modules(path) - {*FREE_OF_THE_SDK})
    }
    assert offenders == {}
