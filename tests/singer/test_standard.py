"""The SDK's own tests of a tap, against the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import get_tap_test_class

from tap_mailjet.tap import TapMailjet
from tests.helpers import RESOURCES, catalog_of, config_of

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox

# The SDK wants it before there is a sandbox; the fixture below fills it in.
CONFIG: dict[str, Any] = {"api_key": "k", "api_secret": "s"}


@pytest.fixture(scope="module", autouse=True)
def _reachable(account: Sandbox) -> None:
    CONFIG.update(config_of(account))


TestTapMailjet = get_tap_test_class(
    tap_class=TapMailjet, config=CONFIG, catalog=catalog_of(*RESOURCES)
)
