"""Sealing keeps a secret for its row and key alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medianest_common.crypto import SealBroken, Sealer, csrf_token, new_key

OLD, NEW = new_key("k1"), new_key("k2")


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    sealer = Sealer(OLD)
    assert sealer.open(sealer.seal(text, row="users:1"), row="users:1") == text


def test_the_same_text_seals_differently_each_time() -> None:
    sealer = Sealer(OLD)
    assert sealer.seal("x", row="r") != sealer.seal("x", row="r")


def test_a_new_key_in_front_seals_and_the_old_one_still_opens() -> None:
    old = Sealer(OLD).seal("secret", row="r")
    both = Sealer(f"{NEW},{OLD}")
    assert both.open(old, row="r") == "secret"
    assert not both.is_current(old)
    assert both.is_current(both.seal("secret", row="r"))


@pytest.mark.parametrize(
    ("sealed", "row"),
    [
        (Sealer(OLD).seal("secret", row="r"), "another row"),
        (Sealer(new_key("k1")).seal("secret", row="r"), "r"),
        (Sealer(NEW).seal("secret", row="r"), "r"),
        ("k1.not base64 at all", "r"),
        ("k1.", "r"),
        ("", "r"),
    ],
    ids=["another row", "another key", "a key not known", "not base64", "nothing sealed", "nothing"],
)
def test_what_was_not_sealed_for_this_row_by_this_key_does_not_open(sealed: str, row: str) -> None:
    with pytest.raises(SealBroken):
        Sealer(OLD).open(sealed, row=row)


@pytest.mark.parametrize(
    "keys",
    ["", "k1", "k1:", "k1:c2hvcnQ=", ":" + OLD.partition(":")[2]],
    ids=["nothing", "no key", "an empty key", "a short key", "no id"],
)
def test_unusable_keys_are_refused(keys: str) -> None:
    with pytest.raises(ValueError, match=r"sealing key|base64"):
        Sealer(keys)


def test_a_csrf_token_belongs_to_its_session_and_key() -> None:
    assert csrf_token("a", b"k") == csrf_token("a", b"k")
    assert len({csrf_token("a", b"k"), csrf_token("b", b"k"), csrf_token("a", b"other")}) == 3
