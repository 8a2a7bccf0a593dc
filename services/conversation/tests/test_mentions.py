"""Whom notes call finds the conversation again, whatever becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from nitka.api.conversations import Sort
from nitka.conversation.domain import commands as c
from nitka.conversation.handlers import command, joining
from nitka.conversation.handlers.rebuild import rebuild
from nitka.conversation.store.queries import Filter, Queries
from nitka.conversation.store.schema import SCHEMA
from nitka.events import ConversationStatus
from nitka.runtime import postgres

if TYPE_CHECKING:
    from conftest import Story

pytestmark = pytest.mark.stack

ME = "ola"


async def calling(dsn: str, status: ConversationStatus | None = None) -> list[UUID]:
    """The conversations that call me, the newest first."""
    async with postgres.pool(dsn, SCHEMA) as pool:
        wanted = Filter(me=ME, mentioned=True, status=status)
        rows, _ = await Queries(pool).page(wanted, Sort.NEWEST, None, 50)
    return [row["id"] for row in rows]


async def test_who_was_called_finds_it_after_they_stopped_following_and_it_was_closed(
    story: Story, postgres_dsn: str
) -> None:
    older, newer = (story.place(story.mail(f"{n}@x", "ann@x.example", n)) for n in range(2))
    story.mail("2@x", "eve@x.example", 2)
    for place in (older, newer):
        command.add_note(story.log, story.request(place, agent="ewa"), "Please look", (ME, "ewa"))
    command.carry_out(story.log, story.request(newer, agent=ME), c.Unfollow(ME), c.Close())
    assert await calling(postgres_dsn) == [newer, older]
    assert await calling(postgres_dsn, ConversationStatus.OPEN) == [older]
    assert story.row(older)["mentioned"] == [ME], "nobody calls themselves"


async def test_a_call_goes_along_with_a_merge_and_stays_at_a_split(story: Story, postgres_dsn: str) -> None:
    source, target = (story.place(story.mail(f"{n}@x", "ann@x.example", n)) for n in range(2))
    command.add_note(story.log, story.request(source, agent="ewa"), "Please look", (ME,))
    joining.merge(story.log, story.request(source, 61), target)
    assert await calling(postgres_dsn) == [target]

    late = story.mail("2@x", "eve@x.example", 62, answers="1@x")
    parting = story.request(target, 63)
    joining.split(story.log, parting, [late])
    assert await calling(postgres_dsn) == [target]

    live = story.snapshot()
    assert rebuild(story.log) == len(live) == 3
    assert story.snapshot() == live


async def test_old_conversations_are_found_after_a_rebuild(story: Story, postgres_dsn: str) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    command.add_note(story.log, story.request(place, agent="ewa"), "Please look", (ME,))
    with story.log.writing() as cursor:
        cursor.execute("UPDATE conversation SET mentioned = '{}'")
    assert await calling(postgres_dsn) == []
    rebuild(story.log)
    assert await calling(postgres_dsn) == [place]
