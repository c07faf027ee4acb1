"""The account itself. Credentials that it holds never leave the tap."""

from __future__ import annotations

from tap_mailjet.reading.queries import Filters
from tap_mailjet.singer.full_table_stream import FullTableStream


class ApiKeys(FullTableStream):
    """The key pairs of the account, without their secrets.

    https://dev.mailjet.com/email/reference/settings/
    """

    name = "api_keys"
    resource = "apikey"
    withheld = ("SecretKey",)


class ApiKeyAccess(FullTableStream):
    """Which users may work with which key.

    https://dev.mailjet.com/email/reference/settings/
    """

    name = "api_key_access"
    resource = "apikeyaccess"
    # An object with the sub-account's password.
    withheld = ("Subaccount",)


class Users(FullTableStream):
    """People who can log in to the account.

    https://dev.mailjet.com/email/reference/settings/
    """

    name = "users"
    resource = "user"


class MyProfile(FullTableStream):
    """The company and the person behind the account.

    https://dev.mailjet.com/email/reference/settings/
    """

    name = "my_profile"
    resource = "myprofile"


class ParseRoutes(FullTableStream):
    """Where Mailjet delivers inbound mail.

    https://dev.mailjet.com/email/reference/settings/
    """

    name = "parse_routes"
    resource = "parseroute"
    masked = ("Url",)


class EventCallbackUrls(FullTableStream):
    """Where Mailjet reports events as they happen.

    https://dev.mailjet.com/email/reference/settings/
    """

    name = "event_callback_urls"
    resource = "eventcallbackurl"
    withheld = ("SharedAccessSignature",)
    masked = ("Url",)


class Widgets(FullTableStream):
    """Forms on web pages through which contacts subscribe.

    https://dev.mailjet.com/email/reference/settings/
    """

    name = "widgets"
    resource = "widget"
    filters = Filters(contact_list_ids="ContactsList", starred=True)


class Preferences(FullTableStream):
    """What users of the account have set.

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
