"""What was handled is known for longer than a message lives, and who was erased for ever."""

from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from medianest_common.db import session_maker
from medianest_common.inbox import claim, is_erased, mark_erased, prune


async def test_a_message_is_claimed_once_by_each_consumer(engine: AsyncEngine) -> None:
    event_id = uuid4()
    async with session_maker(engine)() as session:
        first = await claim(session, "a", event_id)
        again = await claim(session, "a", event_id)
        other = await claim(session, "b", event_id)
    assert (first, again, other) == (True, False, True)


async def test_a_claim_that_was_rolled_back_is_free_again(engine: AsyncEngine) -> None:
    event_id = uuid4()
    async with session_maker(engine)() as session:
        await claim(session, "a", event_id)
        await session.rollback()
        assert await claim(session, "a", event_id)


async def test_only_claims_older_than_any_message_are_dropped(engine: AsyncEngine) -> None:
    old, young = uuid4(), uuid4()
    async with session_maker(engine)() as session:
        for event_id in (old, young):
            await claim(session, "a", event_id)
        await session.commit()
    async with engine.begin() as connection:
        aged = text("update inbox set handled_at = now() - interval '36 days' where event_id = :id")
        await connection.execute(aged, {"id": old})
    assert await prune(engine) == 1
    async with session_maker(engine)() as session:
        assert not await claim(session, "a", young)
        assert await claim(session, "a", old)


async def test_an_erased_user_stays_erased(engine: AsyncEngine) -> None:
    user = uuid4()
    async with session_maker(engine)() as session:
        assert not await is_erased(session, user)
        for _ in range(2):
            await mark_erased(session, user)
        assert await is_erased(session, user)
