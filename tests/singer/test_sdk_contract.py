"""What the tap overrides of the SDK is documented, and is what the tap was written against."""

from __future__ import annotations

import hashlib
import importlib
import inspect
from typing import TYPE_CHECKING

import pytest
from singer_sdk import Stream, Tap

from tap_mailjet.singer.base_stream import MailjetStream
from tap_mailjet.singer.sdk_contract import OVERRIDES, Override
from tap_mailjet.streams.registry import STREAMS
from tap_mailjet.tap import TapMailjet

if TYPE_CHECKING:
    from collections.abc import Iterable


def name_of(override: Override) -> str:
    return f"{override.where}.{override.method}"


def classes_of(module: str) -> list[type]:
    """The classes that a module of the tap defines."""
    loaded = importlib.import_module(f"tap_mailjet.{module}")
    found = [one for one in vars(loaded).values() if isinstance(one, type)]
    return [one for one in found if one.__module__ == loaded.__name__]


def own_classes(types: Iterable[type]) -> set[type]:
    """The tap's own classes among some classes and their bases."""
    bases = {base for one in types for base in one.__mro__}
    return {base for base in bases if base.__module__.startswith("tap_mailjet.")}


@pytest.mark.parametrize("override", OVERRIDES, ids=name_of)
def test_an_override_takes_what_the_sdk_passes(override: Override) -> None:
    expected = inspect.signature(getattr(override.owner, override.method))
    [own] = [one for one in classes_of(override.where) if override.method in vars(one)]
    actual = inspect.signature(getattr(own, override.method))
    parameters = [(one.name, one.kind, one.default) for one in expected.parameters.values()]
    assert [(one.name, one.kind, one.default) for one in actual.parameters.values()] == parameters


@pytest.mark.parametrize(
    "override", [one for one in OVERRIDES if one.digest], ids=lambda one: one.method
)
def test_the_source_that_an_override_stands_in_for_is_unchanged(override: Override) -> None:
    source = inspect.getsource(getattr(override.owner, override.method))
    digest = hashlib.sha256(source.encode()).hexdigest()
    assert digest.startswith(override.digest), (
        f"The SDK has changed {override.owner.__name__}.{override.method}: read it against "
        f"tap_mailjet.{override.where}, and update the digest in sdk_contract.py."
    )


def test_every_private_method_of_the_sdk_that_is_overridden_is_documented() -> None:
    documented = {(one.where, one.method) for one in OVERRIDES}
    found = {
        (own.__module__.removeprefix("tap_mailjet."), name)
        for own in own_classes([*STREAMS, MailjetStream, TapMailjet])
        for name, value in vars(own).items()
        if inspect.isfunction(value)
        and name.startswith("_")
        and not name.startswith("__")
        and (hasattr(Stream, name) or hasattr(Tap, name))
    }
    assert found
    assert found <= documented


def test_no_documented_override_is_gone() -> None:
    for override in OVERRIDES:
        assert any(override.method in vars(one) for one in classes_of(override.where)), override
