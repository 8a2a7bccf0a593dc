"""Blobs over S3's protocol, on a real server of it (SeaweedFS, one binary, with signatures checked)."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sysconfig
import time
from collections.abc import Iterator

import httpx
import pytest

from nitka.local.testing import free_port
from nitka.runtime.blobs import BlobMissing, Blobs, BlobsAway

pytestmark = pytest.mark.stack

KEY = {"accessKey": "nitka", "secretKey": "right"}


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a running server."""
    folder = tmp_path_factory.mktemp("s3")
    identity = {"name": "nitka", "credentials": [KEY], "actions": ["Admin", "Read", "Write", "List"]}
    (folder / "keys.json").write_text(json.dumps({"identities": [identity]}))
    port = free_port()
    command = [f"{sysconfig.get_path('scripts')}/weed", "server", f"-dir={folder}", "-ip=127.0.0.1"]
    command += ["-ip.bind=127.0.0.1", "-s3", f"-s3.port={port}", f"-s3.config={folder}/keys.json"]
    for part in ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port"):
        command.append(f"-{part}={free_port()}")
    command += [
        f"-filer.port.grpc={free_port()}",
        f"-s3.port.grpc={free_port()}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
    ]
    command += ["-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=8"]
    command += [f"-{part}.localSocket={folder}/{part}.sock" for part in ("filer", "s3")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 60
        while not up(url):
            assert process.poll() is None, (folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, (folder / "log").read_text()[-2000:]
            time.sleep(0.1)
        yield url
    finally:
        process.kill()  # asked politely it takes its time
        process.wait(20)


def up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/status", timeout=1).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture
def environment(s3: str, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The usual variables, as a deployment sets them."""
    values = {"ENDPOINT_URL": s3, "ACCESS_KEY_ID": "nitka", "SECRET_ACCESS_KEY": "right", "REGION": "us-east-1"}
    for name, value in {**values, "ALLOW_HTTP": "true"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    return monkeypatch


async def stored(blobs: Blobs, content: bytes) -> str:
    """Put, with patience: a server that has just started has no volume to write to yet."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return await blobs.put(content)
        except BlobsAway:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.2)


@pytest.mark.parametrize("content", [b"", b"\x00", b"x" * (12 << 20)], ids=["empty", "nul", "large"])
async def test_any_content_comes_back(environment: pytest.MonkeyPatch, content: bytes) -> None:
    blobs = Blobs("s3://nitka/mail")
    key = await stored(blobs, content)
    assert await asyncio.gather(*(blobs.put(content) for _ in range(5))) == [key] * 5
    assert await blobs.get(key) == content
    with pytest.raises(BlobMissing):
        await Blobs("s3://nitka/elsewhere").get(key)
    await blobs.delete(key)
    await blobs.delete(key)
    with pytest.raises(BlobMissing):
        await blobs.get(key)


async def test_a_wrong_key_is_a_store_that_is_away_not_a_missing_blob(environment: pytest.MonkeyPatch) -> None:
    key = await stored(Blobs("s3://nitka/mail"), b"content")
    environment.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    blobs = Blobs("s3://nitka/mail")
    with pytest.raises(BlobsAway):
        await blobs.put(b"other")
    with pytest.raises(BlobsAway):
        await blobs.get(key)
    with pytest.raises(BlobsAway):
        await blobs.delete(key)


async def test_a_server_that_does_not_answer_is_a_store_that_is_away(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    blobs = Blobs("s3://nitka/mail")
    async with asyncio.timeout(30):
        with pytest.raises(BlobsAway):
            await blobs.put(b"content")
        with pytest.raises(BlobsAway):
            await blobs.get("sha256/" + "0" * 64)
