"""Real mails by others: what is new in them, as their collectors expect it.

The mails are not part of the project; without them these tests are skipped. With `-rP` pytest shows the share that
is right, a line for each suite.
"""

from __future__ import annotations

import email
import email.policy
import json
import re
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from nitka.conversation.api.safe_html import sanitise
from nitka.conversation.domain.quotes import trim

MAILS = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "email"

pytestmark = pytest.mark.skipif(not MAILS.is_dir(), reason="the collection of real mails is not here")

FLOOR = {"reply_email_reply_trimmer": 32, "reply_crisp": 26, "reply_talon": 12}
"""Cases that were right when this was measured, of 32, 26 and 14. Of reply_talon's, two are meant to differ: a
telephone's line is folded (the other suites expect that), and in an HTML case words of the answer stay."""


class Case(NamedTuple):
    """One mail, and whether an answer is what its suite expects."""

    id: str
    fresh: str
    is_right: Callable[[str], bool]


def _equal(expected: str) -> Callable[[str], bool]:
    return lambda found: found.strip() == expected.strip()


def _equal_words(expected: str) -> Callable[[str], bool]:
    return lambda found: re.sub(r"\s", "", found) == re.sub(r"\s", "", expected)


def _trimmer(folder: Path, case: dict[str, Any]) -> Case:
    text = (folder / case["input"]).read_bytes().decode()
    return Case(case["id"], trim(text).fresh, _equal(case["expected_reply"]))


def _crisp(folder: Path, case: dict[str, Any]) -> Case:
    text = (folder / case["input"]).read_bytes().decode()
    expected = case.get("expected_first_fragment") or case.get("expected_visible_text")
    if expected:
        return Case(case["id"], trim(text).fresh, _equal(expected))
    first = next((c["expected"] for c in case["checks"] if c["path"] == "getFragments().0"), None)
    if first:  # only the beginning is said
        return Case(case["id"], trim(text).fresh, lambda found: found.startswith(first))
    if case["checks"][0]["path"] == "getFragments().some()":  # there is a signature somewhere
        return Case(case["id"], trim(text).quoted, bool)
    return Case(case["id"], trim(text).fresh, _equal(text))  # nothing is quoted and nothing is a signature


def _talon(folder: Path, case: dict[str, Any]) -> Case:
    path = folder / case["input"]
    if case["kind"] == "html_reply":
        return Case(case["id"], _shown(path.read_text()), _equal_words(case["expected_reply"]))
    if case["kind"] == "signature":
        text = path.read_text()
        expected = text.strip().removesuffix(case["expected_signature"].strip())
        return Case(case["id"], trim(text, case["sender"]).fresh, _equal(expected))
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    body = mail.get_body(("plain",))
    assert body is not None
    fresh = trim(body.get_content()).fresh
    if "expected_reply" in case:
        return Case(case["id"], fresh, _equal(case["expected_reply"]))
    return Case(
        case["id"], fresh, lambda found: bool(found) and case["expected_reply_not_containing"] not in found
    )


class _Shown(HTMLParser):
    """The text of HTML outside of what bears the mark of a quote."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self._marked: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"br", "hr", "img", "wbr", "col"}:
            self._marked.append("data-quote" in dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        self._marked.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._marked):
            self.text.append(data)


def _shown(html: str) -> str:
    safe = sanitise(html, {})
    assert safe is not None
    parser = _Shown()
    parser.feed(safe.html)
    return "".join(parser.text)


_SUITES = {"reply_email_reply_trimmer": _trimmer, "reply_crisp": _crisp, "reply_talon": _talon}


def _cases(suite: str) -> Iterator[Case]:
    folder = MAILS / suite
    for line in (folder / "cases.jsonl").read_text().splitlines():
        yield _SUITES[suite](folder, json.loads(line))


@pytest.mark.parametrize("suite", list(_SUITES))
def test_the_share_of_replies_that_are_trimmed_right(suite: str) -> None:
    cases = list(_cases(suite))
    wrong = [case.id for case in cases if not case.is_right(case.fresh)]
    right = len(cases) - len(wrong)
    print(f"{suite}: {right} of {len(cases)} right ({right / len(cases):.0%}); not: {', '.join(wrong) or 'none'}")
    assert right >= FLOOR[suite]
