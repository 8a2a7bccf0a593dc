"""Nothing that a mail contains runs in an agent's browser or calls home from it."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import Dialog, expect
from tests.e2e.conftest import SignIn
from tests.e2e.screen import title
from tests.people import Agent, mail, new_address, send

from nitka.local.testing import LocalStack

pytestmark = [pytest.mark.stack, pytest.mark.browser]

HOSTILE = """
<html><head><style>@import url(https://spy.example/a.css); body{background:url(//spy.example/b.png)}</style>
<meta http-equiv="refresh" content="0;url=https://spy.example/c"><base href="https://spy.example/">
<link rel="stylesheet" href="https://spy.example/d.css"></head>
<body onload="parent.hacked=1" background="https://spy.example/e.png">
<b id="shown">Good day</b><script>parent.hacked=1;alert(1)</script>
<img src="https://spy.example/f.gif"><img src="x" onerror="parent.hacked=1">
<img srcset="https://spy.example/g.gif 2x"><svg onload="parent.hacked=1"><image href="https://spy.example/h"/></svg>
<video src="https://spy.example/i" poster="https://spy.example/j"></video><iframe src="https://spy.example/k"></iframe>
<object data="https://spy.example/l"></object><form action="https://spy.example/m">
<input autofocus onfocus="parent.hacked=1"><button>Sign in again</button></form><p style="background-image:url('https://spy.example/n')">styled</p>
<a href="javascript:parent.hacked=1">click me</a><math><mtext><img src=x onerror=parent.hacked=1></mtext></math>
</body></html>
"""


def test_a_hostile_mail_is_harmless(shop: LocalStack, sign_in: SignIn) -> None:
    agent, sender = Agent(shop), new_address("mallory")
    subject = f"<img src=x onerror=window.hacked=1> {uuid4().hex[:8]}"
    message = mail(f'"<script>window.hacked=1</script>" <{sender}>', subject, "plain <b>text</b>")
    message.add_alternative(HOSTILE, subtype="html")
    page_html = b"<script>window.hacked=1</script>"
    message.add_attachment(page_html, maintype="text", subtype="html", filename="invoice.html")
    send(shop, message)
    found = agent.conversation(sender)

    page = sign_in(path="/settings")
    dialogs: list[Dialog] = []
    foreign: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog))  # noqa: PLW0108 - Playwright marks the function
    ours = (shop.url("gateway"), "data:", "blob:", "about:")
    proxied: list[str] = []
    page.context.on("request", lambda request: "/api/images?" in request.url and proxied.append(request.url))
    page.context.on("request", lambda request: request.url.startswith(ours) or foreign.append(request.url))
    blocked: list[str] = []
    page.on("console", lambda said: "Content Security Policy" in said.text and blocked.append(said.text))
    page.goto(f"/inbox/{found['id']}")
    expect(title(page, subject)).to_be_visible()
    frame = page.frame_locator("iframe[title=Mail]")
    expect(frame.get_by_text("Good day")).to_be_visible()
    expect(page.get_by_text("Pictures from other servers were not loaded")).to_be_visible()
    link = frame.get_by_text("click me")
    link.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="invoice.html").click()
    assert download.value.suggested_filename == "invoice.html"
    assert proxied == []
    with page.expect_response("**/api/images?*") as answered:
        page.get_by_role("button", name="Show pictures").click()
    expect(page.get_by_text("Pictures from other servers were not loaded")).to_be_hidden()
    assert answered.value.status == 404  # asked for by our own proxy only, which finds no such server

    assert page.evaluate("window.hacked") is None
    assert dialogs == []
    assert foreign == []
    assert blocked == []  # the policy is the second lock; nothing may have come as far as that
    assert len(page.context.pages) == 1
    assert page.url.endswith(f"/inbox/{found['id']}")
    assert (
        frame.locator("script, form, input, button, object, iframe, svg, link, meta[http-equiv=refresh]").count()
        == 0
    )
