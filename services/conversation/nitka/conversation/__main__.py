"""`python -m nitka.conversation [migrate]`."""

from __future__ import annotations

import sys

from nitka.conversation.app import create_app
from nitka.conversation.settings import ConversationSettings
from nitka.conversation.store.schema import migrate
from nitka.runtime import http, logs, telemetry


def main() -> None:
    """Migrate or serve."""
    settings = ConversationSettings()
    logs.configure("conversation")
    if sys.argv[1:] == ["migrate"]:
        migrate(settings.postgres)
        return
    telemetry.configure("conversation")
    http.serve(create_app(settings), settings)


if __name__ == "__main__":
    main()
