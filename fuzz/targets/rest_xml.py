"""REST with XML: paths, query strings, headers and bodies, for Route 53 and for a made-up service."""

from __future__ import annotations

from collections.abc import Iterator

from fuzz.http import written
from fuzz.requests import checker
from fuzz.targets import rest_json

DOCUMENTS = (
    "<Text>a</Text><Color>RED</Color><Count>1</Count><Big>2</Big><Ratio>0.5</Ratio><Flag>true</Flag>",
    "<Data>AAAA</Data><When>2026-01-01T00:00:00Z</When><Texts><member>a</member></Texts><Flat>a</Flat>",
    "<Map><entry><key>RED</key><value>a</value></entry></Map><Union><Text>a</Text></Union>",
    "<Inner><Text>a</Text><Inner/></Inner><Inners><member><Text>c</Text></member></Inners><Nested/>",
)
SPACE = "https://route53.amazonaws.com/doc/2013-04-01/"
CHANGE = (
    f'<ChangeResourceRecordSetsRequest xmlns="{SPACE}"><ChangeBatch><Comment>c</Comment><Changes><Change>'
    "<Action>CREATE</Action><ResourceRecordSet><Name>a.e.</Name><Type>A</Type><TTL>60</TTL>"
    "<ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords>"
    "</ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
)
CREATE = (
    f'<CreateHostedZoneRequest xmlns="{SPACE}"><Name>e.</Name><CallerReference>r</CallerReference>'
    "<HostedZoneConfig><Comment/><PrivateZone>false</PrivateZone></HostedZoneConfig>"
    "</CreateHostedZoneRequest>"
)
TOKENS = (
    *rest_json.TOKENS, b"<DoRequest>", b"</DoRequest>", b"<Text>", b"</Text>", b"<Inner>", b"</Inner>",
    b"<Nested>", b"<member>", b"</member>", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"&#xD;", b"&amp;",
    b"<?xml version='1.0' encoding='utf-16'?>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"xmlns:a='b'", b"<a:",
    b"/2013-04-01/hostedzone/", b"/rrset", b"/2013-04-01/", b"<Change>", b"</Change>", b"?maxitems=1",
    b"&type=A", b"/2013-04-01/healthcheck", b"/2013-04-01/tags/", b"<AliasTarget>", b"<Failover>",
)  # fmt: skip


def seeds() -> Iterator[bytes]:
    for document in DOCUMENTS:
        body = f"<DoRequest>{document}</DoRequest>".encode()
        yield b"\0" + written(
            "POST", "/do/a%20b", "query=1&queries=a&RED=x", rest_json.HEADERS, body
        )
    yield b"\0" + written("PUT", "/put", "", {}, b"raw")
    zone = "/2013-04-01/hostedzone"
    yield b"\1" + written("POST", f"{zone}/Z1/rrset/", "", {}, CHANGE.encode())
    yield b"\1" + written("POST", zone, "", {}, CREATE.encode())
    yield b"\1" + written("GET", f"{zone}/Z1/rrset", "type=A&name=a.e.&maxitems=2", {})
    yield b"\1" + written("GET", "/2013-04-01/hostedzonesbyname", "dnsname=e.&maxitems=2", {})
    yield b"\2" + written("DELETE", f"{zone}/Z1", "", {})


check = checker("rest-xml", "route53")
