"""Who calls, and whose a key is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.aws.errors import common
from forecourt.aws.operations import Operations
from forecourt.platform.identity import accounts, messages

if TYPE_CHECKING:
    from forecourt.aws.types import sts as t
    from forecourt.store.tx import Tx

ops = Operations("sts")
InvalidClientTokenId = common("InvalidClientTokenId", 403)


@ops.read
def get_caller_identity(tx: Tx, req: t.GetCallerIdentityInput) -> t.GetCallerIdentityOutput:
    """The account and principal that signed.  A root's user id is its account's number."""
    return {"Account": tx.call.account, "UserId": tx.call.caller.id, "Arn": tx.call.principal}


@ops.read
def get_access_key_info(tx: Tx, req: t.GetAccessKeyInfoInput) -> t.GetAccessKeyInfoOutput:
    """The account of a key: of one that is here, or as the id itself says."""
    key_id = req["AccessKeyId"]
    found = accounts.find_key(tx, key_id)
    account = found.account if found else accounts.account_of(key_id)
    if account is None:
        raise InvalidClientTokenId("The security token included in the request is invalid.")
    return {"Account": account}


@ops.read
def decode_authorization_message(
    tx: Tx, req: t.DecodeAuthorizationMessageRequest
) -> t.DecodeAuthorizationMessageResponse:
    """What a refusal of this account's callers, by EC2, was about."""
    try:
        text = messages.decode(tx.seal, tx.call.account, req["EncodedMessage"])
    except ValueError:
        raise ops.errors.InvalidAuthorizationMessageException("Message is not valid") from None
    return {"DecodedMessage": text}
