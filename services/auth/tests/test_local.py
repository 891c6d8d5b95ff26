"""First start, passwords, and the way back in."""

import pytest

from medianest_auth.errors import SetupClosed
from medianest_auth.service.passwords import Passwords
from medianest_common.contracts.permissions import Role

from .house import PASSWORD, House

LOGIN = {"username": "admin", "password": PASSWORD}


class TestSetup:
    async def test_the_code_makes_one_administrator_who_is_signed_in(self, house: House) -> None:
        stranger = house.browser()
        assert (await stranger.get("/auth/setup"))["needed"] is True
        admin = await house.local_admin()
        me = await admin.get("/auth/me")
        assert (me["role"], me["username"], me["plex_linked"]) == ("admin", "admin", False)
        standing = await stranger.get("/auth/setup")
        assert standing == {"needed": False, "local_sign_in": True, "server_name": "The house"}

    async def test_a_code_may_be_typed_with_small_letters_and_without_dashes(self, house: House) -> None:
        code = (await house.auth.services.local.new_code()).replace("-", " ").lower()
        await house.browser().do("POST", "/auth/setup", {"code": code, **LOGIN}, 201)

    async def test_ten_wrong_tries_kill_the_code(self, house: House) -> None:
        code = await house.auth.services.local.new_code()
        browser = house.browser()
        for _ in range(10):
            wrong = await browser.do("POST", "/auth/setup", {"code": "AAAAA-BBBBB-CCCCC-DDDDD", **LOGIN}, 403)
            assert wrong["code"] == "SETUP_CODE_WRONG"
        await browser.do("POST", "/auth/setup", {"code": code, **LOGIN}, 403)
        assert await house.rows("select 1 from users") == []

    async def test_a_new_code_replaces_the_old_one(self, house: House) -> None:
        old = await house.auth.services.local.new_code()
        await house.auth.services.local.new_code()
        await house.browser().do("POST", "/auth/setup", {"code": old, **LOGIN}, 403)

    async def test_an_administrator_kills_the_code(self, house: House) -> None:
        code = await house.auth.services.local.new_code()
        await house.resident("owner", role=Role.ADMIN)
        await house.browser().do("POST", "/auth/setup", {"code": code, **LOGIN}, 409)
        with pytest.raises(SetupClosed):
            await house.auth.services.local.new_code()

    async def test_a_given_code_that_died_does_not_come_back_by_a_restart(self, house: House) -> None:
        local, browser = house.auth.services.local, house.browser()
        await local.take_given_code("given-by-settings")
        for _ in range(10):
            await browser.do("POST", "/auth/setup", {"code": "wrong", **LOGIN}, 403)
        await local.take_given_code("given-by-settings")
        await browser.do("POST", "/auth/setup", {"code": "given-by-settings", **LOGIN}, 403)

    async def test_the_code_is_not_in_the_database(self, house: House) -> None:
        code = await house.auth.services.local.new_code()
        rows = await house.rows("select * from setup_codes")
        assert code not in str(rows)
        assert rows[0]["code_hash"].startswith("$2b$"), "a given code may be short: it costs as much as a password"

    @pytest.mark.parametrize("password", ["short", ""])
    async def test_a_short_password_is_not_taken(self, house: House, password: str) -> None:
        body = {"code": "AAAAA-BBBBB-CCCCC-DDDDD", "username": "admin", "password": password}
        await house.browser().do("POST", "/auth/setup", body, 422)


class TestLogin:
    async def test_a_wrong_password_and_an_unknown_name_look_alike(self, house: House) -> None:
        await house.local_admin()
        browser = house.browser()
        wrong = await browser.do("POST", "/auth/login", {"username": "admin", "password": "wrong"}, 401)
        unknown = await browser.do("POST", "/auth/login", {"username": "nobody", "password": "wrong"}, 401)
        assert {**wrong, "correlation_id": ""} == {**unknown, "correlation_id": ""}
        assert len(await house.audited("login.failed")) == 2

    async def test_many_wrong_ones_make_the_name_wait_whether_it_is_known_or_not(self, house: House) -> None:
        await house.local_admin()
        for name in ("admin", "nobody"):
            browser = house.browser()
            for _ in range(5):
                await browser.do("POST", "/auth/login", {"username": name, "password": "wrong"}, 401)
            answer = await browser.call("POST", "/auth/login", {"username": name, "password": PASSWORD})
            assert answer.status_code == 429
            assert int(answer.headers["retry-after"]) >= 1
        house.clock.advance(seconds=5)
        await house.browser().do("POST", "/auth/login", LOGIN)

    async def test_a_suspended_administrator_does_not_come_in(self, house: House) -> None:
        await house.local_admin()
        async with house.auth.runtime.engine.begin() as connection:
            await connection.exec_driver_sql("update users set status = 'suspended'")
        await house.browser().do("POST", "/auth/login", LOGIN, 401)

    async def test_an_unknown_name_costs_the_same_work(self) -> None:
        passwords = Passwords(cost=4)
        assert await passwords.matches(PASSWORD, None) is False
        assert passwords._decoy is not None
        assert passwords._decoy.split("$")[2] == (await passwords.hash("x")).split("$")[2]

    async def test_passwords_are_kept_by_bcrypt_of_cost_twelve(self) -> None:
        assert (await Passwords().hash(PASSWORD)).startswith("$2b$12$")

    async def test_every_character_of_a_long_password_counts(self) -> None:
        passwords = Passwords(cost=4)
        hashed = await passwords.hash("a" * 100 + "b")
        assert await passwords.matches("a" * 100 + "b", hashed) is True
        assert await passwords.matches("a" * 100 + "c", hashed) is False


class TestPassword:
    async def test_changing_it_ends_the_other_sessions(self, house: House) -> None:
        admin = await house.local_admin()
        other = house.browser()
        await other.do("POST", "/auth/login", LOGIN)
        body = {"current_password": PASSWORD, "new_password": "another long one"}
        await admin.do("PUT", "/auth/password", body, 204)
        await other.get("/auth/me", 401)
        await admin.get("/auth/me")
        await house.browser().do("POST", "/auth/login", LOGIN, 401)

    async def test_the_current_one_is_asked_for(self, house: House) -> None:
        admin = await house.local_admin()
        body = {"current_password": "wrong", "new_password": "another long one"}
        await admin.do("PUT", "/auth/password", body, 401)

    async def test_guessing_the_current_one_has_to_wait_as_at_signing_in(self, house: House) -> None:
        """Somebody with a stolen session must not find the password out."""
        admin = await house.local_admin()
        for _ in range(5):
            body = {"current_password": "wrong", "new_password": "another long one"}
            await admin.do("PUT", "/auth/password", body, 401)
        await admin.do("PUT", "/auth/password", body | {"current_password": PASSWORD}, 429)
        assert len(await house.audited("password.refused")) == 5
        house.clock.advance(seconds=5)
        await admin.do("PUT", "/auth/password", body | {"current_password": PASSWORD}, 204)

    async def test_who_has_none_is_told_so(self, house: House) -> None:
        body = {"current_password": "wrong", "new_password": "another long one"}
        await (await house.resident("alice")).do("PUT", "/auth/password", body, 401)


class TestReset:
    async def test_it_lets_a_locked_out_administrator_in_and_is_written_down(self, house: House) -> None:
        admin = await house.local_admin()
        before = await house.auth.services.policies.get()
        async with house.auth.runtime.engine.begin() as connection:
            await connection.exec_driver_sql("update users set status = 'suspended', role = 'user'")
            await connection.exec_driver_sql("update policy set local_sign_in = false")
        password = await house.auth.services.local.reset_admin("admin")
        browser = house.browser()
        await browser.do("POST", "/auth/login", {"username": "admin", "password": password})
        assert (await browser.get("/auth/me"))["role"] == "admin"
        await admin.get("/auth/me", 401)
        assert (await house.audited("admin.reset"))[0]["actor"] == "cli"
        policy = await house.auth.services.policies.get()
        assert (policy.local_sign_in, policy.version) == (True, before.version + 1)

    async def test_it_makes_an_administrator_where_there_is_none(self, house: House) -> None:
        password = await house.auth.services.local.reset_admin("rescue")
        await house.browser().do("POST", "/auth/login", {"username": "rescue", "password": password})

    async def test_its_password_is_over_after_a_day(self, house: House) -> None:
        password = await house.auth.services.local.reset_admin("rescue")
        house.clock.advance(hours=23)
        await house.browser().do("POST", "/auth/login", {"username": "rescue", "password": password})
        house.clock.advance(hours=2)
        await house.browser().do("POST", "/auth/login", {"username": "rescue", "password": password}, 401)

    async def test_the_one_chosen_instead_stays_good(self, house: House) -> None:
        password = await house.auth.services.local.reset_admin("rescue")
        browser = house.browser()
        await browser.do("POST", "/auth/login", {"username": "rescue", "password": password})
        body = {"current_password": password, "new_password": "another long one"}
        await browser.do("PUT", "/auth/password", body, 204)
        house.clock.advance(days=400)
        await house.browser().do("POST", "/auth/login", {"username": "rescue", "password": "another long one"})


async def test_counted_failures_are_forgotten_after_a_day(house: House) -> None:
    await house.browser().do("POST", "/auth/login", {"username": "nobody", "password": "wrong"}, 401)
    house.clock.advance(days=1, minutes=1)
    await house.auth.services.upkeep.prune()
    assert await house.rows("select 1 from login_failures") == []
