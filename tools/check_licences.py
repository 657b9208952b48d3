"""Whether everything that is installed to run is under a permissive licence.

What the program needs is followed from its own requirements, so that tools for developers and peers
for tests do not count.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement

PERMISSIVE = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|Unlicense|0BSD|Zlib|MIT-0|Public Domain)\b",
    re.IGNORECASE,
)
COPYLEFT = re.compile(r"\b(A?GPL|LGPL|GNU|MPL|EUPL|CDDL|SSPL)\b", re.IGNORECASE)
FIELDS = ("License-Expression", "License", "Classifier")
# Read by people; their metadata says it in a text of its own or not at all.
READ = {"prometheus-client": "Apache-2.0 AND BSD-2-Clause"}
# Copyleft that ends at a file's edge, of what is installed unchanged in a wheel of its own
# (docs/decisions/0013-internet.md).
ALLOWED = {"publicsuffixlist": "MPL-2.0"}


def needed(name: str, seen: dict[str, Distribution]) -> None:
    """A distribution and all it requires to run."""
    key = name.lower().replace("_", "-")
    if key in seen:
        return
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return  # for another platform
    seen[key] = found
    for line in found.requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            needed(requirement.name, seen)


def licence(found: Distribution) -> str:
    given = {field: found.metadata.get_all(field) or [] for field in FIELDS}
    classifiers = [c for c in given.pop("Classifier") if c.startswith("License")]
    parts = [text.splitlines()[0] for texts in given.values() for text in texts if text]
    return " ".join((*parts, *classifiers))


def main() -> None:
    seen: dict[str, Distribution] = {}
    needed("forecourt", seen)
    wrong = []
    for name, found in sorted(seen.items()):
        text = READ.get(name) or licence(found)
        if name in ALLOWED and ALLOWED[name] in text:
            continue
        if COPYLEFT.search(text) or not PERMISSIVE.search(text):
            wrong.append(f"{name}: {text or 'no licence given'}")
    if wrong:
        sys.exit("not known to be permissive:\n" + "\n".join(wrong))
    print(f"{len(seen)} distributions, all permissive but {', '.join(ALLOWED)}")


if __name__ == "__main__":
    main()
