"""`docs/security.md` names tests; every one of them exists."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"
_TEST = re.compile(r"`((?:[\w/.-]+/)?[\w-]+\.(?:py|ts|tsx))::([\w:]+)`")
_REQUIREMENT = re.compile(r"^\| (V?\d+\.\d+\.\d+) \| ([12]) \| (.+?) \| (.+?) \|$", re.MULTILINE)


@cache
def names(path: Path) -> frozenset[str]:
    """Tests of a module as `function` and `Class::function`."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            inner = [part for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
            found |= {node.name, *(f"{node.name}::{part.name}" for part in inner)}
    return frozenset(found)


def test_every_test_that_is_named_exists() -> None:
    named = _TEST.findall(PAGE.read_text())
    assert len(named) > 100
    missing = [f"{file}::{test}" for file, test in named if not _exists(ROOT / file, test)]
    assert missing == []


def _exists(path: Path, test: str) -> bool:
    return path.is_file() and test in names(path)


def test_every_requirement_has_a_test_a_reason_or_an_admission() -> None:
    rows = _REQUIREMENT.findall(PAGE.read_text())
    assert len(rows) == 119
    assert len({number for number, *_ in rows}) == len(rows)
    for number, _, _, how in rows:
        assert _TEST.search(how) or how.startswith(("Not applicable: ", "Not met: ", "Documented ")), number
