"""What an answer by mail carries below it: what it answers, on its way only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nitka.api import commands as api
from nitka.conversation.api.safe_html import sanitise
from nitka.conversation.domain import commands as c
from nitka.conversation.domain.quotes import is_forward, trim
from nitka.conversation.domain.quotes.quoting import SIZE_MAX, one_line, quote
from nitka.conversation.handlers import command, writing
from nitka.conversation.outbox.words import WORDS
from nitka.events import Automatic, ContactKind, ContactPoint
from nitka.events import conversation as public

if TYPE_CHECKING:
    from conftest import Story

AT = datetime(2026, 11, 3, 9, 12, tzinfo=UTC)
LINE = WORDS["en"].above("Maria", AT, ZoneInfo("Europe/Warsaw"))
QUOTED = "On 02 Mar 2026 at 12:00 UTC, ann@x.example wrote:\n> This is a@x."


def test_a_quote_says_who_wrote_it_and_when() -> None:
    found = quote(LINE, "Where is my <parcel>?\n\nMaria")
    assert found is not None
    assert found.text == "On 03 Nov 2026 at 10:12, Maria wrote:\n> Where is my <parcel>?\n>\n> Maria"
    assert LINE in found.html
    assert "Where is my &lt;parcel&gt;?<br><br>Maria</blockquote>" in found.html


@pytest.mark.parametrize("language", WORDS)
@given(
    name=st.text(max_size=300) | st.just("Żaneta Öğren"),
    said=st.text() | st.just("Where is it?\n\n> earlier\n\nMaria"),
    at=st.datetimes(datetime(1990, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - Hypothesis wants it so
    zone=st.sampled_from([None, ZoneInfo("Europe/Istanbul")]),
)
def test_what_we_quote_is_folded_again(
    language: str, name: str, said: str, at: datetime, zone: ZoneInfo | None
) -> None:
    line = WORDS[language].above(one_line(name), at, zone)
    found = quote(line, said)
    if found is not None:
        fresh = trim(f"It leaves today.\n\n{found.text}").fresh
        if is_forward(line):  # somebody who calls themselves "Forwarded message": quoted, not folded, nothing lost
            assert fresh == f"It leaves today.\n\n{found.text}"
            return
        assert fresh == "It leaves today."
        clean = sanitise(f"<p>It leaves today.</p><br>{found.html}", {})
        assert clean is not None
        assert clean.quoted
        before, mark, _ = clean.html.partition('data-quote=""')
        assert mark
        assert "blockquote" not in before


def test_what_a_mail_quotes_itself_is_not_quoted_again() -> None:
    found = quote(LINE, "Thanks!\n\nOn Mon, 2 Nov 2026 at 14:22, Shop <a@shop.example> wrote:\n> It left.")
    assert found is not None
    assert found.text.splitlines()[1:] == ["> Thanks!"]
    assert quote(LINE, "On Mon, 2 Nov 2026 at 14:22, Shop <a@shop.example> wrote:\n> It left.") is None
    assert quote(LINE, " \n") is None


def test_a_thread_does_not_grow_with_its_mails() -> None:
    text = "Hello"
    for _ in range(5):
        found = quote(LINE, text)
        assert found is not None
        text = f"Hello\n\n{found.text}"
    assert len(text) < 100


@pytest.mark.parametrize("said", ["word " * 10_000, "x" * 10**6, "\n" * 50_000 + "x\n" * 60_000])
def test_a_quote_has_an_end(said: str) -> None:
    found = quote(LINE, said)
    assert found is not None
    assert found.text.endswith("…")
    assert len(found.text) < 4 * SIZE_MAX
    assert found.html.count("<") < SIZE_MAX, "else the mail would leave without its formatting"


def _answered(story: Story, **fields: object) -> None:
    place = story.place(story.mail("a@x", "ann@x.example"))
    reply = api.Reply.model_validate({"command_id": uuid4(), "text": "On its way.", **fields})
    writing.reply(story.log, story.request(place), reply)


@pytest.mark.stack
def test_an_answer_carries_what_it_answers_and_is_kept_without(story: Story) -> None:
    _answered(story, html="<p>On its <b>way</b>.</p>")
    (sent,) = story.sent()
    assert sent.text == f"On its way.\n\n{QUOTED}"
    assert sent.html is not None
    assert sent.html.startswith("<p>On its <b>way</b>.</p><br>")
    assert "This is a@x.</blockquote>" in sent.html
    (kept,) = story.rows("SELECT text, html FROM conversation.message WHERE kind = 'outbound'")
    assert (kept["text"], kept["html"]) == ("On its way.", "<p>On its <b>way</b>.</p>")
    (told,) = [p for p in story.published() if isinstance(p, public.AgentReplied)]
    assert told.text == "On its way."


@pytest.mark.stack
def test_the_question_for_a_rating_belongs_to_the_answer(story: Story) -> None:
    _answered(story, then="close")
    (sent,) = story.sent()
    assert sent.text.startswith("On its way.\n\n--\nHow did we do?")
    assert sent.text.endswith(f"\n\n{QUOTED}")


@pytest.mark.stack
def test_a_held_answer_quotes_what_it_was_written_to(story: Story) -> None:
    _answered(story, hold_seconds=10)
    story.mail("b@x", "ann@x.example", 60, answers="a@x")
    writing.release_due(story.log, story.at(61), 10)
    (sent,) = story.sent()
    assert sent.text.endswith(QUOTED)


@pytest.mark.stack
def test_what_was_erased_is_not_quoted(story: Story) -> None:
    _answered(story)
    with story.log.writing() as cursor:
        cursor.execute("DELETE FROM message WHERE kind = 'inbound'")
    assert [m.text for m in story.sent()] == ["On its way."]


@pytest.mark.stack
def test_what_a_machine_wrote_is_not_quoted(story: Story) -> None:
    place = story.place(story.mail("a@x", "shop@partner.example", automatic=Automatic.BULK))
    reply = api.Reply(command_id=uuid4(), text="Please stop.")
    command.carry_out(story.log, story.request(place), c.Reopen())
    writing.reply(story.log, story.request(place), reply)
    assert [m.text for m in story.sent()] == ["Please stop."]


@pytest.mark.stack
def test_what_is_passed_on_or_answers_nobody_has_no_quote_of_ours(story: Story) -> None:
    question = story.mail("a@x", "ann@x.example")
    to = [ContactPoint(kind=ContactKind.EMAIL, value="warehouse@partner.example")]
    passed = api.Forward(command_id=uuid4(), message_id=question, text="Please see", to=to)
    writing.forward(story.log, story.request(story.place(question)), passed)
    assert [m.text for m in story.sent()] == ["Please see"]
