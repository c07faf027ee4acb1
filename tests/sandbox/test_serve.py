from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import requests
from click.testing import CliRunner

from tap_mailjet.sandbox import BrokenValue, ChurnConfig, Faults, Quirks, ScheduledFault, Size
from tap_mailjet.sandbox.api.quirks import choices
from tap_mailjet.sandbox.commands import cli, fault_options, serve
from tap_mailjet.sandbox.commands.attribute_docs import attributes
from tap_mailjet.sandbox.faults.config import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_mailjet.sandbox import Sandbox

SMALL = (
    *("--contacts", "20", "--lists", "3", "--campaigns", "8", "--messages", "200"),
    *("--days", "10", "--future-days", "1", "--port", "0"),
)
NOW = ("--now", "2026-05-01T12:00:00Z")
RUN = (
    sys.executable,
    "-W",
    "error",
    "-c",
    "from tap_mailjet.sandbox.commands.cli import main; main()",
)


@contextmanager
def serving(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [*RUN, "serve", *SMALL, *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            yield process, process.stdout.readline()
        finally:
            process.terminate()  # not kill: it is to take its temporary account away
            process.wait(timeout=10)


def config_of(line: str) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(line.partition("config.json: ")[2])
    return config


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_a_signal_and_ends_well(name: signal.Signals) -> None:
    with serving(*NOW, "--values", "strings") as (process, line):
        config = config_of(line)
        auth = (config["api_key"], config["api_secret"])
        assert config["api_url"] in line
        assert auth == ("sandbox-key", "sandbox-secret")
        url = f"{config['api_url']}/v3/REST/message"
        rows = requests.get(f"{url}?FromTS=1", auth=auth, timeout=10).json()["Data"]
        assert rows[0]["ID"] == "1152921504606846976"
        process.send_signal(name)
        out, err = process.communicate(timeout=10)
        assert (process.returncode, out, err) == (0, "", "")


def test_a_busy_port_is_one_clear_line(sandbox: Sandbox) -> None:
    port = sandbox.url.rpartition(":")[2]
    command = [*RUN, "serve", *SMALL, "--port", port]
    second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert second.returncode == 1
    assert second.stdout == ""
    assert second.stderr.count("\n") == 1
    assert f"cannot listen on 127.0.0.1:{port}" in second.stderr


def test_without_now_the_clock_runs_with_the_wall_or_behind_it() -> None:
    with serving("--behind", "48", "--api-key", "k", "--api-secret", "s") as (_, line):
        config = config_of(line)
        root = f"{config['api_url']}/v3/REST/message"
        answer = requests.get(f"{root}?FromTS=1&Sort=ID+DESC", auth=("k", "s"), timeout=10)
    assert answer.status_code == 200
    assert answer.json()["Data"][0]["ArrivedAt"] > config["start_date"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--now", "noon"), "not a time"),
        ((*NOW, "--behind", "1"), "--behind"),
        (("--contacts", "1"), "--contacts"),
        (("--messages", "300", "--campaigns", "40"), "40 campaigns need"),
        (("--order", "alphabetical"), "--order"),
        (("--fault-rate", "1.5"), "--fault-rate"),
        (("--rate-limit", "100"), "'100' is not a number of calls in a number of seconds"),
        (("--rate-limit", "0/60"), "rate_limit is one call or more"),
        (("--latency", "-1"), "--latency"),
        (("--faults", "nowhere.json"), "nowhere.json: No such file"),
    ],
)
def test_options_of_no_use_are_refused_in_words(options: tuple[str, ...], said: str) -> None:
    result = CliRunner().invoke(cli.cli, ["serve", *options])
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"too_manny": 0.1}', "'too_manny' is not one of seed, too_many, "),
        ('{"too_many": "often"}', "Expected `float`, got `str` - at `$.too_many`"),
        ('{"too_many": 2}', "too_many is a rate from 0 to 1, not 2"),
        ('{"rate_limit": 100}', "Expected `array | null`, got `int` - at `$.rate_limit`"),
        ('{"permanent": {"contacts": 500}}', "'contacts', which is no resource"),
        ("[]", "Expected `object`, got `array`"),
        ('{"too_many": 0.1', "truncated"),
    ],
)
def test_a_file_of_faults_of_no_use_is_refused_in_words(
    tmp_path: Path, content: str, said: str
) -> None:
    file = tmp_path / "plan.json"
    file.write_text(content)
    result = CliRunner().invoke(cli.cli, ["serve", "--faults", str(file)])
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert str(file) in result.output


def test_a_file_and_a_rate_of_faults_are_one_too_many(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text("{}")
    options = ["serve", "--faults", str(file), "--fault-rate", "0.1"]
    result = CliRunner().invoke(cli.cli, options)
    assert result.exit_code == 2
    assert "--fault-rate" in result.output


def test_a_file_of_faults_may_hold_every_one_of_them(tmp_path: Path) -> None:
    faults = Faults(**dict.fromkeys(KINDS, 0.05), rate_limit=(9, 1.5), permanent={"contact": 500})  # type: ignore[arg-type]
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(asdict(faults)))
    assert fault_options.faults_of(str(file)) == faults


def test_options_make_the_faults_together() -> None:
    chosen = fault_options.chosen
    nothing: dict[str, Any] = dict.fromkeys(fault_options.NAMES)
    assert not any(chosen(7, **nothing).rates().values())
    assert chosen(7, **{**nothing, "fault_rate": 0.3}) == Faults.storm(0.3, 7)
    plan = Faults(too_many=0.2, latency=1)
    given = {"faults": plan, "rate_limit": (5, 2.0), "latency": 0.0}
    assert chosen(7, **{**nothing, **given}) == Faults(too_many=0.2, rate_limit=(5, 2.0))


def test_it_serves_with_the_faults_of_a_file_and_of_flags(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text('{"permanent": {"contact": 403}}')
    with serving(*NOW, "--faults", str(file), "--rate-limit", "2/60") as (process, line):
        config = config_of(line)
        root, auth = f"{config['api_url']}/v3/REST", (config["api_key"], config["api_secret"])
        statuses = [
            requests.get(f"{root}/{resource}", auth=auth, timeout=10).status_code
            for resource in ("sender", "contact", "sender")
        ]
        assert statuses == [200, 403, 429]
        process.terminate()
        assert process.communicate(timeout=10) == ("", "")


def test_the_help_explains_every_switch_and_fault() -> None:
    said = " ".join(CliRunner().invoke(cli.cli, ["serve", "--help"]).output.split())
    assert all(f"{field.name}: " in said for field in fields(Faults))
    quirks = attributes(Quirks)
    assert all(quirks[name] in said for name in choices())
    for described in (Faults, ScheduledFault, BrokenValue):
        assert all(f"{name}: {text}" in said for name, text in attributes(described).items())


@pytest.mark.parametrize("described", [Faults, Quirks, ChurnConfig, Size])
def test_every_field_is_described(described: type) -> None:
    assert list(attributes(described)) == [field.name for field in fields(described)]


@pytest.mark.parametrize("described", [ScheduledFault, BrokenValue])
def test_every_field_of_a_struct_is_described(described: type[msgspec.Struct]) -> None:
    names = [field.name for field in msgspec.structs.fields(described)]
    assert list(attributes(described)) == names


def test_every_quirk_has_an_option() -> None:
    names = {parameter.name for parameter in serve.serve.params}
    assert choices()
    assert names >= {*choices(), "extra_field"}


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.setattr(sys, "argv", ["tap-mailjet-sandbox", "serve"])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert "pip install 'tap-mailjet[sandbox]'" in said


def test_the_command_line_can_be_imported_without_the_extra() -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['starlette', 'uvicorn'])); "
        "from tap_mailjet.sandbox.commands.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=20
    )
    assert done.returncode == 1
    assert "tap-mailjet[sandbox]" in done.stderr
    assert "Traceback" not in done.stderr
