"""Where the contenders live: each in an environment of its own, with nothing that it need not have.

What else is installed costs time: with NumPy there, for one, joblib imports it, and with joblib
every tap of the SDK does.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
from functools import cache
from typing import NamedTuple

ROOT = pathlib.Path(__file__).parents[2]
NEWEST = "2026-11-21T00:00:00Z"
"""Nothing that was released later is installed, so that what they depend on is pinned as well."""


class Product(NamedTuple):
    """A distribution and its version."""

    name: str
    version: str


AIRBYTE = Product("airbyte-cdk", "7.39.1")
DLT = Product("dlt", "1.31.0")
MATPLOTLIB = Product("matplotlib", "3.10.9")


@cache
def tap_folder() -> pathlib.Path:
    """The programs of an environment with the tap as its users install it, of locked versions.

    It has the tap as it is now, so it is brought up to date once for each run of the benchmark.
    """
    folder = _folder("tap-mailjet")
    _run(
        *("uv", "sync", "--quiet", "--frozen", "--no-dev", "--no-editable", "--compile-bytecode"),
        *("--reinstall-package", "tap-mailjet", "--python", sys.executable),
        UV_PROJECT_ENVIRONMENT=str(folder),
    )
    return folder / "bin"


@cache
def python_of(product: Product) -> str:
    """Return the interpreter of an environment with the product; the first call creates it.

    It is of the version that runs this, so that no contender has a better Python than another.
    """
    folder = _folder(f"{product.name}-{product.version}")
    python, done = folder / "bin" / "python", folder / "done"
    if not done.exists():
        _run("uv", "venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
        _run(
            *("uv", "pip", "install", "--quiet", "--compile-bytecode", "--exclude-newer", NEWEST),
            *("--python", str(python), f"{product.name}=={product.version}"),
        )
        done.touch()
    return str(python)


def _folder(name: str) -> pathlib.Path:
    root = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    version = ".".join(map(str, sys.version_info[:3]))
    return root / "tap-mailjet-benchmarks" / f"py{version}" / name


def _run(program: str, *arguments: str, **environment: str) -> None:
    found = shutil.which(program) or program
    subprocess.run(
        [found, *arguments],
        check=True,
        stdout=sys.stderr,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
