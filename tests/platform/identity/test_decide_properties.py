"""`decide` against a naive reading of the documentation, on policies of few letters."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.platform.identity.decide import (
    Asked,
    Permissions,
    Policy,
    Principal,
    compile_policy,
    decide,
)

from . import naive

ACCOUNT, OTHER = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
CALLERS = [
    (f"arn:aws:iam::{ACCOUNT}:user/a", ""),
    (f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s", ROLE),
    (f"arn:aws:sts::{ACCOUNT}:federated-user/f", f"arn:aws:iam::{ACCOUNT}:user/a"),
]
NAMES = ["*", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{OTHER}:root"]
NAMES += [arn for pair in CALLERS for arn in pair if arn]

actions = st.sampled_from(["s:Get", "s:Put", "t:Get"])
action_patterns = st.sampled_from(["*", "s:*", "S:get", "s:?et", "*:Put", "t:G*t", "s:P*"])
tails = ["a", "ab", "b", "*", "a*", "?", "", "x/a", "a:b"]
resources = st.builds(
    "arn:aws:{}:{}:{}:{}".format,
    st.sampled_from(["s", "t"]),
    st.sampled_from(["", "e"]),
    st.sampled_from(["", ACCOUNT]),
    st.sampled_from(tails),
) | st.just("*")
variables = [
    "${k:one}",
    "${k:Two}",
    "${k:many}",
    "${k:none}",
    "${k:none, 'a'}",
    "${*}",
    "${?}",
    "${$}",
]
texts = st.lists(
    st.sampled_from(["a", "b", "A", "*", "?", "$", "{", "/", *variables]), max_size=4
).map("".join)
resource_patterns = st.sampled_from(
    ["*", "arn:aws:s:*", "arn:*:s:::*", "arn:aws:*:*:*:*"]
) | st.builds(
    "arn:aws:{}:{}:{}:{}".format,
    st.sampled_from(["s", "?", "*"]),
    st.sampled_from(["", "*", "e", "${k:one}"]),
    st.sampled_from(["", "*", ACCOUNT]),
    texts,
)

words = st.sampled_from(["", "a", "b", "ab", "A", "*", "a/b", "?", "$", "{"])
numbers = st.sampled_from(["1", "1.0", "2", "-1", "0.5", "x", ""])
dates = st.sampled_from(
    [
        "2020-01-01T00:00:00Z",
        "1577836800",
        "2020-01-01",
        "2020-01-01T01:00:00+01:00",
        "2021-01",
        "x",
    ]
)
addresses = st.sampled_from(["10.0.0.1", "10.1.0.1", "2001:db8::1", "x", ""])
networks = st.sampled_from(
    ["10.0.0.0/16", "10.0.0.1", "10.0.0.1/8", "2001:db8::/32", "::/0", "0.0.0.0/0", "x", ""]
)
booleans = st.sampled_from(["true", "false", "True", "x", ""])
bytes_ = st.sampled_from(["YQ==", "YWI=", "x"])
arns = st.builds("arn:aws:s::{}:{}".format, st.sampled_from(["", "a"]), words) | words
arn_patterns = st.builds(
    "arn:aws:{}::{}:{}".format, st.sampled_from(["s", "*"]), texts, texts
) | st.just("*")

FAMILIES: list[tuple[list[str], Any, Any]] = [
    (
        ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
         "StringLike", "StringNotLike"],
        words, texts,
    ),
    (["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"], arns, arn_patterns),
    (["Bool"], booleans, booleans | st.booleans() | st.just("${k:one}")),
    (["BinaryEquals"], bytes_, bytes_),
    (["IpAddress", "NotIpAddress"], addresses, networks),
    *(
        ([f"{kind}{name}" for name in ("Equals", "NotEquals", "LessThan", "LessThanEquals",
                                       "GreaterThan", "GreaterThanEquals")], values, values)
        for kind, values in (("Numeric", numbers), ("Date", dates))
    ),
]  # fmt: skip


@st.composite
def conditions(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, tuple[str, ...]]]:
    """A Condition, and values for its keys."""
    block: dict[str, Any] = {}
    context: dict[str, tuple[str, ...]] = {}
    for at in range(draw(st.integers(0, 2))):
        key = f"k:Key{at}"
        if draw(st.integers(0, 9)) == 0:
            operator, wanted, values = "Null", st.sampled_from(["true", "false", True]), words
        else:
            names, values, wanted = draw(st.sampled_from(FAMILIES))
            operator = draw(st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"]))
            operator += draw(st.sampled_from(names)) + draw(st.sampled_from(["", "", "IfExists"]))
        chosen = draw(wanted | st.lists(wanted, min_size=1, max_size=3))
        block.setdefault(operator, {})[key] = chosen
        context[key.lower()] = tuple(draw(st.lists(values, max_size=2)))
    return block, {key: given for key, given in context.items() if given}


@st.composite
def documents(draw: st.DrawFn, context: dict[str, tuple[str, ...]], *, of_resource: bool) -> Any:
    statements = []
    for _ in range(draw(st.integers(1, 3))):
        block, more = draw(conditions())
        context.update(more)
        statement = {
            "Effect": draw(st.sampled_from(["Allow", "Allow", "Allow", "Deny"])),
            draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(
                action_patterns | st.lists(action_patterns, min_size=1, max_size=2)
            ),
            draw(st.sampled_from(["Resource", "Resource", "NotResource"])): draw(
                resource_patterns | st.lists(resource_patterns, min_size=1, max_size=2)
            ),
            **({"Condition": block} if block else {}),
        }
        if of_resource:
            chosen = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4))
            element = draw(st.sampled_from(["Principal", "Principal", "NotPrincipal"]))
            statement[element] = draw(st.just({"AWS": chosen}) | st.just("*"))
        statements.append(statement)
    version = draw(
        st.sampled_from([{"Version": "2012-10-17"}] * 3 + [{"Version": "2008-10-17"}, {}])
    )
    return {**version, "Statement": statements}


def compiled(document: Any) -> Policy:
    return compile_policy(json.dumps(document), "p")


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_decide_is_what_the_documentation_says(data: st.DataObject) -> None:
    context: dict[str, tuple[str, ...]] = {}
    of_identity = documents(context, of_resource=False)
    identity = tuple(data.draw(st.lists(of_identity, max_size=2), "identity"))
    boundary = data.draw(st.none() | of_identity, "boundary")
    session = data.draw(st.none() | st.lists(of_identity, max_size=2), "session")
    policy = data.draw(st.none() | documents(context, of_resource=True), "resource policy")
    required = data.draw(st.booleans(), "required")
    context |= data.draw(
        st.fixed_dictionaries(
            {},
            optional={
                "k:one": words.map(lambda each: (each,)),
                "k:two": words.map(lambda each: (each,)),
                "k:many": st.just(("a", "b")),
            },
        ),
        "context",
    )
    arn, behind = data.draw(st.sampled_from(CALLERS), "caller")
    owner = data.draw(st.sampled_from(["", ACCOUNT, ACCOUNT, OTHER]), "owner")
    action, resource = data.draw(actions, "action"), data.draw(resources, "resource")

    verdict = naive.evaluate(
        naive.Request(action, resource, context, ACCOUNT, arn, behind, owner),
        identity,
        boundary,
        None if session is None else tuple(session),
        policy,
        required,
    )
    decision = decide(
        Permissions(
            tuple(map(compiled, identity)),
            None if boundary is None else compiled(boundary),
            None if session is None else tuple(map(compiled, session)),
        ),
        Asked(action, resource, context, Principal(ACCOUNT, arn, behind), owner),
        None if policy is None else compiled(policy),
        required=required,
    )
    assert (decision.allowed, decision.explicit) == (verdict.allowed, verdict.explicit)
