"""Facts of the live API: values on the wire, and how rows change with time."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_mailjet.sandbox import Quirks
from tap_mailjet.sandbox.api.counters import FIELDS as COUNTER_FIELDS
from tap_mailjet.sandbox.api.registry import RESOURCES
from tap_mailjet.sandbox.api.resource import Type
from tests.sandbox.api import UNTIL, Api, Row, parse, same
from tests.sandbox.facts import fact

if TYPE_CHECKING:
    from tap_mailjet.sandbox import Sandbox

METADATA: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "reference" / "mailjet-metadata.json").read_text()
)["resources"]
# `useragent` is in Mailjet's OpenAPI file, but not in the recording of the metadata.
RECORDED = [*(RESOURCES.keys() - {"useragent"}), "statcounters"]
DAY = timedelta(days=1)
COUNTERS = {"CounterSource": "APIKey", "CounterTiming": "Event", "CounterResolution": "Day"}
# The types of the sandbox that a type of the metadata may have; other names are those of objects
# and enumerations.
TYPES = {
    "Boolean": {Type.BOOLEAN},
    "Currency": {Type.NUMBER},
    "Double": {Type.NUMBER},
    "Int64": {Type.INTEGER},
    "LongInt": {Type.INTEGER},
    "SmallInt": {Type.INTEGER},
    "TRFC3339DateTime": {Type.TIME},
}
TEXTS_AND_OBJECTS = {Type.JSON, Type.REFERENCE, Type.TEXT, Type.UUID}
# Published later than the metadata was recorded.
LATER_VALUES = {
    ("messagestate", "RelatedTo"): {"content", ""},
    ("sender", "EmailType"): {"unknown"},
}


@fact("Values have the types of Mailjet's metadata; campaign and newsletter Status are integers.")
def test_fields_have_the_types_of_the_metadata() -> None:
    offenders = []
    for resource in RECORDED:
        fields = COUNTER_FIELDS if resource == "statcounters" else RESOURCES[resource].fields
        known = {name.lower(): kind for name, kind in METADATA[resource]["properties"].items()}
        checked = [field for field in fields if field.name.lower() in known]
        assert checked, resource
        for field in checked:
            kind = known[field.name.lower()]
            if field.type not in TYPES.get(kind, TEXTS_AND_OBJECTS):
                offenders.append((resource, field.name, kind))
    assert offenders == []


@fact("Fields that the metadata lists values of have one of them.")
def test_fields_have_the_values_of_the_metadata(sandbox: Sandbox) -> None:
    offenders = []
    for resource in (name for name in RECORDED if "allowed" in METADATA[name]):
        for name, values in METADATA[resource]["allowed"].items():
            # The list has the names of numbers too, such as `Deleted (-2)`.
            found_numbers = (re.search(r"\((.+)\)$", value) for value in values)
            numbers = {int(match[1]) for match in found_numbers if match}
            later = LATER_VALUES.get((resource, name), set())
            found = {row[name] for row in sandbox.rows(resource)}
            known: set[Any] = numbers or {*values, *later}
            assert name in METADATA[resource]["properties"]
            if not found or found - known:
                offenders.append((resource, name, found - known))
    assert offenders == []


@fact("What a resource can be sorted by, and in which direction, is what the metadata lists.")
def test_sortable_properties_are_those_of_the_metadata(api: Api) -> None:
    offenders = []
    for resource in RECORDED:
        more = COUNTERS if resource == "statcounters" else {}
        for name in {*METADATA[resource]["properties"], *METADATA[resource]["sort"]}:
            for suffix, directions in ("", {"ascending", "both"}), (" DESC", {"both"}):
                listed = METADATA[resource]["sort"].get(name) in directions
                response = api.get(resource, Sort=name + suffix, Limit=1, **more)
                if (response.status_code == 200) is not listed:
                    offenders.append((resource, name + suffix))
    assert offenders == []


@fact("Timestamps are RFC 3339 in UTC to the second with a Z; the documentation also omits the Z.")
def test_timestamps_end_in_z_or_not(api: Api) -> None:
    at = api.body("message")["Data"][0]["ArrivedAt"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", at)
    api.sandbox.quirks = Quirks(timestamps="naive")
    assert api.body("message")["Data"][0]["ArrivedAt"] == at.removesuffix("Z")


@fact("An absent timestamp is an empty string.")
def test_absent_timestamp_is_an_empty_string(api: Api) -> None:
    assert {""} < {row["UnsubscribedAt"] for row in api.rows("contact")}


@fact("IDs are integers of 64 bits; IDs of messages are above 2^53.")
def test_message_ids_are_above_what_a_float_holds(api: Api) -> None:
    ids = [row["ID"] for row in api.rows("message")]
    assert min(ids) > 2**53
    assert max(ids) < 2**63


@fact("Numbers and booleans are JSON's; the documentation shows strings, and empty ones.")
def test_values_are_typed_or_strings(api: Api) -> None:
    row = api.body("campaign", FromType=1)["Data"][0]
    assert (row["ListID"], row["IsStarred"], row["CampaignType"]) == (0, False, 1)
    api.sandbox.quirks = Quirks(values="strings")
    row = api.body("campaign", FromType=1)["Data"][0]
    assert (row["ListID"], row["IsStarred"], row["CampaignType"]) == ("", "false", "1")


@fact("A reference X is an integer XID, and at times a readable XALT beside it.")
def test_references_are_ids_and_names(api: Api) -> None:
    senders = {row["ID"]: row["Email"] for row in api.rows("sender", ShowDeleted=1)}
    rows = api.rows("campaign")
    assert rows
    assert all(senders[row["FromID"]] == row["FromALT"] for row in rows)


@fact("AXTesting of a newsletter is an object; the documentation shows a string with the ID.")
def test_test_of_a_newsletter_is_an_object_or_a_string(api: Api) -> None:
    def tests() -> list[Any]:
        return [row["AXTesting"] for row in api.everything("newsletter")]

    ids = [one and one["ID"] for one in tests()]
    assert {type(one) for one in tests()} == {dict, type(None)}
    api.sandbox.quirks = Quirks(values="strings")
    assert tests() == ["" if one is None else str(one) for one in ids]


@fact("SpamAssassinRules is an object with ALT, ID and, where there are any, Items.")
def test_spam_assassin_rules_are_an_object(api: Api) -> None:
    keys = {frozenset(row["SpamAssassinRules"]) for row in api.rows("messageinformation")}
    assert keys == {frozenset({"ALT", "ID"}), frozenset({"ALT", "ID", "Items"})}


@fact("EventAt of messagehistory and SendTimeStart of campaignoverview are Unix seconds.")
def test_history_and_overview_have_unix_seconds(api: Api) -> None:
    history = next(iter(api.sandbox.children("messagehistory").values()))
    assert 0 < history[0]["EventAt"] < UNTIL.timestamp()
    starts = {row["SendTimeStart"] for row in api.rows("campaignoverview", All=1)}
    assert {0} < starts
    assert all(isinstance(start, int) for start in starts)


@fact("Data of contactdata is a list of names and values; Expression of contactfilter a formula.")
def test_contact_data_are_pairs_and_expressions_are_formulas(api: Api) -> None:
    pairs = [pair for row in api.rows("contactdata") for pair in row["Data"]]
    assert {frozenset(pair) for pair in pairs} == {frozenset({"Name", "Value"})}
    assert all(re.search("[=<>]", row["Expression"]) for row in api.rows("contactfilter"))


@fact("apikey has Skipspamd, template has LocaleList, and recipient-esp has a rate of each count.")
def test_published_fields_are_there(api: Api) -> None:
    assert {row["Skipspamd"] for row in api.rows("apikey")} == {0, 1}
    assert {type(row["LocaleList"]) for row in api.rows("template")} == {list}
    rates = {
        "DeferredRate": "DeferredMessagesCount",
        "HardBouncedRate": "HardBouncedMessagesCount",
        "SoftBouncedRate": "SoftBouncedMessagesCount",
        "SpamReportsRate": "SpamReportsCount",
        "UnsubscribedRate": "UnsubscribedMessagesCount",
    }
    rows = [r for some in api.sandbox.children("statistics/recipient-esp").values() for r in some]
    for rate, count in rates.items():
        for row in rows:
            assert row[rate] == pytest.approx(row[count] / row["AttemptedMessagesCount"])
    assert all(any(row[rate] for row in rows) for rate in rates if rate != "DeferredRate")


@fact("apikey returns the secret key, and other resources have credentials too.")
def test_secrets_are_in_the_data(api: Api) -> None:
    secrets = {row["SecretKey"] for row in api.rows("apikey")}
    assert secrets < api.sandbox.secrets


@fact("The ID of a bounce is its message; IDs of opens and clicks are not unique.")
def test_ids_of_events_are_those_of_messages(api: Api) -> None:
    messages = {row["ID"] for row in api.rows("message")}
    for resource in ("bouncestatistics", "openinformation", "clickstatistics"):
        ids = [row["ID"] for row in api.rows(resource)]
        assert {*ids} <= messages
        assert resource == "bouncestatistics" or max(Counter(ids).values()) > 1


@fact("Rows appear some time after their own timestamp: statistics up to 10 hours, some longer.")
def test_rows_appear_after_their_own_timestamp(sandbox: Sandbox) -> None:
    late = 0
    for days in range(3, 30, 2):
        cut = UNTIL - days * DAY
        counts = []
        for wait in (timedelta(), timedelta(hours=10), timedelta(hours=20), DAY):
            sandbox.clock.set(cut + wait)
            opens = sandbox.rows("openinformation")
            counts.append(sum(parse(row["OpenedAt"]) <= cut for row in opens))
        assert counts == sorted(counts)
        assert counts[2] == counts[3]
        late += counts[3] - counts[0]
    assert late > 0


def statuses(sandbox: Sandbox, after: timedelta) -> dict[int, str]:
    sandbox.clock.set(UNTIL + after)
    return {row["ID"]: row["Status"] for row in sandbox.rows("message")}


@fact("A deferred message is retried for up to 3 days, and is then sent or bounced.")
def test_deferred_messages_are_sent_or_bounced_within_three_days(sandbox: Sandbox) -> None:
    ends = set()
    for days in range(-20, 1):
        before = statuses(sandbox, timedelta(days=days))
        deferred = {number for number, status in before.items() if status == "deferred"}
        after = statuses(sandbox, timedelta(days=days + 3, hours=20))
        ends |= {after[number] for number in deferred}
    assert ends == {"sent", "softbounced"}
    assert "deferred" in statuses(sandbox, timedelta()).values()


@fact("A queued message may wait for up to 5 days.")
def test_queued_messages_are_sent_within_five_days(sandbox: Sandbox) -> None:
    before = statuses(sandbox, timedelta())
    queued = {n for n, status in before.items() if status == "queued"}
    later, last = (statuses(sandbox, timedelta(days=days)) for days in (4, 5))
    assert "queued" in {later[number] for number in queued}
    assert {last[number] for number in queued} == {"sent"}


def contacts(sandbox: Sandbox, days: int) -> dict[int, Row]:
    sandbox.clock.set(UNTIL + days * DAY)
    return {row["ID"]: row for row in sandbox.rows("contact")}


@fact("A deleted contact is anonymized at once, stays listed for 30 days, and is then gone.")
def test_deleted_contacts_are_anonymized_listed_for_30_days_and_gone(api: Api) -> None:
    sandbox = api.sandbox
    before, now = contacts(sandbox, -20), contacts(sandbox, 0)
    gone = [n for n, row in now.items() if row["Email"].endswith("@anonymized.invalid")]
    assert gone
    assert all("example" in before[n]["Email"] and not now[n]["Name"] for n in gone)
    assert not before.keys() - now.keys()
    to_them = [r for r in sandbox.rows("message") if r["ContactID"] in gone]
    assert to_them
    assert all(row["ContactAlt"] == now[row["ContactID"]]["Email"] for row in to_them)
    assert contacts(sandbox, 20).keys() >= {*gone}
    assert not contacts(sandbox, 31).keys() & {*gone}
    for resource in ("contactdata", "contactstatistics", "listrecipient"):
        assert not {row["ContactID"] for row in sandbox.rows(resource)} & {*gone}
    assert api.get(f"contact/{gone[0]}/getcontactslists").status_code == 404


@fact("IncludeAnonymized selects anonymized contacts; its default is not documented.")
@pytest.mark.parametrize("resource", ["contact", "contactdata", "contactstatistics"])
def test_anonymized_contacts_are_shown_or_hidden(api: Api, resource: str) -> None:
    whole = api.sandbox.rows(resource)
    kept = api.rows(resource, IncludeAnonymized="false")
    assert 0 < len(kept) < len(whole)
    assert same(api.rows(resource), whole)
    api.sandbox.quirks = Quirks(anonymized="hidden")
    assert same(api.rows(resource), kept)
    assert same(api.rows(resource, IncludeAnonymized="true"), whole)
