"""People, and what an account defines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fuzz.account import wire_time

if TYPE_CHECKING:
    from tests.fuzz.maker import Maker


def add_contact(maker: Maker, created: int) -> None:
    """Add somebody, on some lists."""
    number = maker.new_id()
    chance = maker.chance
    email = f"person.{number}@mail.example"
    contact = maker.add(
        "contacts",
        {
            "ID": number,
            "Email": email,
            "Name": chance.choice(["", "Zoë", f"N{number}", "李"]),
            "CreatedAt": wire_time(created),
            "LastUpdateAt": chance.choice([None, wire_time(created)]),
            "DeliveredCount": chance.randrange(50),
            "IsExcludedFromCampaigns": chance.random() < 0.1,
        },
    )
    counts = {"ProcessedCount": chance.randrange(9), "OpenedCount": chance.randrange(9)}
    active = wire_time(maker.time(created))
    maker.add(
        "contact_statistics",
        {"ContactID": number, "ContactALT": email, "LastActivityAt": active, **counts},
    )
    for list_id in {chance.randrange(3, 6) for _ in range(2)}:
        recipient = maker.new_id()
        maker.add(
            "list_recipients",
            {
                "ID": recipient,
                "ContactID": number,
                "ContactALT": email,
                "ListID": list_id,
                "IsUnsubscribed": chance.random() < 0.2,
                "SubscribedAt": wire_time(created),
            },
        )
        maker.add(
            "list_recipient_statistics",
            {"ListRecipientID": recipient, "LastActivityAt": active, **counts},
        )
        maker.add(
            "contact_list_memberships",
            {"ListID": list_id, "IsActive": True, "SubscribedAt": wire_time(created)},
            parent=contact,
            known={"ContactID": number},
        )


def add_objects(maker: Maker, created: int) -> None:
    """Add one of each kind of thing that an account defines."""
    chance, at = maker.chance, wire_time(created)
    is_deleted = chance.random() < 0.15
    maker.add(
        "contact_lists",
        {
            "ID": maker.new_id(),
            "Name": f"L{chance.randrange(9)}",
            "CreatedAt": at,
            "IsDeleted": is_deleted,
            "SubscriberCount": chance.randrange(99),
        },
        flags={"IsDeleted": is_deleted},
    )
    maker.add(
        "segmentation",
        {"ID": maker.new_id(), "Name": "S", "Expression": "age=40", "Status": "used"},
    )
    maker.add(
        "senders",
        {
            "ID": maker.new_id(),
            "Email": f"from.{maker.account.next_id}@mail.example",
            "CreatedAt": at,
            "IsDefaultSender": False,
            "Status": "Deleted" if is_deleted else "Active",
        },
        flags={"deleted": is_deleted},
    )
    maker.add(
        "contact_metadata",
        {"ID": maker.new_id(), "Name": f"p{maker.account.next_id}", "Datatype": "int"},
    )
    template = maker.add(
        "templates",
        {
            "ID": maker.new_id(),
            "Name": "T",
            "CreatedAt": at,
            "EditMode": 1,
            "OwnerType": "apikey",
            "Categories": ["full", "basic"],
        },
    )
    if chance.random() < 0.8:
        number = template.now.fields["ID"]
        maker.add(
            "template_contents",
            {"Html-part": f"<p>{number}</p>", "Text-part": str(number), "MJMLContent": ""},
            parent=template,
            known={"TemplateID": number},
        )
    draft_deleted, archived = chance.random() < 0.2, chance.random() < 0.2
    maker.add(
        "campaign_drafts",
        {
            "ID": maker.new_id(),
            "Title": "D",
            "CreatedAt": at,
            "Subject": "Ünïcode ☃",
            "IsStarred": False,
            "Status": 2,
        },
        flags={"IsDeleted": draft_deleted, "IsArchived": archived, "IsStarred": False},
    )
    maker.add(
        "contact_history_data",
        {
            "ID": maker.new_id(),
            "ContactID": 1 + chance.randrange(999),
            "CreatedAt": maker.clock(maker.time(created)),
            "Name": "age",
            "Data": str(chance.randrange(99)),
        },
    )
