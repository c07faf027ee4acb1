"""What is known of contacts: their properties, how they came, and jobs about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.sandbox.account import sample_text, tables
from tap_mailjet.sandbox.account.holdings.account_plan import as_json, digits, every, shown, turn
from tap_mailjet.sandbox.account.rng import HOUR
from tap_mailjet.sandbox.account.tables import API_KEY_ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_mailjet.sandbox.account.holdings.account_plan import AccountPlan, Record

PROPERTIES = (
    ("age", "int", "static"),
    ("country", "str", "static"),
    ("city", "str", "static"),
    ("is_vip", "bool", "static"),
    ("member_since", "datetime", "static"),
    ("score", "float", "static"),
    ("last_order", "datetime", "historic"),
    ("orders", "int", "historic"),
    ("coupon", "str", "historic"),
)
_HISTORIC = ("last_order", "orders", "coupon")
_COUPONS = ("SPRING-½", 'The "Gold" one', "été", "")
_JOB_TYPES = ("Contact list import csv", "Contact list import free format", "Contacts export")
_MOST = 50_000
"""So many rows of a table that grows with the contacts are enough."""
_FIRST_JOB = 2**40
_STEP = 20
"""Minutes a job takes."""


def metadata(plan: AccountPlan) -> Iterator[Record]:
    """Yield the properties contacts can have; two more are defined later."""
    late = plan.times("properties", 26)[-2:]
    for place, (name, kind, space) in enumerate(PROPERTIES):
        yield {
            "ID": 31 + place,
            "Datatype": kind,
            "Name": name,
            "NameSpace": space,
            "VisibleAt": plan.span.begin,
        }
    for place, at in enumerate(late):
        yield {
            "ID": 61 + place,
            "Datatype": "str",
            "Name": f"survey_{place + 1}",
            "NameSpace": "static",
            "VisibleAt": shown(at),
        }


def history(plan: AccountPlan) -> Iterator[Record]:
    """Yield what was noted of contacts, ascending; now and then two notes in one second."""
    rng = plan.rng("history")
    count = min(2 * plan.people.size.contacts, _MOST)
    times = plan.times("history", count)
    for place, at in enumerate(times):
        noted = times[place - 1] if every(9, place, 5) else at
        known = max(1, plan.people.known(noted))
        name = turn(_HISTORIC, place)
        values = {"last_order": str(noted), "orders": str(place % 17)}
        yield {
            "ID": _FIRST_JOB + place,
            "ContactID": tables.FIRST_CONTACT + rng.randrange(known),
            "CreatedAt": noted,
            "Data": values.get(name, turn(_COUPONS, place)),
            "Name": name,
            "VisibleAt": noted + 1 + rng.randrange(60),
        }


def signups(plan: AccountPlan) -> Iterator[Record]:
    """Yield subscriptions through a form, of every second contact; some are never confirmed."""
    rng = plan.rng("signups")
    created = plan.people.created
    for place in range(min(len(created) // 2, _MOST)):
        at = created[2 * place]
        confirmed = None if every(7, place, 3) else at + rng.randrange(30, 3 * HOUR)
        properties = as_json({"city": "Besançon"}) if every(3, place) else ""
        yield {
            "ID": 8_001 + place,
            "ConfirmAt": confirmed,
            "ConfirmIp": f"192.0.2.{rng.randrange(256)}",
            "ConsentID": 3 if every(4, place) else None,
            "ContactID": tables.FIRST_CONTACT + 2 * place,
            "ListID": tables.FIRST_LIST,
            "Properties": properties,
            "SignupAt": at,
            "SignupIp": f"198.51.100.{rng.randrange(256)}",
            "SignupKey": digits(rng),
            "Source": turn(("widget", "form", "import"), place),
            "SourceId": 601 + place % 8,
            "ValidationResponse": "valid" if every(2, place) else "",
            "VisibleAt": shown(at),
        }


def imports(plan: AccountPlan) -> Iterator[Record]:
    """Yield imports of files; every eighth was broken off."""
    for place, at in enumerate(plan.times("imports", 26)):
        count = 40 + 37 * place
        yield {
            "ID": 4_001 + place,
            "ContactsListID": plan.list_id(place),
            "Count": count,
            "DataID": _FIRST_JOB + 11 * place,
            "ErrTreshold": place % 5,
            "Errcount": place % 4,
            "ImportOptions": as_json({"DateTimeFormat": "yyyy/mm/dd"}) if every(2, place) else "",
            "IsAborted": every(8, place, 6),
            "JobEnd": at + 60 * _STEP,
            "JobStart": at + 60,
            "Method": turn(
                ("addforce", "addnoforce", "remove", "unsub", "excludemarketing"), place
            ),
            "RequestAt": at,
            "VisibleAt": at + 5,
        }


def jobs(plan: AccountPlan) -> Iterator[Record]:
    """Yield jobs in the background, with and without data."""
    for place, at in enumerate(plan.times("jobs", 45)):
        text = as_json({"ListID": plan.list_id(place), "note": turn(sample_text.LIST_NAMES, place)})
        data = {"DataType": "application/json", "DataAsString": text}
        yield {
            "ID": _FIRST_JOB + 100 + place,
            "APIKeyID": API_KEY_ID,
            "Blocksize": 1_000,
            "Count": 10 + 29 * place,
            "Data": None if every(3, place, 2) else as_json(data),
            "DataID": None if every(3, place, 2) else _FIRST_JOB + 7 * place,
            "ErrTreshold": 10,
            "Errcount": place % 3,
            "IsAborted": every(9, place, 4),
            "JobEnd": at + 60 * _STEP,
            "JobStart": at + 60,
            "JobType": turn(_JOB_TYPES, place),
            "Method": turn(("addforce", "unsub", ""), place),
            "RefID": plan.list_id(place),
            "RequestAt": at,
            "Throttle": place % 2 * 50,
            "VisibleAt": at + 5,
        }
