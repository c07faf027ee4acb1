"""Checks the English of the project: `uv run python -m tests.wording [paths]` prints offenders."""

from __future__ import annotations

import ast
import functools
import io
import itertools
import json
import pathlib
import re
import sys
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import override

from tests.wording_rules import ALLOWED, DOCSTRING_STARTS, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT: Final = pathlib.Path(__file__).parent.parent
TAP: Final = ROOT / "tap_mailjet"
SANDBOX: Final = TAP / "sandbox"
TESTS: Final = ROOT / "tests"
PROSE: Final = (".md", ".yml", ".yaml", ".toml")

CODE_SPAN: Final = re.compile(r"``[^`\n]*``|`[^`\n]*`")
LINK_TARGET: Final = re.compile(r"(?<=\])\([^)\s]*\)|https?://\S+")
REPLACEMENT_FIELD: Final = re.compile(r"{[^{}]*}")
F_STRING: Final = re.compile(r"^[rb]*f", re.IGNORECASE)
DIRECTIVE: Final = re.compile(r"#\s*(noqa|type:|pragma|fmt:|!)")


@dataclass(frozen=True)
class Passage:
    """A piece of English and the place where it starts."""

    path: str
    line: int
    text: str
    is_docstring: bool = False


@dataclass(frozen=True)
class Offender:
    """A word that the wording rules forbid, with its place."""

    path: str
    line: int
    word: str

    @override
    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.word}"


def offenders(passages: Iterable[Passage]) -> list[str]:
    """Return all forbidden words of the passages, as `file:line: word`, in order."""
    found = {*itertools.chain.from_iterable(map(_offenders, passages))}
    return [str(one) for one in sorted(found, key=lambda one: (one.path, one.line, one.word))]


def _offenders(passage: Passage) -> Iterator[Offender]:
    text = _without_code(passage.text)
    for match in WORDS.finditer(text):
        if not _is_allowed(passage.path, text, match):
            line = passage.line + text.count("\n", 0, match.start())
            yield Offender(passage.path, line, " ".join(match[0].lower().split()))
    if passage.is_docstring and (start := DOCSTRING_STARTS.match(passage.text)):
        yield Offender(passage.path, passage.line, f"docstring starts with {start[0]!r}")


def _is_allowed(path: str, text: str, match: re.Match[str]) -> bool:
    """Return True if an entry of the allow-list covers a match."""
    return any(
        path.startswith(prefix) and found.start() <= match.start() and match.end() <= found.end()
        for prefix, phrase, _ in ALLOWED
        for found in re.finditer(phrase, text, re.IGNORECASE)
    )


def _without_code(text: str) -> str:
    """Return a text with its code spans and link targets blanked; line numbers stay."""
    for pattern in (CODE_SPAN, LINK_TARGET):
        text = pattern.sub(lambda match: "_" * len(match[0]), text)
    return text


def python_passages(path: pathlib.Path, *, with_strings: bool) -> list[Passage]:
    """Return the docstrings and comments of a module, and its other strings if wanted."""
    source = path.read_text(encoding="utf-8")
    name = _name(path)
    docstrings = {node.lineno: node for node in _docstrings(ast.parse(source))}
    passages = [
        Passage(name, line, str(node.value).strip(), is_docstring=True)
        for line, node in docstrings.items()
    ]
    tokens = [*tokenize.generate_tokens(io.StringIO(source).readline)]
    passages += _comments(name, tokens)
    if with_strings:
        passages += _strings(name, tokens, {*docstrings})
    return passages


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield the docstrings of a module, and the strings below attributes."""
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            value = child.value if isinstance(child, ast.Expr) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value


def _comments(name: str, tokens: list[tokenize.TokenInfo]) -> Iterator[Passage]:
    """Yield the comments of a module; comments on consecutive lines are one passage."""
    start, lines = 0, list[str]()
    for token in tokens:
        if token.type != tokenize.COMMENT or DIRECTIVE.match(token.string):
            continue
        if lines and token.start[0] != start + len(lines):
            yield Passage(name, start, "\n".join(lines))
            lines = []
        start = start if lines else token.start[0]
        lines.append(token.string.lstrip("# "))
    if lines:
        yield Passage(name, start, "\n".join(lines))


def _strings(
    name: str, tokens: list[tokenize.TokenInfo], docstrings: set[int]
) -> Iterator[Passage]:
    middle = getattr(tokenize, "FSTRING_MIDDLE", None)  # from Python 3.12 on
    for token in tokens:
        line = token.start[0]
        if token.type == tokenize.STRING and line not in docstrings:
            text = token.string
            yield Passage(name, line, REPLACEMENT_FIELD.sub("_", text) if _is_f(text) else text)
        elif token.type == middle:
            yield Passage(name, line, token.string)


def _is_f(literal: str) -> bool:
    return F_STRING.match(literal) is not None


def json_passages(path: pathlib.Path) -> list[Passage]:
    """Return the titles and descriptions of a schema file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [
        Passage(_name(path), number, json.loads(f"{{{line.strip().rstrip(',')}}}").popitem()[1])
        for number, line in enumerate(lines, start=1)
        if line.lstrip().startswith(('"title":', '"description":'))
    ]


def text_passages(path: pathlib.Path) -> list[Passage]:
    """Return a whole text file as one passage."""
    return [Passage(_name(path), 1, path.read_text(encoding="utf-8"))]


def _name(path: pathlib.Path) -> str:
    resolved = path.resolve()
    return str(resolved.relative_to(ROOT) if resolved.is_relative_to(ROOT) else resolved)


def passages_of(paths: Iterable[pathlib.Path]) -> list[Passage]:
    """Return the passages of files of any kind; folders are searched."""
    found: list[Passage] = []
    for path in itertools.chain.from_iterable(map(_files, paths)):
        found += _passages_of_file(path)
    return found


def _files(path: pathlib.Path) -> list[pathlib.Path]:
    return sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]


def _passages_of_file(path: pathlib.Path) -> list[Passage]:
    if path.suffix == ".py":
        return python_passages(path, with_strings=not path.resolve().is_relative_to(TESTS))
    if path.suffix == ".json" and path.parent.name == "schemas":
        return json_passages(path)
    return text_passages(path) if path.suffix in PROSE else []


def tap_modules() -> list[pathlib.Path]:
    """Return the modules of the tap, without the sandbox's."""
    return [path for path in sorted(TAP.rglob("*.py")) if not path.is_relative_to(SANDBOX)]


@functools.cache
def documents() -> tuple[pathlib.Path, ...]:
    """Return the documents and examples."""
    patterns = ("*.md", "docs/*.md", "examples/*", "meltano.yml")
    return tuple(
        path
        for pattern in patterns
        for path in sorted(ROOT.glob(pattern))
        if path.suffix in {*PROSE, ".py"}
    )


def settings_passages(properties: dict[str, Any]) -> list[Passage]:
    """Return the titles and descriptions of the settings."""
    return [
        Passage(f"setting {name}", 1, spec[part])
        for name, spec in properties.items()
        for part in ("title", "description")
        if part in spec
    ]


def main(arguments: list[str]) -> int:
    """Print the offenders of the paths, or of the whole project; return the exit code."""
    paths = [*map(pathlib.Path, arguments)] or [*documents(), TAP, TESTS]
    found = offenders(passages_of(paths))
    print("\n".join([*found, f"{len(found)} offenders"]))  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
