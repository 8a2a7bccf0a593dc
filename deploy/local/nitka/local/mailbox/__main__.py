"""`python -m nitka.local.mailbox`: the page and the relay."""

from __future__ import annotations

import uvicorn

from nitka.local.mailbox.app import MailboxSettings, create_app

if __name__ == "__main__":
    settings = MailboxSettings()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.mailbox_port,
        log_level="warning",
        server_header=False,
    )
