"""Airbyte's declarative CDK with a manifest as its builder makes them: `... URL FOLDER`."""

from __future__ import annotations

import json
import pathlib
import sys
from typing import Any

from airbyte_cdk.entrypoint import launch  # type: ignore[import-not-found,unused-ignore]
from airbyte_cdk.sources.declarative.yaml_declarative_source import (  # type: ignore[import-not-found,unused-ignore]
    YamlDeclarativeSource,
)

from tests.benchmarks.contenders.schema import schema


def parameter(name: str) -> dict[str, str]:
    """Where the paginator puts one of its numbers."""
    return {"type": "RequestOption", "inject_into": "request_parameter", "field_name": name}


def manifest(url: str) -> dict[str, Any]:
    """One stream, read page by page."""
    retriever = {
        "type": "SimpleRetriever",
        "requester": {
            "type": "HttpRequester",
            "url_base": f"{url}/v3/REST/",
            "path": "message",
            "http_method": "GET",
            "authenticator": {
                "type": "BasicHttpAuthenticator",
                "username": "key",
                "password": "secret",
            },
        },
        "record_selector": {
            "type": "RecordSelector",
            "extractor": {"type": "DpathExtractor", "field_path": ["Data"]},
        },
        "paginator": {
            "type": "DefaultPaginator",
            "pagination_strategy": {"type": "OffsetIncrement", "page_size": 1000},
            "page_size_option": parameter("Limit"),
            "page_token_option": parameter("Offset"),
        },
    }
    stream = {
        "type": "DeclarativeStream",
        "name": "messages",
        "primary_key": ["ID"],
        "retriever": retriever,
        "schema_loader": {"type": "InlineSchemaLoader", "schema": schema()},
    }
    return {
        "version": "6.0.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": ["messages"]},
        "streams": [stream],
        "spec": {"type": "Spec", "connection_specification": {"type": "object", "properties": {}}},
    }


def catalogue() -> dict[str, Any]:
    """What to sync, and how."""
    stream = {
        "name": "messages",
        "json_schema": schema(),
        "supported_sync_modes": ["full_refresh"],
    }
    configured = {
        "stream": stream,
        "sync_mode": "full_refresh",
        "destination_sync_mode": "append",
    }
    return {"streams": [configured]}


def main() -> None:
    """Read the stream to stdout."""
    url, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    made = {"manifest": manifest(url), "config": {}, "catalog": catalogue()}
    paths = {name: str(folder / f"airbyte-{name}.json") for name in made}
    for name, content in made.items():
        pathlib.Path(paths[name]).write_text(json.dumps(content))
    source = YamlDeclarativeSource(
        paths["manifest"],
        catalog=YamlDeclarativeSource.read_catalog(paths["catalog"]),
        config={},
    )
    launch(source, ["read", "--config", paths["config"], "--catalog", paths["catalog"]])


if __name__ == "__main__":
    main()
