"""What agents write to customers: answers, held ones, forwarded mails, new conversations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import reduce
from uuid import UUID

from nitka.api import commands as api
from nitka.conversation.domain import Conversation, Refused, decide, templates
from nitka.conversation.domain import commands as c
from nitka.conversation.domain.events import Then
from nitka.conversation.domain.subjects import answer_subject, forward_subject
from nitka.conversation.handlers.command import Request, apply, run, written
from nitka.conversation.handlers.rating import ask_to_rate
from nitka.conversation.handlers.unit import Unit, unit_of_work
from nitka.conversation.handlers.variables import signers
from nitka.conversation.store import drafts
from nitka.conversation.store.content import Content, Kind
from nitka.conversation.store.events import EventLog
from nitka.events import Actor, ActorKind, Channel, ContactPoint, DeliveryState, derived_id
from nitka.events.conversation import ForwardMode

REFERENCES_MAX = 20
"""Ids in the References of our mails: the first, which names the thread, and the newest."""


def reply(log: EventLog, request: Request, body: api.Reply) -> None:
    """Answer the customer and do what `then` says, in one step, or hold the answer for a while. `then` was meant
    for what the author had `seen`: it is left where the customer has written since. Raises Refused."""

    def step(unit: Unit, state: Conversation) -> None:
        content = _answer(unit, request, state, body)
        unit.index(state.account, [content.external_id or ""], request.conversation_id)
        unit.finish_draft(content, str(request.conversation_id))
        _sign(unit, request, content)
        if body.hold_seconds:
            _hold(unit, request, body, content)
            return
        content.delivery, content.draft = DeliveryState.QUEUED.value, None
        apply(unit, request, c.Reply(content.id, body.seen, _is_aside(unit, state, content)), content)
        if state.wrote_after(body.seen):
            return
        if body.then == "close":
            apply(unit, request, c.Close())
            ask_to_rate(unit, request, content)
        elif body.then == "snooze" and body.snooze_until is not None:
            apply(unit, request, c.Snooze(body.snooze_until))

    _check(body, request.now)
    run(log, request, step)


def _check(body: api.Reply | api.StartConversation, now: datetime) -> None:
    if not body.text.strip() and not body.attachments:
        raise Refused("empty", "There is nothing to send.")
    if body.then == "snooze" and body.snooze_until is None:
        raise Refused("snooze_without_time", "Say until when to snooze.")
    if body.snooze_until is not None and body.snooze_until <= now:
        raise Refused("snooze_in_the_past", "The time to wake up must lie ahead.")


def _hold(
    unit: Unit, request: Request, body: api.Reply | api.StartConversation | api.Forward, content: Content
) -> None:
    content.send_at = request.now + timedelta(seconds=body.hold_seconds)
    command = (
        c.ScheduleForward(content.id, content.send_at, body.message_id, ForwardMode(body.mode))
        if isinstance(body, api.Forward)
        else c.ScheduleReply(
            content.id,
            content.send_at,
            Then(body.then),
            body.snooze_until,
            body.seen if isinstance(body, api.Reply) else None,
        )
    )
    apply(unit, request, command, content)


def _sign(unit: Unit, request: Request, content: Content, below: drafts.Body | None = None) -> None:
    """Put the inbox's signature under a mail, above what is passed on `below`. What its author wrote is kept for
    when it is taken back."""
    if content.channel != Channel.EMAIL:
        return
    inbox = unit.book().inbox(content.account)
    signature = templates.render(inbox.signature, signers(inbox, request.agent_name))
    if not signature and below is None:
        return
    content.draft = content.draft or drafts.of_content(content)
    whole = reduce(drafts.joined, (content.draft, {"text": signature}, below or {}))
    content.text, content.html = whole["text"], whole["html"]


def withdraw(log: EventLog, request: Request, message_id: UUID) -> None:
    """Take a held message back; what was written is its author's draft again. Raises Refused."""

    def step(unit: Unit, state: Conversation) -> None:
        content = unit.contents([message_id]).get(message_id)
        apply(unit, request, c.WithdrawReply(message_id))
        unit.edits.withdraw(message_id)
        if content is not None and content.forwarded != ForwardMode.REDIRECT:
            unit.restore_draft(content, _draft_key(state, content), request.now)

    run(log, request, step)


def _draft_key(state: Conversation, content: Content) -> str:
    if content.forwarded:
        return f"{content.conversation_id}.forward"
    return "new" if state.is_blank else str(content.conversation_id)


def send_now(log: EventLog, request: Request, message_id: UUID) -> None:
    """End the hold of an answer. Raises Refused."""
    run(log, request, lambda unit, _: _release(unit, request, message_id))


def _release(unit: Unit, request: Request, message_id: UUID) -> None:
    content = unit.contents([message_id]).get(message_id)
    if content is not None:
        unit.release(content, request.now)
    before = unit.state(request.conversation_id)
    aside = content is not None and before is not None and _is_aside(unit, before, content)
    apply(unit, request, c.ReleaseReply(message_id, aside))
    after = unit.state(request.conversation_id)
    if content is not None and before is not None and after is not None and after.closings > before.closings:
        ask_to_rate(unit, request, content)


def release_due(log: EventLog, now: datetime, limit: int) -> int:
    """Let answers leave whose hold has ended; returns how many conversations had one. Driven by the table, so a
    restart loses none."""
    with unit_of_work(log) as unit:
        due = unit.held_until(now, limit)
        unit.load(due)
        for conversation_id in due:
            state = unit.state(conversation_id)
            for message_id, held in state.held.items() if state else ():
                if held.send_at <= now:
                    actor = Actor(kind=ActorKind.AGENT, id=held.agent_id)
                    cause = derived_id("hold-ended", str(message_id))
                    _release(unit, Request(conversation_id, cause, actor, now), message_id)
    return len(due)


def forward(log: EventLog, request: Request, body: api.Forward) -> None:
    """Pass a message on to somebody else by mail. Raises Refused."""

    def step(unit: Unit, state: Conversation) -> None:
        original = unit.contents([body.message_id]).get(body.message_id)
        if state.channel is not Channel.EMAIL:
            raise Refused("not_mail", "Only mails can be passed on.")
        if original is None or original.conversation_id != request.conversation_id:
            raise Refused("not_found", "There is no such message in this conversation.")
        if body.mode == "redirect" and original.raw_blob is None:
            raise Refused("no_source", "Only a received mail can be redirected; forward it instead.")
        content = written(request, state, Kind.OUTBOUND, body.text)
        content.html = body.html
        content.recipients, content.cc, content.bcc = body.to, body.cc, body.bcc
        content.forwarded, content.original_id = body.mode, original.id
        content.external_id = f"{content.id}@{state.account.rpartition('@')[2]}"
        content.subject = forward_subject(original.subject or unit.subject(request.conversation_id))
        if body.mode == "redirect":
            content.raw_blob, content.text, content.html = original.raw_blob, original.text, None
        else:
            content.draft = _written(body)
            _sign(unit, request, content, body.below.model_dump() if body.below else None)
            content.attachments = [*original.attachments, *body.attachments]
            unit.finish_draft(content, f"{request.conversation_id}.forward")
        unit.index(state.account, [content.external_id], request.conversation_id)
        if body.hold_seconds:
            _hold(unit, request, body, content)
            return
        content.delivery, content.draft = DeliveryState.QUEUED.value, None
        apply(unit, request, c.Forward(content.id, original.id, ForwardMode(body.mode)), content)

    run(log, request, step)


def _written(body: api.Forward) -> drafts.Body:
    """What its author wrote of a forward, without what it quotes."""
    written = body.model_dump(mode="json", include={"mode", "text", "html", "to", "cc", "bcc", "attachments"})
    return {**written, "message_id": str(body.message_id)}


def start(log: EventLog, request: Request, body: api.StartConversation) -> None:
    """Begin a conversation by writing first. Raises Refused."""
    _check(body, request.now)
    with unit_of_work(log) as unit:
        if not unit.unprocessed([request.command_id]):
            return
        inbox = unit.book().inboxes.get(body.account)
        if inbox is None or inbox.channel is not Channel.EMAIL:
            raise Refused("unknown_inbox", "This is none of our inboxes for mail.")
        contact_id = unit.contact_ids([body.to[0]])[body.to[0].key]
        begin = c.Start(contact_id, Channel.EMAIL, body.account, unit.numbers(1)[0])
        opened = decide(None, begin, request.actor, request.now)
        unit.record(request.conversation_id, opened, request.meta)
        customer = unit.customers_of([contact_id]).get(contact_id)
        if customer is not None:
            apply(unit, request, c.LinkCustomer(customer))
        apply(unit, request, c.Assign(request.actor.id))
        state = unit.state(request.conversation_id)
        assert state is not None
        content = _mail(request, state, body)
        content.recipients = body.to
        content.subject = " ".join(body.subject.split())
        unit.finish_draft(content, "new")
        unit.index(state.account, [content.external_id or ""], request.conversation_id)
        _sign(unit, request, content)
        if body.hold_seconds:
            _hold(unit, request, body, content)
        else:
            content.delivery, content.draft = DeliveryState.QUEUED.value, None
            apply(unit, request, c.Reply(content.id), content)
            if body.then == "close":
                apply(unit, request, c.Close())
            elif body.then == "snooze" and body.snooze_until is not None:
                apply(unit, request, c.Snooze(body.snooze_until))
        unit.processed(request.command_id, request.now)


def _mail(request: Request, state: Conversation, body: api.Reply | api.StartConversation) -> Content:
    content = written(request, state, Kind.OUTBOUND, body.text)
    content.html = body.html if state.channel is Channel.EMAIL else None
    content.cc, content.bcc = body.cc, body.bcc
    content.attachments = body.attachments
    mail = state.channel is Channel.EMAIL
    content.external_id = f"{content.id}@{state.account.rpartition('@')[2]}" if mail else str(content.id)
    return content


def _answer(unit: Unit, request: Request, state: Conversation, body: api.Reply) -> Content:
    content = _mail(request, state, body)
    last = _answered(unit, request.conversation_id, {p.key for p in (*body.to, *body.cc, *body.bcc)})
    before = last or unit.last_outbound(request.conversation_id)
    content.in_reply_to = before.external_id if before else None
    content.recipients = body.to
    if not body.to:
        content.recipients = [_customer(unit, request.conversation_id, last)]
        if not body.cc:
            copies = (unit.contact(i) for i in sorted(state.participants))
            content.cc = [p for p in copies if p is not None and p.key != content.recipients[0].key]
    if state.channel is Channel.EMAIL:
        subject = unit.subject(request.conversation_id)
        # A first mail that was taken back and is sent now answers nothing.
        content.subject = answer_subject(subject, state.number) if before else subject
        content.refs = references(before)
        content.original_id = last.id if last else None
    return content


def _answered(unit: Unit, conversation_id: UUID, readers: set[str]) -> Content | None:
    """What is answered, and goes below the answer: of what the customer wrote third parties see nothing, and the
    customer nothing of theirs."""
    third = unit.third_parties(conversation_id) if readers else {}
    if third and readers <= third.keys():
        return unit.last_by(conversation_id, [third[key] for key in readers])
    return unit.last_inbound(conversation_id)


def _is_aside(unit: Unit, state: Conversation, content: Content) -> bool:
    """Whether an answer goes to third parties alone, while the customer's side waits."""
    since = state.owed_since
    if since is None or state.channel is not Channel.EMAIL:
        return False
    third = unit.third_parties(content.conversation_id)
    if not {p.key for p in (*content.recipients, *content.cc, *content.bcc)} <= third.keys():
        return False
    waiting = unit.wrote_since(content.conversation_id, since)
    return not waiting or not waiting <= set(third.values())


def _customer(unit: Unit, conversation_id: UUID, last: Content | None) -> ContactPoint:
    """Who wrote last; whom the conversation began with, where no person has written yet."""
    writer = last.contact_id if last else None
    found = (last and last.reply_to) or unit.contact(writer or unit.contact_of(conversation_id))
    if found is None:
        raise Refused("no_recipient", "The customer's address has been erased.")
    return found


def references(last: Content | None) -> Sequence[str]:
    """The References of a mail that answers this one: the first id, which names the thread, and the newest."""
    if last is None or last.external_id is None:
        return []
    chain = [*last.refs, last.external_id]
    return chain if len(chain) <= REFERENCES_MAX else [chain[0], *chain[1 - REFERENCES_MAX :]]
