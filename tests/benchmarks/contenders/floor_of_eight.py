"""The floor with eight connections, which is what these can do: always eight pages under way."""

import os
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice

import msgspec
import requests

url, pool = sys.argv[1] + "/v3/REST/message", ThreadPoolExecutor(8)
session, write = requests.Session(), sys.stdout.buffer.write
session.auth = ("key", "secret")


def fetch(offset: int) -> bytes:
    """Fetch a page."""
    return session.get(url, params={"Limit": 1000, "Offset": offset}, timeout=60).content


pages = (pool.submit(fetch, offset) for offset in count(0, 1000))
under_way, rows = deque(islice(pages, 8)), [None] * 1000
while len(rows) == 1000:
    rows = msgspec.json.decode(under_way.popleft().result())["Data"]
    under_way.append(next(pages))
    for row in rows:
        write(msgspec.json.encode({"type": "RECORD", "stream": "messages", "record": row}) + b"\n")
sys.stdout.flush()
os._exit(0)  # what is under way lies beyond the end
