"""Dashboards."""

from __future__ import annotations

from typing import Any

from .calls import fault


def test_dashboards(cloudwatch: Any) -> None:
    cloudwatch.put_dashboard(DashboardName="one", DashboardBody='{"widgets": []}')
    cloudwatch.put_dashboard(DashboardName="one", DashboardBody="{}")
    cloudwatch.put_dashboard(DashboardName="two", DashboardBody="{}")
    assert cloudwatch.get_dashboard(DashboardName="one")["DashboardBody"] == "{}"
    listed = cloudwatch.list_dashboards(DashboardNamePrefix="o")["DashboardEntries"]
    assert [(each["DashboardName"], each["Size"]) for each in listed] == [("one", 2)]
    gone = fault(cloudwatch.delete_dashboards, DashboardNames=["one", "none"])
    assert gone == "InvalidParameterValue"
    assert fault(cloudwatch.get_dashboard, DashboardName="none") == "ResourceNotFound"
    cloudwatch.delete_dashboards(DashboardNames=["one", "two"])
    assert cloudwatch.list_dashboards()["DashboardEntries"] == []
    for name, body in (("a b", "{}"), ("a", "["), ("a", "[]")):
        assert fault(cloudwatch.put_dashboard, DashboardName=name, DashboardBody=body)
