"""The Kafka records of a stored event: its public form, and the message that leaves because of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from uuid import UUID

from nitka.conversation.domain import events as e
from nitka.conversation.domain import threading
from nitka.conversation.domain.quotes import trim
from nitka.conversation.domain.quotes.quoting import LOOKED_AT, Quote, one_line, quote
from nitka.conversation.outbox.public import Material, payload
from nitka.conversation.outbox.words import Words, words_in
from nitka.conversation.store.content import Content
from nitka.conversation.store.mapping import Recorded
from nitka.events import (
    Channel,
    DeliveryState,
    Envelope,
    MessageRequested,
    Payload,
    RatingAsk,
    derived_id,
    envelope,
)
from nitka.events.conversation import ForwardMode
from nitka.events.topics import CONVERSATION_EVENTS, OUTBOUND_MESSAGES
from nitka.runtime.publisher import Record, record


@dataclass(frozen=True, slots=True)
class Outbox:
    """Maps events. `token_key` signs reply tokens; `rating_url` makes the link of a rating token; `words` are what
    we add in the shop's language, where `detect` does not know the customer's."""

    token_key: bytes
    rating_url: str
    words: Words
    detect: Callable[[str], str | None]

    def records(self, recorded: Recorded, material: Material) -> list[Record]:
        """The Kafka records that an event becomes, in order."""
        public = _envelope(recorded, payload(recorded, material))
        found = [record(CONVERSATION_EVENTS, str(recorded.conversation_id), public)]
        request = self._request(recorded, material)
        if request is not None:
            event_id = derived_id("outbound", str(request.message_id), str(request.attempt))
            wrapped = _envelope(recorded, request, event_id)
            found.append(record(OUTBOUND_MESSAGES, str(recorded.conversation_id), wrapped))
        return found

    def _request(self, recorded: Recorded, material: Material) -> MessageRequested | None:
        message_id = leaving(recorded.event)
        content = material.messages.get(message_id) if message_id else None
        if message_id is None or content is None or not content.recipients:
            return None
        again = recorded.event if isinstance(recorded.event, e.DeliveryChanged) else None
        if isinstance(recorded.event, e.RatingRequested) and content.automatic is None:
            return None  # the question stands below an answer, which has its own event
        mail = content.channel == Channel.EMAIL
        answered = _answered(content, material)
        words = (
            words_in(self.detect(trim(answered.text[:LOOKED_AT]).fresh), self.words) if answered else self.words
        )
        rating = self._rating(words, recorded.conversation_id, content)
        quoted = _quote(words, answered, material) if answered and content.automatic is None else None
        text, html = _below(quoted, _with_link(content, rating), _html_with_link(content, rating))
        return MessageRequested(
            conversation_id=recorded.conversation_id,
            message_id=message_id,
            channel=Channel(content.channel),
            account=content.account,
            author_name=content.author_name,
            to=tuple(content.recipients),
            cc=tuple(content.cc),
            bcc=tuple(content.bcc),
            subject=content.subject,
            text=text,
            html=html,
            attachments=tuple(content.attachments),
            external_id=content.external_id or str(message_id),
            in_reply_to=content.in_reply_to,
            references=tuple(content.refs),
            reply_token=threading.token(self.token_key, recorded.conversation_id) if mail else None,
            automatic=content.automatic is not None,
            redirect_of=content.raw_blob if content.forwarded == ForwardMode.REDIRECT else None,
            rating=rating,
            only=tuple(p.value for i in again.only if (p := material.contacts.get(i))) if again else (),
            attempt=again.attempt if again else 1,
        )

    def _rating(self, words: Words, conversation_id: UUID, content: Content) -> RatingAsk | None:
        if content.rating_closing is None:
            return None
        token = threading.rating_token(self.token_key, conversation_id, content.rating_closing)
        return RatingAsk(question=words.rating, token=token, link=self.rating_url + token)


def leaving(event: e.DomainEvent) -> UUID | None:
    """The message that leaves by its channel because of an event; None where none does."""
    match event:
        case e.Replied() | e.Forwarded() | e.AutoReplied() | e.RatingRequested():
            return event.message_id
        case e.DeliveryChanged(state=DeliveryState.QUEUED):
            return event.message_id
    return None


def _answered(content: Content, material: Material) -> Content | None:
    """What a message answers, if a person wrote it and nobody has erased it."""
    found = material.messages.get(content.answers) if content.answers else None
    return None if found is None or found.automatic else found


def _quote(words: Words, answered: Content, material: Material) -> Quote | None:
    author = material.contacts.get(answered.contact_id) if answered.contact_id else None
    if author is None:
        return None
    line = words.above(one_line(author.name or author.value), answered.at, material.zone)
    return quote(line, answered.text, author.name)


def _below(quoted: Quote | None, text: str, html: str | None) -> tuple[str, str | None]:
    """An answer with what it answers below it: on its way only, so that nothing here says it twice."""
    if quoted is None:
        return text, html
    return "\n\n".join(part for part in (text.rstrip(), quoted.text) if part), html and f"{html}<br>{quoted.html}"


def _with_link(content: Content, rating: RatingAsk | None) -> str:
    """A mail says the link in its text; other channels show buttons."""
    if rating is None or content.channel != Channel.EMAIL:
        return content.text or (rating.question if rating else "")
    asked = f"{rating.question} {rating.link}\n"
    return f"{content.text.rstrip()}\n\n--\n{asked}" if content.text.strip() else asked


def _html_with_link(content: Content, rating: RatingAsk | None) -> str | None:
    """A mail that has HTML, or nothing but the question, asks with a mark for each score."""
    mail = content.channel == Channel.EMAIL
    if rating is None or rating.link is None or not mail or (content.html is None and content.text.strip()):
        return content.html
    asked = f"<p>{escape(rating.question)}</p><p>{_marks(rating.link)}</p>"
    return f"{content.html}<p>--</p>{asked}" if content.html else asked


def _marks(link: str) -> str:
    """Each opens the page with its score chosen; that counts when the customer sends it."""
    look = (
        "display: inline-block; padding: 8px 12px; border: 1px solid #bbbbbb; border-radius: 8px; "
        "font-size: 18px; text-decoration: none"
    )
    return " ".join(
        f'<a href="{escape(link)}?score={score}" style="{look}">{score}&#8202;★</a>' for score in range(1, 6)
    )


def _envelope(recorded: Recorded, payload: Payload, event_id: UUID | None = None) -> Envelope:
    event, meta = recorded.event, recorded.meta
    return envelope(
        payload,
        event_id=event_id or derived_id("conversation", str(recorded.conversation_id), str(recorded.version)),
        actor=event.actor,
        occurred_at=event.at,
        recorded_at=event.at,
        correlation_id=meta.correlation_id,
        causation_id=meta.causation_id,
        traceparent=meta.traceparent,
    )
