"""The query protocol: forms, for STS and for a made-up service."""

from __future__ import annotations

from collections.abc import Iterator

from fuzz.http import written
from fuzz.requests import checker

START = "Action=Do&Version=2026-01-01&"
FORMS = (
    "Text=a&Color=RED&Count=1&Big=2&Ratio=0.5&Flag=true&Data=AAAA&When=2026-01-01T00:00:00Z",
    "Texts.member.1=a&Texts.member.2=b&Flat.1=a&Flat.2=b&Counts.member.1=1",
    "Map.entry.1.key=RED&Map.entry.1.value=a&Union.Text=a&Nested.member.1.member.1=",
    "Inner.Text=a&Inner.Inner.Text=b&Inners.member.1.Text=c&Inners.member.1.Inner.Count=1",
)
TOKENS = (
    b".member.", b".entry.", b".key=", b".value=", b"Inner.", b"Inners.member.1.", b"Nested.", b"Map",
    b"&Text=", b"&Color=", b"&Count=", b"&When=", b"&Data=", b"&Ratio=", b"&Texts", b"&Flat.", b"%00",
    b"%ff", b"%F0%9F%98%80", b"Action=", b"Version=", b"GetCallerIdentity", b"AssumeRole", b"nan", b"1e999",
    b"&RoleArn=", b"&Tags.member.1.Key=", b"99999999999999999999", b"&PolicyArns.member.1.arn=", b"+",
)  # fmt: skip


def seeds() -> Iterator[bytes]:
    for form in FORMS:
        yield b"\0" + written("POST", "/", "", {}, (START + form).encode())
        yield b"\0" + written("GET", "/", START + form, {})
    for form in (
        "Action=GetCallerIdentity&Version=2011-06-15",
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::1:role/r&RoleSessionName=s",
        "Action=AssumeRole&RoleArn=a&RoleSessionName=s&DurationSeconds=900&Version=2011-06-15&Tags.member.1.Key=k&Tags.member.1.Value=v",
        "Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=AKIAIOSFODNN7EXAMPLE",
    ):
        yield b"\1" + written("POST", "/", "", {}, form.encode())
        yield b"\2" + written("POST", "/", "", {}, form.encode())


check = checker("query", "sts", content_type="application/x-www-form-urlencoded")
