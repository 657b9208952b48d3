"""Which names have a registry: the public suffixes that registries run (the ICANN part of the list).

https://publicsuffix.org/list/
"""

from __future__ import annotations

from functools import cache

from publicsuffixlist import PublicSuffixList

PRIVATE_USE = frozenset(("corp", "home", "internal", "mail"))


@cache
def suffix_list() -> PublicSuffixList:
    """Loading takes some 50 ms."""
    return PublicSuffixList(only_icann=True)


@cache
def known_list() -> PublicSuffixList:
    """The same without the rule that any top-level name is a suffix."""
    return PublicSuffixList(only_icann=True, accept_unknown=False)


def public_suffix(name: str) -> str:
    """The suffix under which a name, in lower case without a final dot, is registered."""
    return str(suffix_list().publicsuffix(name) or name)


def is_known(suffix: str) -> bool:
    """Whether a suffix is in the list: a name below any other has no registry but ours."""
    return str(known_list().publicsuffix(suffix) or "") == suffix


def registrable(name: str) -> str | None:
    """The part of a name that is registered; None for a public suffix."""
    found = suffix_list().privatesuffix(name)
    return None if found is None else str(found)


def registries(suffix: str) -> list[str]:
    """The registries down to a public suffix: "co.kr" -> ["kr", "co.kr"]."""
    labels = suffix.split(".")
    above = (".".join(labels[at:]) for at in range(len(labels) - 1, -1, -1))
    return [each for each in above if public_suffix(each) == each]


def is_for_private_use(name: str) -> bool:
    """Whether a name lies below a suffix that the public internet never delegates."""
    return name.rpartition(".")[2] in PRIVATE_USE
