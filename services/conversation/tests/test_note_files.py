"""Files of a note: in the thread for the team, never on their way to the customer, gone with the conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from services.conversation.tests.test_erasure import ANN, erase

from nitka.conversation.api import views
from nitka.conversation.domain import Refused
from nitka.conversation.handlers import command
from nitka.conversation.store import content
from nitka.events import Attachment

if TYPE_CHECKING:
    from conftest import Story

pytestmark = pytest.mark.stack
FILE = Attachment(blob="sha256/" + "a" * 64, filename="claim.pdf", media_type="application/pdf", size=3)


def test_a_note_shows_its_files_and_nothing_of_them_leaves(story: Story) -> None:
    place = story.place(story.mail("a@x", ANN.value))
    told, sent = len(story.published()), len(story.sent())
    request = story.request(place)
    command.add_note(story.log, request, "The photo of the claim", attachments=(FILE,))
    (row,) = story.rows("SELECT * FROM conversation.message WHERE id = %s", request.command_id)
    (shown,) = views._note(content.read(row)).attachments
    assert (shown.filename, shown.url) == ("claim.pdf", f"/api/messages/{request.command_id}/attachments/0")
    assert story.row(place)["attachment_count"] == 0, "the list counts what customers send and get"
    assert len(story.sent()) == sent
    assert "claim" not in str(story.published()[told:])


def test_a_file_is_a_note_without_a_word_and_nothing_is_none(story: Story) -> None:
    place = story.place(story.mail("a@x", ANN.value))
    request = story.request(place)
    command.add_note(story.log, request, "", attachments=(FILE,))
    (row,) = story.rows("SELECT * FROM conversation.message WHERE id = %s", request.command_id)
    assert [file.filename for file in views._note(content.read(row)).attachments] == ["claim.pdf"]
    with pytest.raises(Refused, match="nothing to note"):
        command.add_note(story.log, story.request(place), "")


def test_the_files_of_a_note_are_forgotten_with_the_conversation(story: Story) -> None:
    place = story.place(story.mail("a@x", ANN.value))
    command.add_note(story.log, story.request(place), "The photo of the claim", attachments=(FILE,))
    erase(story)
    assert FILE.blob in {row["blob"] for row in story.rows("SELECT blob FROM conversation.erased_file")}
