"""`python -m nitka.conversation [migrate | rebuild]`: serve, update the tables, or make the list anew."""

from __future__ import annotations

import sys

from nitka.conversation.app import create_app
from nitka.conversation.handlers.rebuild import rebuild
from nitka.conversation.settings import ConversationSettings
from nitka.conversation.store.events import open_log
from nitka.conversation.store.schema import migrate
from nitka.runtime import http, logs, telemetry


def main() -> None:
    """Migrate, rebuild or serve."""
    settings = ConversationSettings()
    logs.configure("conversation")
    if sys.argv[1:] == ["migrate"]:
        migrate(settings.postgres)
        return
    if sys.argv[1:] == ["rebuild"]:
        with open_log(settings.postgres) as log:
            print(f"{rebuild(log)} conversations rebuilt")
        return
    telemetry.configure("conversation")
    http.serve(create_app(settings), settings)


if __name__ == "__main__":
    main()
