"""Mail that runs actions: taken over with a plan of what is to be done, which is carried out step by step.

Each step and the note that it is done are one commit wherever the step is in the store; an object is on
disk before, and a function that answers may run again.  The message keeps one id.
https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action.html
"""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import anyio.to_thread

from forecourt.planes.mail import mime
from forecourt.planes.mail.imap.names import INBOX
from forecourt.platform import functions
from forecourt.platform.functions.events import Runner
from forecourt.platform.functions.stored import function_of
from forecourt.platform.mail import contents, domains, mailboxes, messages, people
from forecourt.platform.mail.contents import Content
from forecourt.platform.notify import publishing
from forecourt.platform.objects import exporting
from forecourt.store.blobs import Blobs
from forecourt.store.store import Unavailable
from forecourt.store.tx import Call

from . import bouncing, received, sending
from .bouncing import Refusal
from .configuration_sets import SERVICE
from .receipt_rules import Rule, Taker
from .received import Received
from .sending import Made, Plan, Wanted
from .v1_sending import raw_wanted

if TYPE_CHECKING:
    from forecourt.store.store import Store
    from forecourt.store.tx import Tx

log = logging.getLogger(__name__)
WORK = "ses receipt"
LARGEST_TOLD = 150 * 1024  # bytes of a message that a topic gets whole
SUBJECT = "Amazon SES Email Receipt Notification"
AGAIN = (10.0, 60.0, 600.0, 3600.0)  # seconds before an action is tried again
LARGEST_HEADER = 64 * 1024  # bytes of a header that are kept besides
LARGEST_DOCUMENT = 256 * 1024  # bytes of what a topic takes
NO_ROOM = Refusal("", "5.3.4", "the message is too large for its topic")
UNKNOWN = Refusal("", "5.1.1", "nobody of that name is here")
FULL = Refusal("", "5.2.2", "the mailbox is full")


class Overtaken(Exception):
    """Somebody else carried out the action: nothing of it is kept twice."""


@dataclass(frozen=True, slots=True)
class Places:
    """What actions need beside the store."""

    letters: Blobs  # large contents of mail
    objects: Blobs
    runner: Runner


# ----- taking over


def accept(
    tx: Tx,
    taker: Taker,
    id: str,
    source: str,
    recipients: Sequence[tuple[str, Sequence[tuple[int, Rule]]]],
    verdicts: Mapping[str, str],
    content: Content,
    header: bytes,
) -> None:
    """Keep a message with its plan; `recipients` come with the rules that are about them."""
    whom, plan = [address for address, _ in recipients], planned(taker, recipients)
    keep(tx, taker.account, taker.region, id, source, whom, verdicts, content, header, plan)


def keep(
    tx: Tx,
    account: str,
    region: str,
    id: str,
    source: str,
    recipients: Sequence[str],
    verdicts: Mapping[str, str],
    content: Content,
    header: bytes,
    plan: Sequence[Mapping[str, Any]],
) -> None:
    """A message and what is to be done with it."""
    contents.insert(tx, content)
    of = Received(
        id, account, region, source, recipients, tx.now.timestamp(), verdicts, content.id,
        content.size, header.decode("latin-1"), plan, 0, 0,
    )  # fmt: skip
    received.keep(tx, of)
    tx.enqueue(WORK, id)


def planned(
    taker: Taker, recipients: Sequence[tuple[str, Sequence[tuple[int, Rule]]]]
) -> list[dict[str, Any]]:
    """The actions in the order of the rules, each with the recipients that its rule is about."""
    known: dict[int, tuple[Rule, list[str]]] = {}
    for address, rules in recipients:
        for place, rule in rules:
            known.setdefault(place, (rule, []))[1].append(address)
    return [
        {
            "Rule": rule["Name"], "RuleSet": taker.rule_set, "Recipients": whom, "Action": action,
        }
        for _, (rule, whom) in sorted(known.items())
        for action in rule["Actions"]
    ]  # fmt: skip


# ----- carrying out


async def reconcile(store: Store, places: Places, id: str) -> float | None:
    """The actions that are left; seconds until another attempt, or None where it is over."""
    of = await store.read(received.find, id)
    if of is None or not of.content:
        return None
    call = Call("ses", "Receive", of.account, of.region)
    while of.done < len(of.plan):
        try:
            of = await carry_out(store, places, call, of)
        except (Unavailable, Overtaken):
            raise
        except Exception:  # whatever a message makes of it, the next action has its turn
            log.exception("an action on %s of %s failed", id, of.account)
            if of.attempts < len(AGAIN):
                await store.write(attempted, id)
                return AGAIN[of.attempts]
            drops = of.plan[of.done].get("Drops")
            of = await store.write(step_on, of, of.plan[: of.done + 1] if drops else None)
    await store.write_for(call, finish, id)
    return None


async def carry_out(store: Store, places: Places, call: Call, of: Received) -> Received:
    """One action, and the note that it is done."""
    step = of.plan[of.done]
    ((kind, given),) = ((k, v) for k, v in step["Action"].items() if isinstance(v, dict))
    match kind:
        case "S3Action":
            data = await content_of(store, places, of)
            await store.read_for(
                call, lambda tx, _: exporting.bucket_of(tx, given["BucketName"]), None
            )
            body = await anyio.to_thread.run_sync(exporting.write, places.objects, [data])
            return await store.write_for(
                call, lambda tx, _: to_bucket(tx, of, step, given, body), None
            )
        case "SNSAction":
            data = await content_of(store, places, of)
            return await store.write_for(
                call, lambda tx, _: to_topic(tx, of, step, given, data), None
            )
        case "SendAction":
            data = await content_of(store, places, of)
            wanted, plan = await store.read_for(
                call, lambda tx, _: to_be_sent(tx, of, step, data), None
            )
            ready = await anyio.to_thread.run_sync(sending.made_ready, wanted, plan)
            return await store.write_for(
                call, lambda tx, _: send_on(tx, of, wanted, plan, ready), None
            )
        case "WorkmailAction":
            data = await content_of(store, places, of)
            made = await anyio.to_thread.run_sync(contents.prepare, data, None)
            return await store.write_for(
                call, lambda tx, _: to_mailboxes(tx, of, step, given, made), None
            )
        case "LambdaAction" if given.get("InvocationType") == "RequestResponse":
            said = await ask(store, places, call, of, step, given)
            return await store.write_for(
                call, lambda tx, _: answered(tx, of, step, given, said), None
            )
        case _:
            return await store.write_for(
                call, lambda tx, _: at_once(tx, of, step, kind, given), None
            )


async def content_of(store: Store, places: Places, of: Received) -> bytes:
    """The message, with the fields that actions before this one added."""
    known = await store.read(contents.start_of, of.content, None)
    data = (
        known
        if known is not None
        else await anyio.to_thread.run_sync(contents.read, places.letters, of.content)
    )
    added = [
        each["Action"]["AddHeaderAction"]
        for each in of.plan[: of.done]
        if "AddHeaderAction" in each["Action"]
    ]
    lines = "".join(f"{each['HeaderName']}: {each['HeaderValue']}\r\n" for each in added)
    return lines.encode() + data


def to_bucket(
    tx: Tx, of: Received, step: Mapping[str, Any], given: Mapping[str, Any], body: Any
) -> Received:
    key = f"{given.get('ObjectKeyPrefix', '')}{of.id}"
    bucket = exporting.bucket_of(tx, given["BucketName"])
    exporting.keep(tx, bucket, key, body, "binary/octet-stream")
    action = {
        "type": "S3", "bucketName": bucket.name,
        "objectKeyPrefix": given.get("ObjectKeyPrefix", ""), "objectKey": key,
    }  # fmt: skip
    tell(tx, of, step, given, action)
    return step_on(tx, of)


def to_topic(
    tx: Tx, of: Received, step: Mapping[str, Any], given: Mapping[str, Any], data: bytes
) -> Received:
    """The message whole; one that is too large is bounced."""
    encoding = given.get("Encoding", "UTF-8")
    action = {"type": "SNS", "topicArn": given["TopicArn"], "encoding": encoding.upper()}
    if given.get("Payload") == "HEADERS":
        data = header_of(data)
    fits = len(data) <= LARGEST_TOLD
    if fits:
        text = b64encode(data).decode() if encoding == "Base64" else data.decode("utf-8", "replace")
        document = told(tx, of, step, action) | {"content": text}
        fits = len(json.dumps(document)) <= LARGEST_DOCUMENT
    if fits:
        publish(tx, of, step, given["TopicArn"], document)
    else:
        refusals = [replace(NO_ROOM, address=each) for each in step["Recipients"]]
        bouncing.send(tx, of, postmaster(step), refusals)
    return step_on(tx, of)


def to_be_sent(tx: Tx, of: Received, step: Mapping[str, Any], data: bytes) -> tuple[Wanted, Plan]:
    """To its recipients, wherever they are, as the account sends; from no identity but its own.  Complaint."""
    wanted = raw_wanted("SendRawEmail", data, "", list(step["Recipients"]), {})
    wanted = replace(wanted, identity="")
    return wanted, sending.planned(tx, wanted)


def send_on(tx: Tx, of: Received, wanted: Wanted, plan: Plan, made: Made) -> Received:
    sending.accepted(tx, wanted, plan, made)
    return step_on(tx, of)


def to_mailboxes(
    tx: Tx, of: Received, step: Mapping[str, Any], given: Mapping[str, Any], content: Content
) -> Received:
    """Into the account's mailboxes that the recipients reach; of the others the sender is told."""
    reached: dict[str, None] = {}
    refusals = []
    for each in step["Recipients"]:
        hosted = domains.get(tx, each.rpartition("@")[2].lower())
        own = hosted is not None and hosted.account == of.account
        known = people.reach(tx, each) if own else []
        having = [person for person in known if messages.has_room(tx, person, content.size)]
        reached |= dict.fromkeys(having)
        if not having:
            refusals.append(replace(FULL if known else UNKNOWN, address=each))
    if reached:
        messages.deliver(
            tx, content, [(mailboxes.need(tx, person, INBOX), person) for person in reached]
        )
    if refusals:
        bouncing.send(tx, of, postmaster(step), refusals)
    action = {"type": "WorkMail", "organizationArn": given["OrganizationArn"]}
    tell(tx, of, step, given, action)
    return step_on(tx, of)


async def ask(
    store: Store,
    places: Places,
    call: Call,
    of: Received,
    step: Mapping[str, Any],
    given: Mapping[str, Any],
) -> str:
    """What a function wants: CONTINUE, STOP_RULE or STOP_RULE_SET; nonsense is CONTINUE."""
    found = await store.read_for(call, lambda tx, _: invocable(tx, of, step, given), None)
    if found is None:
        raise KeyError(given["FunctionArn"])
    event = await store.read_for(call, lambda tx, _: event_of(tx, of, step, given), None)
    outcome = await places.runner.run(found, json.dumps(event).encode(), of.id)
    if outcome.error:
        return "CONTINUE"
    try:
        said = json.loads(outcome.payload or b"null")
    except (ValueError, RecursionError):
        return "CONTINUE"
    return str(said.get("disposition", "")) if isinstance(said, dict) else "CONTINUE"


def invocable(tx: Tx, of: Received, step: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    found = functions.for_service(
        tx, given["FunctionArn"], SERVICE, source_of(of, step), of.account
    )
    return function_of(found) if found is not None else None


def answered(
    tx: Tx, of: Received, step: Mapping[str, Any], given: Mapping[str, Any], said: str
) -> Received:
    tell(tx, of, step, given, lambda_action(given))
    if said == "STOP_RULE":
        later = [each for each in of.plan[of.done + 1 :] if each["Rule"] != step["Rule"]]
        return step_on(tx, of, [*of.plan[: of.done + 1], *later])
    return step_on(tx, of, stopped(of) if said == "STOP_RULE_SET" else None)


def stopped(of: Received) -> list[Mapping[str, Any]]:
    """The plan where nothing more is done for the recipients of the action that is carried out."""
    over = set(of.plan[of.done]["Recipients"])
    later = []
    for each in of.plan[of.done + 1 :]:
        left = [address for address in each["Recipients"] if address not in over]
        if left:
            later.append({**each, "Recipients": left})
    return [*of.plan[: of.done + 1], *later]


def at_once(
    tx: Tx, of: Received, step: Mapping[str, Any], kind: str, given: Mapping[str, Any]
) -> Received:
    """The actions that are the store's alone."""
    match kind:
        case "LambdaAction":
            event = event_of(tx, of, step, given)
            source = source_of(of, step)
            functions.by_service(tx, SERVICE, given["FunctionArn"], event, source, of.account)
            tell(tx, of, step, given, lambda_action(given))
        case "BounceAction":
            status = given.get("StatusCode") or f"{given['SmtpReplyCode'][0]}.0.0"
            refusals = [
                Refusal(each, status, given["Message"], given["SmtpReplyCode"])
                for each in step["Recipients"]
            ]
            bouncing.send(tx, of, given["Sender"], refusals)
            action = {
                "type": "Bounce", "smtpReplyCode": given["SmtpReplyCode"], "statusCode": status,
                "message": given["Message"], "sender": given["Sender"],
            }  # fmt: skip
            tell(tx, of, step, given, action)
        case "StopAction":
            tell(tx, of, step, given, {"type": "Stop"})
            return step_on(tx, of, stopped(of))
    return step_on(tx, of)


def lambda_action(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "Lambda",
        "functionArn": given["FunctionArn"],
        "invocationType": given.get("InvocationType", "Event"),
    }


def event_of(
    tx: Tx, of: Received, step: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    """What a function gets."""
    ses = {
        "mail": received.mail(of),
        "receipt": received.receipt(of, step["Recipients"], tx.now, lambda_action(given)),
    }
    return {"Records": [{"eventSource": "aws:ses", "eventVersion": "1.0", "ses": ses}]}


def tell(
    tx: Tx,
    of: Received,
    step: Mapping[str, Any],
    given: Mapping[str, Any],
    action: Mapping[str, Any],
) -> None:
    """The topic of an action hears that it was done."""
    if topic := given.get("TopicArn"):
        publish(tx, of, step, topic, told(tx, of, step, {**action, "topicArn": topic}))


def told(
    tx: Tx, of: Received, step: Mapping[str, Any], action: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "notificationType": "Received",
        "mail": received.mail(of),
        "receipt": received.receipt(of, step["Recipients"], tx.now, action),
    }


def publish(
    tx: Tx, of: Received, step: Mapping[str, Any], topic: str, document: Mapping[str, Any]
) -> None:
    text, source = json.dumps(document), source_of(of, step)
    publishing.by_service(tx, SERVICE, topic, text, SUBJECT, source, of.account)


def source_of(of: Received, step: Mapping[str, Any]) -> str:
    return (
        f"arn:aws:ses:{of.region}:{of.account}:receipt-rule-set/{step['RuleSet']}"
        f":receipt-rule/{step['Rule']}"
    )


def postmaster(step: Mapping[str, Any]) -> str:
    return f"postmaster@{step['Recipients'][0].rpartition('@')[2]}"


def step_on(tx: Tx, of: Received, plan: Sequence[Mapping[str, Any]] | None = None) -> Received:
    """The next action has its turn; with a plan, of another.  Overtaken."""
    if not received.note(tx, of, plan):
        raise Overtaken(of.id)
    return replace(of, done=of.done + 1, attempts=0, plan=of.plan if plan is None else plan)


def attempted(tx: Tx, id: str) -> None:
    tx.run("UPDATE ses_received SET attempts = attempts + 1 WHERE id = :id", id=id)


def finish(tx: Tx, id: str) -> None:
    """All is done: the content goes, and what is known of it stays for a day."""
    content = tx.value("SELECT content FROM ses_received WHERE id = :id", id=id)
    tx.run("UPDATE ses_received SET content = '' WHERE id = :id", id=id)
    if content:
        contents.release(tx, [content])


def header_of(content: bytes) -> bytes:
    """The header, or the start of a long one, by whole lines."""
    end = mime.header_end(content)
    return (
        content[:end]
        if end <= LARGEST_HEADER
        else content[: content.rfind(b"\n", 0, LARGEST_HEADER) + 1]
    )
