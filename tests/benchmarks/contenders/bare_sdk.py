"""A tap as the SDK's template makes it: one stream, a schema, a paginator, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import BasicAuthenticator
from singer_sdk.pagination import BaseOffsetPaginator
from typing_extensions import override

from tests.benchmarks.contenders.schema import schema

if TYPE_CHECKING:
    from singer_sdk import Stream
    from singer_sdk.helpers.types import Auth, Context

PAGE = 1000


class Messages(RESTStream[int]):
    """The messages, as they come."""

    name = "messages"
    path = "/v3/REST/message"
    primary_keys: ClassVar = ("ID",)
    records_jsonpath = "$.Data[*]"

    @property
    @override
    def url_base(self) -> str:
        return str(self.config["api_url"])

    @property
    @override
    def authenticator(self) -> Auth:
        return BasicAuthenticator(username="key", password="secret")

    @override
    def get_new_paginator(self) -> BaseOffsetPaginator:
        return BaseOffsetPaginator(0, PAGE)

    @override
    def get_url_params(
        self, context: Context | None, next_page_token: int | None
    ) -> dict[str, int | None]:
        return {"Limit": PAGE, "Offset": next_page_token}


class TapBare(Tap):
    """The tap."""

    name = "tap-bare"
    config_jsonschema: ClassVar = th.PropertiesList(
        th.Property("api_url", th.StringType, required=True)
    ).to_dict()
    stream_class: type[Messages] = Messages

    @override
    def discover_streams(self) -> list[Stream]:
        return [self.stream_class(self, schema=schema())]


def main() -> None:
    """Run it."""
    TapBare.cli()
