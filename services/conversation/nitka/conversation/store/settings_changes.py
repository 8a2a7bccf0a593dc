"""The shop's settings as people read and change them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncCursor
from psycopg.rows import dict_row
from psycopg.sql import SQL
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from nitka.api.rules import AddLabel, SaveRule
from nitka.api.settings import SaveInbox, SaveLabel, SaveShop
from nitka.api.templates import SaveTemplate
from nitka.conversation.store.settings import COUNT_UP, CustomerFact

_LAST_MESSAGES = SQL(
    "SELECT m.*, c.number, c.customer_id, c.subject AS conversation_subject, c.message_count, "
    "k.kind AS contact_kind, k.value AS contact_value, k.name AS contact_name, f.segment, f.last_order_status, "
    "NOT EXISTS (SELECT FROM conversation o WHERE o.contact_id = m.contact_id "
    "AND o.id <> c.id AND o.opened_at < c.opened_at) AS first_contact "
    "FROM (SELECT * FROM conversation WHERE merged_into IS NULL ORDER BY last_message_at DESC LIMIT %s) c "
    "JOIN LATERAL (SELECT * FROM message WHERE conversation_id = c.id AND kind = 'inbound' "
    "ORDER BY at {order}, sequence {order} LIMIT 1) m ON true "
    "LEFT JOIN contact k ON k.id = m.contact_id LEFT JOIN customer_fact f ON f.customer_id = c.customer_id "
    "ORDER BY c.last_message_at DESC"
)

Row = dict[str, Any]


class Settings:
    """Reads and writes of people, on a pool; `by` is the agent who changes."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def _cursor(self) -> AsyncIterator[AsyncCursor[Row]]:
        async with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            yield cursor

    async def _all(self, query: str, values: Sequence[object] = ()) -> list[Row]:
        async with self._cursor() as cursor:
            await cursor.execute(query.encode(), values)
            return await cursor.fetchall()

    async def _change(self, query: str, values: Sequence[object]) -> bool:
        """Carry out a change; returns whether there was something to change."""
        async with self._cursor() as cursor:
            await cursor.execute(query.encode(), values)
            changed = cursor.rowcount > 0
            if changed:
                await cursor.execute(COUNT_UP)
        return changed

    async def shop(self) -> Row | None:
        """The settings of the shop as a whole, once somebody has set them."""
        return next(iter(await self._all("SELECT * FROM shop_setting")), None)

    async def put_shop(self, shop: SaveShop, by: str, now: datetime) -> None:
        """Set the shop as a whole."""
        await self._change(
            "INSERT INTO shop_setting (body, updated_by, updated_at) VALUES (%s, %s, %s) "
            "ON CONFLICT (one) DO UPDATE SET body = excluded.body, updated_by = excluded.updated_by, "
            "updated_at = excluded.updated_at",
            (_json(shop), by, now),
        )

    async def inboxes(self) -> list[Row]:
        """All inboxes that have settings: those that ever had a message, and those made by hand."""
        return await self._all("SELECT * FROM inbox_setting ORDER BY account")

    async def inbox(self, account: str) -> SaveInbox | None:
        """One inbox's settings."""
        rows = await self._all("SELECT body FROM inbox_setting WHERE account = %s", (account,))
        return SaveInbox.model_validate(rows[0]["body"]) if rows else None

    async def put_inbox(self, account: str, inbox: SaveInbox, by: str, now: datetime) -> None:
        """Set an inbox."""
        await self._change(
            "INSERT INTO inbox_setting (account, body, updated_by, updated_at) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (account) DO UPDATE SET body = excluded.body, updated_by = excluded.updated_by, "
            "updated_at = excluded.updated_at",
            (account, _json(inbox), by, now),
        )

    async def rules(self) -> list[Row]:
        """All rules, in their order."""
        return await self._all("SELECT * FROM rule ORDER BY (body->>'position')::int, created_at, id")

    async def add_rule(self, rule_id: UUID, rule: SaveRule, by: str, now: datetime) -> None:
        """Add a rule; the same one again changes nothing."""
        await self._change(
            "INSERT INTO rule (id, body, updated_by, updated_at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (rule_id, _json(rule), by, now),
        )

    async def put_rule(self, rule_id: UUID, rule: SaveRule, by: str, now: datetime) -> bool:
        """Change a rule; returns whether it exists."""
        return await self._change(
            "UPDATE rule SET body = %s, updated_by = %s, updated_at = %s WHERE id = %s",
            (_json(rule), by, now, rule_id),
        )

    async def rename_in_rules(self, label: str, other: str, by: str, now: datetime) -> None:
        """Rules that add a label add another one from now on."""
        for row in await self.rules():
            rule = SaveRule.model_validate(row["body"])
            actions = tuple(
                action.model_copy(update={"label": other})
                if isinstance(action, AddLabel) and action.label == label
                else action
                for action in rule.actions
            )
            if actions != rule.actions:
                await self.put_rule(row["id"], rule.model_copy(update={"actions": actions}), by, now)

    async def delete_rule(self, rule_id: UUID) -> bool:
        """Forget a rule but for its name; returns whether it existed. What it did stays as it is."""
        return await self._change(
            "WITH gone AS (DELETE FROM rule WHERE id = %s RETURNING id, body->>'name' AS name) "
            "INSERT INTO deleted_rule (id, name) SELECT id, name FROM gone",
            (rule_id,),
        )

    async def rule_names(self) -> list[Row]:
        """What rules are called, deleted ones as well."""
        return await self._all("SELECT id, body->>'name' AS name FROM rule UNION ALL SELECT * FROM deleted_rule")

    async def templates(self) -> list[Row]:
        """All templates, by name."""
        return await self._all("SELECT * FROM template ORDER BY lower(body->>'name'), id")

    async def template(self, template_id: UUID) -> SaveTemplate | None:
        """One template."""
        rows = await self._all("SELECT body FROM template WHERE id = %s", (template_id,))
        return SaveTemplate.model_validate(rows[0]["body"]) if rows else None

    async def add_template(self, template_id: UUID, template: SaveTemplate, by: str, now: datetime) -> None:
        """Add a template; the same one again changes nothing."""
        await self._change(
            "INSERT INTO template (id, body, updated_by, updated_at) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT DO NOTHING",
            (template_id, _json(template), by, now),
        )

    async def put_template(self, template_id: UUID, template: SaveTemplate, by: str, now: datetime) -> bool:
        """Change a template; returns whether it exists."""
        return await self._change(
            "UPDATE template SET body = %s, updated_by = %s, updated_at = %s WHERE id = %s",
            (_json(template), by, now, template_id),
        )

    async def delete_template(self, template_id: UUID) -> bool:
        """Forget a template that no rule sends; returns whether it was there and free to go."""
        return await self._change(
            "DELETE FROM template WHERE id = %s AND NOT EXISTS "
            "(SELECT FROM rule, jsonb_array_elements(rule.body->'actions') AS action "
            "WHERE action->>'template_id' = template.id::text)",
            (template_id,),
        )

    async def labels(self) -> list[Row]:
        """Labels that were made, with their colour."""
        return await self._all("SELECT * FROM label ORDER BY name")

    async def uses(self, label: str) -> int:
        """How many conversations have a label."""
        rows = await self._all(
            "SELECT count(*) AS n FROM conversation WHERE labels @> ARRAY[%s]::text[] AND merged_into IS NULL",
            (label,),
        )
        return int(rows[0]["n"])

    async def put_label(self, label: SaveLabel, by: str, now: datetime) -> None:
        """Make a label, or give it a colour."""
        await self._change(
            "INSERT INTO label (name, colour, updated_by, updated_at) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (name) DO UPDATE SET colour = excluded.colour, updated_by = excluded.updated_by, "
            "updated_at = excluded.updated_at",
            (label.name, label.colour.value, by, now),
        )

    async def delete_label(self, name: str) -> None:
        """Forget a label's colour."""
        await self._change("DELETE FROM label WHERE name = %s", (name,))

    async def last_messages(self, limit: int, *, first: bool) -> list[Row]:
        """The newest message (or the first) that the customer's side wrote in each of the last conversations, with
        what rules know of it."""
        query = _LAST_MESSAGES.format(order=SQL("ASC") if first else SQL("DESC"))
        async with self._cursor() as cursor:
            await cursor.execute(query, (limit,))
            return await cursor.fetchall()

    async def customer_fact(self, customer_id: UUID) -> CustomerFact | None:
        """What is known of a customer's orders."""
        query = "SELECT segment, orders, last_order_number, last_order_status FROM customer_fact"
        rows = await self._all(f"{query} WHERE customer_id = %s", (customer_id,))
        return CustomerFact(**rows[0]) if rows else None


def _json(model: SaveShop | SaveInbox | SaveRule | SaveTemplate) -> Jsonb:
    return Jsonb(model.model_dump(mode="json"))
