"""Streams of the account itself. Credentials never leave the tap."""

from __future__ import annotations

from typing import ClassVar

from tap_mailjet.reading.queries import Filters
from tap_mailjet.records.derived_fields import timestamps
from tap_mailjet.singer.full_table_stream import FullTableStream


class ApiKeys(FullTableStream):
    """The key pairs of the account, without their secrets.

    https://dev.mailjet.com/email/reference/settings/
    """

    name = "api_keys"
    resource = "apikey"
    withheld = ("SecretKey",)


class ApiKeyAccess(FullTableStream):
    """The permissions of users for keys.

    https://dev.mailjet.com/email/reference/settings/
    """

    name = "api_key_access"
    resource = "apikeyaccess"
    # This object contains the password of the sub-account.
    withheld = ("Subaccount",)


class Users(FullTableStream):
    """The users who can log in to the account.

    https://dev.mailjet.com/email/reference/settings/
    """

    name = "users"
    resource = "user"


class MyProfile(FullTableStream):
    """The profile of the account: company and contact person.

    https://dev.mailjet.com/email/reference/settings/
    """

    name = "my_profile"
    resource = "myprofile"


class ParseRoutes(FullTableStream):
    """The URLs to which Mailjet delivers inbound mail.

    https://dev.mailjet.com/email/reference/settings/
    """

    name = "parse_routes"
    resource = "parseroute"
    masked = ("Url",)


class EventCallbackUrls(FullTableStream):
    """The URLs to which Mailjet sends events.

    https://dev.mailjet.com/email/reference/settings/
    """

    name = "event_callback_urls"
    resource = "eventcallbackurl"
    withheld = ("SharedAccessSignature",)
    masked = ("Url",)


class Widgets(FullTableStream):
    """Subscription forms on web pages.

    https://dev.mailjet.com/email/reference/settings/
    """

    name = "widgets"
    resource = "widget"
    derived_fields: ClassVar = timestamps("CreatedAt", "ModifiedAt")
    filters = Filters(contact_list_ids="ContactsList", starred=True)


class Preferences(FullTableStream):
    """The preferences of the users.

    https://dev.mailjet.com/email/reference/settings/
    """

    name = "preferences"
    resource = "preferences"


STREAMS = (
    ApiKeyAccess,
    ApiKeys,
    EventCallbackUrls,
    MyProfile,
    ParseRoutes,
    Preferences,
    Users,
    Widgets,
)
