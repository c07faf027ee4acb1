"""Addresses that all keys send from, domains, and what a state means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.sandbox.account import sample_text, tables
from tap_mailjet.sandbox.account.dimensions import STATES
from tap_mailjet.sandbox.account.holdings.account_plan import digits, every, shown, turn
from tap_mailjet.sandbox.account.size import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_mailjet.sandbox.account.holdings.account_plan import AccountPlan, Record


def metasenders(plan: AccountPlan) -> Iterator[Record]:
    """Yield addresses that all keys may send from."""
    for place, at in enumerate(plan.times("metasenders", 13)[-4:]):
        yield {
            "ID": 201 + place,
            "CreatedAt": at,
            "Description": "Everything from the shop" if every(2, place) else "",
            "Email": f"*@shop{place}.example.com",
            "Filename": f"{201 + place:032x}.txt",
            "IsEnabled": every(2, place),
            "VisibleAt": shown(at),
        }


def domains(plan: AccountPlan) -> Iterator[Record]:
    """Yield the domains of senders, and how they are set up."""
    rng = plan.rng("dns")
    for place, domain in enumerate(sample_text.DOMAINS):
        token = digits(rng)
        yield {
            "ID": tables.FIRST_DNS + place,
            "DKIMRecordName": f"mailjet._domainkey.{domain}.",
            "DKIMRecordValue": f"k=rsa; p={token}",
            "DKIMStatus": turn(("OK", "Not checked", "Error"), place),
            "Domain": domain,
            "IsCheckInProgress": place == 1,
            "LastCheckAt": None if place == 1 else plan.span.start - DAY,
            "OwnerShipToken": token,
            "OwnerShipTokenRecordName": f"mailjet._{token[:8]}.{domain}.",
            "SPFRecordValue": "v=spf1 include:spf.example.com ?all",
            "SPFStatus": turn(("OK", "Not checked", "Error"), place),
            "VisibleAt": plan.span.begin - 50 * DAY,
        }


def states(plan: AccountPlan) -> Iterator[Record]:
    """Yield what the StateIDs of messages and bounces mean."""
    for number, (state, related) in enumerate(STATES, 1):
        yield {
            "ID": number,
            "RelatedTo": related,
            "State": state,
            "VisibleAt": plan.span.begin,
        }
