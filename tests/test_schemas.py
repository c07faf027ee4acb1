"""The schema files, checked for all that copying and hurry get wrong."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

import tap_mailjet.schemas
from tests.fields import FIELDS

Json = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
BASE_TYPES: Final = {"boolean", "integer", "number", "string"}

KEYS: Final = {
    "bounce_events": {"ID", "CampaignID", "ContactID", "BouncedAt"},
    "click_events": {"MessageID", "ContactID", "ClickedAt", "Url"},
    "contact_lists": {"ID"},
    "contacts": {"ID"},
    "messages": {"ID"},
    "open_events": {"MessageID", "ContactID", "OpenedAt"},
    "segmentation": {"ID"},
    "sent_campaigns": {"ID"},
    "statcounters": {
        "CounterSource",
        "CounterTiming",
        "CounterResolution",
        "SourceID",
        "Timeslice",
    },
}
# Bookmarks that are not in the key of their stream; a row without one is never emitted.
BOOKMARKS: Final = {"messages": {"ArrivedAt"}, "sent_campaigns": {"SendStartAt"}}
# A counter over the whole lifetime has no slice of time, so this one key field may be null.
NULLABLE_KEYS: Final = {"statcounters": {"Timeslice"}}

RESOURCES: Final = {
    "bounce_events": "bouncestatistics",
    "click_events": "clickstatistics",
    "contact_lists": "contactslist",
    "contacts": "contact",
    "messages": "message",
    "open_events": "openinformation",
    "segmentation": "contactfilter",
    "sent_campaigns": "campaign",
    "statcounters": "statcounters",
}
ADDED_BY_THE_TAP: Final = {
    "statcounters": {"CounterSource", "CounterTiming", "CounterResolution"},
}

# Labels in text form, not numbers of Mailjet's.
TEXT_IDS: Final = {"CustomID", "UUID"}
ADDRESSES: Final = {"ContactALT", "ContactAlt", "Email", "FromALT", "FromEmail"}
LINKS: Final = {
    "CampaignID": "sent_campaigns.ID",
    "ContactID": "contacts.ID",
    "FirstMessageID": "messages.ID",
    "ListID": "contact_lists.ID",
    "MessageID": "messages.ID",
    "SegmentationID": "segmentation.ID",
}
UNITS: Final = {
    ("click_events", "ClickedDelay"): "Seconds ",
    ("messages", "Delay"): "Milliseconds ",
    ("messages", "FilterTime"): "Milliseconds ",
    ("messages", "MessageSize"): " bytes",
    ("statcounters", "EventClickDelay"): "Seconds ",
    ("statcounters", "EventOpenDelay"): "Seconds ",
}
STATES: Final = [f" {state} " for state in range(1, 22)]
VALUES: Final = {
    ("bounce_events", "StateID"): STATES,
    ("messages", "StateID"): STATES,
    ("messages", "Status"): [
        f" {status} ("
        for status in (
            "unknown",
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
    ("segmentation", "Status"): [" used (", " unused (", " deleted ("],
    ("sent_campaigns", "CampaignType"): ["1 transactional", "2 marketing", "3 unknown"],
    ("statcounters", "CounterResolution"): ["Highest", "Hour", "Day", "Lifetime"],
    ("statcounters", "CounterSource"): ["APIKey", "Campaign", "List", "Sender"],
    ("statcounters", "CounterTiming"): ["Message (", "Event ("],
}

each_stream = pytest.mark.parametrize("stream", sorted(KEYS))


def text_of(stream: str) -> str:
    return files(tap_mailjet.schemas).joinpath(f"{stream}.json").read_text(encoding="utf-8")


def schema_of(stream: str) -> Json:
    schema: Json = json.loads(text_of(stream), object_pairs_hook=without_doubles)
    return schema


def properties_of(stream: str) -> dict[str, Json]:
    properties: dict[str, Json] = schema_of(stream)["properties"]
    return properties


def without_doubles(pairs: list[tuple[str, Any]]) -> Json:
    """Refuse what `json` would swallow: of two equal names it keeps the second only."""
    made = dict(pairs)
    assert len(made) == len(pairs), f"a name comes twice: {[name for name, _ in pairs]}"
    return made


def base_type(spec: Json) -> str:
    kind: str = spec["type"] if isinstance(spec["type"], str) else spec["type"][0]
    return kind


def said_of(stream: str, field: str) -> str:
    said: str = properties_of(stream)[field]["description"]
    return said


def test_each_stream_has_one_schema_file() -> None:
    found = {entry.name for entry in files(tap_mailjet.schemas).iterdir()}
    assert {name for name in found if name.endswith(".json")} == {f"{name}.json" for name in KEYS}


@each_stream
def test_is_a_valid_schema_of_the_agreed_form(stream: str) -> None:
    schema = schema_of(stream)
    Draft202012Validator.check_schema(schema)
    assert list(schema) == ["$schema", "title", "description", "type", "properties"]
    assert schema["$schema"] == DIALECT
    assert schema["type"] == "object"
    assert schema["title"].strip()
    assert len(schema["description"].split()) >= 3
    assert schema["description"].endswith(".")


@each_stream
def test_is_laid_out_with_two_spaces_and_a_final_newline(stream: str) -> None:
    assert text_of(stream) == json.dumps(schema_of(stream), indent=2) + "\n"


def test_titles_and_descriptions_of_the_streams_differ() -> None:
    for part in ("title", "description"):
        assert len({schema_of(stream)[part] for stream in KEYS}) == len(KEYS)


@each_stream
def test_names_are_sorted_and_unique_even_without_case(stream: str) -> None:
    names = list(properties_of(stream))
    assert names == sorted(names)
    assert len({name.casefold() for name in names}) == len(names)


@each_stream
def test_every_type_has_one_of_the_allowed_forms(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        base = base_type(spec)
        assert base in BASE_TYPES, name
        assert spec["type"] in (base, [base, "null"]), name
        if "format" in spec:
            assert (base, spec["format"]) == ("string", "date-time"), name
        assert list(spec) in (["type", "description"], ["type", "format", "description"]), name


@each_stream
def test_only_keys_and_bookmarks_are_never_null(stream: str) -> None:
    properties = properties_of(stream)
    assert properties.keys() >= KEYS[stream]
    never_null = {name for name, spec in properties.items() if isinstance(spec["type"], str)}
    keys = KEYS[stream] - NULLABLE_KEYS.get(stream, set())
    assert never_null == keys | BOOKMARKS.get(stream, set())


@each_stream
def test_types_go_with_names(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        base = base_type(spec)
        is_time = name.endswith("At") or name == "Timeslice"
        assert ("format" in spec) == is_time, name
        if name.endswith("ID"):
            assert base == ("string" if name in TEXT_IDS else "integer"), name
        if name.endswith("Count"):
            assert base == "integer", name
        is_flag = name.startswith("Is") or name == "StatePermanent"
        assert (base == "boolean") == is_flag, name


@each_stream
def test_every_field_is_described_in_a_sentence_of_its_own(stream: str) -> None:
    descriptions = {name: spec["description"] for name, spec in properties_of(stream).items()}
    for name, description in descriptions.items():
        assert len(description.split()) >= 3, name
        assert description.endswith("."), name
        assert description == " ".join(description.split()), name
    assert len(set(descriptions.values())) == len(descriptions)


@each_stream
def test_fields_with_an_address_say_that_it_is_personal_data(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        if name in ADDRESSES:
            assert "personal data" in spec["description"], name


@each_stream
def test_links_say_what_they_refer_to(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        if name in LINKS:
            assert f"refers to {LINKS[name]}" in spec["description"], name


@pytest.mark.parametrize("target", sorted(set(LINKS.values())))
def test_what_links_refer_to_exists(target: str) -> None:
    stream, field = target.split(".")
    assert field in properties_of(stream)


@pytest.mark.parametrize(("stream", "field"), sorted(UNITS))
def test_measures_say_their_unit(stream: str, field: str) -> None:
    assert UNITS[stream, field] in said_of(stream, field)


@each_stream
def test_counts_are_called_so(stream: str) -> None:
    for name, spec in properties_of(stream).items():
        if name.endswith("Count"):
            assert spec["description"].startswith("Count of "), name


@pytest.mark.parametrize(("stream", "field"), sorted(VALUES))
def test_enumerations_say_their_values(stream: str, field: str) -> None:
    said = said_of(stream, field)
    assert [value for value in VALUES[stream, field] if value not in said] == []


@pytest.mark.parametrize(
    ("stream", "field"),
    [
        ("bounce_events", "ID"),
        ("click_events", "MessageID"),
        ("messages", "ID"),
        ("open_events", "MessageID"),
        ("sent_campaigns", "FirstMessageID"),
    ],
)
def test_message_ids_say_that_they_have_64_bits(stream: str, field: str) -> None:
    assert "64-bit" in said_of(stream, field)


@each_stream
def test_has_the_fields_that_mailjet_s_clients_name(stream: str) -> None:
    expected = FIELDS[RESOURCES[stream]] | ADDED_BY_THE_TAP.get(stream, set())
    assert set(properties_of(stream)) == expected


def test_the_table_of_fields_has_no_resource_to_spare() -> None:
    assert sorted(FIELDS) == sorted(RESOURCES.values())
    assert RESOURCES.keys() == KEYS.keys()
