"""Signing in, and what is true of any session (RFC 3501 §6.1, §6.2; ID: RFC 2971; ENABLE: RFC 5161)."""

from __future__ import annotations

import binascii
from base64 import b64decode

from forecourt.planes.mail.conversation import Steps

from .grammar import Bad, Reader
from .questions import Login, No
from .session import ANY, SIGNED_IN, Session, State, command

ENABLED = ("CONDSTORE",)


@command("CAPABILITY", ANY)
def capability(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.1.1
    args.end()
    session.say(f"* CAPABILITY {session.capabilities()}")
    yield from session.done(tag, "Capabilities are told")


@command("NOOP", ANY)
def noop(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.1.2
    args.end()
    yield from session.updates(ask=True)
    session.say(f"{tag} OK Done")


@command("LOGOUT", ANY)
def logout(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.1.3
    args.end()
    yield from session.close_mailbox()
    session.say("* BYE Logging out")
    session.say(f"{tag} OK Bye")
    session.closed = True


@command("ID", ANY)
def identify(session: Session, tag: str, args: Reader) -> Steps:  # RFC 2971 §3.1
    session.say('* ID ("name" "Forecourt")')
    yield from session.done(tag, "That is us")


@command("STARTTLS", State.NOT_AUTHENTICATED)
def starttls(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.2.1
    args.end()
    if session.tls or not session.settings.starttls:
        raise Bad("TLS is not to be had here")
    session.say(f"{tag} OK Go ahead")
    yield from session.secure()


@command("LOGIN", State.NOT_AUTHENTICATED)
def login(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.2.3
    args.space()
    user = args.astring()
    args.space()
    password = args.astring()
    args.end()
    yield from _sign_in(session, tag, user, password)


@command("AUTHENTICATE", State.NOT_AUTHENTICATED)
def authenticate(session: Session, tag: str, args: Reader) -> Steps:  # RFC 3501 §6.2.2, RFC 4959
    args.space()
    mechanism = args.word()
    initial = None
    if args.skip(b" "):
        initial = args.astring()
    args.end()
    if mechanism == "PLAIN":
        parts = _decoded(
            initial if initial is not None else (yield from _challenge(session, ""))
        ).split(b"\0")
        if len(parts) != 3 or parts[0] not in (b"", parts[1]):
            raise No("Nobody may act for another", "AUTHORIZATIONFAILED")
        user, password = parts[1], parts[2]
    elif mechanism == "LOGIN":
        given = initial if initial is not None else (yield from _challenge(session, "VXNlcm5hbWU6"))
        user = _decoded(given)
        password = _decoded((yield from _challenge(session, "UGFzc3dvcmQ6")))
    else:
        raise No("There is no such mechanism")
    yield from _sign_in(session, tag, user, password)


def _challenge(session: Session, text: str) -> Steps:
    session.say(f"+ {text}")
    line = yield from session.line()
    if line == b"*":
        raise Bad("authentication is cancelled")
    return line


def _decoded(text: bytes) -> bytes:
    if text == b"=":
        return b""
    try:
        return b64decode(text, validate=True)
    except binascii.Error:
        raise Bad("that is not base64") from None


def _sign_in(session: Session, tag: str, user: bytes, password: bytes) -> Steps:
    if not session.tls and not session.settings.cleartext:
        raise No("Passwords are taken over TLS alone", "PRIVACYREQUIRED")  # RFC 5530 §3
    yield Login(user.decode("utf-8", "replace"), password.decode("utf-8", "replace"))
    session.state = State.AUTHENTICATED
    session.say(f"{tag} OK [CAPABILITY {session.capabilities()}] Signed in")


@command("ENABLE", SIGNED_IN)
def enable(session: Session, tag: str, args: Reader) -> Steps:  # RFC 5161 §3.1
    words = []
    while args.skip(b" "):
        words.append(args.word())
    if not words:
        raise Bad("an extension is missing")
    taken = [word for word in words if word in ENABLED]
    if "CONDSTORE" in taken:
        session.count_changes()
    session.say(" ".join(("* ENABLED", *taken)))
    yield from session.done(tag, "Done")
