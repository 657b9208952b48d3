"""Whatever a configuration file holds: a Config, which is what a child loads, or BadConfig."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from forecourt.config import BadConfig, Dns, Gateway, build, load

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
NAMES = ("bind", "network", "store", "master_key", "roles", "user", "testing", "egress")
GOOD: dict[str, st.SearchStrategy[Any]] = {
    "bind": st.ip_addresses().map(str),
    "network": st.sampled_from(["127.53.0.0/16", "10.0.0.0/8"]),
    "store": st.sampled_from(["sqlite", "postgresql://h/d"]),
    "roles": st.lists(st.sampled_from(["gateway", "dns", "streams", "control"]), unique=True),
    "testing": st.booleans(),
    "egress": st.lists(st.sampled_from(["10.0.0.0/8", "::/0"]), max_size=2),
}


def section(kind: Any) -> st.SearchStrategy[Any]:
    names = [*kind.__dataclass_fields__, "unknown"]
    return st.dictionaries(st.sampled_from(names), VALUES, max_size=3) | VALUES


ANY = st.fixed_dictionaries(
    {"data": st.just("/tmp/x")},
    optional={
        **{name: GOOD[name] | VALUES if name in GOOD else VALUES for name in NAMES},
        "dns": section(Dns),
        "gateway": section(Gateway),
    },
)


@given(ANY)
def test_any_values_are_a_configuration_or_refused(given_: dict[str, Any]) -> None:
    try:
        config = build(given_)
    except BadConfig as refused:
        assert str(refused)
        return
    assert load(config.dump()) == config


@given(st.fixed_dictionaries({"data": st.just("/tmp/x")}, optional=GOOD))
def test_good_values_are_kept(given_: dict[str, Any]) -> None:
    config = build(given_)
    assert load(config.dump()) == config
    for name, value in given_.items():
        if name != "data":
            assert getattr(config, name) == (tuple(value) if isinstance(value, list) else value)
