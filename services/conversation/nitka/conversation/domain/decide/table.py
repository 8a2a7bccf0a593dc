"""Which command may be given in which status, and how a refusal is worded."""

from __future__ import annotations

from nitka.conversation.domain import commands as c
from nitka.conversation.domain.state import Conversation
from nitka.events import ConversationStatus

OPEN, CLOSED = ConversationStatus.OPEN, ConversationStatus.CLOSED
SNOOZED, ARCHIVED = ConversationStatus.SNOOZED, ConversationStatus.ARCHIVED

_ANY = frozenset({OPEN, SNOOZED, CLOSED, ARCHIVED})
_AT_WORK = frozenset({OPEN, SNOOZED})

ALLOWED: dict[type[c.Command], frozenset[ConversationStatus]] = {
    # command            may be given in                         leads to
    c.Receive: _ANY,  #                                          open (archived: by the inbox's setting)
    c.Reply: _AT_WORK,  #                                        as it was
    c.ScheduleReply: _AT_WORK,  #                                as it was
    c.ScheduleForward: _ANY,  #                                  as it was
    c.ReleaseReply: _ANY,  #                                     as it was, then what the answer says
    c.WithdrawReply: _ANY,  #                                    as it was
    c.Forward: _ANY,  #                                          as it was
    c.AutoReply: _AT_WORK,  #                                    as it was
    c.AddNote: _ANY,  #                                          as it was
    c.RecordDelivery: _ANY,  #                                   open when an answer is lost, else as it was
    c.RetryDelivery: frozenset({OPEN, SNOOZED, CLOSED}),  #      as it was
    c.Assign: _AT_WORK,  #                                       as it was
    c.Follow: _ANY,  #                                           as it was
    c.Unfollow: _ANY,  #                                         as it was
    c.AddParticipant: _ANY,  #                                   as it was
    c.RemoveParticipant: _ANY,  #                                as it was
    c.SetPriority: _AT_WORK,  #                                  as it was
    c.SetQueue: _AT_WORK,  #                                     as it was
    c.AddLabel: _ANY,  #                                         as it was
    c.RemoveLabel: _ANY,  #                                      as it was
    c.Close: _AT_WORK,  #                                        closed
    c.Reopen: frozenset({SNOOZED, CLOSED, ARCHIVED}),  #         open
    c.Snooze: _AT_WORK,  #                                       snoozed
    c.EndSnooze: frozenset({SNOOZED}),  #                        open
    c.Archive: frozenset({OPEN, SNOOZED, CLOSED}),  #            archived
    c.RequestRating: frozenset({CLOSED}),  #                     as it was
    c.Rate: _ANY,  #                                             as it was
    c.AbsorbRating: _ANY,  #                                     as it was
    c.LinkCustomer: _ANY,  #                                     as it was
    c.MergeInto: _ANY,  #                                        archived
    c.Absorb: _ANY,  #                                           open when what comes waits, else as it was
    c.Split: _ANY,  #                                            as it was
}
"""Every command on a conversation that exists. `Start` and `BeginWithSplit` make one; `Receive` may."""

_VERBS: dict[type[c.Command], str] = {
    c.Reply: "be answered",
    c.ScheduleReply: "be answered",
    c.AutoReply: "be answered",
    c.RetryDelivery: "send again",
    c.Assign: "be assigned",
    c.SetPriority: "change its priority",
    c.SetQueue: "change its queue",
    c.Close: "be closed",
    c.Reopen: "be reopened",
    c.Snooze: "be snoozed",
    c.EndSnooze: "wake up",
    c.Archive: "be archived",
    c.RequestRating: "ask for a rating",
}


class Refused(Exception):
    """The command cannot be carried out. `code` is stable, the text is for the agent."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def wrong_status(state: Conversation, command: c.Command) -> Refused:
    """Why this command cannot be given now."""
    if isinstance(command, c.Reopen):
        return Refused("already_open", "The conversation is open already.")
    status = state.status.value
    verb = _VERBS.get(type(command), "do that")
    hint = " Reopen it first." if status in (CLOSED, ARCHIVED) else ""
    return Refused(f"conversation_{status}", f"The conversation is {status} and cannot {verb}.{hint}")
