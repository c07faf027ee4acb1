"""The demo: what it compares, what it prints, and the user that its database runs as."""

from __future__ import annotations

import getpass
import json
import os
import pwd
import shlex
import subprocess
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psutil  # type: ignore[import-untyped] # the wheel of PostgreSQL brings it
import psycopg
from click.testing import CliRunner

from tap_mailjet.sandbox.commands import pipeline, warehouse
from tap_mailjet.sandbox.commands.comparison import Held, compare
from tap_mailjet.sandbox.commands.demo import demo
from tests.helpers import DEFAULT
from tests.support.pipelines import run

if TYPE_CHECKING:
    import pathlib

    import pytest

NOON = "2026-05-01T12:00:00Z"
EARLIER = "2026-04-29T11:59:59Z"
WITHIN = "2026-04-30T12:00:00Z"


def test_demo_loads_everything_and_then_what_is_new(tmp_path: pathlib.Path) -> None:
    said = run("tap-mailjet-sandbox demo --messages 500 --seed 4 --folder other", tmp_path)
    rows = {line.split()[0]: line.split() for line in said.splitlines() if "equal" in line}
    assert rows.keys() == {*DEFAULT}
    first, second = (int(count.replace(",", "")) for count in rows["messages"][1:3])
    assert 0 < second < first / 4
    # The hint works as it is printed, in the same folder.
    [hint] = [line.strip() for line in said.splitlines() if "sandbox query " in line]
    assert shlex.split(hint)[-3:-1] == ["--folder", "other"]
    statement = shlex.split(hint)[-1]
    assert "Status" in statement
    assert "opened" in run(hint, tmp_path)


def test_demo_notices_a_value_that_differs(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many rows with as many keys as expected, but one has another subject."""
    real = pipeline.run

    def tampering(folder: pathlib.Path, log: pathlib.Path) -> pipeline.Run:
        done = real(folder, log)
        url = json.loads((folder / "target.json").read_text())["sqlalchemy_url"]
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            connection.execute(
                "UPDATE mailjet.contacts SET \"Name\" = 'another' "
                'WHERE "ID" = (SELECT min("ID") FROM mailjet.contacts)'
            )
        return done

    monkeypatch.setattr(pipeline, "run", tampering)
    done = CliRunner().invoke(demo, ["--messages", "500", "--folder", str(tmp_path / "demo")])
    assert done.exit_code == 1
    [line] = [line for line in done.output.splitlines() if "DIFFERENT" in line]
    assert line.startswith("contacts ")
    assert "0 missing, 0 extra, 1 changed, such as Name of (" in line
    assert "The rows of the warehouse differ" in done.output


def test_folder_that_postgresql_cannot_use_is_refused(tmp_path: pathlib.Path) -> None:
    done = CliRunner().invoke(demo, ["--folder", str(tmp_path / "my demo")])
    assert done.exit_code == 2
    assert "contains ' '" in done.output


def differences(
    loaded: list[dict[str, Any]],
    now: list[dict[str, Any]],
    first: list[dict[str, Any]] | None = None,
) -> str:
    held = Held(now, ["ID"])
    return str(compare(loaded, ["ID"], "At", held if first is None else Held(first, ["ID"]), held))


def row(number: int = 1, at: str = NOON, **fields: Any) -> dict[str, Any]:
    return {"ID": number, "At": at, **fields}


def test_equal_values_of_other_types_are_equal() -> None:
    at = datetime(2026, 5, 1, 12, tzinfo=timezone.utc)
    loaded = {"ID": Decimal(1), "At": at, "A": None, "B": Decimal("0.5"), "C": '{"x": 1}'}
    on_wire = row(A="", b=0.5, C={"x": 1}, _not_loaded=7)
    assert differences([{**loaded, "_sdc_batched_at": at}], [on_wire]) == "equal"


def test_missing_extra_and_changed_rows_are_counted() -> None:
    found = differences([row(1, X=1), row(3)], [row(1, X=2), row(2)])
    assert found == "DIFFERENT: 1 missing, 1 extra, 1 changed, such as X of (1,)"


def test_change_of_a_row_before_the_lookback_window_is_no_difference() -> None:
    newest = row(9, X=0)
    for at, words in ((EARLIER, "equal (1 changed later"), (WITHIN, "DIFFERENT: ")):
        old, new = row(1, at, X=1), row(1, at, X=2)
        assert differences([old, newest], [new, newest], [old, newest]).startswith(words)
    # A value that it never had is a difference.
    broken = [row(1, EARLIER, X=3), newest]
    assert "1 changed" in differences(
        broken, [row(1, EARLIER, X=2), newest], [row(1, EARLIER, X=1), newest]
    )


def test_database_runs_as_an_existing_user(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL refuses root, for which the wheel would create the user pgserver."""
    users, start = pwd.getpwnam, subprocess.run

    def without_pgserver(name: str) -> pwd.struct_passwd:
        if name == "pgserver":
            raise KeyError(name)
        return users(name)

    def without_useradd(command: Any, *args: Any, **options: Any) -> Any:
        assert "useradd" not in command
        return start(command, *args, **options)

    monkeypatch.setattr(pwd, "getpwnam", without_pgserver)
    monkeypatch.setattr(subprocess, "run", without_useradd)
    with warehouse.running(tmp_path / "postgres") as store:
        owner = psutil.Process(store._server.get_pid()).username()
    assert owner == ("nobody" if os.geteuid() == 0 else getpass.getuser())
