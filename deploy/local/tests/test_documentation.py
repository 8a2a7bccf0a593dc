"""What can be checked of the documentation: every setting is told, and every link leads somewhere."""

from __future__ import annotations

import importlib
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest
from pydantic_settings import BaseSettings

from nitka.local.mailbox.app import MailboxSettings
from nitka.local.settings import PORTS, port_setting
from nitka.local.stack import SERVICES

ROOT = Path(__file__).parents[3]
SETTINGS_PAGE = ROOT / "docs" / "how-to" / "configure.md"
BESIDE_THE_CLASSES = {
    "NITKA_AGENT_PASSWORD",
    "NITKA_CHROMIUM",
    "NITKA_HOME",
    "NITKA_JAVA",
    "NITKA_PORT_OFFSET",
    "NITKA_REPLICATION",
}
"""Settings that are read without a settings class."""


def _settings() -> set[str]:
    modules = [importlib.import_module(f"nitka.{service}.settings") for service in SERVICES]
    classes = [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, BaseSettings)
    ]
    fields = {f"NITKA_{field.upper()}" for one in [*classes, MailboxSettings] for field in one.model_fields}
    return fields | {port_setting(name) for name in PORTS} | BESIDE_THE_CLASSES


def test_the_page_tells_every_setting_and_no_other() -> None:
    told = set(re.findall(r"NITKA_[A-Z0-9_]+", SETTINGS_PAGE.read_text()))
    assert told == _settings()


def _pages() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.split()]


def _anchors(page: Path) -> set[str]:
    """The anchors that a Markdown page's headings get."""
    headings = re.findall(r"^#+ +(.+?)\s*$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", _pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"", text)
    wrong = []
    for link in (a or b for a, b in links):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            wrong.append(link)
    assert wrong == []
