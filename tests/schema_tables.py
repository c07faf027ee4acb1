"""Streams and fields as the schema files must have them, as plain data for the tests."""

from __future__ import annotations

from typing import Final

Field = tuple[str, str]

# Each stream's resource and key; a child's path has the ID of its parent.
STREAMS: Final[dict[str, tuple[str, set[str]]]] = {
    "ab_tests": ("axtesting", {"ID"}),
    "api_key_access": ("apikeyaccess", {"ID"}),
    "api_key_totals": ("apikeytotals", {"Source"}),
    "api_keys": ("apikey", {"ID"}),
    "batch_jobs": ("batchjob", {"ID"}),
    "bounce_events": ("bouncestatistics", {"ID", "CampaignID", "ContactID", "BouncedAt"}),
    "campaign_aggregates": ("campaignaggregate", {"ID"}),
    "campaign_draft_contents": ("campaigndraft/{ID}/detailcontent", {"CampaignDraftID"}),
    "campaign_draft_schedules": ("campaigndraft/{ID}/schedule", {"CampaignDraftID"}),
    "campaign_drafts": ("campaigndraft", {"ID"}),
    "campaign_overview": ("campaignoverview", {"ID", "IDType"}),
    "campaign_statistics": ("campaignstatistics", {"CampaignID"}),
    "click_events": ("clickstatistics", {"MessageID", "ContactID", "ClickedAt", "Url"}),
    "contact_data": ("contactdata", {"ContactID"}),
    "contact_history_data": ("contacthistorydata", {"ID"}),
    "contact_list_memberships": ("contact/{ID}/getcontactslists", {"ContactID", "ListID"}),
    "contact_list_signups": ("contactslistsignup", {"ID"}),
    "contact_lists": ("contactslist", {"ID"}),
    "contact_metadata": ("contactmetadata", {"ID"}),
    "contact_statistics": ("contactstatistics", {"ContactID"}),
    "contacts": ("contact", {"ID"}),
    "csv_imports": ("csvimport", {"ID"}),
    "dns": ("dns", {"ID"}),
    "domain_statistics": ("domainstatistics", {"Domain"}),
    "esp_statistics": ("statistics/recipient-esp", {"CampaignID", "ESPName"}),
    "event_callback_urls": ("eventcallbackurl", {"ID"}),
    "geo_statistics": ("geostatistics", {"Country"}),
    "link_clicks": ("statistics/link-click", {"CampaignID", "PositionIndex", "URL"}),
    "list_recipient_statistics": ("listrecipientstatistics", {"ListRecipientID"}),
    "list_recipients": ("listrecipient", {"ID"}),
    "list_statistics": ("liststatistics", {"ID"}),
    "message_events": ("messagehistory/{ID}", {"MessageID", "EventType", "EventAt"}),
    "message_information": ("messageinformation", {"ID"}),
    "message_sent_statistics": ("messagesentstatistics", {"MessageID"}),
    "message_states": ("messagestate", {"ID"}),
    "message_statistics": ("messagestatistics", {"Source"}),
    "messages": ("message", {"ID"}),
    "meta_senders": ("metasender", {"ID"}),
    "my_profile": ("myprofile", {"ID"}),
    "newsletters": ("newsletter", {"ID"}),
    "open_events": ("openinformation", {"MessageID", "ContactID", "OpenedAt"}),
    "parse_routes": ("parseroute", {"ID"}),
    "preferences": ("preferences", {"ID"}),
    "segmentation": ("contactfilter", {"ID"}),
    "sender_statistics": ("senderstatistics", {"SenderID"}),
    "senders": ("sender", {"ID"}),
    "sent_campaigns": ("campaign", {"ID"}),
    "statcounters": (
        "statcounters",
        {"CounterSource", "CounterTiming", "CounterResolution", "SourceID", "Timeslice"},
    ),
    "template_contents": ("template/{ID}/detailcontent", {"TemplateID"}),
    "templates": ("template", {"ID"}),
    "top_links_clicked": ("toplinkclicked", {"LinkId", "Url"}),
    "user_agent_statistics": ("useragentstatistics", {"Event", "Platform", "UserAgent"}),
    "users": ("user", {"ID"}),
    "widgets": ("widget", {"ID"}),
    "workflow_statistics": ("workflowstatistics", {"WorkflowID"}),
    "workflows": ("workflow", {"ID"}),
}
RESOURCES: Final = {stream: resource for stream, (resource, _) in STREAMS.items()}
KEYS: Final = {stream: key for stream, (_, key) in STREAMS.items()}
# Bookmarks that are not in the key of their stream; a row without one is never emitted.
BOOKMARKS: Final = {
    "contact_history_data": {"CreatedAt"},
    "contact_statistics": {"LastActivityAt"},
    "list_recipient_statistics": {"LastActivityAt"},
    "messages": {"ArrivedAt"},
    "sent_campaigns": {"SendStartAt"},
}
# A counter over the whole lifetime has no slice of time, so this one key field may be null.
NULLABLE_KEYS: Final = {"statcounters": {"Timeslice"}}

ADDED_BY_THE_TAP: Final = {
    "api_key_totals": {"Source"},
    "campaign_draft_contents": {"CampaignDraftID"},
    "campaign_draft_schedules": {"CampaignDraftID"},
    "contact_data": {"Properties"},
    "contact_list_memberships": {"ContactID"},
    "esp_statistics": {"CampaignID"},
    "link_clicks": {"CampaignID"},
    "message_events": {"MessageID", "ContactID", "CampaignID", "EventTimestamp", "EventName"},
    "message_statistics": {"Source"},
    "statcounters": {"CounterSource", "CounterTiming", "CounterResolution"},
    "template_contents": {"TemplateID"},
    "user_agent_statistics": {"Event"},
}
# Fields of the wire that are, or may hold, a credential: a Subaccount has a Password.
WITHHELD: Final = {
    "api_key_access": {"Subaccount"},
    "api_keys": {"SecretKey"},
    "event_callback_urls": {"SharedAccessSignature"},
}
SECRETS: Final = {"newpasswordkey", "password", "secretkey", "sharedaccesssignature", "token"}
MASKED: Final = {("event_callback_urls", "Url"), ("parse_routes", "Url")}

# Fields that one client spells unlike the others; all spellings of the wire are read as the second.
SPELLINGS: Final = {
    "HardbouncedCount": "HardBouncedCount",
    "RefID": "RefId",
    "SoftbouncedCount": "SoftBouncedCount",
}

# Identifiers in text form, not numbers of Mailjet's.
TEXT_IDS: Final = {"AccountID", "CustomID", "ProjectID", "UUID"}
# Times as whole numbers, and those among the timestamps whose names do not end in At.
UNIX_SECONDS: Final[set[Field]] = {
    ("api_key_totals", "LastActivity"),
    ("batch_jobs", "AliveAt"),
    ("batch_jobs", "JobEnd"),
    ("batch_jobs", "JobStart"),
    ("batch_jobs", "RequestAt"),
    ("campaign_overview", "SendTimeStart"),
    ("contact_list_signups", "ConfirmAt"),
    ("contact_list_signups", "SignupAt"),
    ("message_events", "EventAt"),
    ("widgets", "CreatedAt"),
    ("widgets", "ModifiedAt"),
}
TIMESTAMPS: Final[set[Field]] = {
    ("campaign_aggregates", "FromDate"),
    ("campaign_aggregates", "ToDate"),
    ("campaign_draft_schedules", "Date"),
    ("csv_imports", "JobEnd"),
    ("csv_imports", "JobStart"),
    ("message_events", "EventTimestamp"),
    ("message_sent_statistics", "ArrivalTs"),
    ("message_sent_statistics", "BounceDate"),
    ("message_sent_statistics", "ComplaintDate"),
    ("statcounters", "Timeslice"),
}
# Flags whose names do not begin with Is.
FLAGS: Final[set[Field]] = {
    ("ab_tests", "Deleted"),
    ("ab_tests", "Starred"),
    ("campaign_aggregates", "Final"),
    ("campaign_drafts", "Used"),
    ("campaign_overview", "Starred"),
    ("campaign_statistics", "CampaignIsStarred"),
    ("message_sent_statistics", "Blocked"),
    ("message_sent_statistics", "Bounce"),
    ("message_sent_statistics", "Click"),
    ("message_sent_statistics", "Open"),
    ("message_sent_statistics", "Queued"),
    ("message_sent_statistics", "Sent"),
    ("message_sent_statistics", "Spam"),
    ("message_sent_statistics", "StatePermanent"),
    ("message_sent_statistics", "Unsub"),
    ("messages", "StatePermanent"),
}
# Counts that are means, and so no whole numbers.
MEANS: Final[set[Field]] = {
    ("message_statistics", "AverageClickedCount"),
    ("message_statistics", "AverageOpenedCount"),
}
ARRAYS: Final[dict[Field, str]] = {
    ("contact_data", "Data"): "object",
    ("list_recipient_statistics", "Data"): "object",
    ("templates", "Categories"): "string",
    ("templates", "LocaleList"): "string",
    ("templates", "Previews"): "integer",
    ("templates", "Purposes"): "string",
}
OBJECTS: Final[set[Field]] = {
    ("batch_jobs", "Data"),
    ("campaign_draft_contents", "Headers"),
    ("campaign_drafts", "AXTesting"),
    ("campaign_statistics", "AXTesting"),
    ("contact_data", "Properties"),
    ("message_information", "SpamAssassinRules"),
    ("newsletters", "AXTesting"),
    ("template_contents", "Headers"),
    ("widgets", "Template"),
}
