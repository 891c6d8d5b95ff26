"""Makes the auth service's list of common passwords from a public one: one password a line, the most common first.

    python scripts/common_passwords.py 10-million-password-list-top-1000000.txt

Only those long enough to be chosen here are kept, and of them digests alone. The list in the tree was made from the
10-million-password-list of SecLists (CC BY-SA 3.0).
"""

import sys
from itertools import islice
from pathlib import Path

from medianest_auth.schemas import SHORTEST_PASSWORD
from medianest_auth.service.password_rules import digest_of

MOST = 20_000
TARGET = Path(__file__).parents[1] / "services" / "auth" / "src" / "medianest_auth" / "common_passwords.bin"


def main() -> None:
    with Path(sys.argv[1]).open(encoding="utf-8", errors="replace") as lines:
        words = (line.rstrip("\r\n") for line in lines)
        chosen = {digest_of(word) for word in islice((w for w in words if len(w) >= SHORTEST_PASSWORD), MOST)}
    TARGET.write_bytes(b"".join(sorted(chosen)))
    print(f"{len(chosen)} digests in {TARGET.name}")


if __name__ == "__main__":
    main()
