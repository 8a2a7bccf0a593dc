"""Hostile HTML comes out harmless, and soon."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nitka.api import images
from nitka.conversation.api.safe_html import DEPTH_MAX, sanitise

FORBIDDEN = re.compile(
    r"<(script|iframe|object|embed|form|input|meta|link|base|svg|math)\b|\son\w+\s*=", re.IGNORECASE
)


def clean(html: str, **inline: str) -> str:
    safe = sanitise(html, inline)
    assert safe is not None
    return safe.html


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></table></mtext></math>",
        "<a href='java\tscript:alert(1)'>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<a href='da\tta:text/html,<script>alert(1)</script>'>x</a>",
        "<a href=' \x01data:text/html,<script>alert(1)</script>'>x</a>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<form action=https://evil.example><input name=password></form>",
        "<meta http-equiv=refresh content='0;url=https://evil.example'>",
        "<base href=https://evil.example>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<style>@import 'https://evil.example'</style>",
        "<div style='background-image:url(https://evil.example)'>x</div>",
        "<div style='position:fixed;top:0;left:0'>x</div>",
        "<img srcset='https://evil.example/a.png 1x'>",
        "<table background='https://evil.example/a.png'><tr><td>x</td></tr></table>",
    ],
)
def test_nothing_dangerous_is_left(html: str) -> None:
    found = clean(html)
    assert not FORBIDDEN.search(found)
    for bad in ("evil.example", "javascript:", "alert(1)</script", "position", "text/html"):
        assert bad not in found.replace("\t", "")


@given(
    st.lists(st.sampled_from(["<div>", "</b>", "<b ", "onclick=x", ">", "<script", "'", '"', "<p>", "<!--", "x"]))
)
def test_no_jumble_of_tags_gets_through(parts: list[str]) -> None:
    assert not re.search(r"<[^>]*\son\w+\s*=", clean("".join(parts)))
    assert "<script" not in clean("".join(parts))


def test_inline_pictures_are_served_by_us_and_remote_ones_left_out() -> None:
    safe = sanitise(
        "<img src='cid:a@x'><img src='cid:b@x'><img src='//spy.example/p'>", {"a@x": "/api/messages/1"}
    )
    assert safe is not None
    assert safe.html.count("src=") == 1
    assert 'src="/api/messages/1"' in safe.html
    assert safe.remote_blocked


def test_what_only_looks_like_a_mail_is_not_cleaned_but_refused() -> None:
    assert sanitise("<div>" * (DEPTH_MAX + 1), {}) is None
    assert sanitise("<p>line<br>" * (DEPTH_MAX // 2), {}) is not None


KEY = b"k" * 32


def signed(url: str) -> str:
    return images.address(KEY, url).replace("&", "&amp;")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<img src='https://a.example/b.png' alt=x>", '<img data-src="{}" alt="x">'),
        ("<img src=' //a.example/b.png'>", '<img data-src="{}">'),
        ("<img srcset='https://a.example/b.png 1x, https://c.example/d 2x'>", '<img data-src="{}">'),
        ("<img src='https://a.example/b.png' srcset='https://c.example/d 2x'>", '<img data-src="{}">'),
        (
            "<table background='https://a.example/b.png'></table>",
            '<table data-background="{}"></table>',
        ),
        (
            "<p style='color:red;background:#fff url(https://a.example/b.png) no-repeat'>x</p>",
            '<p style="color:red;background:#fff none no-repeat" data-background="{}">x</p>',
        ),
        (
            "<p style='background-image:URL( \"https://a.example/b.png\" )'>x</p>",
            '<p style="background-image:none" data-background="{}">x</p>',
        ),
    ],
)
def test_a_remote_picture_is_named_and_not_loaded(html: str, expected: str) -> None:
    safe = sanitise(html, {}, lambda url: images.address(KEY, url))
    assert safe is not None
    assert safe.remote_blocked
    assert safe.html == expected.format(signed("https://a.example/b.png"))


@pytest.mark.parametrize(
    "html",
    [
        "<img src='/api/images?url=https%3A%2F%2Fa.example&sig=0'>",
        "<img src='/api/session'>",
        "<img src='javascript:alert(1)'>",
        "<img src='file:///etc/passwd'>",
        "<img src='ftp://a.example/b'>",
        "<img src='http:/a.example/b'>",
        "<img src='https://a.example/" + "b" * 2000 + "'>",
        "<p style='background:u\\72l(https://a.example/b)'>x</p>",
        "<p style='background:url(/**/https://a.example/b)'>x</p>",
        "<p style='background:url(https://a.example/b'>x</p>",
        "<p style='background:image-set(\"https://a.example/b\" 1x)'>x</p>",
        "<p style='background:url(data:image/svg+xml,x)'>x</p>",
        "<p style='background:url(javascript:alert(1))'>x</p>",
        "<p style='--x:url(https://a.example/b);list-style:url(https://a.example/b)'>x</p>",
    ],
)
def test_nothing_else_is_signed(html: str) -> None:
    safe = sanitise(html, {}, lambda url: images.address(KEY, url))
    assert safe is not None
    assert "a.example" not in safe.html and "data-" not in safe.html and "src=" not in safe.html


@given(
    st.lists(
        st.sampled_from(
            ["<img ", "src=", "style=", "background:", "url(", "https://a.example/b", "'", '"', ")", ">", "<p ",
             "\\", ";", " ", "&quot;", "&#39;", "/api/images?url=x", "srcset=", "<table ", "background=", "/*",
             "*/", "//a.example"]
        ),
        max_size=20,
    )
)  # fmt: skip
def test_nothing_loads_by_itself(parts: list[str]) -> None:
    safe = sanitise("".join(parts), {}, lambda url: images.address(KEY, url))
    assert safe is not None
    assert not re.search(r"<[^>]*\s(?:src|srcset|background)=", safe.html)
    assert not re.search(r"<[^>]*\sstyle=\"[^\"]*(?:https?:|//a|/api)", safe.html)


def test_addresses_are_signed() -> None:
    path = images.address(KEY, "https://a.example/b c?d=é&e")
    query = dict(parse_qsl(urlsplit(path).query))
    assert images.is_genuine(KEY, query["url"], query["sig"])
    assert query["url"] == "https://a.example/b c?d=é&e"
    for url, sig in ((query["url"] + "x", query["sig"]), (query["url"], "0" * 32), (query["url"], "é")):
        assert not images.is_genuine(KEY, url, sig)
    assert not images.is_genuine(b"other" * 8, query["url"], query["sig"])
