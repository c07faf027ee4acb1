"""The resources of senders, templates and the account itself."""

from __future__ import annotations

from tap_mailjet.sandbox.account.tables import API_KEY_ID, FIRST_DNS, FIRST_TEMPLATE, FIRST_USER
from tap_mailjet.sandbox.api.drawn_resource import UNSUPPORTED_COUNTS, Drawn
from tap_mailjet.sandbox.api.parameters import boolean, choice, text
from tap_mailjet.sandbox.api.resource import (
    Filter,
    Hidden,
    Resource,
    booleans,
    integers,
    names,
    same,
    texts,
    times,
)

_URLS = (
    "https://hook:{secret}@www.example.com/hook/{n}",
    "https://www.example.com/hook/{n}",
    "https://hook:{secret}%40x@www.example.com:8443/hook/{n}?a=1",
    "https://{secret}@www.example.org/hook/{n}",
    "https://hook:{secret}@x@www.example.com/hook/{n}",
    "https://www.example.com/@hook/{n}",
)
"""With a password and without; the @ of the last URL does not end a password."""

SENDERS = Resource(
    name="sender",
    table="sender AS s",
    key="s.ID",
    visible="s.VisibleAt <= :clock",
    order=("s.ID",),
    fields=(
        *times(CreatedAt="s.CreatedAt"),
        *texts(
            **same("s", "Email EmailType Filename Name Status"),
            DNS="substr(s.Email, instr(s.Email, '@') + 1)",
        ),
        *integers(**same("s", "DNSID ID")),
        *booleans(IsDefaultSender="s.IsDefaultSender"),
    ),
    filters={
        "Email": Filter(text, "s.Email = :Email"),
        "IsDomainSender": Filter(boolean, "(s.Email LIKE '*@%') = :IsDomainSender"),
        "ShowDeleted": Filter(boolean, "(:ShowDeleted OR s.Status <> 'Deleted')"),
        "Status": Filter(choice("Active", "Inactive", "Deleted"), "s.Status = :Status"),
    },
    hidden=(Hidden(names("ShowDeleted Status"), "s.Status <> 'Deleted'", "deleted"),),
    unsupported=names("DnsID Domain LocalPart"),
    sortable={"ID": "s.ID"},
    ascending=(),
)
TEMPLATES = Drawn(
    "template",
    "templates",
    first_id=FIRST_TEMPLATE,
    choices={"OwnerType": ("apikey", "user", "global")},
    unsupported=(
        "APIKey Categories CategoriesSelectionMethod EditMode Name OwnerType Purposes "
        "PurposesSelectionMethod User"
    ),
    both_ways="ID",
).table()

RESOURCES = (
    SENDERS,
    TEMPLATES,
    Drawn(
        "senderstatistics",
        "sender_statistics",
        sql={"SenderALT": "s.Email", "SenderID": "s.ID"},
        equal={"Email": "SenderALT", "Sender": "SenderID", "SenderID": "SenderID"},
        unsupported=f"{UNSUPPORTED_COUNTS} MaxLastActivityAt MinLastActivityAt domain",
        both_ways="ProcessedCount",
    ).of(SENDERS, "s.CreatedAt"),
    Drawn("useragent", "user_agents", rows=12, first_id=1).table(),
    Drawn("metasender", "meta_senders", rows=4, first_id=201, unsupported="DNS User").table(),
    Drawn(
        "dns",
        "dns",
        rows=4,
        first_id=FIRST_DNS,
        unsupported=(
            "IsCheckInProgress IsSenderIdentified IsYahooFBL MaxLastCheckAt MinLastCheckAt "
            "SPFStatus"
        ),
    ).table(),
    Drawn(
        "apikey",
        "api_keys",
        rows=14,
        first_id=API_KEY_ID,
        choices={
            "APIKey": ("key-{n}",),
            "Runlevel": ("Normal", "Softlock"),
            "SecretKey": ("sk-{secret}",),
            "Skipspamd": (1, 0),
        },
        unsupported="APIKey ConfirmKey CustomStatus IsActive IsMaster KeyType Name User",
        both_ways="IsMaster IsActive CreatedAt Name",
    ).table(),
    Drawn(
        "apikeyaccess",
        "api_key_access",
        rows=14,
        first_id=5_001,
        choices={"Subaccount": (None, {"ID": 21, "Password": "{secret}"})},
        unsupported="APIKey Email IsActive RealUser SubAccount Token User",
    ).table(),
    Drawn(
        "user", "users", rows=4, first_id=FIRST_USER, unsupported="IsActivated NewEmail UserName"
    ).table(),
    Drawn("myprofile", "my_profile", rows=1, first_id=71, unsupported="User").table(),
    Drawn(
        "preferences", "preferences", first_id=9_001, unsupported="Key ShowAllUsers User"
    ).table(),
    Drawn(
        "parseroute",
        "parse_routes",
        rows=14,
        first_id=6_001,
        choices={"Url": _URLS},
        unsupported="APIKey",
    ).table(),
    Drawn(
        "eventcallbackurl",
        "event_callback_urls",
        rows=14,
        first_id=7_001,
        choices={
            "EventType": ("open", "click", "bounce", "spam", "blocked", "unsub", "sent"),
            "SharedAccessSignature": ("", "sig={secret}%3D"),
            "Status": ("alive", "dead"),
            "Url": _URLS,
        },
        unsupported="APIKey Backup EventType Status Version",
    ).table(),
    Drawn(
        "widget",
        "widgets",
        first_id=601,
        equal={
            "ContactsList": "ListID",
            "IsStarred": "IsStarred",
            "Name": "Name",
            "Sender": "FromID",
        },
        unsupported="APIKey Locale MessageTemplate active",
    ).table(),
)
