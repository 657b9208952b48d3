"""IAM: what it costs that a request comes from a user with policies, and not from the root.

    python -m bench.identity
    python -m bench.identity --users 100 --policies 5

So many users with so many managed policies each, all different, one of which allows what is asked,
after statements and conditions that do not.  The same requests are sent signed by the root and by
the users in turn, round by round.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from collections.abc import Callable
from typing import Any

from bench.calls import Recorder, upsert
from bench.instance import ORIGIN, Instance, address_of, owner
from bench.load import drive
from bench.processes import LOAD_CORE, SERVER_CORE, cpu_seconds, end_cleanly, pin
from bench.tables import ratio, show

LISTED = 100
STATEMENTS = 8  # in a policy, beside the one that allows


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bench.identity", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--policies", type=int, default=5, help="of each user")
    parser.add_argument("--requests", type=int, default=1000, help="in a round")
    parser.add_argument("--rounds", type=int, default=5, help="of which the median is taken")
    given = parser.parse_args()
    end_cleanly()
    os.sched_setaffinity(0, {LOAD_CORE})
    with Instance(processes=1) as instance:
        users = people(instance, given.users, given.policies)
        operations = operations_on(instance)
        pin(instance.all_pids(), SERVER_CORE)
        rows = []
        for name, record in operations.items():
            root: list[float] = []
            user: list[float] = []
            for _ in range(given.rounds):
                for recorders, costs in (([instance.recorder], root), (users, user)):
                    requests = [
                        record(recorders[at % len(recorders)]) for at in range(given.requests)
                    ]
                    drive(instance.api, requests[: len(recorders)], 1)  # what is remembered after
                    pids = instance.all_pids()
                    before = cpu_seconds(pids)
                    drive(instance.api, requests, 1)
                    costs.append((cpu_seconds(pids) - before) / given.requests * 1e6)
            of_root, of_users = statistics.median(root), statistics.median(user)
            rows.append((name, f"{of_root:.0f}", f"{of_users:.0f}", ratio(of_users, of_root)))
    total = given.users * given.policies
    show(
        f"CPU a request, all processes; {given.users} users, {total} policies",
        ("operation", "root us", "users us", "users/root"),
        rows,
    )


def people(instance: Instance, users: int, policies: int) -> list[Recorder]:
    """Users with policies of their own; recorders that sign as each."""
    iam, found = instance.recorder.client("iam"), []
    for user in range(users):
        name = f"user-{user}"
        iam.create_user(UserName=name)
        for number in range(policies):
            document = policy(user, number, allows=number == policies - 1)
            made = iam.create_policy(PolicyName=f"{name}-{number}", PolicyDocument=document)
            iam.attach_user_policy(UserName=name, PolicyArn=made["Policy"]["Arn"])
        key = iam.create_access_key(UserName=name)["AccessKey"]
        endpoint = instance.recorder.endpoint
        found.append(Recorder(endpoint, key["AccessKeyId"], key["SecretAccessKey"]))
    return found


def policy(user: int, number: int, *, allows: bool) -> str:
    statements: list[dict[str, Any]] = [
        {
            "Sid": f"S{number}x{at}",
            "Effect": "Allow",
            "Action": ["ses:Send*", "route53:List*", f"elasticache:*{at}*"],
            "Resource": f"arn:aws:route53:::hostedzone/Z{user}X{number}X{at}*",
            "Condition": {"StringLike": {"aws:username": [f"nobody-{at}-*", "*-nobody"]}},
        }
        for at in range(STATEMENTS)
    ]
    if allows:
        statements.append(
            {
                "Effect": "Allow",
                "Action": ["route53:*", "sts:*"],
                "Resource": "*",
                "Condition": {"IpAddress": {"aws:SourceIp": ["127.0.0.0/8", "10.0.0.0/8"]}},
            }
        )
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def operations_on(instance: Instance) -> dict[str, Callable[[Recorder], bytes]]:
    client = instance.recorder.client("route53")
    made = client.create_hosted_zone(Name=ORIGIN, CallerReference="bench")
    zone = made["HostedZone"]["Id"].rpartition("/")[2]
    changes = [upsert(owner(each), address_of(each)) for each in range(LISTED)]
    client.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    one = {"Changes": [upsert(owner(1), address_of(7))]}
    return {
        "GetCallerIdentity": lambda r: r.record("sts", "get_caller_identity"),
        "GetHostedZone": lambda r: r.record("route53", "get_hosted_zone", Id=zone),
        f"ListResourceRecordSets ({LISTED})": lambda r: r.record(
            "route53", "list_resource_record_sets", HostedZoneId=zone
        ),
        "ChangeResourceRecordSets (1)": lambda r: r.record(
            "route53", "change_resource_record_sets", HostedZoneId=zone, ChangeBatch=one
        ),
    }


if __name__ == "__main__":
    main()
