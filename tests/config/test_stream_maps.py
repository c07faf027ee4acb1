"""Stream maps with mistakes are refused before the first request; correct ones work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.exceptions import ConfigValidationError

from tap_mailjet.tap import TapMailjet
from tests.helpers import catalog_of, config_of, sync, truth
from tests.support.commands import lines, run_inline, write

if TYPE_CHECKING:
    import pathlib

    from tap_mailjet.sandbox import Sandbox

SALTED = "sha256(config['salt'] + Email)"
CONFIG = {"api_key": "the-key", "api_secret": "the-secret", "stream_map_config": {"salt": "x"}}


def problems(maps: dict[str, Any], *selected: str) -> list[str]:
    """Return the errors that the tap has found in stream maps."""
    catalog = catalog_of(*selected) if selected else None
    try:
        TapMailjet(config={**CONFIG, "stream_maps": maps}, catalog=catalog)
    except ConfigValidationError as error:
        return error.errors
    return []


@pytest.mark.parametrize(
    ("maps", "words"),
    [
        ({"contact": {"Email": None}}, "This tap's name for it is 'contacts'."),
        ({"contcts": {"Email": None}}, "Did you mean 'contacts'?"),
        ({"mesages": None}, "'mesages' is not a stream of this tap. Did you mean 'messages'?"),
        ({"*_evnts": {"Url": None}}, "'*_evnts' is not a stream"),
        ({"copy": {"__source__": "contcts"}}, "Did you mean 'contacts'?"),
        ({"contacts": {"Emial": None}}, "Did you mean 'Email'?"),
        ({"contacts": {"email": "__NULL__"}}, "Did you mean 'Email'?"),
        ({"contact_data": {"Properties__mail": None}}, "Did you mean 'Properties'?"),
        ({"*_events": {"Emial": None}}, "has no field 'Emial' to remove."),
    ],
    ids=str,
)
def test_map_of_a_stream_or_field_that_does_not_exist_is_refused_before_the_first_request(
    sandbox: Sandbox, tmp_path: pathlib.Path, maps: dict[str, Any], words: str
) -> None:
    config = write(tmp_path, "config.json", {**config_of(sandbox), "stream_maps": maps})
    done = run_inline("--config", config)
    assert done.returncode == 1
    assert done.stdout == ""
    assert not sandbox.requests
    first, *_ = lines(done.stderr, "ERROR")
    assert first.startswith("stream_maps")
    assert words in first


@pytest.mark.parametrize(
    ("name", "is_refused"),
    [
        ("email", True),
        ("Emial", True),
        ("Emails", True),
        ("E-mail", True),
        ("EmailHash", False),
        ("email_sha256", False),
        ("domain", False),
    ],
)
def test_new_field_whose_name_is_a_misspelling_of_a_field_is_refused(
    name: str, is_refused: bool
) -> None:
    found = problems({"contacts": {name: SALTED}})
    assert bool(found) == is_refused
    assert all("'Email' would be written unchanged" in one for one in found)


def test_fields_can_be_renamed_to_names_in_another_case() -> None:
    assert problems({"contacts": {"email": "Email", "Email": None}}) == []
    assert problems({"contacts": {"__else__": None, "ID": "ID", "email": "Email"}}) == []


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("sha256(Emial)", "no field 'Emial'. Did you mean 'Email'?"),
        ("sha256(record['Emial'])", "no field 'Emial'. Did you mean 'Email'?"),
        ("sha256(str(record.get('Emial')))", "no field 'Emial'. Did you mean 'Email'?"),
        ("sha256(_.Emial)", "no field 'Emial'. Did you mean 'Email'?"),
        ("sha256(config['slat'] + Email)", "no entry 'slat'. Did you mean 'salt'?"),
        ("Email = 'x'", "not an expression"),
    ],
)
def test_misspelled_name_in_an_expression_is_refused_before_the_first_record(
    expression: str, words: str
) -> None:
    [found] = problems({"contacts": {"Email": expression}})
    assert words in found


@pytest.mark.parametrize(
    "expression",
    [
        SALTED,
        "md5(self)",
        "record['Email'].lower()",
        "_.get('Email', '')",
        "''.join([one for one in Email if one != '@'])",
        "str(ID) + __stream_name__ + config.get('none', '')",
        "bool(Name) if Name else None",
        "datetime.date.fromisoformat(CreatedAt).isoformat()",
    ],
)
def test_expressions_of_the_sdk_are_accepted(expression: str) -> None:
    assert problems({"contacts": {"Email": expression}}) == []


def test_misspelled_option_is_refused_and_not_a_new_field() -> None:
    [found] = problems({"contacts": {"__fliter__": "Email != ''"}})
    assert "Did you mean '__filter__'?" in found
    [found] = problems({"__esle__": None, "contacts": {}})
    assert "Did you mean '__else__'?" in found
    [found] = problems({"contacts": {"__filter__": "Emial != ''"}})
    assert "Did you mean 'Email'?" in found


def test_pattern_that_misses_the_spelling_of_one_stream_is_refused(sandbox: Sandbox) -> None:
    # Mailjet spells the field ContactAlt in messages, and ContactALT elsewhere.
    [found] = problems({"*": {"ContactALT": None}})
    assert "messages has 'ContactAlt' instead of 'ContactALT'" in found
    run = sync(sandbox, stream_maps={"*": {"ContactALT": None, "ContactAlt": None}})
    assert len(run.records) > 5
    fields = {field for rows in run.records.values() for row in rows for field in row}
    assert "Email" in fields
    assert not fields & {"ContactALT", "ContactAlt"}


def test_map_that_another_map_replaces_is_refused() -> None:
    # Of two maps for one stream, the SDK uses the last only.
    hiding = {"Email": None, "Name": None}
    [found] = problems({"contacts": hiding, "c*": {"__filter__": "True"}})
    assert "'c*' replaces 'contacts' for the stream contacts, so that Email, Name" in found
    [found] = problems({"contacts": None, "c*": {}})
    assert "the removal" in found
    [found] = problems({"con*": {"__filter__": "False"}, "contacts": hiding})
    assert "__filter__" in found
    assert problems({"c*s": {"Name": None}, "contacts": hiding}) == []
    assert problems({"*": None, "contacts": hiding}) == []
    assert problems({"copy": {"__source__": "contacts"}, "contacts": hiding}) == []


def test_fields_that_never_leave_the_tap_may_be_removed() -> None:
    assert problems({"api_keys": {"SecretKey": None}}, "api_keys") == []


def test_deselected_field_in_an_expression_is_refused() -> None:
    catalog = catalog_of("contacts")
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if item["breadcrumb"] == ["properties", "Email"]:
                item["metadata"]["selected"] = False
    config = {**CONFIG, "stream_maps": {"contacts": {"Hash": "sha256(Email)"}}}
    with pytest.raises(ConfigValidationError, match="have no field 'Email'"):
        TapMailjet(config=config, catalog=catalog)


def test_maps_of_streams_that_are_not_selected_have_no_effect(sandbox: Sandbox) -> None:
    hashed = {"Name": "sha256(Name)", "Renamed": "APIKey"}
    maps = {"contacts": {"Email": None}, "api_keys": hashed, "users": None}
    run = sync(sandbox, "contacts", stream_maps=maps)
    assert len(run.records["contacts"]) == len(truth(sandbox, "contacts"))
    assert not any("Email" in one for one in run.records["contacts"])


def test_error_does_not_quote_the_expression() -> None:
    [found] = problems({"contacts": {"Email": "sha256('my own salt' + Emial)"}})
    assert "my own salt" not in found
