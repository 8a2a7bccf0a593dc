"""Routes of the shop, its inboxes and rules. Agents read them; supervisors and administrators change them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Path

from nitka.api import settings as api
from nitka.api.rules import Outcome, Preview, Rule, RuleName, SaveRule, SendTemplate, Trigger, TryRule
from nitka.conversation.api import views
from nitka.conversation.api.access import Agent, Context, Here, Supervisor
from nitka.conversation.domain import hours, templates
from nitka.conversation.domain.rules import matches, needs, quiet
from nitka.conversation.handlers.rules import facts_of
from nitka.conversation.projections import preview as preview_of
from nitka.conversation.store import content as contents
from nitka.events import Channel
from nitka.runtime.http import Problem
from nitka.runtime.tokens import CurrentCaller

LOOKED_AT = 100
"""Conversations that a preview looks at."""

router = APIRouter(prefix="/settings")

Account = Annotated[str, Path(max_length=320)]


@router.get("/shop")
async def shop(here: Here, caller: CurrentCaller) -> api.ShopSettings:
    """The shop as a whole. Analysts read it too: their reports have its days."""
    row = await here.settings.shop()
    if row is None:
        return api.ShopSettings(settings=api.SaveShop())
    saved = api.SaveShop.model_validate(row["body"])
    return api.ShopSettings(settings=saved, updated_by=row["updated_by"], updated_at=row["updated_at"])


@router.put("/shop")
async def put_shop(body: api.SaveShop, here: Here, supervisor: Supervisor) -> api.ShopSettings:
    """Set the shop as a whole."""
    now = datetime.now(UTC)
    await here.settings.put_shop(body, supervisor.id, now)
    return api.ShopSettings(settings=body, updated_by=supervisor.id, updated_at=now)


@router.get("/inboxes")
async def inboxes(here: Here, agent: Agent) -> list[api.InboxSettings]:
    """All inboxes that the shop has, ever had a message, or were set."""
    counts = {row["account"]: row["conversations"] for row in await here.queries.inboxes()}
    rows, now = await here.settings.inboxes(), datetime.now(UTC)
    return [_inbox(row, counts.get(row["account"], 0), now) for row in rows]


@router.put("/inboxes/{account:path}")
async def put_inbox(
    account: Account, body: api.SaveInbox, here: Here, supervisor: Supervisor
) -> api.InboxSettings:
    """Set an inbox."""
    _check_holidays(body.hours)
    _check_signature(body.signature)
    if body.channel is Channel.EMAIL:
        account = account.lower()
    now = datetime.now(UTC)
    await here.settings.put_inbox(account, body, supervisor.id, now)
    row = {"account": account, "body": body, "updated_by": supervisor.id, "updated_at": now}
    counts = {row["account"]: row["conversations"] for row in await here.queries.inboxes()}
    return _inbox(row, counts.get(account, 0), now)


@router.get("/holidays")
async def holiday_countries(agent: Agent) -> list[api.HolidayCountry]:
    """Countries whose holidays are known."""
    return [api.HolidayCountry(code=code, subdivisions=parts) for code, parts in hours.known_countries().items()]


def _check_signature(signature: str) -> None:
    try:
        templates.check(signature, api.SIGNATURE_VARIABLES)
    except templates.BadTemplate as error:
        raise Problem(422, "bad_template", str(error)) from None


def _check_holidays(wanted: api.OpeningHours | None) -> None:
    if wanted is None or wanted.country is None:
        return
    known = hours.known_countries()
    if wanted.country not in known:
        raise Problem(422, "unknown_country", f"The holidays of {wanted.country} are not known.")
    if wanted.subdivision is not None and wanted.subdivision not in known[wanted.country]:
        raise Problem(422, "unknown_subdivision", f"{wanted.country} has no part {wanted.subdivision}.")


def _inbox(row: Mapping[str, Any], conversations: int, now: datetime) -> api.InboxSettings:
    inbox = api.SaveInbox.model_validate(row["body"])
    opens_at = hours.next_opening(inbox.hours, now) if inbox.hours else now
    year = (now.date(), now.date() + timedelta(days=365))
    days = hours.holidays_between(inbox.hours, *year) if inbox.hours else []
    return api.InboxSettings(
        account=row["account"],
        settings=inbox,
        conversations=conversations,
        open_now=opens_at == now,
        opens_at=None if opens_at == now else opens_at,
        holidays=tuple(api.Holiday(day=day, name=name) for day, name in days),
        updated_by=row["updated_by"],
        updated_at=row["updated_at"],
    )


# --- rules -------------------------------------------------------------------------------------------------------


@router.get("/rules")
async def rules(here: Here, agent: Agent) -> list[Rule]:
    """All rules, in their order."""
    return [_rule(row) for row in await here.settings.rules()]


@router.get("/rules/names")
async def rule_names(here: Here, agent: Agent) -> list[RuleName]:
    """What rules are called, deleted ones as well."""
    return [RuleName(**row) for row in await here.settings.rule_names()]


@router.post("/rules", status_code=201)
async def add_rule(body: SaveRule, here: Here, supervisor: Supervisor) -> Rule:
    """Add a rule."""
    await _check_templates(here, body)
    rule_id, now = uuid4(), datetime.now(UTC)
    await here.settings.add_rule(rule_id, body, supervisor.id, now)
    return Rule(id=rule_id, rule=body, updated_by=supervisor.id, updated_at=now)


@router.put("/rules/{rule_id}")
async def put_rule(rule_id: UUID, body: SaveRule, here: Here, supervisor: Supervisor) -> Rule:
    """Change a rule; messages from now on are looked at by the new one."""
    await _check_templates(here, body)
    now = datetime.now(UTC)
    if not await here.settings.put_rule(rule_id, body, supervisor.id, now):
        raise Problem(404, "not_found", "There is no such rule.")
    return Rule(id=rule_id, rule=body, updated_by=supervisor.id, updated_at=now)


@router.delete("/rules/{rule_id}", status_code=204)
async def delete_rule(rule_id: UUID, here: Here, supervisor: Supervisor) -> None:
    """Delete a rule. What it did stays, with its name."""
    if not await here.settings.delete_rule(rule_id):
        raise Problem(404, "not_found", "There is no such rule.")


@router.post("/rules/preview")
async def preview(body: TryRule, here: Here, supervisor: Supervisor) -> Preview:
    """Try a rule on the newest customer message of the last conversations (on the first message, when it is for
    first messages). Changes nothing."""
    first = body.rule.trigger is Trigger.FIRST
    rows = await here.settings.last_messages(LOOKED_AT, first=first)
    own = {row["account"]: api.SaveInbox.model_validate(row["body"]) for row in await here.settings.inboxes()}
    # In a thread: a language model may look at a hundred texts.
    found = await asyncio.to_thread(_try, body.rule, rows, own)
    return Preview(looked_at=len(rows), matched=tuple(found))


def _rule(row: Mapping[str, Any]) -> Rule:
    rule = SaveRule.model_validate(row["body"])
    return Rule(id=row["id"], rule=rule, updated_by=row["updated_by"], updated_at=row["updated_at"])


async def _check_templates(here: Context, rule: SaveRule) -> None:
    for action in rule.actions:
        if isinstance(action, SendTemplate) and await here.settings.template(action.template_id) is None:
            raise Problem(422, "no_template", "The template that this rule sends does not exist any more.")


def _try(rule: SaveRule, rows: list[dict[str, Any]], inboxes: Mapping[str, api.SaveInbox]) -> list[Outcome]:
    found, needed = [], needs([rule])
    for row in rows:
        message, sender = contents.read(row), views.contact(row, "contact_")
        facts = facts_of(
            message,
            sender,
            needed,
            inbox=inboxes.get(message.account)
            or api.SaveInbox(channel=message.channel, name=message.account[:120]),
            first=rule.trigger is Trigger.FIRST or row["message_count"] == 1,
            customer_known=row["customer_id"] is not None,
            segment=row["segment"],
            order_status=row["last_order_status"],
            first_contact=row["first_contact"],
        )
        if not matches(rule, facts):
            continue
        replies = any(isinstance(action, SendTemplate) for action in rule.actions)
        why = (
            quiet(facts, message.reply_to or sender, inboxes, message.at, message.arrived_at or message.at)
            if replies
            else None
        )
        found.append(
            Outcome(
                conversation_id=message.conversation_id,
                number=row["number"],
                contact=sender,
                subject=row["conversation_subject"],
                preview=preview_of(message.text),
                at=message.at,
                actions=rule.actions,
                quiet=why.value if why else None,
            )
        )
    return found
