"""The web client's sources: what would let a stranger's text run, leave secrets behind, or hinder password managers."""

import re
from pathlib import Path

import pytest
from support.suite import ROOT

SOURCES = ROOT / "services" / "gateway" / "web" / "src"


def code() -> dict[Path, str]:
    """Every source file but tests and what is generated."""
    files = [file for file in SOURCES.rglob("*.ts*") if ".test." not in file.name and "generated" not in file.parts]
    assert len(files) > 40
    return {file.relative_to(SOURCES): file.read_text() for file in files}


def found(pattern: str) -> dict[Path, str]:
    return {file: match[0] for file, text in code().items() if (match := re.search(pattern, text))}


@pytest.mark.parametrize(
    "pattern",
    [
        r"dangerouslySetInnerHTML|\.(?:inner|outer)HTML|insertAdjacentHTML|document\.write",
        r"\beval\(|new Function\(|setTimeout\(\s*[\"'`]",
        r"srcDoc|<iframe|<object|<embed",
    ],
)
def test_a_strangers_text_is_only_ever_text(pattern: str) -> None:
    assert found(pattern) == {}


def test_messages_of_other_windows_are_not_listened_to() -> None:
    assert found(r"postMessage\(|addEventListener\(\s*[\"']message[\"']|onmessage\s*=\s*\(?\w*\)?\s*=>.*window") == {}


def test_nothing_secret_is_kept_by_scripts() -> None:
    for file, text in code().items():
        for kept in re.findall(r"(?:local|session)Storage\.setItem\(([^)]*)\)", text):
            assert not re.search(r"token|password|cookie|session_?id|secret", kept, re.IGNORECASE), file


def test_the_only_cookie_a_script_reads_is_the_csrf_token() -> None:
    for file, text in code().items():
        for line in text.splitlines():
            if "document.cookie" in line:
                assert "csrf" in text.lower(), file
                assert not re.search(r"document\.cookie\s*=[^=]", line), file


def test_password_fields_are_masked_and_open_to_password_managers() -> None:
    fields = [
        field
        for text in code().values()
        for field in re.findall(
            r"<(?:Field|input|Input)\b[^>]*name=[\"'](?:\w*[pP]assword\w*)[\"'][^>]*>", text, re.DOTALL
        )
    ]
    assert fields
    for field in fields:
        assert 'type="password"' in field
        assert re.search(r'autoComplete="(?:current|new)-password"', field)
        assert "onPaste" not in field


def test_signing_out_is_one_step_from_the_profile() -> None:
    assert found(r"Sign out here")
    assert found(r"Sign out everywhere")


def test_links_that_lead_elsewhere_tell_nothing_and_keep_no_hold() -> None:
    for file, text in code().items():
        for link in re.findall(r"<a\b[^>]*target=\"_blank\"[^>]*>", text):
            assert "noreferrer" in link or "noopener" in link, file


def test_where_one_goes_after_signing_in_is_a_path_of_ours() -> None:
    text = (SOURCES / "routes" / "sign-in.tsx").read_text()
    assert re.search(r"next:\s*ownPath\(search\.next\)", text)
