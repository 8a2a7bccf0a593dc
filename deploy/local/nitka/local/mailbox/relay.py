"""The mail relay: an SMTP server that takes every mail from Nitka and puts it into the recipients' mailbox."""

from __future__ import annotations

import asyncio

from aiosmtpd.smtp import SMTP, Envelope, Session

from nitka.local.mailbox.store import Letters

SIZE_LIMIT = 50 * 1024 * 1024

# How a relay refuses can be tried with a recipient in one of these domains.
REFUSING = {
    "refused.example": "550 5.1.1 There is no such mailbox",
    "busy.example": "451 4.3.2 Try again later",
}


class Relay:
    """aiosmtpd's handler."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        refusal = REFUSING.get(address.rpartition("@")[2].lower())
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        for recipient in envelope.rcpt_tos:
            await asyncio.to_thread(self._letters.deliver, recipient, content)
        return "250 OK"


async def listen(letters: Letters, host: str, port: int) -> asyncio.Server:
    """The listening relay; close it when done."""
    relay = Relay(letters)

    def session() -> SMTP:
        return SMTP(
            relay, data_size_limit=SIZE_LIMIT, enable_SMTPUTF8=True, hostname="relay.example", ident="relay"
        )

    return await asyncio.get_running_loop().create_server(session, host, port)
