"""Two conversations become one, one becomes two: by hand, or because mail proves it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from nitka.conversation.domain import Conversation, Refused, decide
from nitka.conversation.domain import commands as c
from nitka.conversation.domain.state import Owed
from nitka.conversation.handlers.command import Request, run
from nitka.conversation.handlers.unit import Unit
from nitka.conversation.store.content import Content, Kind
from nitka.conversation.store.events import EventLog
from nitka.events import derived_id


def absorb(source: UUID, state: Conversation) -> c.Absorb:
    """The command by which another conversation takes over all of this one."""
    return c.Absorb(
        conversation_id=source,
        message_ids=state.messages,
        contacts=state.contacts,
        deliveries=state.deliveries,
        refused=state.refused,
        retried=state.retried,
        **dict(state.owed),
        replied=state.replied,
        inbound=state.inbound > 0,
        automatic=state.automatic,
        auto_replied_at=state.auto_replied_at,
        split_from=state.split_from,
        numbers=state.numbers | {state.number},
        mentioned=state.mentioned,
        labels=state.labels,
        followers=state.followers,
        participants=state.participants,
        priority=state.priority,
        queue=state.queue,
        assignee=state.assignee,
        customer_id=state.customer_id,
    )


def merge(log: EventLog, request: Request, into: UUID) -> None:
    """Merge a conversation into another one, which keeps both histories. Raises Refused."""

    def step(unit: Unit, state: Conversation) -> None:
        target = unit.alive(into)
        other = unit.state(target) if target else None
        if target is None or other is None:
            raise Refused("not_found", "There is no such conversation to merge into.")
        if target == request.conversation_id:
            raise Refused("same", "A conversation cannot be merged into itself.")
        if other.account != state.account:
            raise Refused("other_inbox", "Only conversations of one inbox can be merged.")
        source = request.conversation_id
        merged = decide(state, c.MergeInto(target), request.actor, request.now)
        unit.record(target, decide(other, absorb(source, state), request.actor, request.now), request.meta)
        unit.record(source, merged, request.meta)
        unit.move(source, target)
        unit.move_drafts(source, target, request.now)

    run(log, request, step)


def split_id(request: Request) -> UUID:
    """The id of the conversation that a split makes."""
    return derived_id("split", str(request.command_id))


def split(log: EventLog, request: Request, message_ids: Collection[UUID]) -> None:
    """Give messages a conversation of their own. Raises Refused."""
    into = split_id(request)

    def step(unit: Unit, state: Conversation) -> None:
        chosen = [m for m in state.messages if m in message_ids]
        if len(chosen) != len(set(message_ids)):
            raise Refused("not_found", "Some of these messages are not in this conversation.")
        contents = unit.contents(state.messages)
        gone = [contents[m] for m in chosen if m in contents]
        first = next((m for m in gone if m.kind is Kind.INBOUND and m.contact_id), None)
        if first is None or first.contact_id is None:
            raise Refused("no_customer", "A new conversation needs a message of a customer.")
        stay = [contents[m] for m in state.messages if m in contents and m not in set(chosen)]
        # Whom we wrote to first need not have written.
        begun_with = {unit.contact_of(request.conversation_id)} if state.begun_by_us else set[UUID]()
        left = _owed(stay, state)
        part = c.Split(into, tuple(chosen), _contacts(stay) | begun_with, left.waiting_since, left.lost_since)
        unit.record(request.conversation_id, decide(state, part, request.actor, request.now), request.meta)
        begun = c.BeginWithSplit(
            contact_id=first.contact_id,
            channel=state.channel,
            account=state.account,
            number=unit.numbers(1)[0],
            absorbed=c.Absorb(
                conversation_id=request.conversation_id,
                message_ids=tuple(chosen),
                contacts=_contacts(gone),
                deliveries={m: state.deliveries[m] for m in chosen if m in state.deliveries},
                refused={m: state.refused[m] for m in chosen if m in state.refused},
                retried={m: state.retried[m] for m in chosen if m in state.retried},
                **dict(_owed(gone, state)),
                replied=any(map(_is_answer, gone)),
                inbound=any(map(_is_a_persons, gone)),
                auto_replied_at=max((m.at for m in gone if m.rule_id), default=None),
                split_from=state.split_from,
                numbers=state.numbers | {state.number},
                queue=state.queue or unit.book().inbox(state.account, state.channel).queue,
            ),
        )
        unit.record(into, decide(None, begun, request.actor, request.now), request.meta)
        customer = unit.customers_of([first.contact_id]).get(first.contact_id)
        if customer is not None:
            link = decide(unit.state(into), c.LinkCustomer(customer), request.actor, request.now)
            unit.record(into, link, request.meta)
        unit.part(into, chosen, state.account, [m.external_id for m in gone if m.external_id])

    run(log, request, step)


def _contacts(contents: Collection[Content]) -> frozenset[UUID]:
    return frozenset(m.contact_id for m in contents if m.contact_id is not None)


def _is_answer(message: Content) -> bool:
    return message.kind is Kind.OUTBOUND and not message.automatic and not message.forwarded


def _is_a_persons(message: Content) -> bool:
    return message.kind is Kind.INBOUND and message.automatic is None


def _owed(contents: Collection[Content], state: Conversation) -> Owed:
    """What we owe to whom of these messages; nothing where all is done."""
    if state.owed_since is None:
        return Owed()
    lost = state.lost & {m.id for m in contents}
    lost_since = _waiting(contents, but_for=lost) if lost else None
    return Owed(waiting_since=_waiting(contents), lost_since=lost_since, lost=lost)


def _waiting(contents: Collection[Content], but_for: Collection[UUID] = ()) -> datetime | None:
    """Since when one of these messages waits: the first of a person after our last answer (`but_for` some)."""
    since: datetime | None = None
    for message in sorted(contents, key=lambda m: (m.at, m.sequence)):
        if _is_answer(message) and message.id not in but_for:
            since = None
        elif _is_a_persons(message):
            since = since or message.at
    return since
