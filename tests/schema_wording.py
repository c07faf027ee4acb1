"""What the descriptions in the schema files must say, as plain data for the tests."""

from __future__ import annotations

from typing import Final

from tests.schema_tables import TEXT_IDS, Field

# Names of fields that hold personal data in every stream that has them.
PERSONAL_NAMES: Final = {
    "BillingEmail",
    "BirthdayAt",
    "ConfirmIp",
    "ContactALT",
    "ContactAlt",
    "ContactPhone",
    "Email",
    "FirstIp",
    "Firstname",
    "FromALT",
    "FromEmail",
    "FromName",
    "Ip",
    "LastIp",
    "Lastname",
    "RealUserALT",
    "ReplyEmail",
    "Replyto",
    "SenderALT",
    "SenderEmail",
    "SenderName",
    "Sendername",
    "SignupIp",
    "TestAddress",
    "ToEmail",
    "UserALT",
    "Username",
}
NOT_PERSONAL: Final[set[Field]] = {("parse_routes", "Email")}

# Identifiers of what no stream is about, or of which Mailjet does not say what it is about.
UNLINKED_NAMES: Final = TEXT_IDS | {
    "ConsentID",
    "DataID",
    "DestinationID",
    "LinkId",
    "OwnerId",
    "RefId",
    "RegionID",
    "SourceID",
    "SourceId",
    "SubaccountID",
    "UserAgentID",
    "UseragentID",
    "WinnerID",
}
# The older tools have templates of their own.
UNLINKED: Final[set[Field]] = {("newsletters", "TemplateID"), ("widgets", "TemplateID")}

# How descriptions name the units of `x-unit`.
UNITS: Final = {
    "bytes": "bytes",
    "milliseconds": "milliseconds",
    "percent": "percentage",
    "seconds": "seconds",
    "unix-seconds": "in unix seconds",
}

# Enumerations and the values that their descriptions list.
STATES: Final = [f" {state} " for state in range(1, 22)]
DRAFT_STATES: Final = [f"{state} " for state in range(-3, 7)]

VALUES: Final = {
    ("ab_tests", "Mode"): ["automatic (", "manual ("],
    ("ab_tests", "WinnerMethod"): ["OpenRate", "ClickRate", "SpamRate", "UnsubRate", "MJScore ("],
    ("api_key_totals", "Source"): ["APIKey"],
    ("api_keys", "Runlevel"): ["Normal", "Softlock", "Hardlock"],
    ("bounce_events", "StateID"): STATES,
    ("campaign_drafts", "EditMode"): [" tool2 (", " html2 (", " mjml ("],
    ("campaign_drafts", "Status"): DRAFT_STATES,
    ("campaign_overview", "EditMode"): ["tool ", "tool2 (", "html ", "html2 (", "mjml ("],
    ("campaign_overview", "EditType"): [" full", " unknown"],
    ("campaign_overview", "IDType"): [" Campaign (", " AX (", " NL ("],
    ("campaign_overview", "Status"): DRAFT_STATES,
    ("contact_metadata", "Datatype"): ["str (", "int (", "float (", "bool (", "datetime ("],
    ("contact_metadata", "NameSpace"): ["static (", "historic ("],
    ("csv_imports", "Method"): [
        f" {method} ("
        for method in (
            "addforce",
            "addnoforce",
            "remove",
            "unsub",
            "excludemarketing",
            "includemarketing",
        )
    ],
    ("csv_imports", "Status"): [" Upload (", " Completed (", " Abort ("],
    ("dns", "DKIMStatus"): ["OK", "Error", "Not checked"],
    ("dns", "SPFStatus"): ["OK", "Error", "Not checked", "Not found"],
    ("event_callback_urls", "EventType"): [
        f" {event}" for event in ("open", "click", "bounce", "spam", "blocked", "unsub", "sent")
    ],
    ("event_callback_urls", "Status"): [" alive (", " dead ("],
    ("event_callback_urls", "Version"): [" 1 (", " 2 ("],
    ("message_events", "EventName"): [
        f"{name} ({event})"
        for name, event in (
            ("Email Delivered", "sent"),
            ("Email Opened", "opened"),
            ("Email Link Clicked", "clicked"),
            ("Email Bounced", "bounced"),
            ("Email Blocked", "blocked"),
            ("Unsubscribed", "unsub"),
            ("Email Marked as Spam", "spam"),
            ("Email Hard Bounced", "hardbounced"),
            ("Email Soft Bounced", "softbounced"),
            ("Workflow Exited", "workflowexit"),
            ("Workflow Unsubscribed", "workflowunsubscribe"),
        )
    ],
    ("message_events", "EventType"): [
        f" {event} ("
        for event in (
            "sent",
            "opened",
            "clicked",
            "bounced",
            "blocked",
            "unsub",
            "spam",
            "hardbounced",
            "softbounced",
            "workflowexit",
            "workflowunsubscribe",
        )
    ],
    ("message_sent_statistics", "StateID"): STATES,
    ("message_states", "RelatedTo"): ["recipient", "domain", "spam", "system", "mailjet"],
    ("message_statistics", "Source"): ["APIKey"],
    ("messages", "StateID"): STATES,
    ("messages", "Status"): [
        f" {status} ("
        for status in (
            "unknown",
            "processed",
            "queued",
            "sent",
            "opened",
            "clicked",
            "bounce",
            "spam",
            "unsub",
            "blocked",
            "hardbounced",
            "softbounced",
            "deferred",
        )
    ],
    ("newsletters", "EditMode"): [" tool (", " html ("],
    ("newsletters", "EditType"): [" full", " light", " ulight"],
    ("newsletters", "Status"): DRAFT_STATES,
    ("segmentation", "Status"): [" used (", " unused (", " deleted ("],
    ("senders", "EmailType"): ["transactional", "bulk", "unknown"],
    ("senders", "Status"): [" Active (", " Inactive (", " Deleted ("],
    ("sent_campaigns", "CampaignType"): ["1 transactional", "2 marketing", "3 unknown"],
    ("statcounters", "CounterResolution"): ["Highest", "Hour", "Day", "Lifetime"],
    ("statcounters", "CounterSource"): ["APIKey", "Campaign", "List", "Sender"],
    ("statcounters", "CounterTiming"): ["Message (", "Event ("],
    ("templates", "EditMode"): [" 1 ", " 2 ", " 3 ", " 4 "],
    ("templates", "OwnerType"): [" apikey (", " user (", " global ("],
    ("templates", "Purposes"): ["marketing", "transactional", "automation"],
}
