"""Bytes to text, whatever charset a mail claims."""

from __future__ import annotations

import re
from encodings.aliases import aliases

_NOT_TEXT = {"base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec", "mbcs"}
_KNOWN = {name: codec for name, codec in aliases.items() if codec not in _NOT_TEXT} | {
    codec: codec for codec in aliases.values() if codec not in _NOT_TEXT
}
# What mails say and browsers do: supersets of what is declared, and names that Python does not know.
_SUPERSET = {
    "ascii": "utf_8",
    "latin_1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "tis_620": "cp874",
    "iso8859_9": "cp1254",
}
_ALSO_KNOWN = {
    "iso_8859_8_i": "iso8859_8",
    "windows_874": "cp874",
    "x_sjis": "cp932",
    "x_gbk": "gb18030",
    "x_euc_jp": "euc_jp",
    "x_mac_roman": "mac_roman",
    "cp_850": "cp850",
    "ansi_x3_110_1983": "cp1252",
    "utf8mb4": "utf_8",
    "unicode_1_1_utf_7": "utf_7",
    "x_unknown": "utf_8",
    "default": "utf_8",
}
_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff]")


def decode(content: bytes, charset: str | None) -> str:
    """The text of `content`. The declared charset is tried first, then UTF-8, then what loses least."""
    if b"\x1b$" in content[:4096] and charset is None:
        charset = "iso2022_jp"
    codec = _codec(charset)
    if codec != "utf_8" and codec is not None:
        try:
            return content.decode(codec)
        except (UnicodeError, LookupError):
            pass
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        # A cap may have cut the last character: that alone does not make it another charset.
        if error.start >= len(content) - 3 and error.reason == "unexpected end of data":
            return content[: error.start].decode("utf-8")
    if codec not in (None, "utf_8"):
        return content.decode(codec or "utf_8", "replace")
    if charset is not None and codec == "utf_8" and "utf" in charset.lower():
        return content.decode("utf-8", "replace")
    return content.decode("cp1252", "replace")


def clean(text: str) -> str:
    """Without characters that no store takes or no reader should see: NUL, other controls, lone surrogates."""
    return _BAD.sub("", text)


def _codec(charset: str | None) -> str | None:
    """Python's name of a charset, None for none or an unknown one.

    Only the standard names are ever looked up: Python keeps every failed lookup in memory for good.
    """
    if not charset:
        return None
    label = re.sub(r"[^a-z0-9]+", "_", charset[:60].lower()).strip("_")
    codec = _ALSO_KNOWN.get(label) or _KNOWN.get(label)
    return _SUPERSET.get(codec, codec) if codec else None
