"""Conditions and columns of contacts and subscriptions that depend on the clock.

A deleted contact is anonymized at once, stays listed for 30 days, and is then gone (documented).
What an anonymized contact looks like is not documented.
"""

from __future__ import annotations

from tap_mailjet.sandbox.account.size import DAY

LISTED_FOR = 30 * DAY
"""Seconds for which an anonymized contact stays listed."""
IS_ANONYMIZED = "COALESCE(k.DeletedAt <= :clock, 0)"
EMAIL = (
    "CASE WHEN k.DeletedAt <= :clock THEN 'anonymized-' || k.ID || '@anonymized.invalid' "
    "ELSE k.Email END"
)
NAME = "CASE WHEN k.DeletedAt <= :clock THEN '' ELSE k.Name END"
IS_LISTED = f"k.VisibleAt <= :clock AND COALESCE(k.DeletedAt > :clock - {LISTED_FOR}, 1)"
IS_SUBSCRIBED = (
    "s.SubscribedAt <= :clock AND s.ContactID NOT IN "  # noqa: S608 - our own text
    f"(SELECT g.ID FROM contact AS g WHERE g.DeletedAt <= :clock - {LISTED_FOR})"
)
"""A subscription ends when its contact is gone."""
