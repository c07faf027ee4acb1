"""The soak: `uv run python -m tests.nights --seeds 200 --nights 60`."""

from __future__ import annotations

import argparse
import logging
import pathlib
import sys
import tempfile
import time

import psycopg

from tap_mailjet.sandbox.commands import warehouse
from tests.nights.company import Company
from tests.nights.loader import Loader


def main() -> int:
    """Play the nights of each seed, and return 1 if a warehouse differed from its account."""
    options = _options()
    logging.disable(logging.NOTSET if options.log else logging.CRITICAL)
    failed = kills = nights = 0
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="nights-") as folder,
        warehouse.running(pathlib.Path(folder) / "postgres") as store,
        psycopg.connect(store.url) as connection,
    ):
        for seed in range(options.first, options.first + options.seeds):
            schema = f"nights_{seed}"
            company = Company(seed, Loader(connection, schema), options.nights)
            found = _play(company, options.nights)
            nights += company.nights
            kills += company.kills
            failed += bool(found)
            _write(f"seed {seed}: {company.nights} nights: {found or 'equal'}")
            connection.execute(f"DROP SCHEMA {schema} CASCADE")
            connection.commit()
    _write(
        f"{options.seeds} seeds, {nights} nights, {kills} kills, {failed} failed, "
        f"{time.monotonic() - began:.0f} s"
    )
    return int(failed > 0)


def _play(company: Company, nights: int) -> str:
    with company.open():
        for _ in range(nights):
            company.night()
            if found := company.differences():
                return "\n".join([str(company.config), str(company.quirks), *found])
    return ""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.nights", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="how many companies (%(default)s)")
    parser.add_argument("--first", type=int, default=1, help="the first seed (%(default)s)")
    parser.add_argument("--nights", type=int, default=60, help="nights of each (%(default)s)")
    parser.add_argument("--log", action="store_true", help="show the log of the tap")
    return parser.parse_args()


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
