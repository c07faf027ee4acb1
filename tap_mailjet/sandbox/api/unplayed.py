"""Filters that Mailjet has and the sandbox does not play.

Mailjet ignores unknown parameters. A filter that Mailjet knows must not be ignored here: the client
under test would read other rows than those of the live API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_mailjet.sandbox.api.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Collection

_COUNTED = "Blocked Bounced Click HardBounced Open Queued Sent SoftBounced Spam Unsubscribed"
"""Select rows by whether a count is 0."""

_NAMES = {
    "apikey": "APIKey ConfirmKey CustomStatus IsActive IsMaster KeyType Name User",
    "apikeyaccess": "APIKey Email IsActive RealUser SubAccount Token User",
    "batchjob": (
        "APIKey Data JobType MaxJobEnd MaxJobStart MaxRequestAt Method MinJobEnd "
        "MinJobStart MinRequestAt RefID Status"
    ),
    "campaigndraft": "DeliveredAt IsCampaign IsHandled Modified NewsLetterTemplate Status",
    "campaignstatistics": f"{_COUNTED} AXTesting CampaignStatus GroupAX LastActivityAt",
    "contact": "IsUnsubscribed LastActivityAt Status",
    "contactdata": (
        "DateFormat Fields IsExcludedFromCampaigns IsUnsubscribed LastActivityAt Status TimeZone"
    ),
    "contacthistorydata": "Last",
    "contactmetadata": "DataType Namespace",
    "contactslistsignup": (
        "APIKey Domain Email LocalPart MaxConfirmAt MaxSignupAt MinConfirmAt MinSignupAt "
        "SignupIp Source SourceID ThrottleCheck"
    ),
    "contactstatistics": f"{_COUNTED} LastActivityAt",
    "dns": (
        "IsCheckInProgress IsSenderIdentified IsYahooFBL MaxLastCheckAt MinLastCheckAt SPFStatus"
    ),
    "domainstatistics": "MessageStatus",
    "eventcallbackurl": "APIKey Backup EventType Status Version",
    "geostatistics": "MessageStatus",
    "listrecipient": (
        "Active Blocked ContactEmail IgnoreDeleted IsExcludedFromCampaigns LastActivityAt "
        "ListName Opened Status Unsub"
    ),
    "listrecipientstatistics": (
        f"{_COUNTED} DateFormat IsActive IsExcludedFromCampaigns LastActivityAt TimeZone"
    ),
    "liststatistics": (
        f"{_COUNTED} Address ExcludeID MaxLastActivityAt MinLastActivityAt NameCI NameLike "
        "NameLikeCI"
    ),
    "message": "BounceReason ContactAlt Destination MessageState PlanSubscription Sender",
    "messagesentstatistics": "ProcessEmailAutomationRelations RawData",
    "messagestatistics": "ContactEmail ContactID ContactListID MessageStatus",
    "metasender": "DNS User",
    "myprofile": "User",
    "newsletter": "DeliveredAt IsCampaign Modified NewsLetterTemplate Status",
    "parseroute": "APIKey",
    "preferences": "Key ShowAllUsers User",
    "sender": "DnsID Domain LocalPart",
    "senderstatistics": f"{_COUNTED} MaxLastActivityAt MinLastActivityAt domain",
    "statcounters": "APIKeyID CampaignID CounterType IdentityID",
    "template": (
        "APIKey Categories CategoriesSelectionMethod EditMode Name OwnerType Purposes "
        "PurposesSelectionMethod User"
    ),
    "toplinkclicked": "ActualClicks Contact Message",
    "user": "IsActivated NewEmail UserName",
    "useragentstatistics": "ExcludePlatform Platform",
    "widget": "APIKey Locale MessageTemplate active",
    "workflow": "IsActive NameCI NameLike NameLikeCI",
}
UNPLAYED = {resource: frozenset(names.split()) for resource, names in _NAMES.items()}
"""By resource, as the metadata of the live API names them."""


def check(resource: str, given: Collection[str]) -> None:
    """Check that a request has no filter that the sandbox does not play.

    Raises:
        ApiError: If it has one.
    """
    for name in sorted(UNPLAYED.get(resource, frozenset()).intersection(given)):
        raise ApiError(501, f'The sandbox does not play the filter "{name}" of {resource}.')
