"""A user, what it may and what it may not, a role for an hour, a network, a key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from forecourt.tour import Guide

TITLE = "Identity: who is calling, and why not"
SENDERS = "arn:aws:iam::aws:policy/AmazonSESFullAccess"
KEYS = (("ECC_NIST_P256", "SIGN_VERIFY"), ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"))
READERS = "arn:aws:iam::aws:policy/AmazonRoute53ReadOnlyAccess"


def chapter(guide: Guide) -> None:
    iam, name = guide.client("iam"), guide.unique()
    try:
        with guide.step("Create a user who may send mail, and a key for it") as step:
            arn = iam.create_user(UserName=name)["User"]["Arn"]
            iam.attach_user_policy(UserName=name, PolicyArn=SENDERS)
            key = iam.create_access_key(UserName=name)["AccessKey"]
            said = guide.client("sts", key).get_caller_identity()
            step.evidence = f"GetCallerIdentity: {said['UserId']} {said['Arn']}"
        with guide.step("It asks for the hosted zones, and is told why not") as step:
            step.evidence = refused(guide.client("route53", key).list_hosted_zones)
        with guide.step("A simulation says the same, before anybody asks") as step:
            step.evidence = simulated(iam, arn, "ses:SendEmail", "route53:ListHostedZones")
        with guide.step("Let it read: the next call is allowed") as step:
            iam.attach_user_policy(UserName=name, PolicyArn=READERS)
            zones = guide.client("route53", key).list_hosted_zones()["HostedZones"]
            step.evidence = f"{len(zones)} hosted zones"
        with guide.step("A role for a quarter of an hour, and less than it may") as step:
            step.evidence = a_session(guide, iam, name, arn, key)
        with guide.step("The default network of the account") as step:
            step.evidence = default_network(guide.client("ec2"))
        with guide.step("A key signs, and encrypts; it never leaves") as step:
            step.evidence = a_key(guide.client("kms"))
    finally:
        clean_up(iam, name)


def refused(call: Any) -> str:
    """The text of a refusal."""
    try:
        call()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException"):
            return str(error.response["Error"]["Message"])
        raise
    raise AssertionError("it was allowed")


def simulated(iam: Any, arn: str, *actions: str) -> str:
    answer = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=actions)
    found = {each["EvalActionName"]: each["EvalDecision"] for each in answer["EvaluationResults"]}
    if found != dict(zip(actions, ("allowed", "implicitDeny"), strict=True)):
        raise AssertionError(f"the simulation says {found}")
    return "\n".join(f"{action}: {decision}" for action, decision in found.items())


def a_session(guide: Guide, iam: Any, name: str, arn: str, key: Any) -> str:
    trust = statement(Action="sts:AssumeRole", Principal={"AWS": arn})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
    iam.attach_role_policy(RoleName=name, PolicyArn=READERS)
    session = guide.client("sts", key).assume_role(
        RoleArn=role["Arn"],
        RoleSessionName="tour",
        DurationSeconds=900,
        Policy=statement(Action="route53:GetHostedZoneCount", Resource="*"),
    )
    route53 = guide.client("route53", session["Credentials"])
    count = route53.get_hosted_zone_count()["HostedZoneCount"]
    text = refused(route53.list_hosted_zones)
    return f"{session['AssumedRoleUser']['Arn']} counts {count} zones\n{text}"


def default_network(ec2: Any) -> str:
    own = [{"Name": "is-default", "Values": ["true"]}]
    [vpc] = ec2.describe_vpcs(Filters=own)["Vpcs"]
    here = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    subnets = ec2.describe_subnets(Filters=here)["Subnets"]
    lines = (f"  {each['AvailabilityZone']} {each['CidrBlock']}" for each in subnets)
    return "\n".join((f"{vpc['VpcId']} {vpc['CidrBlock']}", *lines))


def a_key(kms: Any) -> str:
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    made: list[str] = []
    try:
        for spec, usage in KEYS:
            made.append(kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"])
        signed = kms.sign(KeyId=made[0], Message=b"forecourt", SigningAlgorithm="ECDSA_SHA_256")
        public = load_der_public_key(kms.get_public_key(KeyId=made[0])["PublicKey"])
        if not isinstance(public, EllipticCurvePublicKey):
            raise TypeError("the public key is of another kind")
        public.verify(signed["Signature"], b"forecourt", ECDSA(SHA256()))
        sealed = kms.encrypt(KeyId=made[1], Plaintext=b"forecourt")["CiphertextBlob"]
        if kms.decrypt(CiphertextBlob=sealed)["Plaintext"] != b"forecourt":
            raise AssertionError("another text came back")
        return f"{made[0]}: its signature verifies\n{made[1]}: what went in came out"
    finally:
        for key in made:
            kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)


def statement(**parts: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **parts}]})


def clean_up(iam: Any, name: str) -> None:
    """Take away what there is of the user and the role."""
    gone = iam.exceptions.NoSuchEntityException
    for policy in (SENDERS, READERS):
        for detach, who in (
            (iam.detach_user_policy, "UserName"),
            (iam.detach_role_policy, "RoleName"),
        ):
            ignoring(gone, detach, **{who: name}, PolicyArn=policy)
    try:
        keys = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
    except gone:
        return
    for key in keys:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName=name)
    ignoring(gone, iam.delete_role, RoleName=name)


def ignoring(gone: type[Exception], call: Any, **arguments: str) -> None:
    try:
        call(**arguments)
    except gone:
        return
