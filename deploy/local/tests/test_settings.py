from __future__ import annotations

import stat
from pathlib import Path

import pytest

from nitka.local import stack
from nitka.local.settings import PORTS, SettingsError, kept_secret, load


def test_the_defaults_are_the_documented_ports(tmp_path: Path) -> None:
    settings = load(tmp_path, {})
    assert settings.url("gateway") == "http://127.0.0.1:18080"
    assert settings.postgres_dsn == "postgresql://nitka@127.0.0.1:15432/nitka"
    assert settings.clickhouse_dsn == f"chdb:///{tmp_path}/.nitka/clickhouse"
    assert len(set(PORTS.values())) == len(PORTS)


def test_an_offset_moves_every_port_except_those_that_are_set(tmp_path: Path) -> None:
    settings = load(tmp_path, {"NITKA_PORT_OFFSET": "1000", "NITKA_SMTP_PORT": "2525"})
    assert settings.ports["smtp"] == 2525
    assert {n: p - PORTS[n] for n, p in settings.ports.items() if n != "smtp"} == dict.fromkeys(
        PORTS.keys() - {"smtp"}, 1000
    )


def test_the_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "nitka.env").write_text("NITKA_KAFKA=broker:9092\nNITKA_HOME=data\nNITKA_GATEWAY_PORT=80\n")
    settings = load(tmp_path, {"NITKA_GATEWAY_PORT": "8080"})
    assert settings.kafka_servers == "broker:9092"
    assert settings.home == tmp_path / "data"
    assert settings.ports["gateway"] == 8080


def test_a_server_of_ones_own_is_not_started_but_used(tmp_path: Path) -> None:
    dsn = "postgresql://me@db.example/nitka"
    settings = load(tmp_path, {"NITKA_KAFKA": "broker:9092", "NITKA_POSTGRES": dsn})
    assert stack.infrastructure(settings) == []
    assert stack.environment(settings)["NITKA_POSTGRES"] == dsn
    assert [part.name for part in stack.infrastructure(load(tmp_path, {}))] == ["kafka", "postgres"]


@pytest.mark.parametrize("value", ["eighty", "0", "65536"])
def test_a_port_that_is_none_is_told_by_its_name(tmp_path: Path, value: str) -> None:
    with pytest.raises(SettingsError, match="NITKA_GATEWAY_PORT"):
        load(tmp_path, {"NITKA_GATEWAY_PORT": value})


def test_the_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    secret = kept_secret(path)
    assert len(secret) >= 32
    assert kept_secret(path) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_services_get_the_secret_and_each_other(tmp_path: Path) -> None:
    env = stack.environment(load(tmp_path, {"NITKA_PORT_OFFSET": "7", "NITKA_SECRET": ""}))
    assert env["NITKA_CUSTOMER_PROFILE_URL"] == "http://127.0.0.1:18110"
    assert env["NITKA_SECRET"] == (tmp_path / ".nitka" / "secret").read_text()
    part = stack.service("routing", load(tmp_path, {}), env)
    assert part.environment is not None
    assert part.environment["NITKA_PORT"] == "18102"
