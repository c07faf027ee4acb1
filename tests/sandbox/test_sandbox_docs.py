"""docs/sandbox.md against the options in the code and the facts that tests show."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from tap_mailjet.sandbox import Quirks
from tap_mailjet.sandbox.api.quirks import choices
from tap_mailjet.sandbox.commands.attribute_docs import attributes
from tests.sandbox import test_facts, test_facts_filters, test_facts_options, test_facts_rows
from tests.sandbox.facts import FACTS

TEXT = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()
SURE = ("documented", "seen", "said by the API", "said by a maintainer", "inferred")
MODULES = (test_facts, test_facts_filters, test_facts_options, test_facts_rows)


def table(head: str) -> list[tuple[str, ...]]:
    """The rows of all tables whose first column has this head."""
    rows = []
    for block in re.findall(rf"^\| {head} \|.*\n\| ---.*\n((?:\|.*\n)+)", TEXT, re.MULTILINE):
        rows += [
            tuple(cell.strip() for cell in line[1:-2].split(" |"))
            for line in block.splitlines(keepends=True)
        ]
    return rows


def test_options_are_those_of_the_code_with_all_their_values() -> None:
    known = {**choices(), "extra_field": ("False", "True")}
    assert {*known} == {field.name for field in fields(Quirks)}
    listed = {row[0].strip("`"): tuple(re.findall(r"`(.+?)`", row[1])) for row in table("Option")}
    assert listed == known


def test_options_are_described_as_in_the_code() -> None:
    listed = {row[0].strip("`"): row[2] for row in table("Option")}
    assert listed == attributes(Quirks)


def test_facts_are_those_that_tests_show() -> None:
    listed = [row[0] for row in table("Fact")]
    assert len(MODULES) == 4
    assert len(FACTS) > 70
    assert sorted(listed) == sorted({*FACTS})


def test_facts_say_how_sure_they_are() -> None:
    for sentence, sure, _ in table("Fact"):
        assert any(word in sure for word in SURE), sentence


def test_facts_that_are_not_documented_name_an_option() -> None:
    names = {field.name for field in fields(Quirks)}
    used = set()
    for sentence, sure, option in table("Fact"):
        options = set(re.findall(r"`(.+?)`", option))
        assert options <= names, sentence
        assert options or sure != "not documented" or sentence.startswith("The ID of a bounce")
        used |= options
    assert used == names
