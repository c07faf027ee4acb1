"""Templates, and the text that templates and drafts have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.sandbox.account import sample_text
from tap_mailjet.sandbox.account.holdings.account_plan import as_json, every, shown, turn
from tap_mailjet.sandbox.account.size import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_mailjet.sandbox.account.holdings.account_plan import AccountPlan, Record

FIRST_TEMPLATE = 2**54 + 1
TEMPLATES = 64
_CATEGORIES = ("full", "basic", "newsletter", "e-commerce", "events", "welcome")
_PURPOSES = ("marketing", "transactional", "automation")
_LOCALES = ("en_US", "fr_FR", "de_DE", "")


def content(place: int, subject: str) -> Record:
    """Return the text of a template or draft; not all have all parts of it."""
    sender = f"{sample_text.SENDERS[0][1]} <{sample_text.SENDERS[0][0]}>"
    mjml = f"<mjml><mj-body><mj-text>{subject}</mj-text></mj-body></mjml>"
    tree = {"tagName": "mjml", "attributes": {"version": 4}, "children": [{"content": subject}]}
    return {
        "Headers": as_json({"Subject": subject, "From": sender} if place % 5 else {}),
        "Html": f"<html><body><h1>{subject}</h1>\n<p>№ {place}</p></body></html>",
        "MJML": (as_json(mjml), as_json(tree), None)[place % 3],
        "Text": "" if every(4, place, 3) else f"{subject}\n\n№ {place}",
    }


def templates(plan: AccountPlan) -> Iterator[Record]:
    """Yield templates, with their text."""
    for place, at in enumerate(plan.times("templates", TEMPLATES)):
        yield {
            "ID": FIRST_TEMPLATE + place,
            "Author": turn((*sample_text.LAST_NAMES, ""), place),
            "Categories": as_json([_CATEGORIES[i] for i in range(place % len(_CATEGORIES))]),
            "Copyright": "© Corner Shop" if every(3, place) else "",
            "CreatedAt": at,
            "Description": turn(sample_text.SUBJECTS, place) if every(2, place) else "",
            "EditMode": 1 + place % 4,
            "IsStarred": every(6, place),
            "IsTextPartGenerationEnabled": every(2, place),
            "LastUpdatedAt": at + (1 + place % 9) * DAY,
            "Locale": turn(_LOCALES, place),
            "LocaleList": as_json([_LOCALES[i] for i in range(place % 3)]),
            "Name": f"{turn(sample_text.LIST_NAMES, place)} {place}",
            "OwnerId": 41 + place % 3,
            "OwnerType": turn(("apikey", "user", "global"), place),
            "Presets": as_json({"h1": {"fontFamily": "Ubuntu"}}) if every(2, place) else "",
            "Previews": as_json([9_000 + place, 9_100 + place][: place % 3]),
            "Purposes": as_json([_PURPOSES[place % 3]] if place % 4 else []),
            "VisibleAt": shown(at),
            **content(place, turn(sample_text.SUBJECTS, place)),
        }
