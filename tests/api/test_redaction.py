from __future__ import annotations

import pytest

from tap_mailjet.api.redaction import mask_userinfo, redact, shorten


@pytest.mark.parametrize(
    "text",
    [
        "No contact someone@example.com here",
        "contact/someone%40example.com?Limit=1",
        'Invalid value "Some.One+tag@sub.example.co.uk".',
        "(someone@example.com)",
        "Email=someone@example.com&x=1",
    ],
)
def test_mail_address_is_masked(text: str) -> None:
    masked = redact(text)
    assert "***" in masked
    assert "someone" not in masked.lower().replace("some.one+tag", "someone")
    assert "example" not in masked


def test_secrets_are_masked_wherever_they_stand() -> None:
    assert redact("key=abc123, again abc123", ["abc123"]) == "key=***, again ***"


def test_empty_secret_masks_nothing() -> None:
    assert redact("as it is", ["", "zzz"]) == "as it is"


def test_credentials_in_a_url_are_taken_out() -> None:
    assert redact("http://user:pass@host/path failed") == "http://host/path failed"


def test_ordinary_text_stays_as_it_is() -> None:
    text = "Mailjet responded with 400 Bad Request for message: \"Invalid FromTS '2020-01-01'\"."
    assert redact(text) == text


def test_long_text_is_cut_and_its_white_space_folded() -> None:
    assert shorten("a  b\n c") == "a b c"
    assert len(shorten("x" * 1000, max_chars=50)) == 50


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("https://user:pass@host/path?a=b", "https://***@host/path?a=b"),
        ("https://user@host", "https://***@host"),
        ("https://user:p@ss@host/", "https://***@host/"),
        ("https://user:pa/ss@host/", "https://***@host/"),
        ("https://user:pa?ss#1@host/", "https://***@host/"),
        ("user:pass@host/path", "***@host/path"),
        ("//user:pass@host", "//***@host"),
        ("https://host:8443/path", "https://host:8443/path"),
        ("https://host/path@2x.png", "https://host/path@2x.png"),
        ("https://host:8443/path@2x.png", "https://host:8443/path@2x.png"),
        ("https://host?mail=a@b", "https://host?mail=a@b"),
        ("", ""),
    ],
)
def test_user_and_a_password_in_a_url_are_masked(url: str, masked: str) -> None:
    assert mask_userinfo(url) == masked
