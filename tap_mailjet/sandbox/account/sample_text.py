"""The texts of an account; the addresses are on domains reserved for examples."""

from __future__ import annotations

FIRST_NAMES = ("Ada", "Zoë", "José", "Noor", "Lin", "Ólafur", "Mia", "Renée", "Søren", "Yuki")
LAST_NAMES = ("Okafor", "O'Neil", "Müller", "García", "Novák", "Lindqvist", "Sato", "d'Arc", "Roy")
DOMAINS = ("example.com", "example.org", "example.net")

LIST_NAMES = (
    "Newsletter",
    "Customers",
    'The "Gold" club',
    "Événements à Paris",
    "Beta testers",
    "Partners & press",
)

SUBJECTS = (
    "Spring sale: everything ½ off",
    'New this week: the "Aurora" lamp',
    "L'été arrive ☀",
    "Your summer reading list",
    "Früher Vogel: Rabatt für dich",
    "Last chance, {{name}}!",
    "A year of thanks — our report",
    "お知らせ: new opening hours",
)
TRANSACTIONAL_SUBJECTS = {
    "ORDERS": "Your order is on its way",
    "PASSWORDS": "Reset your password",
    "UNTYPED": 'Welcome to the "Corner Shop"',
}

LINKS = (
    "https://www.example.com/shop?ref=mail&item={n}",
    "https://www.example.com/blog/l'été-{n}",
    'https://www.example.org/search?q="lamp"&page={n}',
    "https://www.example.com/unsubscribe-survey#{n}",
)

AGENTS = (
    ("Chrome", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"),
    ("Firefox", "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0"),
    ("Safari", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15"),
    ("Thunderbird", "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.0"),
    ("Outlook", "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0; Pro)"),
)

COUNTRIES = (
    "FR", "DE", "ES", "IT", "GB", "US", "CA", "BE", "NL", "CH", "AT", "PT",
    "SE", "NO", "DK", "FI", "PL", "CZ", "IE", "JP", "BR", "MX", "AU", "ZA",
)  # fmt: skip
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
"""The StateIDs from 1 on, in Mailjet's words, and what each of them is about."""

SENDERS = (
    ("hello@example.com", "Corner Shop", "bulk", "Active"),
    ("orders@example.com", "Corner Shop Orders", "transactional", "Active"),
    ("press@example.org", 'The "Corner" Times', "unknown", "Active"),
    ("*@example.org", "", "unknown", "Inactive"),
    ("old@example.net", "Corner Shop (old)", "bulk", "Deleted"),
    ("events@example.com", "Corner Shop Events", "bulk", "Active"),
)

SEGMENTS = (
    ("Over forty", "Everybody past forty", "age>40", "used"),
    ("Paris", "Lives in Paris", 'city="Paris"', "unused"),
    ("Lapsed", "Nothing bought for a year", "last_order_days>365", "deleted"),
    ("Name starts with Ö", "For the Swedish letter", 'name="Ö*"', "used"),
    ("Newcomers", "", "member_days<30", "unused"),
)

SPAM_RULES = "HTML_MESSAGE,MIME_HTML_ONLY"


def link(number: int) -> str:
    """Return the URL of a link by its number, the same one each time."""
    return LINKS[number % len(LINKS)].format(n=number)
