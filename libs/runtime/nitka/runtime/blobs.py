"""One content-addressed store for raw mails and attachments: a local folder or S3, through obstore."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import ObjectStore, from_url

_LOCAL = ("file", "memory")
_SOON: dict[str, Any] = {"retry_config": {"max_retries": 3, "retry_timeout": timedelta(seconds=10)}}
"""A store over the network is given up soon: who hands over a mail is better told to come again."""

_KEY = re.compile(r"sha256/[0-9a-f]{64}")


class BlobMissing(LookupError):
    """There is no such blob (or the key is none of ours)."""


class BlobsAway(OSError):
    """The store does not answer or has no room: a dependency's trouble, not the content's."""


class Blobs:
    """Content under `sha256/<hex>`. Writing the same bytes twice is one blob."""

    def __init__(self, url: str) -> None:
        if urlsplit(url).scheme == "file":
            Path(urlsplit(url).path).mkdir(parents=True, exist_ok=True)
        options = {} if urlsplit(url).scheme in _LOCAL else _SOON
        self._store: ObjectStore = from_url(url, **options)

    async def put(self, content: bytes) -> str:
        """Store and return the key; returns when the store has it. Raises BlobsAway."""
        key = f"sha256/{hashlib.sha256(content).hexdigest()}"
        try:
            await obstore.put_async(self._store, _path(key), content, mode="create")
        except AlreadyExistsError:
            return key
        except BaseError as error:
            raise BlobsAway(type(error).__name__) from error
        return key

    async def get(self, key: str) -> bytes:
        """The bytes of a blob. Raises BlobMissing, BlobsAway."""
        if not _KEY.fullmatch(key):
            raise BlobMissing(key)
        try:
            result = await obstore.get_async(self._store, _path(key))
            return bytes(await result.bytes_async())
        except FileNotFoundError as error:
            raise BlobMissing(key) from error
        except BaseError as error:
            raise BlobsAway(type(error).__name__) from error

    async def delete(self, key: str) -> None:
        """Forget a blob; unknown keys are fine. Raises BlobsAway."""
        if _KEY.fullmatch(key):
            try:
                with suppress(FileNotFoundError):
                    await obstore.delete_async(self._store, _path(key))
            except BaseError as error:
                raise BlobsAway(type(error).__name__) from error


def _path(key: str) -> str:
    digest = key.removeprefix("sha256/")
    return f"{digest[:2]}/{digest}"
