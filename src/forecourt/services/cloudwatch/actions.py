"""CloudWatch as IAM sees it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
"""

from __future__ import annotations

from collections.abc import Mapping

from forecourt.platform.identity.actions import Action, Authorization, on

ALARM = "arn:aws:cloudwatch:{region}:{account}:alarm:{AlarmName}"
ALARMS = "arn:aws:cloudwatch:{region}:{account}:alarm:{AlarmNames[]}"
DASHBOARD = "arn:aws:cloudwatch::{account}:dashboard/{DashboardName}"


def put_keys(tx: object, req: Mapping[str, object]) -> Mapping[str, tuple[str, ...]]:
    return {"cloudwatch:namespace": (str(req["Namespace"]),)}


ACTIONS: Mapping[str, Action | tuple[Action, ...]] = {
    "PutMetricData": on("*", keys=put_keys),
    "ListMetrics": on("*"),
    "GetMetricStatistics": on("*"),
    "GetMetricData": on("*"),
    "PutMetricAlarm": on(ALARM),
    "PutCompositeAlarm": on(ALARM),
    "SetAlarmState": on(ALARM),
    "DescribeAlarmHistory": on(ALARM, "arn:aws:cloudwatch:{region}:{account}:alarm:*"),
    "DescribeAlarms": on(ALARMS),
    "DescribeAlarmsForMetric": on("*"),
    "DeleteAlarms": on(ALARMS),
    "EnableAlarmActions": on(ALARMS),
    "DisableAlarmActions": on(ALARMS),
    "PutDashboard": on(DASHBOARD),
    "GetDashboard": on(DASHBOARD),
    "ListDashboards": on("*"),
    "DeleteDashboards": on("arn:aws:cloudwatch::{account}:dashboard/{DashboardNames[]}"),
    "TagResource": on("{ResourceARN}"),
    "UntagResource": on("{ResourceARN}"),
    "ListTagsForResource": on("{ResourceARN}"),
}
AUTHORIZATION = Authorization("cloudwatch", ACTIONS, keeps_out=True)
