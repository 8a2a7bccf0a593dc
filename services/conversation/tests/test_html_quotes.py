"""What of a mail's HTML is folded: the marks, by the programs that write it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nitka.conversation.api.safe_html import sanitise

OLD = "<p>Dear Ben,</p><p>has it come?</p>"


class _Shown(HTMLParser):
    """The text outside of what is marked, as a browser shows it when the quote is folded."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.everything: list[str] = []
        self._open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"br", "hr", "img", "wbr", "col"}:
            self._open.append("data-quote" in dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self.everything.append(data)
        if not any(self._open):
            self.shown.append(data)


def shown(html: str) -> str:
    safe = sanitise(html, {})
    assert safe is not None
    parser = _Shown()
    parser.feed(safe.html)
    assert safe.quoted == ('data-quote=""' in safe.html)
    return " ".join("".join(parser.shown).split())


@pytest.mark.parametrize(
    "quote",
    [
        # Gmail
        '<div class="gmail_quote"><div dir="ltr" class="gmail_attr">På mandag 12. jan. sa Ann:<br></div>'
        f'<blockquote class="gmail_quote" style="margin:0">{OLD}</blockquote></div>',
        # Apple Mail
        '<div><br><blockquote type="cite"><div>On 12 Jan 2026, at 14:22, Ann &lt;ann@shop.example&gt; wrote:</div>'
        f"<br>{OLD}</blockquote></div>",
        # Thunderbird
        f'<div class="moz-cite-prefix">Am 12.01.26 um 14:22 schrieb\n Ann:<br></div>'
        f'<blockquote type="cite">{OLD}</blockquote>',
        # Yahoo
        f'<div id="yahoo_quoted_123" class="yahoo_quoted"><div>On Monday, Ann wrote:<br></div>{OLD}</div>',
        # Outlook on the web
        '<div id="appendonsend"></div><hr style="display:inline-block"><div id="divRplyFwdMsg" dir="ltr">'
        f"<font><b>Wysłano:</b> Ann<br><b>Komu:</b> Ben</font><div>&nbsp;</div></div><div>{OLD}</div>",
        # Outlook, any language
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p><b>Abc:</b> Ann<br>'
        f"<b>Def:</b> Monday<br><b>Ghi:</b> Ben</p></div>{OLD}",
        # Outlook, known words without a line above
        f"<p><b>From:</b> Ann [mailto:ann@shop.example]<br><b>Sent:</b> Monday<br><b>To:</b> Ben<br>"
        f"<b>Subject:</b> Parcel</p>{OLD}",
        # No structure at all
        f"<div>On 12 Jan 2026 Ann &lt;ann@shop.example&gt; wrote:<br></div>{OLD}",
        f"<div>-----Original Message-----<br>From: Ann<br></div>{OLD}",
    ],
)
def test_the_quote_of_each_program_is_folded(quote: str) -> None:
    assert shown(f"<div>It has come!</div><div>Thank <b>you</b></div>{quote}") == "It has come!Thank you"
    assert shown(f"<html><body><div><p>It has come!<br></p>{quote}</div><br></body></html>") == "It has come!"


def test_a_text_beside_an_element_is_folded_by_itself() -> None:
    html = "It has come!<br>On 12 Jan 2026 Ann &lt;a@b.example&gt; wrote:<br>Dear <b>Ben</b>,<hr>where is it?"
    assert shown(html) == "It has come!"


def test_answers_between_quotes_stay_with_what_they_answer() -> None:
    html = (
        '<div class="moz-cite-prefix">Ann wrote:</div><blockquote><p>Size?</p></blockquote><p>Large.</p>'
        "<blockquote><p>Colour?</p></blockquote><p>Red.</p><blockquote>Bye</blockquote>"
    )
    assert shown(html) == "Size?Large.Colour?Red."


def test_what_is_passed_on_is_the_message() -> None:
    html = (
        '<div>See below</div><div class="gmail_quote"><div class="gmail_attr">------- Forwarded message -------'
        f"<br>From: Ann<br>Subject: Parcel</div>{OLD}</div>"
    )
    assert "has it come?" in shown(html)


def test_nothing_is_folded_when_nothing_else_is_there() -> None:
    html = f'<div class="gmail_quote"><div class="gmail_attr">Ann wrote:</div><blockquote>{OLD}</blockquote></div>'
    assert "has it come?" in shown(html)
    assert sanitise("<p>hello</p>", {}) == ("<p>hello</p>", False, False)


def test_pictures_and_signatures() -> None:
    html = '<p>Here it is:</p><img src="cid:a@x"><p>Ann &lt;a@b.example&gt; wrote:</p><blockquote>x</blockquote>'
    safe = sanitise(html + '<img src="https://spy.example/p">', {"a@x": "/api/messages/1"})
    assert safe is not None and safe.html.startswith(
        '<p>Here it is:</p><img src="/api/messages/1"><p data-quote="">'
    )
    letter = sanitise('<p>A letter</p><hr><img src="https://spy.example/p">', {})
    assert letter is not None and not letter.quoted
    own = '<div>Yes</div><div class="gmail_signature" data-smartmail="x"><div>Ben</div><div>Shop</div></div>'
    assert shown(own) == "Yes"


def test_no_class_or_id_of_the_mail_is_left() -> None:
    safe = sanitise('<div class="gmail_attr evil" id="app"><b id="divRplyFwdMsg" class="modal">x</b></div>', {})
    assert safe is not None and "class" not in safe.html and "id=" not in safe.html
    assert sanitise('<p data-quote="">hidden</p>', {}) == ("<p>hidden</p>", False, False)


PIECES = [
    "<div>", "</div>", "<p>", "</p>", "<br>", "<hr>", "<blockquote>", "</blockquote>", "<table><tr><td>",
    "</table>", "<img src='https://a.example/b'>", "On 12 Jan 2026, Ann &lt;a@b.example&gt; wrote:", "text", "<b>",
    "</b>", "-- ", "<span>", "a > b",
    '<div class="gmail_attr">', '<div id="divRplyFwdMsg">', "From: a@b<br>Subject: x<br>To: y",
    '<div style="border-top:solid #E1E1E1 1.0pt">', "&lt;p&gt; &quot;", '<a title=\'"> <p data-x="\'>', "\x00",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_marking_changes_nothing_but_marks(pieces: list[str]) -> None:
    safe = sanitise("".join(pieces), {}, lambda url: f"/api/images?url={len(url)}&sig=0")
    assert safe is not None
    plain = sanitise(re.sub(r' (?:class|id)="[^"]*"', "", "".join(pieces)), {}, None)
    assert plain is not None
    bare = re.compile(r'</?span(?: data-quote="")?>| data-(?:src|background)="[^"]*"| data-quote=""')
    assert bare.sub("", safe.html) == bare.sub("", plain.html)
    parser = _Shown()
    parser.feed(safe.html)
    if "".join(parser.everything).strip():
        assert "".join(parser.shown).strip()
