"""The floor: what the pages cost anybody, one after another and without a thought for anything."""

import sys

import msgspec
import requests

url, offset, rows = sys.argv[1] + "/v3/REST/message", 0, [None] * 1000
session, write = requests.Session(), sys.stdout.buffer.write
session.auth = ("key", "secret")
while len(rows) == 1000:
    page = session.get(url, params={"Limit": 1000, "Offset": offset}, timeout=60)
    rows = msgspec.json.decode(page.content)["Data"]
    for row in rows:
        write(msgspec.json.encode({"type": "RECORD", "stream": "messages", "record": row}) + b"\n")
    offset += 1000
