"""Streams of message templates and their content."""

from __future__ import annotations

from typing import ClassVar

from tap_mailjet.singer.child_stream import ChildStream
from tap_mailjet.singer.full_table_stream import FullTableStream


class Templates(FullTableStream):
    """Templates of messages and campaigns.

    https://dev.mailjet.com/email/reference/templates/
    """

    name = "templates"
    resource = "template"


class TemplateContents(ChildStream):
    """The content of each template, with one request per template.

    https://dev.mailjet.com/email/reference/templates/
    """

    name = "template_contents"
    resource = "template/{ID}/detailcontent"
    parent_stream_type = Templates
    parent_fields: ClassVar = {"TemplateID": "ID"}
    primary_keys = ("TemplateID",)


STREAMS = (
    Templates,
    TemplateContents,
)
