"""Identities: domains and addresses that an account may send from, once they are proven.

A domain is proven by the CNAMEs of its DKIM tokens, by its own DKIM key, or as v1 has it by a TXT record; an
address by whoever reads its mail.  https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)

from forecourt.planes.mail.addresses import BadAddress, split
from forecourt.planes.mail.addresses import domain_of as checked_domain
from forecourt.platform import links, outbox
from forecourt.platform.identity import grammar
from forecourt.platform.names import awaited, registry
from forecourt.store.resources import Resource, at

from .stored import BAD, EXISTS, IDENTITIES, LIMIT, NOT_FOUND, Complaint

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

WORK = "ses identity"
PURPOSE, LINK = "SES DKIM key", "ses identity"
DOMAIN, ADDRESS = "DOMAIN", "EMAIL_ADDRESS"
PENDING, SUCCESS, FAILED, TEMPORARY, NOT_STARTED = (
    "PENDING", "SUCCESS", "FAILED", "TEMPORARY_FAILURE", "NOT_STARTED"
)  # fmt: skip
SERVICE = "amazonses.com"
SELECTOR = "forecourt"  # of the service's own signature
SERVICE_KEY = "ses signing"  # the setting
BITS = 2048
MOST = 10_000
SELECTOR_NAME = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9-]{1,63})*\Z"
)
TOPICS = ("Bounce", "Complaint", "Delivery")


def new_key(req: Mapping[str, Any]) -> rsa.RSAPrivateKey:
    """A key to sign with; it takes a while, so not in a transaction."""
    return rsa.generate_private_key(65537, BITS)


def named(name: str) -> str:
    """An identity as it is kept: its domain in lower case.  Complaint."""
    try:
        if "@" not in name:
            found = checked_domain(name)
            if "." not in found or found.startswith("["):
                raise BadAddress(name)
            return found
        return "@".join(split(name))
    except BadAddress:
        raise Complaint(
            BAD, f"Invalid identity: {name} is neither a domain nor an address."
        ) from None


def find(tx: Tx, name: str) -> Resource | None:
    try:
        return IDENTITIES.find(tx, named(name))
    except Complaint:
        return None


def get(tx: Tx, name: str) -> Resource:
    found = find(tx, name)
    if found is None:
        raise Complaint(NOT_FOUND, f"Email identity {name} does not exist.")
    return found


def create(
    tx: Tx,
    name: str,
    key: rsa.RSAPrivateKey,
    tags: Mapping[str, str],
    *,
    configuration_set: str = "",
    signing: Mapping[str, Any] | None = None,
    dkim: bool = True,
    asked: bool = False,
) -> Resource:
    """A new identity, which is looked at from now on; an address that is `asked` has its mail.  Complaint."""
    name = named(name)
    if IDENTITIES.find(tx, name) is not None:
        raise Complaint(EXISTS, f"Email identity {name} already exists.")
    if IDENTITIES.count(tx) >= MOST:
        raise Complaint(LIMIT, f"An account has at most {MOST} identities in a region.")
    is_domain = "@" not in name
    spec: dict[str, Any] = {
        "Type": DOMAIN if is_domain else ADDRESS,
        "Token": token_of(tx, name),
        "Feedback": True,
        "Topics": {},
        "HeadersIn": {},
        "ConfigurationSet": configuration_set,
        "Policies": {},
        "MailFrom": {},
        "DkimEnabled": False,
    }
    status: dict[str, Any] = {"Verification": PENDING, "Dkim": NOT_STARTED, "MailFrom": ""}
    status["Asked"] = tx.now.timestamp()
    if is_domain and (dkim or signing):
        spec |= signing_of(tx, name, key, signing)
        status["Dkim"] = PENDING
    made = IDENTITIES.create(tx, name, spec, status, tags)
    if is_domain:
        watch(tx, made)
    elif not asked:
        ask(tx, made)
    return made


def token_of(tx: Tx, name: str) -> str:
    """What v1's TXT record has to say."""
    text = f"{tx.call.account} {tx.call.region} {name} {instance_secret(tx)}"
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def instance_secret(tx: Tx) -> str:
    return str(tx.value("SELECT value FROM setting WHERE name = 'acm validation'") or "")


def signing_of(
    tx: Tx, name: str, key: rsa.RSAPrivateKey, given: Mapping[str, Any] | None
) -> dict[str, Any]:
    """How a domain signs: by a key of ours behind three CNAMEs, or by the caller's own."""
    if given and "DomainSigningPrivateKey" in given:
        own, selector = given["DomainSigningPrivateKey"], given.get("DomainSigningSelector", "")
        if SELECTOR_NAME.match(selector) is None:
            raise Complaint(BAD, "DomainSigningSelector is not a label of a name.")
        return kept_key(tx, own_key(own)) | {
            "Origin": "EXTERNAL", "Tokens": [selector], "DkimEnabled": True
        }  # fmt: skip
    digest = hashlib.sha256(public_of(key).encode()).hexdigest()
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    tokens = []
    for number in range(3):
        made = hashlib.sha256(f"{number} {digest} {name}".encode()).digest()
        tokens.append("".join(alphabet[byte % 32] for byte in made))
    for token in tokens:
        registry.set_text(tx, f"{token}.dkim.{SERVICE}", f"v=DKIM1; k=rsa; p={public_of(key)}")
    return kept_key(tx, key) | {"Origin": "AWS_SES", "Tokens": tokens, "DkimEnabled": True}


def drop_tokens(tx: Tx, found: Resource) -> None:
    """The names of an identity's keys are no more."""
    if found.spec.get("Origin") == "AWS_SES":
        for token in found.spec["Tokens"]:
            registry.drop_host(tx, f"{token}.dkim.{SERVICE}")


def own_key(text: str) -> rsa.RSAPrivateKey:
    """A caller's key: base64, of PEM or of DER.  Complaint."""
    try:
        raw = base64.b64decode("".join(text.split()), validate=True)
        found: Any
        try:
            found = load_der_private_key(raw, None)
        except ValueError:
            found = load_pem_private_key(raw, None)
    except (ValueError, TypeError):
        raise Complaint(BAD, "DomainSigningPrivateKey is no RSA key in base64.") from None
    if not isinstance(found, rsa.RSAPrivateKey) or not 1024 <= found.key_size <= 2048:
        raise Complaint(BAD, "DomainSigningPrivateKey must be an RSA key of 1024 to 2048 bits.")
    return found


def public_of(key: rsa.RSAPrivateKey) -> str:
    data = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(data).decode()


def kept_key(tx: Tx, key: rsa.RSAPrivateKey) -> dict[str, Any]:
    secret = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    sealed = base64.b64encode(tx.seal.close(secret, PURPOSE)).decode()
    return {"Key": sealed, "Public": public_of(key), "Bits": key.key_size}


def key_of(tx: Tx, found: Resource) -> bytes | None:
    """A domain's key (DER), where it signs."""
    if not found.spec.get("DkimEnabled") or found.status["Dkim"] not in (SUCCESS, TEMPORARY):
        return None
    return tx.seal.open(base64.b64decode(found.spec["Key"]), PURPOSE)


def watch(tx: Tx, found: Resource) -> None:
    """Look at a domain when one of its records changes, and now."""
    names = [f"_{SERVICE.partition('.')[0]}.{found.name}."]
    names += [f"{token}._domainkey.{found.name}." for token in found.spec.get("Tokens", ())]
    for name in names:
        awaited.wait_for(tx, name, WORK, found.arn)
    tx.enqueue(WORK, found.arn)


def ask(tx: Tx, found: Resource) -> None:
    """Mail an address a link."""
    text = f"Account {tx.call.account} asks to send mail as {found.name}. Is that yours?"
    link = links.make(tx, LINK, found.arn, text)
    outbox.send(
        tx,
        found.name,
        f"Amazon Web Services - Email Address Verification Request in region {tx.call.region}",
        "Dear Amazon Web Services Customer,\n\nWe have received a request to authorize this email"
        " address for use with Amazon SES. If you requested this verification, please go to the"
        f" following URL to confirm that you are authorized to use this email address:\n\n{link}\n",
    )


def confirmed(tx: Tx, arn: str) -> str:
    """Somebody read the mail."""
    found = at(tx, arn)
    if found is None:
        return "This identity is no more."
    note(tx, found, Verification=SUCCESS, Verified=tx.now.timestamp())
    return "Congratulations! You have verified an email address."


LINKS = {LINK: confirmed}


def note(tx: Tx, found: Resource, **members: Any) -> Resource:
    return IDENTITIES.change(tx, found, status={**found.status, **members})


def change(tx: Tx, found: Resource, **members: Any) -> Resource:
    return IDENTITIES.change(tx, found, spec={**found.spec, **members})


def remove(tx: Tx, found: Resource) -> None:
    awaited.wait_no_more(tx, WORK, found.arn)
    drop_tokens(tx, found)
    IDENTITIES.remove(tx, found)


def is_verified(found: Resource) -> bool:
    return found.status["Verification"] in (SUCCESS, TEMPORARY)


def of_address(tx: Tx, address: str) -> Resource | None:
    """The verified identity that lets an address be sent from: its own, its domain's, or one above.

    A label (`user+label@d`) is the address's own business.
    """
    local, _, domain = address.rpartition("@")
    candidates = [f"{local}@{domain.lower()}", f"{local.partition('+')[0]}@{domain.lower()}"]
    while "." in domain:
        candidates.append(domain.lower())
        domain = domain.partition(".")[2]
    for name in dict.fromkeys(candidates):
        found = IDENTITIES.find(tx, name)
        if found is not None and is_verified(found):
            return found
    return None


def covers(identity: Resource, address: str) -> bool:
    """Whether an identity is an address's: its own, with or without a label, its domain, or one above."""
    local, _, domain = address.rpartition("@")
    domain = domain.lower()
    if identity.spec["Type"] == ADDRESS:
        return identity.name in (f"{local}@{domain}", f"{local.partition('+')[0]}@{domain}")
    return domain == identity.name or domain.endswith(f".{identity.name}")


def signer(tx: Tx, address: str) -> tuple[str, str, bytes] | None:
    """The domain, selector and key (DER) that sign an address's mail; None where its domain does not."""
    domain = address.rpartition("@")[2].lower()
    while "." in domain:
        found = IDENTITIES.find(tx, domain)
        if found is not None and (secret := key_of(tx, found)) is not None:
            return domain, found.spec["Tokens"][0], secret
        domain = domain.partition(".")[2]
    return None


def mail_from(tx: Tx, identity: Resource, region: str) -> str:
    """The domain of the return path.  Complaint where it must be the caller's and is not proven."""
    domain_identity = identity
    if identity.spec["Type"] == ADDRESS and not identity.spec["MailFrom"]:
        domain_identity = IDENTITIES.find(tx, identity.name.rpartition("@")[2]) or identity
    wanted = domain_identity.spec["MailFrom"]
    if wanted.get("Domain"):
        if domain_identity.status["MailFrom"] == SUCCESS:
            return str(wanted["Domain"])
        if wanted["Behavior"] == "REJECT_MESSAGE":
            raise Complaint(
                "mail from", f"The MAIL FROM domain {wanted['Domain']} is not verified."
            )
    return return_domain(region)


def set_mail_from(tx: Tx, found: Resource, domain: str, behavior: str) -> None:
    """Complaint."""
    if not domain:
        changed = change(tx, found, MailFrom={})
        note(tx, changed, MailFrom="")
        return
    own = found.name.rpartition("@")[2]
    if not domain.lower().endswith(f".{own}"):
        raise Complaint(BAD, f"Provided MAIL-FROM domain <{domain}> is not subdomain of <{own}>.")
    changed = change(tx, found, MailFrom={"Domain": domain.lower(), "Behavior": behavior})
    note(tx, changed, MailFrom=PENDING)
    tx.enqueue(WORK, found.arn)


def put_policy(tx: Tx, found: Resource, name: str, text: str, *, new: bool | None = None) -> None:
    """Complaint."""
    policies = dict(found.spec["Policies"])
    if new is True and name in policies:
        raise Complaint(EXISTS, f"Policy {name} already exists for identity {found.name}.")
    if new is False and name not in policies:
        raise Complaint(NOT_FOUND, f"Policy {name} does not exist for identity {found.name}.")
    if (problem := grammar.problem(text, kind="resource")) is not None:
        raise Complaint(BAD, f"Invalid policy: {problem}")
    if name not in policies and len(policies) >= 20:
        raise Complaint(LIMIT, "An identity has at most 20 policies.")
    change(tx, found, Policies={**policies, name: text})


def service_key(tx: Tx) -> bytes:
    """The service's own key (DER), with which all is signed once more."""
    found = tx.value("SELECT value FROM setting WHERE name = :name", name=SERVICE_KEY)
    assert found, "an instance has it from its first start on"
    return tx.seal.open(base64.b64decode(found), PURPOSE)


def ensure_service(tx: Tx, key: rsa.RSAPrivateKey) -> None:
    """Let the service have a key, if it has none, and DNS its record."""
    sealed = kept_key(tx, key)["Key"]
    tx.run(
        "INSERT INTO setting (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING",
        name=SERVICE_KEY,
        value=sealed,
    )
    publish_service(tx)


def publish_service(tx: Tx) -> None:
    """What DNS says of the service: its key, and who sends for it."""
    raw: Any = load_der_private_key(service_key(tx), None)
    record = f"v=DKIM1; k=rsa; p={public_of(raw)}"
    registry.set_text(tx, f"{SELECTOR}._domainkey.{SERVICE}", record)
    address = outbox.address(tx)
    senders = f"v=spf1 ip4:127.0.0.0/8 ip4:{registry.network(tx)} a -all"  # RFC 7208
    for name in (SERVICE, f"*.{SERVICE}"):  # return paths' domains, and feedback-smtp.REGION
        registry.set_text(tx, name, senders, address)


def return_domain(region: str) -> str:
    """The domain of return paths, where a caller has none of its own."""
    return SERVICE if region == "us-east-1" else f"{region}.{SERVICE}"
