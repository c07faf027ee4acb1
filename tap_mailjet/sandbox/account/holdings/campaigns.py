"""Campaigns as they are written, tested and put together, and automations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.sandbox.account import sample_text, tables
from tap_mailjet.sandbox.account.holdings.account_plan import every, shown, turn
from tap_mailjet.sandbox.account.holdings.lifecycle import marketing, sent, unsent
from tap_mailjet.sandbox.account.holdings.templates import FIRST_TEMPLATE, TEMPLATES, content
from tap_mailjet.sandbox.account.size import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_mailjet.sandbox.account.holdings.account_plan import AccountPlan, Record
    from tap_mailjet.sandbox.account.holdings.lifecycle import Lifecycle

FIRST_DRAFT = 2**33 + 1
FIRST_TEST = tables.FIRST_NEWSLETTER
"""The overview has newsletters and A/B tests of one ID."""
_DRAFTS, _NEWSLETTERS, _TESTS, _WORKFLOWS, _AGGREGATES = 48, 40, 32, 30, 24
_MODES = ("html2", "tool2", "mjml")
_LOCALES = ("en_US", "fr_FR", "de_DE")


def drafts(plan: AccountPlan) -> Iterator[Record]:
    """Yield drafts, those of sent campaigns first, with their text."""
    campaigns = marketing(plan, newsletters=False)
    lives = [*map(sent, campaigns), *unsent(plan, "drafts", _DRAFTS)]
    for place, life in enumerate(lives):
        of_test = life.campaign is not None and every(2, place)
        yield {
            "ID": FIRST_DRAFT + place,
            "AXFraction": 0.25 if of_test else None,
            "AXFractionName": "A" if of_test else "",
            "AXTestingID": FIRST_TEST + place // 2 if of_test else None,
            "Current": place % 3,
            "EditMode": turn(_MODES, place),
            "IsCampaignTemplate": every(10, place),
            "Preset": "basic" if every(2, place) else "",
            "TemplateID": FIRST_TEMPLATE + place % TEMPLATES if every(3, place) else None,
            "Used": every(4, place),
            "VarCount": place % 5,
            **_common(plan, place, life),
            **content(place, life.subject),
        }


def newsletters(plan: AccountPlan) -> Iterator[Record]:
    """Yield newsletters, those of sent campaigns first."""
    campaigns = marketing(plan, newsletters=True)
    first = tables.FIRST_NEWSLETTER + plan.people.size.campaigns
    numbered = [
        *((campaign.newsletter, sent(campaign)) for campaign in campaigns),
        *enumerate(unsent(plan, "newsletters", _NEWSLETTERS), first),
    ]
    for place, (number, life) in enumerate(numbered):
        yield {
            "ID": number,
            "AXFraction": 0.5 if every(9, place) else None,
            "AXFractionName": "B" if every(9, place) else "",
            "AXTestingID": FIRST_TEST + 1 if every(9, place) else None,
            "Callback": "https://www.example.com/callback" if every(5, place) else "",
            "EditMode": turn(("tool", "html"), place),
            "EditType": turn(("full", "light"), place),
            "Footer": "default" if every(2, place) else "none",
            "FooterAddress": "1, rue de l'Église",
            "FooterWYSIWYGType": place % 3,
            "HeaderFilename": f"header-{place}.png" if every(3, place) else "",
            "HeaderLink": "https://www.example.com/",
            "HeaderText": "Read it in the browser",
            "HeaderUrl": "https://www.example.com/header.png",
            "Ip": f"203.0.113.{place % 256}",
            "IsHandled": every(2, place),
            "Permalink": "default",
            "PermalinkHost": "www.example.com",
            "PermalinkWYSIWYGType": place % 2,
            "PolitenessMode": place % 4,
            "TemplateID": 700 + place if every(4, place) else None,
            "TestAddress": "test@example.com" if every(2, place) else "",
            **_common(plan, place, life),
        }


def tests(plan: AccountPlan) -> Iterator[Record]:
    """Yield A/B tests, those of sent campaigns first."""
    campaigns = marketing(plan, newsletters=False)[::2]
    lives = [*map(sent, campaigns), *unsent(plan, "tests", _TESTS)]
    for place, life in enumerate(lives):
        is_sent = life.campaign is not None
        yield {
            "ID": FIRST_TEST + place,
            "ListID": plan.list_id(place),
            "Mode": turn(("automatic", "manual"), place),
            "Percentage": 20.0 + place % 4 * 2.5,
            "RemainderAt": None if life.due is None else life.due + DAY // 8,
            "SegmentationID": tables.FIRST_SEGMENT if every(3, place) else None,
            "Starred": every(5, place),
            "Title": f"Which subject? {place}",
            "WinnerClickRate": 0.125 if is_sent else None,
            "WinnerID": FIRST_DRAFT + 2 * place if is_sent else None,
            "WinnerMethod": turn(("OpenRate", "ClickRate", "MJScore"), place),
            "WinnerOpenRate": 0.5 if is_sent else None,
            "WinnerSpamRate": 0.001953125 if is_sent else None,
            "WinnerUnsubRate": 0.0625 if is_sent else None,
            **life.columns(),
        }


def workflows(plan: AccountPlan) -> Iterator[Record]:
    """Yield automations; the first one sends the messages that are a workflow's."""
    for place, at in enumerate(plan.times("workflows", _WORKFLOWS)):
        # It was there before anything it sent.
        created = plan.span.begin if place == 0 else at
        yield {
            "ID": tables.FIRST_WORKFLOW + place,
            "CreatedAt": created,
            "DeletedAt": created + 3 * DAY if every(7, place, 4) else None,
            "ModifiedAt": created + DAY,
            "Name": f"{turn(sample_text.LIST_NAMES, place)}: welcome {place}",
            "Status": turn(("Started", "Draft", "Stopped"), place),
            "VisibleAt": shown(created),
        }


def aggregates(plan: AccountPlan) -> Iterator[Record]:
    """Yield names under which campaigns are counted together."""
    for place, at in enumerate(plan.times("aggregates", _AGGREGATES)):
        first = tables.FIRST_CAMPAIGN + place % 5
        yield {
            "ID": 1_201 + place,
            "CampaignIDS": ",".join(str(first + i) for i in range(place % 4)),
            "ContactFilterID": tables.FIRST_SEGMENT + 1 if every(4, place) else None,
            "ContactsListID": plan.list_id(place),
            "Final": every(2, place),
            "FromDate": at - 30 * DAY,
            "Keyword": "été" if every(3, place) else "",
            "Name": f"Season {place}",
            "SenderID": tables.FIRST_SENDER + place % 3,
            "ToDate": at if every(2, place) else None,
            "VisibleAt": shown(at),
        }


def _common(plan: AccountPlan, place: int, life: Lifecycle) -> Record:
    """Return the columns that drafts and newsletters both have."""
    email, name = sample_text.SENDERS[0][:2]
    return {
        "ListID": plan.list_id(place),
        "IsStarred": every(6, place, 3),
        "IsTextPartIncluded": every(2, place),
        "Locale": turn(_LOCALES, place),
        "ReplyEmail": email if every(2, place) else "",
        "SegmentationID": tables.FIRST_SEGMENT if every(5, place) else None,
        "Sender": str(tables.FIRST_SENDER),
        "SenderEmail": email,
        "SenderName": name,
        "Title": f"{life.subject} ({place})",
        "Url": f"https://www.example.com/campaigns/{place}" if life.campaign else "",
        **life.columns(),
    }
