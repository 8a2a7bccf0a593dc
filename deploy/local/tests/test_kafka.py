from __future__ import annotations

import uuid
from pathlib import Path

import jgo
import pytest

from nitka.local import kafka


@pytest.mark.stack
def test_the_class_path_has_one_of_each_and_the_brokers_own_client() -> None:
    names = [Path(jar).name for jar in kafka.class_path().split(":")]
    assert len(names) == len(set(names))
    assert "kafka-clients-4.3.0.jar" in names
    assert any(name.startswith("log4j-slf4j-impl") for name in names)


@pytest.mark.stack
def test_half_a_jar_is_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jgo.GlobalSettings, "load", lambda: jgo.config.GlobalSettings(repo_cache=tmp_path))
    coordinate = "org.slf4j:slf4j-api:1.7.36"
    [jar] = kafka._resolved(coordinate)
    whole = jar.read_bytes()
    jar.write_bytes(whole[: len(whole) // 2])
    assert kafka._resolved(coordinate) == [jar]
    assert jar.read_bytes() == whole


def test_a_cluster_id_may_begin_with_a_dash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(bytes=b"\xfb" + b"\x01" * 15))
    part = kafka.part(tmp_path, "127.0.0.1", 19092, 19093)
    part.command()
    (properties,) = tmp_path.rglob("meta.properties")
    assert "cluster.id=-" in properties.read_text()
