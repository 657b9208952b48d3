"""Identities: who may send as whom, and what signs."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from forecourt.platform import links
from forecourt.services.ses import LINKS, identities
from forecourt.services.ses.stored import Complaint
from forecourt.store.tx import Tx
from tests.harness import World

from .calls import ME, fault, queued, verify


@pytest.mark.parametrize(
    ("given", "kept"),
    [("App.TEST", "app.test"), ("Ann@App.test", "Ann@app.test"), ("bücher.test", None)],
)
def test_names(given: str, kept: str | None) -> None:
    if kept is not None:
        assert identities.named(given) == kept


@pytest.mark.parametrize(
    "given", ["", "test", "a@", "@b.test", "a b.test", "..", "a..b", "x" * 300]
)
def test_names_that_are_none(given: str) -> None:
    with pytest.raises(Complaint):
        identities.named(given)


def test_whose_an_address_is(world: World, sesv2: Any, domain: str) -> None:
    sesv2.create_email_identity(EmailIdentity="ann@sub.app.test")

    def of(tx: Tx, address: str) -> str:
        tx.call = ME
        found = identities.of_address(tx, address)
        return found.name if found is not None else ""

    def name(address: str) -> str:
        return world.store.read_now(of, address)

    assert name("x@app.test") == "app.test"
    assert name("x@deep.sub.APP.test") == "app.test"
    assert name("ann@sub.app.test") == "app.test"  # its own is not proven yet
    verify(world, "ann@sub.app.test")
    assert name("ann@sub.app.test") == name("ann+label@sub.app.test") == "ann@sub.app.test"
    assert name("x@other.test") == name("x@myapp.test") == ""


def test_an_address_by_its_mail(world: World, sesv2: Any) -> None:
    sesv2.create_email_identity(EmailIdentity="ann@other.test")
    ((_, recipients, mail),) = queued(world, ours=True)
    assert (recipients, links.PATH in mail.get_content()) == (["ann@other.test"], True)
    arn = "arn:aws:ses:us-east-1:000000000000:identity/ann@other.test"
    text = world.store.write_now(LINKS[identities.LINK], arn)
    assert "Congratulations" in text
    found = sesv2.get_email_identity(EmailIdentity="ann@other.test")
    assert (found["IdentityType"], found["VerifiedForSendingStatus"]) == ("EMAIL_ADDRESS", True)


def own_key(key: Any) -> str:
    raw = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return base64.b64encode(raw).decode()


def test_keys_of_callers(world: World, sesv2: Any) -> None:
    def create(key: str, selector: str = "sel") -> Any:
        return sesv2.create_email_identity(
            EmailIdentity="own.test",
            DkimSigningAttributes={
                "DomainSigningSelector": selector, "DomainSigningPrivateKey": key,
            },
        )  # fmt: skip

    good = own_key(rsa.generate_private_key(65537, 1024))
    for wrong in ("bm90IGEga2V5" * 4, own_key(ec.generate_private_key(ec.SECP256R1()))):
        assert fault(create, wrong)[0] == "BadRequestException"
    assert fault(create, good, "a..b")[0] == "ValidationException"
    made = create(good)["DkimAttributes"]
    assert (made["SigningAttributesOrigin"], made["Tokens"]) == ("EXTERNAL", ["sel"])

    def signer(tx: Tx) -> Any:
        tx.call = ME
        return identities.signer(tx, "x@own.test")

    assert world.store.read_now(signer) is None
    verify(world, "own.test")
    assert world.store.read_now(signer)[:2] == ("own.test", "sel")
    sesv2.put_email_identity_dkim_attributes(EmailIdentity="own.test", SigningEnabled=False)
    assert world.store.read_now(signer) is None
