"""Templates for messages, and their text."""

from __future__ import annotations

from typing import ClassVar

from tap_mailjet.singer.child_stream import ChildStream
from tap_mailjet.singer.full_table_stream import FullTableStream


class Templates(FullTableStream):
    """Templates that messages and campaigns are made from.

    https://dev.mailjet.com/email/reference/templates/
    """

    name = "templates"
    resource = "template"


class TemplateContents(ChildStream):
    """The text of each template, asked for template by template.

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
