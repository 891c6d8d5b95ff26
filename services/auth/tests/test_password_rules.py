"""What may be a password."""

import pytest

from medianest_auth.errors import PasswordTooCommon
from medianest_auth.schemas import SHORTEST_PASSWORD
from medianest_auth.service.password_rules import OUR_WORDS, refuse_weak

from .house import PASSWORD, House

LEAKED = ("123qweasdzxc", "1q2w3e4r5t6y", "unbelievable", "UnBelievable", "qwertyqwerty", "x" * 256, "football2026")


@pytest.mark.parametrize("password", LEAKED)
def test_what_leaked_often_is_refused(password: str) -> None:
    with pytest.raises(PasswordTooCommon):
        refuse_weak(password)


@pytest.mark.parametrize("word", OUR_WORDS)
def test_a_word_of_ours_with_a_little_behind_is_refused(word: str) -> None:
    for password in (f"{word}-2026!!", f"{word.upper()}{word}{word}", f"my {word} {word}"):
        with pytest.raises(PasswordTooCommon):
            refuse_weak(password)


def test_ones_own_name_with_a_little_behind_is_refused() -> None:
    refuse_weak("ungewitter-1999", "alice")
    with pytest.raises(PasswordTooCommon):
        refuse_weak("Ungewitter-1999", "ungewitter")


@pytest.mark.parametrize(
    "password",
    [
        "only small letters here",
        "83019746501837",
        "四つの言葉でできた長い合言葉",
        "🦆🐸🌵🍞🚲🎈🧦🪁🥝🧭🐌🛶",
        " lead and trail ",
        "a sentence of many words is welcome, " * 6,
    ],
)
def test_any_kind_of_characters_will_do(password: str) -> None:
    refuse_weak(password, "admin")


class TestChoosing:
    async def test_a_common_one_is_refused_at_set_up_and_the_code_stays_good(self, house: House) -> None:
        code = await house.auth.services.local.new_code()
        body = {"code": code, "username": "admin", "password": LEAKED[0]}
        refused = await house.browser().do("POST", "/auth/setup", body, 422)
        assert refused["code"] == "PASSWORD_TOO_COMMON"
        await house.browser().do("POST", "/auth/setup", body | {"password": PASSWORD}, 201)

    async def test_a_common_one_is_refused_at_a_change(self, house: House) -> None:
        admin = await house.local_admin()
        body = {"current_password": PASSWORD, "new_password": LEAKED[0]}
        assert (await admin.do("PUT", "/auth/password", body, 422))["code"] == "PASSWORD_TOO_COMMON"

    async def test_it_has_twelve_characters_at_least_and_may_have_hundreds(self, house: House) -> None:
        admin = await house.local_admin()
        short = {"current_password": PASSWORD, "new_password": "q9" * (SHORTEST_PASSWORD // 2 - 1) + "z"}
        await admin.do("PUT", "/auth/password", short, 422)
        await admin.do(
            "PUT",
            "/auth/password",
            {"current_password": PASSWORD, "new_password": "a long sentence with a full stop. " * 6},
            204,
        )
