"""Links that lead through us, and the picture; and nowhere else."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.platform.visits import Page, Visit
from forecourt.services.ses import PAGES, tracking
from forecourt.services.ses.tracking import CLICKS, OPENS, Links, tracked
from tests.harness import World

from .calls import queued, send, told, topic

LINKS = Links("http://public.test:4568", b"key", "ID", opens=True, clicks=True)


def hrefs(html: str) -> list[str]:
    return re.findall(r'href="([^"]*)"', html)


def test_links_and_picture() -> None:
    html = tracked(
        '<body><a class=x href="https://app.test/a?b=1&amp;c=2" ses:tags="k:v;l:w;">A</a>'
        "<A HREF='http://other.test/'>B</A></body>", LINKS,
    )  # fmt: skip
    first, second = hrefs(html.replace("HREF", "href"))
    assert first.startswith(f"{LINKS.base}/L0/https:%2F%2Fapp.test%2Fa%3Fb=1%26c=2/1/ID/")
    assert second.startswith(f"{LINKS.base}/L0/http:%2F%2Fother.test%2F/2/ID/")
    assert "ses:tags" not in html
    assert html.index("<img") < html.index("</body>")
    assert html.count("<img") == 1


@pytest.mark.parametrize(
    "html",
    [
        '<a href="mailto:a@b.test">x</a>', '<a href="javascript:alert(1)">x</a>', "<a>x</a>",
        '<a href="/relative">x</a>', '<a href="https://a.test/with space">x</a>', "<area href='http://a/'>",
        '<a href="http://public.test:4568/unsubscribe/x">x</a>', '<a data-href="http://a.test/">x</a>',
        '<a href="https://bücher.test/">x</a>',
    ],
)  # fmt: skip
def test_what_is_left_alone(html: str) -> None:
    only = Links(LINKS.base, LINKS.key, "ID", opens=False, clicks=True)
    assert tracked(html, only) == html


def test_what_is_not_to_be_tracked() -> None:
    html = tracked('<a ses:no-track href="https://a.test/">x</a>', LINKS)
    assert html.startswith('<a href="https://a.test/">x</a><img')
    many = tracked('<a href="https://a.test/">x</a>' * 251, LINKS)
    assert sum("/L0/" in each for each in hrefs(many)) == 250


def test_where_the_picture_is() -> None:
    html = tracked("a{{ses:openTracker}}b{{ses:openTracker}}</body>", LINKS)
    assert html.startswith("a<img")
    assert html.endswith(">b</body>")
    off = Links(LINKS.base, LINKS.key, "ID", opens=False, clicks=False)
    assert tracked("a{{ses:openTracker}}b", off) == "ab"


@given(st.text(alphabet="<a >\"'=hrefs:no-tracktags/.{}", max_size=80))
def test_whatever_is_given(html: str) -> None:
    tracked(html, LINKS)


def test_long_html_is_gone_through_once() -> None:
    for piece in ("<a ", '<a "', "<a href='", "<a <a href="):
        tracked(piece * 50_000, LINKS)


def visit(world: World, url: str, method: str = "GET", **more: Any) -> Page:
    path = urlsplit(url).path
    prefix = next(each for each in PAGES if path.startswith(each))
    given = Visit(method, path.removeprefix(prefix), "192.0.2.1", "Browser/1.0", **more)
    return world.store.write_now(PAGES[prefix], given)


@pytest.fixture
def arn(world: World, sesv2: Any, domain: str, production: None) -> str:
    arn = topic(world)
    sesv2.create_configuration_set(ConfigurationSetName="s")
    sesv2.create_configuration_set_event_destination(
        ConfigurationSetName="s", EventDestinationName="d",
        EventDestination={
            "Enabled": True, "MatchingEventTypes": ["OPEN", "CLICK"],
            "SnsDestination": {"TopicArn": arn},
        },
    )  # fmt: skip
    return arn


HTML = '<body><a href="https://app.test/x?y=1" ses:tags="k:v">x</a></body>'


def sent_html(world: World) -> str:
    ((_, _, message),) = queued(world)
    body = message.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def test_an_open_and_a_click(world: World, sesv2: Any, arn: str) -> None:
    content = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Html": {"Data": HTML}}}}
    id = send(sesv2, "b@other.test", content=content, ConfigurationSetName="s")
    html = sent_html(world)
    (link,) = hrefs(html)
    found = visit(world, link)
    assert (found.status, dict(found.headers)["location"]) == (302, "https://app.test/x?y=1")
    picture = re.findall(r'src="([^"]*)"', html)[0]
    found = visit(world, picture)
    assert (found.status, found.body[:6]) == (200, b"GIF89a")
    click, opened = told(world, arn)
    assert click["mail"]["messageId"] == id
    assert click["click"]["link"] == "https://app.test/x?y=1"
    assert click["click"]["linkTags"] == {"k": ["v"]}
    assert opened["open"]["userAgent"] == "Browser/1.0"
    assert opened["open"]["ipAddress"] == "192.0.2.1"
    # Nothing but what was signed leads anywhere.
    for wrong in (
        link.replace("app.test", "evil.test"),
        link[:-1] + ("A" if link[-1] != "A" else "B"),
        link.replace("/1/", "/2/"),
        f"http://x{CLICKS}https:%2F%2Fevil.test/1/{id}/",
        f"http://x{OPENS}{id}/x",
        f"http://x{CLICKS}",
    ):
        assert visit(world, wrong).status == 404, wrong
    assert visit(world, link, "POST").status == 405


def test_a_raw_message(world: World, sesv2: Any, arn: str) -> None:
    raw = (
        b"From: a@app.test\nTo: b@other.test\nX-SES-CONFIGURATION-SET: s\nSubject: s\n"
        b"MIME-Version: 1.0\nContent-Type: text/html; charset=iso-8859-1\n\n\xe4" + HTML.encode()
    )
    sesv2.send_email(Content={"Raw": {"Data": raw}})
    html = sent_html(world)
    assert html.startswith("ä")
    assert "/L0/" in html
    assert "/I0/" in html


def test_overrides(world: World, sesv2: Any, arn: str) -> None:
    off = {"Tracking": {"OpenTrackingEnabled": "DISABLED", "ClickTrackingEnabled": "DISABLED"}}
    content = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Html": {"Data": HTML}}}}
    send(
        sesv2, "b@other.test", content=content, ConfigurationSetName="s",
        ConfigurationOverrides=off,
    )  # fmt: skip
    assert "/L0/" not in sent_html(world)
    assert tracking.MOST == 250
