"""The English of the project: `uv run python -m tests.wording [paths]` prints the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tap_mailjet.config.schema import CONFIG_JSONSCHEMA
from tests.support import commands
from tests.wording import (
    SANDBOX,
    TAP,
    TESTS,
    Passage,
    documents,
    offenders,
    passages_of,
    python_passages,
    settings_passages,
    tap_modules,
)
from tests.wording_rules import ALLOWED

if TYPE_CHECKING:
    import pathlib

GROUPS = {
    "documents": [path for path in documents() if path.name != "sandbox.md"],
    "schemas": [TAP / "schemas"],
    "tap code": tap_modules(),
    "sandbox": [SANDBOX, *(path for path in documents() if path.name == "sandbox.md")],
    "tests": [TESTS],
}


@pytest.mark.parametrize("paths", GROUPS.values(), ids=GROUPS.keys())
def test_no_file_uses_a_forbidden_word(paths: list[pathlib.Path]) -> None:
    assert offenders(passages_of(paths)) == []


def test_no_setting_uses_a_forbidden_word() -> None:
    assert offenders(settings_passages(CONFIG_JSONSCHEMA["properties"])) == []


def test_help_uses_no_forbidden_word() -> None:
    assert offenders([Passage("--help", 1, commands.run("--help").stdout)]) == []


def test_each_group_has_something_to_check() -> None:
    for name, paths in GROUPS.items():
        assert len(passages_of(paths)) > 1, name


def test_each_exception_gives_its_reason() -> None:
    for _, phrase, reason in ALLOWED:
        re.compile(phrase)
        assert reason


MODULE = '''"""Tell a story."""

# Nobody may be
# told `asked`.
TEXT = f"lest {TEXT.ask} break, neither here nor there"


def function() -> str:
    """Return it, but
    for the rest.
    """
    return "look up"  # looks
'''


@pytest.fixture
def module(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "module.py"
    path.write_text(MODULE)
    return path


def test_docstrings_comments_and_strings_are_found_with_their_lines(module: pathlib.Path) -> None:
    found = offenders(python_passages(module, with_strings=True))
    assert [line.removeprefix(f"{module}:") for line in found] == [
        "1: docstring starts with 'Tell'",
        "1: tell",
        "4: told",
        "5: lest",
        "9: but for",
        "12: looks",
    ]


def test_strings_of_tests_are_not_checked(module: pathlib.Path) -> None:
    found = offenders(python_passages(module, with_strings=False))
    assert not [line for line in found if "lest" in line]
