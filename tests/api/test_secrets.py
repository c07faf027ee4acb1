"""A server that quotes what was sent to it: no secret reaches a log or an error."""

from __future__ import annotations

import base64
import functools
import html
import itertools
import json
import logging
import re
import urllib.parse
from typing import TYPE_CHECKING

import pytest
import requests
from singer_sdk.exceptions import FatalAPIError

from tap_mailjet.api.client import MailjetClient
from tap_mailjet.api.redaction import Redactor
from tap_mailjet.api.retries import RetryPolicy
from tap_mailjet.singer.logs import RedactingFormatter, mask_in_logs
from tests.support.commands import lines, run, run_inline, write
from tests.support.servers import response, serving, unused_url

if TYPE_CHECKING:
    import pathlib
    import socket
    from collections.abc import Callable

KEY = "5f3c1a9e7b2d4f60818a9c0b1d2e3f47"
SECRET = 's3/+c"r&e<t\\5f6a7b8c9d0e1f2a3b4c'
PAIR = f"{KEY}:{SECRET}".encode()
TOKEN = base64.b64encode(PAIR).decode()

WAYS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON twice": lambda text: json.dumps(json.dumps(text)),
    "JSON with slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "JSON, all escaped": lambda text: "".join(f"\\u{ord(one):04x}" for one in text),
    "repr": repr,
    "percent": lambda text: urllib.parse.quote(text, safe=""),
    "percent, small": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "percent twice": lambda text: urllib.parse.quote(urllib.parse.quote(text, safe=""), safe=""),
    "form": urllib.parse.quote_plus,
    "HTML": html.escape,
    "HTML, all escaped": lambda text: "".join(f"&#{ord(one)};" for one in text),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64, URL-safe": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64, unpadded": lambda text: base64.b64encode(text.encode()).decode().rstrip("="),
    "base64 in lines": lambda text: base64.encodebytes(text.encode()).decode(),
    "base64 in JSON": lambda text: json.dumps(base64.encodebytes(text.encode()).decode()),
    "base64 in a URL": lambda text: urllib.parse.quote(base64.b64encode(text.encode()), safe=""),
    "base64 of more": lambda text: base64.b64encode(f"<{text}>".encode()).decode(),
    "base64 of still more": lambda text: base64.b64encode(f"<<{text}>>".encode()).decode(),
    "capitals": str.upper,
}
PARTS = {
    "key": KEY,
    "secret": SECRET,
    "pair": f"{KEY}:{SECRET}",
    "token": TOKEN,
    "header": f"Authorization: Basic {TOKEN}",
}


@functools.cache
def pieces_of_secrets() -> list[str]:
    """Return all pieces of about eight characters of the key pair, however it is written."""
    pieces = []
    for way in WAYS.values():
        for part in (KEY, SECRET, TOKEN):
            written = re.sub(r"\s", "", way(part)).strip("'\"")
            size = 8 * max(1, len(written) // len(part))
            pieces += [written[at : at + size] for at in range(4, len(written) - size - 4)]
    return list(dict.fromkeys(pieces))


def remains(text: str) -> list[str]:
    """What is left of the key pair in a text."""
    folded = re.sub(r"\s", "", text)
    return [piece for piece in pieces_of_secrets() if piece in folded]


def test_redactor_masks_the_key_pair_however_it_is_written() -> None:
    redactor = Redactor(KEY, SECRET)
    unmasked = []
    for (way, write_as), (name, part) in itertools.product(WAYS.items(), PARTS.items()):
        text = write_as(part)
        assert remains(text), (way, name)
        masked = redactor(f"before {text} after")
        is_framed = masked.startswith("before ") and masked.endswith(" after")
        if remains(masked) or "***" not in masked or not is_framed:
            unmasked.append((way, name))
    assert unmasked == []


def test_excerpt_leaves_no_part_of_a_secret_where_it_is_cut() -> None:
    redactor = Redactor(KEY, SECRET)
    unmasked = []
    for (way, write_as), at in itertools.product(WAYS.items(), [0, 250, 280, 299, 65_500, 65_535]):
        excerpt = redactor.excerpt("x" * at + write_as(SECRET) + "x" * 1000)
        if len(excerpt) > 300 or remains(excerpt):
            unmasked.append((way, at))
    assert unmasked == []


def test_excerpt_finds_a_secret_with_control_characters_in_it() -> None:
    assert Redactor(KEY, SECRET).excerpt("\0".join(KEY)) == "***"
    assert Redactor(KEY, SECRET).excerpt("\x1b[31mred") == "[31mred"


def test_excerpt_of_white_space_before_a_secret_that_is_cut_has_no_part_of_it() -> None:
    for before in range(65_536 - 40, 65_536):
        assert remains(Redactor(KEY, SECRET).excerpt(" " * before + SECRET)) == []


def test_redactor_leaves_other_texts_as_they_are() -> None:
    text = 'METRIC: {"type": "timer", "value": 0.044, "tags": {"stream": "open_events"}} 100 % \\o/'
    assert Redactor(KEY, SECRET)(text) == text
    # Keys of tests, as short as nobody's: masked, they would leave no line readable.
    assert Redactor("k", "s")("asks") == "asks"


def test_redactor_is_fast_on_large_texts() -> None:
    redactor = Redactor(KEY, SECRET)
    for text in ("a" * 10**6, "\\" * 10**6, "%3" * 10**6, KEY[:-1] * 10**4, "a@" * 10**6):
        redactor.excerpt(text)  # the timeout of the tests is the limit


def client_of(url: str) -> MailjetClient:
    return MailjetClient(
        api_url=url,
        api_key=KEY,
        api_secret=SECRET,
        timeout=5,
        user_agent="tests",
        retries=RetryPolicy(max_tries=2, base_delay=0.01),
    )


def quoted(way: Callable[[str], str], part: str) -> dict[str, bytes]:
    """Responses that quote what was sent, each at another place."""
    text = way(part).encode()
    body = json.dumps({"ErrorMessage": text.decode(), "ErrorInfo": {"sent": text.decode()}})
    one_line = b" ".join(text.split())
    return {
        "error body": response(text, "400 Bad Request"),
        "JSON error body": response(body.encode(), "403 Forbidden"),
        "long error body": response(b"x" * 280 + text, "500 Oops"),
        "page that is none": response(b'{"Data": [' + text, "200 OK"),
        "status line": b"HTTP/9 " + one_line + b"\r\n\r\n",
        "version": one_line + b" 200 OK\r\n\r\n",
        "location": response(b"", "302 Found", (f"Location: /{one_line.decode()}",)),
        "header that is none": b"HTTP/1.1 400 No\r\n" + one_line + b"\r\nContent-Length: 0\r\n\r\n",
        "chunk size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + one_line + b"\r\n",
    }


@pytest.mark.parametrize("part", ["secret", "token", "header"])
@pytest.mark.parametrize("place", quoted(str, ""))
def test_no_error_or_warning_of_the_client_quotes_what_was_sent(
    place: str, part: str, caplog: pytest.LogCaptureFixture
) -> None:
    data = quoted(str, PARTS[part])[place]

    def handle(client: socket.socket, head: bytes) -> None:
        assert TOKEN.encode() in head
        client.sendall(data)
        client.close()

    def decode(body: bytes) -> int:
        return int(body)

    with serving(handle) as server, caplog.at_level(logging.INFO):
        client = client_of(server.url)
        client._first.open()
        with pytest.raises(FatalAPIError) as caught:
            client.get("message", {}, decode=decode)
    assert remains(str(caught.value)) == []
    ours = [one.getMessage() for one in caplog.records if one.name.startswith("tap_mailjet")]
    assert remains("\n".join(ours)) == []


@pytest.mark.parametrize("way", ["plain", "percent", "base64", "JSON"])
def test_no_line_of_the_command_at_any_level_quotes_what_was_sent(
    tmp_path: pathlib.Path, way: str
) -> None:
    quotes = [data for part in PARTS.values() for data in quoted(WAYS[way], part).values()]
    sent = iter(range(10**9))

    def handle(client: socket.socket, head: bytes) -> None:
        assert TOKEN.encode() in head
        client.sendall(quotes[next(sent) % len(quotes)])
        client.close()

    with serving(handle) as server:
        config = {"api_url": server.url, "api_key": KEY, "api_secret": SECRET}
        script_options = ["--config", write(tmp_path, "config.json", config)]
        done = run_inline(*script_options, level="DEBUG", hurry=True)
    assert done.returncode == 1
    # Which request gets which of the responses depends on the threads.
    assert "Mailjet responded with" in done.stderr
    assert "Traceback" in done.stderr
    assert "***" in done.stderr
    assert remains(done.stderr + done.stdout) == []


def test_formatter_masks_arguments_tracebacks_and_extra_fields() -> None:
    mask_in_logs(Redactor(KEY, SECRET))
    formatter = RedactingFormatter(logging.Formatter("%(message)s %(url)s"))
    error = requests.ConnectionError(TOKEN)
    error.__cause__ = ValueError(SECRET)
    record = logging.LogRecord(
        "name", logging.DEBUG, "path", 1, "%s", (KEY,), (type(error), error, None)
    )
    record.url = f"https://user:{SECRET}@host/contact/someone%40example.com"
    line = formatter.format(record)
    assert remains(line) == []
    assert "example" not in line
    assert "ConnectionError: ***" in line
    assert "ValueError: ***" in line


def test_first_response_error_quotes_no_secret(tmp_path: pathlib.Path) -> None:
    config = {"api_url": unused_url(), "api_key": KEY, "api_secret": SECRET}
    done = run("--config", write(tmp_path, "config.json", config), level="DEBUG", hurry=True)
    assert remains(done.stderr) == []
    assert len(lines(done.stderr, "ERROR")) == 1
