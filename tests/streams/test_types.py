"""The types and values in the schema files, compared with what Mailjet's API says of itself."""

from __future__ import annotations

import re
from typing import Any, Final

from tap_mailjet.streams.registry import STREAMS
from tests.helpers import RESOURCES, SCHEMAS
from tests.schema_tables import WITHHELD
from tests.support.metadata import METADATA

# Mailjet's types and what they are in JSON Schema.
PLAIN: Final = {
    "AnsiString": "string",
    "Boolean": "boolean",
    "Currency": "number",
    "Double": "number",
    "Int64": "integer",
    "LongInt": "integer",
    "SmallInt": "integer",
    "TRFC3339DateTime": "date-time",
    # Mail addresses and enumerations, which are words on the wire.
    "TAXTestMode": "string",
    "TBillingEmail": "string",
    "TContactDataType": "string",
    "TContactFilterStatus": "string",
    "TEmail": "string",
    "TMessageEventType": "string",
    "TOwnerType": "string",
    "TRunLevel": "string",
    "TSenderEmail": "string",
    "TSenderStatus": "string",
    "TWinnerMethod": "string",
    # Lists.
    "TContactDataKeyValueList": "array of object",
    "TIDList": "array of integer",
    "TKeyValueList": "array of object",
    "TStrings": "array of string",
    # Seen as an object with its rules in Items.
    "TSpamAssassinRuleList": "object",
}
# Types of other resources' rows: a property X of them is XID on the wire, an integer.
REFERENCES: Final = {
    "TAPIKey",
    "TAXTesting",
    "TBaseData",
    "TCampaign",
    "TContact",
    "TContactFilter",
    "TContactsList",
    "TDNS",
    "TDestination",
    "TListRecipient",
    "TMessage",
    "TMessageState",
    "TMessageTemplate",
    "TNewsLetter",
    "TNewsLetterTemplate",
    "TSender",
    "TSubAccount",
    "TTemplate",
    "TUser",
    "TUserAgent",
    "TWorkflow",
}
# Fields X that the schemas have beside XID, with the reason.
BESIDE_THE_ID: Final = {
    ("batch_jobs", "Data"): ("object", "the Go client reads an object"),
    ("campaign_drafts", "AXTesting"): ("object", "the Go and the Node client read an object"),
    ("campaign_statistics", "AXTesting"): ("object", "the Go client reads an object"),
    ("click_events", "UserAgent"): ("string", "the documentation has the program's name"),
    ("newsletters", "AXTesting"): ("object", "the Go client reads an object"),
    ("open_events", "UserAgent"): ("string", "the documentation has the program's name"),
    ("senders", "DNS"): ("string", "the clients read the domain as text"),
    ("widgets", "Template"): ("object", "the Go client reads an object"),
}
# Streams that have only some fields of a resource.
PARTIAL: Final = {vars(stream)["name"] for stream in STREAMS if stream.fields_of}
# Children are read from sub-resources, which the metadata lacks; history is one that it has.
DESCRIBED: Final = {
    stream: resource.removesuffix("/{ID}")
    for stream, resource in RESOURCES.items()
    if resource.removesuffix("/{ID}") in METADATA and stream not in PARTIAL
}
PROPERTIES: Final = [
    (stream, name, kind)
    for stream, resource in sorted(DESCRIBED.items())
    for name, kind in METADATA[resource]["properties"].items()
    if name not in WITHHELD.get(stream, set()) or kind in REFERENCES
]
ALLOWED: Final = [
    (stream, field, value)
    for stream, resource in sorted(DESCRIBED.items())
    for field, values in METADATA[resource].get("allowed", {}).items()
    for value in sorted({*values})
]


def spec_of(stream: str, name: str) -> dict[str, Any] | None:
    """The field of a schema, in whatever case its name is spelled."""
    properties = SCHEMAS.get_schema(stream)["properties"]
    by_name = {field.lower(): spec for field, spec in properties.items()}
    return by_name.get(name.lower())


def type_of(spec: dict[str, Any]) -> str:
    base = spec["type"] if isinstance(spec["type"], str) else spec["type"][0]
    if base == "array":
        return f"array of {type_of(spec['items'])}"
    return str(spec.get("format", base))


def wanted_types(stream: str, name: str, kind: str) -> dict[str, str]:
    """Return the fields that a property of the metadata becomes, and their types."""
    wanted = {f"{name}ID": "integer"} if kind in REFERENCES else {name: PLAIN[kind]}
    if (stream, name) in BESIDE_THE_ID:
        wanted[name], _ = BESIDE_THE_ID[stream, name]
    return wanted


def test_field_types_are_those_of_the_metadata() -> None:
    assert len(PROPERTIES) > 500
    wrong = [
        (stream, field, expected)
        for stream, name, kind in PROPERTIES
        for field, expected in wanted_types(stream, name, kind).items()
        if (spec := spec_of(stream, field)) is None or type_of(spec) != expected
    ]
    assert wrong == []


def test_fields_beside_an_id_are_listed_with_their_reason() -> None:
    found = {
        (stream, name)
        for stream, name, kind in PROPERTIES
        if kind in REFERENCES and spec_of(stream, name)
    }
    assert found == BESIDE_THE_ID.keys()
    assert all(reason for _, reason in BESIDE_THE_ID.values())


def test_streams_without_metadata_are_known() -> None:
    assert {RESOURCES[stream] for stream in RESOURCES.keys() - DESCRIBED.keys() - PARTIAL} == {
        "campaigndraft/{ID}/detailcontent",
        "campaigndraft/{ID}/schedule",
        "contact/{ID}/getcontactslists",
        "statistics/link-click",
        "statistics/recipient-esp",
        "template/{ID}/detailcontent",
        # In Mailjet's OpenAPI file, but not in the recording of the metadata.
        "useragent",
    }


def is_described(stream: str, field: str, value: str) -> bool:
    """Return True if a field's description has a value, and its type is that of the value."""
    spec = spec_of(stream, field)
    if spec is None:
        return False
    # Some are written as `Draft (0)`: a name and the number that is on the wire.
    number = re.fullmatch(r".* \((-?\d)\)", value)
    word = number[1] if number else value
    has_word = re.search(rf"(?<![\w-]){re.escape(word)}(?!\w)", spec["description"])
    return bool(has_word) and type_of(spec) == ("integer" if number else "string")


def test_enumeration_descriptions_name_every_value_of_the_metadata() -> None:
    assert len(ALLOWED) > 50
    assert [one for one in ALLOWED if not is_described(*one)] == []
