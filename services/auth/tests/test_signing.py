"""Signing keys and sealing: made, rotated, sealed anew, with nobody signed out."""

import jwt
import pytest
from pydantic import SecretStr

from medianest_auth.app import Auth, Tuning
from medianest_auth.service.sealing import Resealing
from medianest_common.crypto import SealBroken, Sealer, new_key

from .house import House, MakeSettings


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


class TestRotation:
    async def test_a_new_key_is_published_a_minute_before_it_signs(self, house: House) -> None:
        alice = await house.resident("alice")
        old = kid_of(alice.cookie("session"))
        new = await house.auth.services.keys.rotate()
        await house.auth.services.keys.load()
        assert [key["kid"] for key in (await alice.get("/auth/jwks"))["keys"]] == [old, new]
        await alice.do("POST", "/auth/refresh")
        assert kid_of(alice.cookie("session")) == old
        house.clock.advance(seconds=61)
        await alice.do("POST", "/auth/refresh")
        assert kid_of(alice.cookie("session")) == new

    async def test_a_new_key_that_the_broker_did_not_take_yet_does_not_sign(self, house: House) -> None:
        alice, keys = await house.resident("alice"), house.auth.services.keys
        old, new = kid_of(alice.cookie("session")), await keys.rotate()
        for _ in range(40):  # twenty minutes, longer than the old key would be published for
            house.clock.advance(seconds=30)
            await keys.load()
        await alice.do("POST", "/auth/refresh")
        assert kid_of(alice.cookie("session")) == old
        async with house.auth.runtime.engine.begin() as connection:
            await connection.exec_driver_sql("delete from outbox")  # as the relay does once it is taken
        await keys.load()
        house.clock.advance(seconds=61)
        await alice.do("POST", "/auth/refresh")
        assert kid_of(alice.cookie("session")) == new

    async def test_tokens_of_the_old_key_are_good_until_they_are_over(self, house: House) -> None:
        alice = await house.resident("alice")
        await house.auth.services.keys.rotate()
        await house.auth.services.keys.load()
        await alice.get("/auth/me")
        house.clock.advance(minutes=17)
        await house.auth.services.keys.tend()
        await house.auth.services.keys.load()
        assert len(house.auth.services.keys.jwks) == 1
        published = (await house.facts("medianest-jwks"))[-1]
        assert len(published["keys"]) == 1

    async def test_a_key_of_ninety_days_is_rotated_by_itself_once(self, house: House) -> None:
        house.clock.advance(days=91)
        await house.auth.services.keys.tend()
        await house.auth.services.keys.tend()
        assert len(await house.rows("select 1 from signing_keys")) == 2

    async def test_the_published_set_rises_in_version_and_holds_no_private_half(self, house: House) -> None:
        await house.auth.services.keys.rotate()
        sets = await house.facts("medianest-jwks")
        assert [each["version"] for each in sets] == [1, 2]
        assert all(set(key) == {"kty", "crv", "x", "kid", "alg", "use"} for each in sets for key in each["keys"])


async def test_two_replicas_that_start_together_have_one_key(make_settings: MakeSettings) -> None:
    settings = await make_settings()
    first, second = Auth(settings, Tuning(bcrypt_cost=4)), Auth(settings, Tuning(bcrypt_cost=4))
    await first.prepare()
    await second.prepare()
    assert first.services.keys.jwks == second.services.keys.jwks
    await first.close()
    await second.close()


async def test_everything_is_sealed_under_the_new_key_and_opens_without_the_old(
    house: House, make_settings: MakeSettings
) -> None:
    await house.sign_in("alice")
    settings = house.auth.settings
    old, new = settings.encryption_keys.get_secret_value(), new_key("k2")

    def with_keys(keys: str) -> Auth:
        return Auth(settings.model_copy(update={"encryption_keys": SecretStr(keys)}), Tuning(bcrypt_cost=4))

    both = with_keys(f"{new},{old}")
    await house.sign_in("bob")
    async with both.work() as work:
        bob = next(user for user in await work.users.sealed_after(None, 10) if user.plex_username == "bob")
        bob.plex_token = Sealer(new_key("lost")).seal("x", row="another")
    resealing = Resealing(both.work, both.sealer)
    assert (await resealing.run(), resealing.unopened) == (4, 1)
    assert await Resealing(both.work, both.sealer).run() == 0
    await both.close()
    user_id = (await house.rows("select id from users where plex_username = 'alice'"))[0]["id"]
    renewed = with_keys(new)
    await renewed.prepare()
    assert (await renewed.services.plex_tokens.read(user_id, service="requests")).token.startswith("plex-alice-")
    await renewed.close()
    stale = with_keys(old)
    with pytest.raises(SealBroken):
        await stale.prepare()
    await stale.close()
