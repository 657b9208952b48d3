"""Lists out of objects of S3."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from forecourt.services.ses import v2_jobs
from forecourt.services.ses.v2_jobs import Unreadable, records_of
from tests.harness import SECOND_KEY, World

from .calls import fault

SUPPRESSION = {"SuppressionListDestination": {"SuppressionListImportAction": "PUT"}}
CONTACTS = {"ContactListDestination": {"ContactListName": "list", "ContactListImportAction": "PUT"}}


def job(
    world: World, sesv2: Any, text: str, destination: Any, form: str = "CSV", key: str = "k"
) -> Any:
    """A job that read a text."""
    s3 = world.client("s3")
    s3.create_bucket(Bucket="lists")
    s3.put_object(Bucket="lists", Key="k", Body=text.encode())
    id = sesv2.create_import_job(
        ImportDestination=destination,
        ImportDataSource={"S3Url": f"s3://lists/{key}", "DataFormat": form},
    )["JobId"]
    world.work_off(v2_jobs.WORK, partial(v2_jobs.reconcile, world.store, world.objects))
    return sesv2.get_import_job(JobId=id)


def test_suppressed_addresses(world: World, sesv2: Any) -> None:
    found = job(
        world, sesv2, "a@x.test,BOUNCE\nb@x.test,COMPLAINT\nwrong\nc@x.test,?\n", SUPPRESSION
    )
    assert (found["JobStatus"], found["ProcessedRecordsCount"]) == ("COMPLETED", 2)
    assert found["FailedRecordsCount"] == 2
    listed = sesv2.list_suppressed_destinations()["SuppressedDestinationSummaries"]
    assert [each["EmailAddress"] for each in listed] == ["a@x.test", "b@x.test"]
    gone = {"SuppressionListDestination": {"SuppressionListImportAction": "DELETE"}}
    job(world, sesv2, '{"emailAddress": "a@x.test"}\n\n', gone, "JSON")
    listed = sesv2.list_suppressed_destinations()["SuppressedDestinationSummaries"]
    assert [each["EmailAddress"] for each in listed] == ["b@x.test"]
    jobs = sesv2.list_import_jobs(ImportDestinationType="SUPPRESSION_LIST", PageSize=1)
    assert len(jobs["ImportJobs"]) == 1
    assert len(sesv2.list_import_jobs(NextToken=jobs["NextToken"])["ImportJobs"]) == 1
    assert sesv2.list_import_jobs(ImportDestinationType="CONTACT_LIST")["ImportJobs"] == []


def test_contacts(world: World, sesv2: Any) -> None:
    topic = {"TopicName": "News", "DisplayName": "N", "DefaultSubscriptionStatus": "OPT_IN"}
    sesv2.create_contact_list(ContactListName="list", Topics=[topic])
    text = (
        "emailAddress,unsubscribeAll,attributesData,topicPreferences.News\n"
        'a@x.test,false,"{""n"": 1}",OPT_OUT\nb@x.test,true,,\nc@x.test,false,,MAYBE\n'
    )
    found = job(world, sesv2, text, CONTACTS)
    assert (found["ProcessedRecordsCount"], found["FailedRecordsCount"]) == (2, 1)
    a = sesv2.get_contact(ContactListName="list", EmailAddress="a@x.test")
    assert a["TopicPreferences"] == [{"TopicName": "News", "SubscriptionStatus": "OPT_OUT"}]
    assert a["AttributesData"] == '{"n": 1}'
    assert sesv2.get_contact(ContactListName="list", EmailAddress="b@x.test")["UnsubscribeAll"]


def test_what_cannot_be_read(world: World, sesv2: Any) -> None:
    found = job(world, sesv2, "x", SUPPRESSION, key="none")
    assert found["JobStatus"] == "FAILED"
    assert "no object none" in found["FailureInfo"]["ErrorMessage"]
    found = job(world, sesv2, "{", SUPPRESSION, "JSON")
    assert found["JobStatus"] == "FAILED"
    # Another account's bucket is none of its own.
    other = world.client("sesv2", SECOND_KEY)
    id = other.create_import_job(
        ImportDestination=SUPPRESSION,
        ImportDataSource={"S3Url": "s3://lists/k", "DataFormat": "CSV"},
    )["JobId"]
    world.work_off(v2_jobs.WORK, partial(v2_jobs.reconcile, world.store, world.objects))
    assert other.get_import_job(JobId=id)["JobStatus"] == "FAILED"


def test_what_is_refused(sesv2: Any) -> None:
    def create(destination: Any, url: str = "s3://b/k") -> Any:
        source = {"S3Url": url, "DataFormat": "CSV"}
        return sesv2.create_import_job(ImportDestination=destination, ImportDataSource=source)

    assert fault(create, SUPPRESSION, "http://b/k")
    assert fault(create, {})[0] == "BadRequestException"
    assert fault(create, CONTACTS) == (
        "BadRequestException",
        "ContactList <list> doesn't exist",
    )
    assert fault(sesv2.get_import_job, JobId="none")[0] == "NotFoundException"


def test_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(v2_jobs.MOST, "SuppressionListDestination", 1)
    spec = {"Kind": "SuppressionListDestination", "Source": {"DataFormat": "CSV"}}
    assert len(records_of(spec, b"a@b.test,BOUNCE\n")) == 1
    for wrong in (b"a,b\nc,d\n", b"\xff", b'"' + b"x" * 200_000):
        with pytest.raises(Unreadable):
            records_of(spec, wrong)
