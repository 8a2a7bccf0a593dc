"""The documented views: what the API, the reports page and every analyst read, so that figures agree.

Views of rows (`threads`, `messages`, …) are filtered and grouped like tables, in any time zone. Views with
parameters (`cards`, `daily`) are the definitions of the figures themselves. `docs/reference/kpi.md` and the
comments that an analyst sees in ClickHouse are made from this file.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class View:
    """A view. `parameters` are name → ClickHouse type, empty for a view of rows; `columns` name → meaning."""

    name: str
    meaning: str
    columns: dict[str, str]
    sql: str
    parameters: dict[str, str]


def create_view(view: View) -> str:
    """The statement that creates or replaces a view, with its documentation as its comment."""
    comment = "\n".join([view.meaning, *(f"{name}: {meaning}." for name, meaning in view.columns.items())])
    quoted = comment.replace("\\", "\\\\").replace("'", "\\'")
    return f"CREATE OR REPLACE VIEW {view.name} AS {view.sql} COMMENT '{quoted}'"


_RANGE = {"since": "Date", "until": "Date", "zone": "String"}


THREADS = View(
    "threads",
    "One row per conversation as it stands now; it counts on the day it was opened.",
    {
        "conversation_id": "the conversation",
        "number": "its short number",
        "opened_at": "when it was opened (UTC): the message's own time, but never later than Nitka recorded it",
        "merged_into": "the conversation it turned out to be a part of",
        "is_new_thread": "1 when the customer's side opened it, 0 for a machine's, an agent's or a merged one",
        "automatic": "what kind of machine wrote its first message, NULL for a person",
        "channel": "channel of its first message",
        "account": "inbox of its first message",
        "contact": "pseudonym of the customer's contact point",
        "customer_id": "the customer behind it, when known",
        "status": "open, closed, snoozed or archived",
        "assignee": "the agent it is assigned to, when it is",
        "labels": "its labels now, sorted",
        "first_response_at": "when an agent first replied",
        "closed_at": "when it was last closed, if it is closed now",
        "rating": "its last rating, 1 to 5",
    },
    """
WITH maxMapIf(map(ifNull(toString(e.label), ''), e.sequence), e.type = 'conversation.label_removed') AS removed
SELECT
    e.conversation_id AS conversation_id,
    anyIf(e.number, e.type = 'conversation.opened') AS number,
    minIf(e.at, e.type = 'conversation.opened') AS opened_at,
    argMaxIf(tuple(e.merged_into), e.sequence, e.type = 'conversation.merged').1 AS merged_into,
    toUInt8(
        countIf(e.type = 'conversation.opened' AND e.automatic IS NULL AND e.actor != 'agent') > 0
        AND merged_into IS NULL) AS is_new_thread,
    anyIf(e.automatic, e.type = 'conversation.opened') AS automatic,
    anyIf(e.channel, e.type = 'conversation.opened') AS channel,
    anyIf(e.account, e.type = 'conversation.opened') AS account,
    anyIf(e.contact, e.type = 'conversation.opened') AS contact,
    argMaxIf(tuple(e.customer_id), e.sequence, e.type = 'conversation.customer_linked').1 AS customer_id,
    argMaxIf(
        transform(
            toString(e.type),
            ['conversation.closed', 'conversation.snoozed', 'conversation.archived'],
            ['closed', 'snoozed', 'archived'],
            ifNull(toString(e.status), 'open')),
        e.sequence,
        e.type IN ('conversation.opened', 'conversation.closed', 'conversation.reopened',
                   'conversation.snoozed', 'conversation.archived')) AS status,
    argMaxIf(tuple(e.assignee), e.sequence, e.type = 'conversation.assigned').1 AS assignee,
    arraySort(mapKeys(mapFilter(
        (label, last) -> last > removed[label],
        maxMapIf(map(ifNull(toString(e.label), ''), e.sequence), e.type = 'conversation.label_added')))) AS labels,
    minOrNullIf(e.at, e.type = 'conversation.replied') AS first_response_at,
    if(status = 'closed', maxOrNullIf(e.at, e.type = 'conversation.closed'), NULL) AS closed_at,
    argMaxIf(e.score, e.sequence, e.type = 'conversation.rated') AS rating
FROM conversation_events AS e FINAL
GROUP BY e.conversation_id
HAVING countIf(e.type = 'conversation.opened') > 0
""",
    {},
)

MESSAGES = View(
    "messages",
    "One row per message between a person and an agent; what machines wrote and internal notes are left out.",
    {
        "message_id": "the message",
        "conversation_id": "the conversation it came to",
        "at": "when it was written (UTC)",
        "direction": "inbound from the customer, outbound from an agent",
        "channel": "its channel",
        "account": "the inbox it came to or left by",
        "contact": "pseudonym of the contact point that wrote it, NULL for outbound",
        "agent_id": "the agent who wrote it, NULL for inbound",
    },
    """
SELECT
    e.message_id AS message_id,
    e.conversation_id AS conversation_id,
    e.at AS at,
    if(e.type = 'conversation.replied', 'outbound', 'inbound') AS direction,
    e.channel AS channel,
    e.account AS account,
    e.contact AS contact,
    e.agent_id AS agent_id
FROM conversation_events AS e FINAL
WHERE e.type IN ('conversation.message_received', 'conversation.replied') AND e.automatic IS NULL
""",
    {},
)

USERS = View(
    "users",
    "One row per contact point that ever wrote to us; it counts on the day of its first message.",
    {
        "contact": "pseudonym of the contact point",
        "first_message_at": "when it wrote for the first time ever (UTC)",
        "channel": "the channel it first used",
    },
    """
SELECT
    m.contact AS contact,
    min(m.at) AS first_message_at,
    argMin(m.channel, m.at) AS channel
FROM messages AS m
WHERE m.direction = 'inbound' AND m.contact IS NOT NULL
GROUP BY m.contact
""",
    {},
)

RATINGS = View(
    "ratings",
    "One row per rating that a customer gave; it counts on the day it was given.",
    {
        "conversation_id": "the conversation that was rated",
        "at": "when (UTC)",
        "score": "1 (bad) to 5 (very good)",
        "agent_id": "who had closed the conversation, or had answered last where no agent closed it",
    },
    """
SELECT
    e.conversation_id AS conversation_id, e.at AS at, assumeNotNull(e.score) AS score, e.agent_id AS agent_id
FROM conversation_events AS e FINAL
WHERE e.type = 'conversation.rated' AND e.score IS NOT NULL
""",
    {},
)

PRESENCE = View(
    "presence",
    "One row per change of an agent's presence.",
    {
        "agent_id": "the agent",
        "at": "when (UTC)",
        "presence": "online, paused or offline from then on",
        "previous": "what it was before",
        "reason": "why they paused, in the team's words",
    },
    """
SELECT a.agent_id AS agent_id, a.at AS at, a.presence AS presence, a.previous AS previous, a.reason AS reason
FROM agent_events AS a FINAL
WHERE a.type = 'agent.presence_changed'
""",
    {},
)

SERVED = View(
    "served",
    'One row per conversation that "serve next" gave to an agent.',
    {
        "conversation_id": "the conversation",
        "agent_id": "who got it",
        "at": "when (UTC)",
        "waited_seconds": "how long the customer had waited by then, in seconds",
    },
    """
SELECT
    a.conversation_id AS conversation_id, a.agent_id AS agent_id, a.at AS at, a.waited_seconds AS waited_seconds
FROM agent_events AS a FINAL
WHERE a.type = 'agent.conversation_served'
""",
    {},
)

SEGMENTS = View(
    "segments",
    "One row per change of a customer's activity segment.",
    {
        "customer_id": "the customer",
        "at": "when (UTC)",
        "segment": "active, low_risk, high_risk or unknown from then on",
        "previous": "what it was before",
    },
    """
SELECT c.customer_id AS customer_id, c.at AS at, c.segment AS segment, c.previous AS previous
FROM customer_events AS c FINAL
WHERE c.type = 'customer.segment_changed'
""",
    {},
)

CARDS = View(
    "cards",
    "The six figures of the reports page for the days since … until, both included, in a time zone.",
    {
        "new_threads": "conversations that people opened in the range",
        "messages": "messages of customers and agents in the range",
        "new_users": "contact points that wrote for the first time ever in the range",
        "labelled_threads": "of the new threads, those that have at least one label now",
        "average_rating": "mean of the ratings given in the range, NULL without any",
        "ratings": "how many ratings were given in the range",
    },
    """
SELECT
    t.new_threads AS new_threads,
    m.messages AS messages,
    u.new_users AS new_users,
    t.labelled_threads AS labelled_threads,
    r.average_rating AS average_rating,
    r.ratings AS ratings
FROM
    (SELECT count() AS new_threads, countIf(notEmpty(labels)) AS labelled_threads
     FROM threads
     WHERE is_new_thread AND toDate(opened_at, {zone:String}) BETWEEN {since:Date} AND {until:Date}) AS t,
    (SELECT count() AS messages
     FROM messages
     WHERE toDate(at, {zone:String}) BETWEEN {since:Date} AND {until:Date}) AS m,
    (SELECT count() AS new_users
     FROM users
     WHERE toDate(first_message_at, {zone:String}) BETWEEN {since:Date} AND {until:Date}) AS u,
    (SELECT avgOrNull(score) AS average_rating, count() AS ratings
     FROM ratings
     WHERE toDate(at, {zone:String}) BETWEEN {since:Date} AND {until:Date}) AS r
""",
    _RANGE,
)

DAILY = View(
    "daily",
    "The same figures day by day, one row for every day of the range; a thread counts on the day it was opened.",
    {
        "day": "the day in the time zone",
        "new_threads": "as in cards",
        "messages": "as in cards",
        "new_users": "as in cards",
        "ratings": "as in cards",
    },
    """
SELECT
    facts.day AS day,
    countIf(facts.kind = 'thread') AS new_threads,
    countIf(facts.kind = 'message') AS messages,
    countIf(facts.kind = 'user') AS new_users,
    countIf(facts.kind = 'rating') AS ratings
FROM
(
    SELECT toDate(opened_at, {zone:String}) AS day, 'thread' AS kind
    FROM threads WHERE is_new_thread
    UNION ALL SELECT toDate(at, {zone:String}), 'message' FROM messages
    UNION ALL SELECT toDate(first_message_at, {zone:String}), 'user' FROM users
    UNION ALL SELECT toDate(at, {zone:String}), 'rating' FROM ratings
    UNION ALL SELECT {since:Date} + number, 'day'
              FROM numbers(toUInt64({until:Date} - {since:Date} + 1))
) AS facts
WHERE facts.day BETWEEN {since:Date} AND {until:Date}
GROUP BY facts.day
ORDER BY facts.day
""",
    _RANGE,
)

VIEWS = (THREADS, MESSAGES, USERS, RATINGS, PRESENCE, SERVED, SEGMENTS, CARDS, DAILY)
"""In the order of creation: a view may read those before it."""
