"""Streams, keys, types and descriptions, compared with the committed output of `--discover`."""

from __future__ import annotations

from tests import discovery


def test_discovery_returns_the_committed_catalog() -> None:
    committed = discovery.SNAPSHOT.read_text(encoding="utf-8")
    assert discovery.discover() == committed, discovery.COMMAND
