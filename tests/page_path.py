"""Count what a page passes on its way: `uv run python -m tests.page_path`.

It reads the clicks of a sandbox in many pages, and counts the named functions of the tap that run
for at least every second page: what a reader has to follow from the request of a page to its
records. What a sync of a range without rows runs as well is subtracted.
"""

from __future__ import annotations

import contextlib
import io
import pathlib
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING

import tap_mailjet
from tap_mailjet.sandbox import Sandbox, Size
from tap_mailjet.tap import TapMailjet
from tests.helpers import catalog_of, config_of

if TYPE_CHECKING:
    from types import FrameType

ROOT = pathlib.Path(tap_mailjet.__file__).parent
PAGE_SIZE = 20


def count_calls(sandbox: Sandbox, **given: str) -> Counter[tuple[str, str]]:
    """Sync the clicks, and count the calls by the file and the name of each function."""
    calls: Counter[tuple[str, str]] = Counter()
    lock = threading.Lock()

    def record(frame: FrameType, event: str, _arg: object) -> None:
        path = pathlib.Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(ROOT) and "sandbox" not in path.parts:
            with lock:
                calls[str(path.relative_to(ROOT)), frame.f_code.co_name] += 1

    config = config_of(sandbox, page_size=PAGE_SIZE, max_concurrency=1, **given)
    tap = TapMailjet(config=config, catalog=catalog_of("click_events"))
    threading.setprofile(record)
    sys.setprofile(record)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            tap.sync_all()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return calls


def main() -> None:
    """Print the functions and the files that each page passes."""
    with Sandbox(size=Size(messages=2000), seed=7) as sandbox:
        calls = count_calls(sandbox)
        idle = count_calls(sandbox, start_date="2011-01-01", end_date="2011-01-02")
    pages = calls["reading/page_requests.py", "_request"]
    passed = sorted(
        (file, name)
        for (file, name), count in calls.items()
        if count - idle[file, name] >= pages / 2 and not name.startswith(("<", "__"))
    )
    files = sorted({file for file, _ in passed})
    for file in files:
        sys.stdout.write(f"{file}: {', '.join(name for one, name in passed if one == file)}\n")
    sys.stdout.write(f"{pages} requests: {len(passed)} functions in {len(files)} files\n")


if __name__ == "__main__":
    main()
