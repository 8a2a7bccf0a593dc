"""Rules at work: in the transaction of the message that they look at, so once, whatever is delivered again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nitka.api.rules import Action, AddLabel, AssignTo, Fact, SendTemplate, ToQueue, WithPriority
from nitka.api.settings import SaveInbox
from nitka.conversation.domain import ALLOWED, Conversation, decide, templates
from nitka.conversation.domain import commands as c
from nitka.conversation.domain.hours import is_open
from nitka.conversation.domain.quotes import trim
from nitka.conversation.domain.rules import Effect, Facts, evaluate, needs, quiet
from nitka.conversation.domain.subjects import answer_subject
from nitka.conversation.handlers.language import detect
from nitka.conversation.handlers.unit import Unit
from nitka.conversation.handlers.variables import values_of
from nitka.conversation.handlers.writing import references
from nitka.conversation.store import settings as store
from nitka.conversation.store.content import Content, Kind
from nitka.conversation.store.mapping import Meta
from nitka.events import (
    SYSTEM,
    Actor,
    ActorKind,
    Channel,
    ContactPoint,
    DeliveryState,
    Envelope,
    MessageReceived,
    derived_id,
)
from nitka.events.conversation import AssignReason


def apply_rules(
    unit: Unit, conversation_id: UUID, envelope: Envelope, message: MessageReceived, content: Content
) -> None:
    """Do what the shop's rules say to a message that has just been recorded in a conversation."""
    book = unit.book()
    if message.account not in book.inboxes:
        store.meet_inbox(unit.cursor, message.account, message.channel)
    work = _Work(unit, conversation_id, envelope, message, content, book)
    work.join_queue()
    work.follow_rules()


@dataclass(frozen=True, slots=True)
class _Work:
    """One message and what is to be done about it."""

    unit: Unit
    conversation_id: UUID
    envelope: Envelope
    message: MessageReceived
    content: Content
    book: store.Book

    @property
    def inbox(self) -> SaveInbox:
        return self.book.inbox(self.message.account, self.message.channel)

    def _state(self) -> Conversation:
        state = self.unit.state(self.conversation_id)
        assert state is not None, "a message is recorded before its rules are followed"
        return state

    @property
    def _now(self) -> datetime:
        """When the message arrived: by our clock, whatever its sender's says."""
        return self.envelope.recorded_at

    @property
    def _opens(self) -> bool:
        return self._state().messages == (self.content.id,)

    def join_queue(self) -> None:
        """A new conversation joins the queue of its inbox."""
        if self.inbox.queue is not None and self._opens:
            self._do(c.SetQueue(self.inbox.queue), SYSTEM)

    def follow_rules(self) -> None:
        """Evaluate the rules once and do what they say, in their order."""
        rules = [r for r in self.book.rules if r.rule.enabled]
        if rules:
            for effect in evaluate(rules, self._facts(needs(r.rule for r in rules))):
                self._follow(effect)

    def _facts(self, needed: Collection[Fact]) -> Facts:
        message, state = self.message, self._state()
        fact = (
            store.customer_fact(self.unit.cursor, state.customer_id)
            if state.customer_id and {Fact.SEGMENT, Fact.ORDER_STATUS} & set(needed)
            else None
        )
        first_contact = Fact.FIRST_CONTACT in needed and self._opens and self._never_wrote()
        return facts_of(
            self.content,
            message.sender,
            needed,
            inbox=self.inbox,
            first=self._opens,
            customer_known=state.customer_id is not None,
            segment=fact.segment if fact else None,
            order_status=fact.last_order_status if fact else None,
            first_contact=first_contact,
        )

    def _never_wrote(self) -> bool:
        contact_id = self.content.contact_id
        return contact_id is not None and not self.unit.takes_part_elsewhere(contact_id, self.conversation_id)

    def _follow(self, effect: Effect) -> None:
        actor = Actor(kind=ActorKind.RULE, id=str(effect.rule_id))
        match effect.action:
            case SendTemplate(template_id=template_id):
                self._answer(effect, template_id, actor)
            case AssignTo() if self._state().assignee is not None:
                pass  # whoever has it keeps it
            case action:
                self._do(_command(action), actor)

    def _do(self, command: c.Command, actor: Actor, content: Content | None = None) -> bool:
        """Record a command; False where it changes nothing, or the conversation's status does not allow it."""
        state = self._state()
        if state.status not in ALLOWED[type(command)]:
            return False
        events = decide(state, command, actor, self._now)
        if events:
            self.unit.record(self.conversation_id, events, Meta.of(self.envelope), content)
        return bool(events)

    def _answer(self, effect: Effect, template_id: UUID, actor: Actor) -> None:
        template = self.book.templates.get(template_id)
        recipient = self.message.reply_to or self.message.sender
        facts = self._facts(())
        own = (*self.book.inboxes, self.message.account)
        if template is None or quiet(facts, recipient, own, self.content.at, self._now):
            return
        # Two addresses may be one machine that answers itself: the window holds for both.
        contacts = list(self.unit.contact_ids([self.message.sender, recipient]).values())
        if store.answered_since(self.unit.cursor, contacts, self._now - effect.window):
            return
        answer = self._letter(effect, templates.variant(template, self._language(bool(template.variants))))
        if self._do(c.AutoReply(answer.id, str(effect.rule_id), effect.window), actor, answer):
            self.unit.index(self.message.account, [answer.external_id or ""], self.conversation_id)
            store.note_answer(self.unit.cursor, answer.id, contacts, self.conversation_id, self._now)

    def _language(self, needed: bool) -> str | None:
        return detect(f"{self.content.subject or ''}\n{fresh(self.content)}") if needed else None

    def _letter(self, effect: Effect, template: templates.Text) -> Content:
        state, mail = self._state(), self.message.channel is Channel.EMAIL
        values = self._values()
        answer_id = derived_id("auto-reply", str(self.content.id))
        domain = self.message.account.rpartition("@")[2]
        recipient = self.message.reply_to or self.message.sender
        return Content(
            id=answer_id,
            conversation_id=self.conversation_id,
            sequence=state.version + 1,
            kind=Kind.OUTBOUND,
            at=self._now,
            channel=self.message.channel.value,
            account=self.message.account,
            author_name=self.inbox.name,
            recipients=[recipient],
            subject=answer_subject(self.unit.subject(self.conversation_id), state.number) if mail else None,
            text=templates.render(template.text, values),
            html=templates.render_html(template.html, values) if mail and template.html else None,
            automatic="auto_reply",
            rule_id=str(effect.rule_id),
            external_id=f"{answer_id}@{domain}" if mail else str(answer_id),
            in_reply_to=self.content.external_id,
            refs=references(self.content) if mail else [],
            delivery=DeliveryState.QUEUED.value,
        )

    def _values(self) -> dict[str, str]:
        state = self._state()
        fact = store.customer_fact(self.unit.cursor, state.customer_id) if state.customer_id else None
        return values_of(
            name=self.message.sender.name,
            address=self.message.sender.value,
            number=state.number,
            subject=self.unit.subject(self.conversation_id),
            inbox=self.inbox,
            agent=self.inbox.name,
            fact=fact,
        )


def _command(action: Action) -> c.Command:
    match action:
        case AddLabel(label=label):
            return c.AddLabel(label)
        case AssignTo(agent_id=agent_id):
            return c.Assign(agent_id, AssignReason.AUTOMATIC)
        case ToQueue(queue=queue):
            return c.SetQueue(queue)
        case WithPriority(priority=priority):
            return c.SetPriority(priority)
        case SendTemplate():
            raise ValueError("an answer is written, not commanded")


def fresh(content: Content) -> str:
    """What a message says newly; all of it where it only quotes."""
    return trim(content.text).fresh or content.text


def facts_of(
    content: Content,
    sender: ContactPoint,
    needed: Collection[Fact],
    *,
    inbox: SaveInbox,
    first: bool,
    customer_known: bool,
    segment: str | None,
    order_status: str | None,
    first_contact: bool,
) -> Facts:
    """What rules know of a stored message, as far as they ask for it."""
    subject = content.subject or ""
    text = fresh(content) if {Fact.TEXT, Fact.LANGUAGE} & set(needed) else ""
    return Facts(
        channel=content.channel,
        account=content.account,
        sender=sender,
        text=text,
        subject=subject,
        first=first,
        automatic=content.automatic is not None,
        report=content.is_report and not first,
        attachment=any(not a.inline for a in content.attachments),
        language=detect(f"{subject}\n{text}") if Fact.LANGUAGE in needed else None,
        inside_hours=Fact.HOURS not in needed or is_open(inbox.hours, content.arrived_at or content.at),
        customer_known=customer_known,
        segment=segment,
        order_status=order_status,
        first_contact=first_contact,
    )
