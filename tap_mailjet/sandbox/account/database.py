"""The database of an account, which several threads may read."""

from __future__ import annotations

import sqlite3
import threading
import zlib
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tap_mailjet.sandbox.account.generate import generate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tap_mailjet.sandbox.account.size import Size


class Account:
    """A generated account in SQLite; close it.

    Args:
        size: How large it is.
        seed: The same seed, size and `until` give the same account.
        until: Where its history ends, a Unix second.
        path: A file to be created for it and left there; None takes a temporary one.

    Raises:
        FileExistsError: If there is a file at `path`.
    """

    def __init__(self, size: Size, seed: int, until: int, path: Path | None = None) -> None:
        self.seed = seed
        self._lock = threading.RLock()
        with ExitStack() as stack:
            file = path or _temporary(stack)
            if file.exists():
                message = f"{file} exists; an account is made in a new file"
                raise FileExistsError(message)
            # The lock, not the thread, keeps one statement from another.
            self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
            stack.callback(self._connection.close)
            self._connection.create_function("number_of", 1, _number_of, deterministic=True)
            # The seed can generate the file again, so that no journal is needed.
            self._connection.execute("PRAGMA journal_mode = OFF")
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.execute("PRAGMA cache_size = -65536")
            generate(self._connection, size, seed, until)
            self._stack = stack.pop_all()

    def define(self, name: str, function: Callable[..., Any]) -> None:
        """Define a function of SQL whose result depends on its arguments only."""
        with self._lock:
            self._connection.create_function(name, -1, function, deterministic=True)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lock the account for several statements."""
        with self._lock:
            yield

    def read(
        self, statement: str, values: Mapping[str, object] | Sequence[object] = ()
    ) -> list[tuple[Any, ...]]:
        """Return the rows a statement selects."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def write(self, statement: str, values: Sequence[object]) -> None:
        """Run a statement that changes rows."""
        with self._lock:
            self._connection.execute(statement, values)

    def close(self) -> None:
        """Close the database and remove it if it is a temporary one."""
        with self._lock:
            self._stack.close()


def _number_of(text: str) -> int:
    """Return a number that is always the same for the same text, as the API numbers links."""
    return zlib.crc32(text.encode())


def _temporary(stack: ExitStack) -> Path:
    """Return a path in a directory that goes when the stack is closed."""
    return Path(stack.enter_context(TemporaryDirectory(prefix="mailjet-"))) / "account.sqlite"
