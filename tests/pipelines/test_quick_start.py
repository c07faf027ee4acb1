"""The commands of the quick start as they stand, where nothing may be installed into Python."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from tests.support.pipelines import ROOT

PYTHON = pathlib.Path(getattr(sys, "_base_executable", sys.executable)).resolve().parent
# Neither uv nor the tools of this environment. pip then refuses to install outside of a virtual
# environment, as it does on Debian and Ubuntu (PEP 668).
BARE = {"PATH": f"{PYTHON}{os.pathsep}/usr/bin{os.pathsep}/bin", "PIP_REQUIRE_VIRTUALENV": "1"}
SKIPPED = (".git", ".venv*", ".*_cache", "__pycache__", ".hypothesis", "tap-mailjet-demo")


def run(command: str, folder: pathlib.Path, **environment: str) -> subprocess.CompletedProcess[str]:
    outer = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("UV", "VIRTUAL_ENV", "PYTEST", "PYTHON"))
    }
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env={**outer, **BARE, **environment},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A copy of the project without what was installed into it."""
    folder = tmp_path_factory.mktemp("clone") / "tap-mailjet"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*SKIPPED))
    return folder


def commands() -> list[str]:
    text = (ROOT / "README.md").read_text()
    quick_start = text.partition("## Quick start")[2].partition("## Install")[0]
    return re.findall(r"^(python3 .*)$", quick_start, re.MULTILINE)


def test_quick_start_works_without_the_right_to_install(checkout: pathlib.Path) -> None:
    assert run("python3 -m pip install uv", checkout).returncode != 0
    demo, tests = commands()

    done = run(demo, checkout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "equal" in done.stdout
    # uv is not in PATH, so that the hint names it with its folder.
    [hint] = [line.strip() for line in done.stdout.splitlines() if "sandbox query " in line]
    asked = run(hint, checkout)
    assert asked.returncode == 0, asked.stderr
    assert "Status" in asked.stdout

    done = run(tests, checkout, PYTEST_ADDOPTS="tests/test_fields.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
