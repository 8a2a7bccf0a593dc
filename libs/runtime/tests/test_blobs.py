"""Blobs: content under its own hash, and no way out of the folder."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from nitka.runtime.blobs import BlobMissing, Blobs


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    (tmp_path / "secret").write_text("secret")
    return Blobs(f"file://{tmp_path}/blobs")


async def test_the_same_content_is_one_blob(blobs: Blobs, tmp_path: Path) -> None:
    keys = await asyncio.gather(*(blobs.put(b"content") for _ in range(5)))
    assert set(keys) == {f"sha256/{hashlib.sha256(b'content').hexdigest()}"}
    assert await blobs.get(keys[0]) == b"content"
    assert len([f for f in (tmp_path / "blobs").rglob("*") if f.is_file()]) == 1


@pytest.mark.parametrize("content", [b"", b"\x00", b"x" * (3 << 20)], ids=["empty", "nul", "large"])
async def test_any_content_comes_back(blobs: Blobs, content: bytes) -> None:
    assert await blobs.get(await blobs.put(content)) == content


@pytest.mark.parametrize(
    "key",
    [
        "",
        "secret",
        "../secret",
        "sha256/../../secret",
        "sha256/" + "a" * 63,
        "sha256/" + "a" * 65,
        "sha256/" + "A" * 64,
        "sha256/" + "a" * 64 + "\n",
        "sha256/" + "a" * 61 + "/..",
        "sha256/" + "a" * 64 + "/../../../secret",
        "md5/" + "a" * 64,
        "/etc/passwd",
        "sha256/" + "a" * 64,
    ],
)
async def test_a_key_that_names_no_blob_is_missing(blobs: Blobs, tmp_path: Path, key: str) -> None:
    with pytest.raises(BlobMissing):
        await blobs.get(key)
    await blobs.delete(key)
    assert (tmp_path / "secret").read_text() == "secret"


async def test_a_deleted_blob_is_gone_and_may_come_again(blobs: Blobs) -> None:
    key = await blobs.put(b"content")
    await blobs.delete(key)
    with pytest.raises(BlobMissing):
        await blobs.get(key)
    assert await blobs.put(b"content") == key
    assert await blobs.get(key) == b"content"
