"""The account itself: keys, users, what they set, and where Mailjet reports to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.sandbox.account import sample_text, tables
from tap_mailjet.sandbox.account.holdings.account_plan import as_json, digits, every, shown, turn
from tap_mailjet.sandbox.account.rng import HOUR
from tap_mailjet.sandbox.account.size import DAY
from tap_mailjet.sandbox.account.tables import API_KEY_ID

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from tap_mailjet.sandbox.account.holdings.account_plan import AccountPlan, Record

FIRST_USER = 41
_USERS = ("ada@example.com", "zoe@example.com", "jose@example.org")
_EVENTS = ("open", "click", "bounce", "spam", "blocked", "unsub", "sent")
_KEYS = ("theme", "language", "editor", "timezone", "columns", 'last "search"')
_SUBACCOUNT = 21
_ACCESS = ("Root", "Reports", "Contacts,Campaigns")


def _beginnings(plan: AccountPlan, count: int) -> list[int]:
    """Return when so many things are made: early, but for the last one, which is yet to come."""
    span = plan.span
    return [*(span.begin + place * DAY for place in range(count - 1)), (span.until + span.end) // 2]


def keys(plan: AccountPlan) -> Iterator[Record]:
    """Yield key pairs; the first one is the one that authenticates, under another name."""
    rng = plan.rng("keys")
    for place, at in enumerate(_beginnings(plan, 6)):
        yield {
            "ID": API_KEY_ID + place,
            "ACL": "" if every(2, place) else as_json({"contact": "r"}),
            "APIKey": digits(rng),
            "CreatedAt": at,
            "IsActive": not every(4, place, 3),
            "IsMaster": place == 0,
            "Name": turn(("Main", "Shop №2", 'The "Press"'), place),
            "QuarantineValue": place % 3,
            "RegionID": 2 if every(2, place) else 1,
            "Runlevel": turn(("Normal", "Softlock"), place),
            "Skipspamd": every(3, place),
            "SecretKey": f"sk-{digits(rng)}",
            "TrackHost": "track.example.com" if every(2, place) else "",
            "UserID": FIRST_USER + place % 2,
            "VisibleAt": shown(at),
        }


def accesses(plan: AccountPlan) -> Iterator[Record]:
    """Yield which users may work with which key, some by a subaccount with a password."""
    rng = plan.rng("accesses")
    for place, at in enumerate(_beginnings(plan, 12)):
        yield {
            "ID": 5_001 + place,
            "APIKeyID": API_KEY_ID + place % 5,
            "AllowedAccess": turn(_ACCESS, place),
            "CreatedAt": at,
            "CustomName": "Agency" if every(3, place) else "",
            "IsActive": not every(5, place, 4),
            "LastActivityAt": at + HOUR if every(2, place) else None,
            "RealUserID": FIRST_USER + place % 2,
            "Subaccount": as_json(_subaccount(rng)) if every(4, place, 2) else None,
            "SubaccountID": _SUBACCOUNT if every(4, place, 2) else None,
            "UserID": FIRST_USER + place // 2 % 2,
            "VisibleAt": shown(at),
        }


def _subaccount(rng: random.Random) -> Record:
    """Return a subaccount."""
    return {"ID": _SUBACCOUNT, "Email": _USERS[1], "Password": f"pw{digits(rng)}"}


def users(plan: AccountPlan) -> Iterator[Record]:
    """Yield those who can log in."""
    for place, (email, at) in enumerate(zip(_USERS, _beginnings(plan, len(_USERS)), strict=True)):
        yield {
            "ID": FIRST_USER + place,
            "ACL": "",
            "CreatedAt": at,
            "Email": email,
            "FirstIp": f"192.0.2.{place + 1}",
            "LastIp": f"198.51.100.{place + 1}",
            "LastLoginAt": at + DAY if place != 1 else None,
            "Locale": turn(("en_US", "fr_FR"), place),
            "MaxAllowedAPIKeys": 5 + place,
            "Timezone": "Europe/Paris",
            "Username": email.partition("@")[0],
            "WarnedRatelimitAt": at + 2 * DAY if place == 0 else None,
            "VisibleAt": shown(at),
        }


def profiles(plan: AccountPlan) -> Iterator[Record]:
    """Yield the one profile."""
    yield {
        "ID": 71,
        "AddressCity": "Besançon",
        "AddressCountry": "FR",
        "AddressPostalCode": "25000",
        "AddressState": "",
        "AddressStreet": "1, rue de l'Église",
        "BillingEmail": _USERS[0],
        "BirthdayAt": None,
        "CompanyName": 'The "Corner Shop"',
        "CompanyNumOfEmployees": "2-10",
        "ContactPhone": "+33 0 00 00 00 00",
        "EstimatedVolume": 150_000,
        "Features": "",
        "Firstname": sample_text.FIRST_NAMES[0],
        "Industry": "Retail",
        "JobTitle": "Owner",
        "Lastname": sample_text.LAST_NAMES[0],
        "UserID": FIRST_USER,
        "VAT": 20.0,
        "VATNumber": "FR00000000000",
        "Website": "https://www.example.com/",
        "VisibleAt": plan.span.begin,
    }


def routes(plan: AccountPlan) -> Iterator[Record]:
    """Yield where inbound mail goes; some addresses carry a password."""
    rng = plan.rng("routes")
    for place, at in enumerate(_beginnings(plan, 8)):
        yield {
            "ID": 6_001 + place,
            "APIKeyID": API_KEY_ID,
            "Email": f"parse-{place}@parse.example.com",
            "Url": _url(rng, place, f"inbound/{place}"),
            "VisibleAt": shown(at),
        }


def callbacks(plan: AccountPlan) -> Iterator[Record]:
    """Yield where events are reported; some addresses carry a password, some rows a signature."""
    rng = plan.rng("callbacks")
    for place, at in enumerate(_beginnings(plan, 14)):
        is_cloud = every(4, place, 1)
        yield {
            "ID": 7_001 + place,
            "APIKeyID": API_KEY_ID,
            "AccountID": f"account-{place}" if is_cloud else "",
            "EventType": turn(_EVENTS, place),
            "IsBackup": place >= len(_EVENTS),
            "ProjectID": f"project-{place}" if is_cloud else "",
            "QueueName": "events" if is_cloud else "",
            "Region": "eu-west-3" if is_cloud else "",
            "Resource": f"topics/{place}" if is_cloud else "",
            "SharedAccessSignature": f"sig={digits(rng)}%3D" if is_cloud else "",
            "Status": turn(("alive", "dead"), place),
            "Topic": "mail" if is_cloud else "",
            "Url": _url(rng, place, f"events/{turn(_EVENTS, place)}"),
            "Version": 1 + place % 2,
            "VisibleAt": shown(at),
        }


def widgets(plan: AccountPlan) -> Iterator[Record]:
    """Yield forms through which contacts subscribe, with and without a template."""
    for place, at in enumerate(_beginnings(plan, 8)):
        template = None if every(3, place, 2) else 800 + place
        yield {
            "ID": 601 + place,
            "CreatedAt": at,
            "FromID": tables.FIRST_SENDER,
            "IsActive": not every(4, place, 3),
            "IsStarred": every(3, place),
            "ListID": plan.list_id(place),
            "Locale": turn(("en", "fr"), place),
            "ModifiedAt": at + DAY,
            "Name": f"Form {place}",
            "Replyto": "reply@example.com" if every(2, place) else "",
            "Sendername": sample_text.SENDERS[0][1],
            "Status": turn(("active", "draft"), place),
            "Subject": turn(sample_text.SUBJECTS, place),
            "Template": template and as_json({"ID": template, "Name": "Confirm, s'il vous plaît"}),
            "TemplateID": template,
            "VisibleAt": shown(at),
        }


def preferences(plan: AccountPlan) -> Iterator[Record]:
    """Yield what users have set; some values are empty."""
    for place, at in enumerate(plan.times("preferences", 45)):
        yield {
            "ID": 9_001 + place,
            "Key": f"{turn(_KEYS, place)} {place}",
            "UserID": FIRST_USER + place % 2,
            "Value": "" if every(5, place, 4) else as_json({"value": place}),
            "VisibleAt": at,
        }


def _url(rng: random.Random, place: int, path: str) -> str:
    """Return an address in one of the forms that people write them in, with a password or without.

    The @ of the last form is no password's.
    """
    secret = f"pw{digits(rng, 16)}"
    forms = (
        f"https://hook:{secret}@www.example.com/{path}",
        f"https://www.example.com/{path}",
        f"https://hook:{secret}%40x@www.example.com:8443/{path}?a=1",
        f"https://{secret}@www.example.org/{path}",
        f"https://hook:{secret}@{secret[:6]}@www.example.com/{path}",
        f"https://www.example.com/@{path}",
    )
    return turn(forms, place)
