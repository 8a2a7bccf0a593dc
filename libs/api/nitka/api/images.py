"""The address under which the gateway fetches a picture that lies on somebody else's server.

The service that shows a mail signs the address with a key that both derive from the root secret, so that the
gateway fetches what mails name and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final
from urllib.parse import urlencode

PATH: Final = "/api/images"
PURPOSE: Final = "remote-images"
"""What the key is derived for."""
URL_MAX: Final = 2000
"""Characters; browsers and servers take no longer ones for granted."""


def address(key: bytes, url: str) -> str:
    """The signed address of a picture."""
    return f"{PATH}?{urlencode({'url': url, 'sig': signature(key, url)})}"


def signature(key: bytes, url: str) -> str:
    """32 hexadecimal digits. `url` may hold anything that a mail can."""
    return hmac.new(key, url.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def is_genuine(key: bytes, url: str, sig: str) -> bool:
    """Whether `address` made this pair."""
    return hmac.compare_digest(signature(key, url).encode(), sig.encode("utf-8", "surrogatepass"))
