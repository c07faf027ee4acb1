"""What messages are counted by that no table of the account says of a contact."""

from __future__ import annotations

COUNTRIES = (
    "FR", "DE", "ES", "IT", "GB", "US", "CA", "BE", "NL", "CH", "AT", "PT",
    "SE", "NO", "DK", "FI", "PL", "CZ", "IE", "JP", "BR", "MX", "AU", "ZA",
)  # fmt: skip
PROVIDERS = ("Gmail", "Microsoft", "Yahoo", "Orange", "GMX", 'The "Other" ones')
PLATFORMS = ("Desktop", "Mobile", "Webmail")
STATES = (
    ("user unknown", "recipient"),
    ("mailbox inactive", "recipient"),
    ("quota exceeded", "recipient"),
    ("invalid domain", "domain"),
    ("no mail host", "domain"),
    ("relay denied", "domain"),
    ("sender blocked", "spam"),
    ("content blocked", "content"),
    ("policy issue", "domain"),
    ("system issue", "system"),
    ("protocol issue", "system"),
    ("connection issue", "system"),
    ("greylisted", "domain"),
    ("preblocked", "mailjet"),
    ("duplicate in campaign", "mailjet"),
    ("spam preblocked", "spam"),
    ("bad or empty template", "content"),
    ("error in template language", "content"),
    ("typofix", "domain"),
    ("blacklisted", "recipient"),
    ("spam reporter", ""),
)
"""Mailjet's words for the StateIDs from 1 on, and what each is about."""


def country_of(contact: str) -> str:
    """Return the expression for the number, from 1 on, of the country of a contact."""
    return f"1 + {contact} * 7 % {len(COUNTRIES)}"


def provider_of(contact: str) -> str:
    """Return the expression for the number, from 1 on, of the mailbox provider of a contact."""
    return f"1 + {contact} * 5 / 3 % {len(PROVIDERS)}"


def platform_of(contact: str) -> str:
    """Return the expression for the number, from 0 on, of where a contact reads mail."""
    return f"{contact} % {len(PLATFORMS)}"


def word(number: str, words: tuple[str, ...], first: int = 1) -> str:
    """Return the expression for one of some words, chosen by a number.

    Args:
        number: The expression for the number.
        words: The words.
        first: The number of the first word.
    """
    cases = " ".join(
        "WHEN {} THEN '{}'".format(place, one.replace("'", "''"))
        for place, one in enumerate(words, first)
    )
    return f"CASE {number} {cases} END"
