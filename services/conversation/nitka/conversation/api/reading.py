"""Routes that read: the list, the counts, the thread."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from nitka.api import conversations as api
from nitka.api import images
from nitka.conversation.api import views
from nitka.conversation.api.access import Agent, Here, row_of
from nitka.conversation.api.system_lines import TOLD, missed_in, named_in
from nitka.conversation.domain.events import Rated
from nitka.conversation.store.queries import BadCursor, Filter, Moment, TooWide
from nitka.events import Channel, ConversationStatus
from nitka.events.conversation import Priority
from nitka.runtime.http import Problem

NOTES_MAX = 50
"""Notes that the customer's panel shows."""

router = APIRouter()


@router.get("/conversations")
async def conversations(
    here: Here,
    agent: Agent,
    status: ConversationStatus | None = None,
    assignee: Annotated[str | None, Query(max_length=200)] = None,
    label: Annotated[list[str], Query(max_length=20)] = [],  # noqa: B006 - FastAPI copies it
    channel: Annotated[list[Channel], Query(max_length=20)] = [],  # noqa: B006
    account: Annotated[list[str], Query(max_length=50)] = [],  # noqa: B006
    store: Annotated[str | None, Query(max_length=200)] = None,
    rating: Annotated[list[int], Query(max_length=5)] = [],  # noqa: B006
    priority: Priority | None = None,
    customer: Annotated[list[UUID], Query(max_length=200)] = [],  # noqa: B006
    unread: bool = False,
    followed: bool = False,
    mentioned: bool = False,
    undelivered: bool = False,
    q: Annotated[str | None, Query(max_length=200)] = None,
    found: Annotated[list[UUID], Query(max_length=200)] = [],  # noqa: B006
    sort: api.Sort = api.Sort.NEWEST,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> api.ConversationPage:
    """A page of the list. `found`: customers whom another service has found for `q`; their conversations are found
    with the others. A page of a search may be short and have a next one."""
    wanted = Filter(
        me=agent.id,
        status=status,
        assignee={"me": agent.id, "any": None}.get(assignee or "any", assignee),
        labels=label,
        channels=channel,
        accounts=account,
        store=store,
        ratings=rating,
        priority=priority,
        customers=customer,
        unread=unread,
        followed=followed,
        mentioned=mentioned,
        undelivered=undelivered,
        q=q,
        found=found,
    )
    try:
        rows, following = await here.queries.page(wanted, sort, cursor, limit)
    except BadCursor:
        raise Problem(422, "bad_cursor", "The list has changed; start again from the top.") from None
    except TooWide:
        raise Problem(422, "search_too_wide", "The search took too long; type more of the words.") from None
    return api.ConversationPage(items=tuple(map(views.summary, rows)), next=following)


@router.get("/conversations/counts")
async def counts(here: Here, agent: Agent) -> api.Counts:
    """The sizes of the standard views."""
    return api.Counts(**await here.queries.counts(agent.id))


@router.get("/inboxes")
async def inboxes(here: Here, agent: Agent) -> list[api.InboxCount]:
    """Accounts that have conversations."""
    return [api.InboxCount(**row) for row in await here.queries.inboxes()]


@router.get("/customers/{customer_id}/notes")
async def notes(customer_id: UUID, here: Here, agent: Agent) -> list[api.CustomerNote]:
    """The newest internal notes in all conversations of a customer."""
    return [api.CustomerNote(**row) for row in await here.queries.notes(customer_id, NOTES_MAX)]


@router.get("/conversations/{conversation_id}")
async def conversation(conversation_id: UUID, here: Here, agent: Agent) -> api.ConversationSummary:
    """One row of the list."""
    return views.summary(await row_of(here, conversation_id, agent.id))


@router.get("/conversations/{conversation_id}/timeline")
async def timeline(
    conversation_id: UUID,
    here: Here,
    agent: Agent,
    before: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> api.Timeline:
    """The thread, newest page first, each page oldest first."""
    try:
        until = Moment.read(before) if before else None
    except BadCursor:
        raise Problem(422, "bad_cursor", "The thread has changed; start again from its end.") from None
    async with here.queries.at_once() as queries:
        row = await row_of(replace(here, queries=queries), conversation_id, agent.id)
        messages, more = await queries.thread(conversation_id, until, limit)
        older = Moment.of(messages[0]) if more else None
        lines = await queries.events(conversation_id, TOLD, older and older.at, until and until.at)
        last = await queries.last_inbound(conversation_id)
        third = await queries.third_party(conversation_id, last.id) if last else None
        participants = await queries.participants(conversation_id)
        spoken_of = [contact for r in lines if (contact := named_in(r.event)) is not None]
        writers = [m.contact_id for m in (*messages, last, third) if m and m.contact_id]
        contacts = await queries.contacts({*writers, *spoken_of, *participants})
        accounts = await queries.accounts()
        undelivered = await queries.undelivered(conversation_id)
        reasons = await queries.missed_reasons({m for r in lines if (m := missed_in(r.event)) is not None})
        absorbed = await queries.absorbed(conversation_id)
        comments = await queries.comments([r.event.comment_id for r in lines if isinstance(r.event, Rated)])
    customer = views.contact(contacts.get(last.contact_id) if last and last.contact_id else None)
    mine = views.mine(
        row["seen"],
        {row["account"], *accounts},
        last,
        customer if last else views.contact(row, "contact_"),
        (third.reply_to or views.contact(contacts.get(third.contact_id) if third.contact_id else None))
        if third
        else None,
        tuple(views.contact(contacts.get(i)) for i in participants),
        undelivered,
        reasons,
        absorbed,
        comments,
    )
    # In a thread: a hundred hostile mails take the sanitiser seconds.
    sign = partial(images.address, here.images_key)
    return await asyncio.to_thread(
        views.timeline, row, messages, lines, contacts, older, mine, sign, here.log.kept
    )
