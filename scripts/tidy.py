"""For the commit hook: looks at the files that are given, and says what must not be committed."""

import re
import sys
from pathlib import Path

LARGEST = 1_000_000
PRIVATE_KEY = re.compile(r"^-----BEGIN [A-Z ]*PRIVATE KEY-----", re.MULTILINE)
CONFLICT = re.compile(r"^(<{7} |>{7} )", re.MULTILINE)


def problems(path):
    data = path.read_bytes()
    if len(data) > LARGEST:
        yield f"has {len(data)} bytes; more than {LARGEST} do not belong into the repository"
    if b"\r\n" in data:
        yield "has line ends of Windows; run: sed -i 's/\\r$//' on it"
    text = data.decode(errors="replace")
    if PRIVATE_KEY.search(text):
        yield "contains a private key"
    if CONFLICT.search(text):
        yield "contains the marks of a merge conflict"
    if text and not text.endswith("\n"):
        yield "does not end with a line break"
    for number, line in enumerate(text.splitlines(), 1):
        if line != line.rstrip() and path.suffix != ".md":
            yield f"ends line {number} with blanks"


def main(names):
    found = [f"{name} {problem}." for name in names for problem in problems(Path(name))]
    sys.exit("\n".join(found) or 0)


if __name__ == "__main__":
    main(sys.argv[1:])
