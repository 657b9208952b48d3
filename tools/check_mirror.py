"""Name the modules that have no test module, and the RFCs that are cited but not listed.

tests/ mirrors src/forecourt: gateway/paths.py is tested by tests/gateway/test_paths.py.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE, TESTS = ROOT / "src/forecourt", ROOT / "tests"
# Declarations, and what another module's tests run whole.
EXEMPT = frozenset(
    ("__init__.py", "__main__.py", "tables.py", "schema.py", "reset.py", "questions.py")
)
RFC = re.compile(r"RFC (\d{3,5})")


def untested() -> list[str]:
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        relative = path.relative_to(SOURCE)
        if path.name in EXEMPT or "migrations" in relative.parts:
            continue
        if not (TESTS / relative.parent / f"test_{path.name}").exists():
            found.append(str(relative))
    return found


def unlisted_rfcs() -> list[str]:
    listed = set(RFC.findall((ROOT / "docs/rfc.md").read_text()))
    cited = {number for path in SOURCE.rglob("*.py") for number in RFC.findall(path.read_text())}
    return sorted(cited - listed, key=int)


def main() -> None:
    problems = [f"{name} has no test module" for name in untested()]
    problems += [f"RFC {number} is cited but not in docs/rfc.md" for number in unlisted_rfcs()]
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main()
