"""The plugin for others' tests: an instance, clients, a mailbox to wait on."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e
pytest_plugins = ["pytester"]

STORY = """
def test_mail(forecourt):
    assert forecourt.mail().messages() == []
    forecourt.verify("shop@app.test")
    sesv2 = forecourt.client("sesv2")
    sesv2.put_account_details(
        MailType="TRANSACTIONAL", WebsiteURL="https://a.test", ProductionAccessEnabled=True
    )
    sesv2.send_email(
        FromEmailAddress="shop@app.test", Destination={"ToAddresses": ["ann@people.test"]},
        Content={"Simple": {"Subject": {"Data": "Welcome"}, "Body": {"Text": {"Data": "Dear Ann"}}}},
    )
    message = forecourt.mail("ann@people.test").wait(subject="welcome")
    assert message["Text"].strip() == "Dear Ann"

def test_it_is_empty_again(forecourt):
    assert forecourt.client("sesv2").list_email_identities()["EmailIdentities"] == []
    assert forecourt.mail().messages() == []
"""


def test_a_story(pytester: pytest.Pytester) -> None:
    pytester.makeconftest('pytest_plugins = ["forecourt.testing"]')
    pytester.makepyfile(STORY)
    done = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    done.assert_outcomes(passed=2)
    assert Path(__file__)
