"""`python -m nitka.gateway [migrate | openapi | add-agent]`: start, or one of these and exit."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys

from pydantic import SecretStr

from nitka.gateway.app import create_app
from nitka.gateway.domain import Role
from nitka.gateway.settings import GatewaySettings
from nitka.gateway.store import SCHEMA, migrate
from nitka.gateway.store.accounts import Accounts
from nitka.gateway.store.passwords import Passwords
from nitka.runtime import http, logs, postgres, telemetry

PASSWORD_MIN = 10


def main() -> int:
    """Entry point; returns the exit status."""
    options = _parser().parse_args()
    if options.action == "openapi":
        # Nothing of it is used to describe the API, and a build machine has no secret.
        app = create_app(GatewaySettings(secret=SecretStr("x" * 32)))
        print(json.dumps(app.openapi(), indent=2, ensure_ascii=False))
        return 0
    logs.configure("gateway")
    telemetry.configure("gateway")
    settings = GatewaySettings()
    if options.action == "migrate":
        migrate(settings.postgres)
        return 0
    if options.action == "add-agent":
        return asyncio.run(_add_agent(settings, options))
    http.serve(create_app(settings), settings)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m nitka.gateway")
    actions = parser.add_subparsers(dest="action")
    actions.add_parser("migrate", help="create or update the tables")
    actions.add_parser("openapi", help="print the API's description")
    add = actions.add_parser("add-agent", help="create an account, or give it a new name, role and password")
    add.add_argument("--email", required=True)
    add.add_argument("--name", required=True)
    add.add_argument("--role", choices=[r.value for r in Role], default="agent")
    add.epilog = "The password is read from NITKA_AGENT_PASSWORD, else from the standard input."
    return parser


async def _add_agent(settings: GatewaySettings, options: argparse.Namespace) -> int:
    password = os.environ.get("NITKA_AGENT_PASSWORD") or sys.stdin.readline().rstrip("\n")
    if len(password) < PASSWORD_MIN:
        print(f"The password needs at least {PASSWORD_MIN} characters.", file=sys.stderr)
        return 2
    async with postgres.pool(settings.postgres, SCHEMA) as pool:
        agent = await Accounts(pool, Passwords()).put(options.email, options.name, Role(options.role), password)
    print(agent.id)
    return 0


if __name__ == "__main__":
    sys.exit(main())
