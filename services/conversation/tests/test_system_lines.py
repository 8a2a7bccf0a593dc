"""What happened to a conversation, as quiet lines."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from nitka.conversation.api.system_lines import TOLD, named_in, system_line
from nitka.conversation.domain import events as e
from nitka.conversation.store import mapping
from nitka.conversation.store.content import missed_key
from nitka.conversation.store.events import MAY_BE_LINES
from nitka.conversation.store.mapping import Meta, Recorded
from nitka.events import SYSTEM, DeliveryState

NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)


def failed(partial: bool) -> e.DeliveryChanged:
    return e.DeliveryChanged(
        at=NOW,
        actor=SYSTEM,
        message_id=uuid4(),
        state=DeliveryState.FAILED,
        recipient_id=uuid4(),
        partial=partial,
    )


def test_nothing_that_shows_as_a_line_is_left_out_where_lines_are_looked_for() -> None:
    assert f"topic <> '{mapping.topic(e.MessageReceived)}'" == MAY_BE_LINES
    assert e.MessageReceived not in TOLD


def test_a_delivery_that_failed_for_one_of_several_names_them() -> None:
    event = failed(partial=True)
    assert named_in(event) == event.recipient_id
    assert event.recipient_id is not None
    reasons = {missed_key(event.recipient_id, 1): "552 mailbox full", missed_key(event.recipient_id, 2): "No"}
    contacts = {event.recipient_id: {"value": "jan@x.example"}}
    line = system_line(recorded(event), contacts, {event.message_id: reasons}, {})
    assert line is not None
    assert (line.data["contact"], line.data["reason"]) == ("jan@x.example", "552 mailbox full")


def test_one_that_failed_altogether_names_nobody() -> None:
    line = system_line(recorded(failed(partial=False)), {}, {}, {})
    assert line is not None
    assert "contact" not in line.data


def test_a_rating_says_its_comment_until_that_is_erased() -> None:
    comment = uuid4()
    rated = e.Rated(at=NOW, actor=SYSTEM, score=2, comment_id=comment)
    told = [system_line(recorded(rated), {}, {}, comments) for comments in ({comment: "Too slow"}, {})]
    assert [line.data for line in told if line] == [{"score": 2, "comment": "Too slow"}, {"score": 2}]


def recorded(event: e.DomainEvent) -> Recorded:
    return Recorded(uuid4(), 7, event, Meta(causation_id=uuid4(), correlation_id=uuid4()))
