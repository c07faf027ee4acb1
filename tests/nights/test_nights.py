"""The warehouse equals the account after each night, whatever happened in the day.

Two seeds and a dozen nights in the ordinary run; `--seeds 200 --soak` for 60 nights each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from tests.nights.company import Company
from tests.nights.loader import Loader

if TYPE_CHECKING:
    import pytest

    from tap_mailjet.sandbox.commands.warehouse import Warehouse


def test_warehouse_equals_the_account_after_each_night(
    server: Warehouse, seed: int, pytestconfig: pytest.Config
) -> None:
    nights = 60 if pytestconfig.getoption("--soak") else 12
    with psycopg.connect(server.url) as connection:
        company = Company(seed, Loader(connection, f"nights_{seed}"), nights)
        with company.open():
            for night in range(1, nights + 1):
                company.night()
                assert not company.differences(), (seed, night, company.config, company.quirks)
