"""The embedded broker: one real Apache Kafka node (KRaft) from its published jars and a packaged Java."""

from __future__ import annotations

import base64
import signal
import subprocess
import uuid
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from nitka.local import checks
from nitka.local.java import java, whole
from nitka.local.processes import Part, PartFailed, ToolMissing

# Two environments, joined afterwards: resolved together, the second pulls kafka-clients of an older version,
# and without a logging binding the broker dies in silence.
COORDINATES = ("org.apache.kafka:kafka_2.13:4.3.0", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4")

JAVA_FLAGS = ("-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers={host}:{controller}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
message.max.bytes=8388608
replica.fetch.max.bytes=8388608
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=6
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
log.segment.bytes=67108864
log.cleaner.dedupe.buffer.size=8388608
num.network.threads=2
num.io.threads=4
"""

_LOG4J = """\
rootLogger.level = info
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c{1} %m%n
"""


def part(home: Path, host: str, port: int, controller: int) -> Part:
    """The broker with its data in `home`."""
    return Part(
        name="kafka",
        command=partial(_command, home, host, port, controller),
        ready=partial(checks.kafka, f"{host}:{port}"),
        stop_signal=signal.SIGTERM,
        grace=10.0,
    )


def class_path() -> str:
    """Java's class path of the broker; fetches the jars on first use (45 MB). Raises ToolMissing."""
    jars: dict[str, Path] = {}
    for coordinate in COORDINATES:
        for jar in _resolved(coordinate):
            jars.setdefault(jar.name, jar)
    return ":".join(map(str, jars.values()))


def _resolved(coordinate: str) -> list[Path]:
    import jgo  # noqa: PLC0415 - slow import, of no use when a server of one's own is configured

    try:
        artifacts = jgo.resolve(coordinate)
        if not all(a.cached_path and a.cached_path.exists() for a in artifacts):
            print(f"Fetching {coordinate} ...", flush=True)
        return [whole(artifact) for artifact in artifacts]
    except Exception as error:
        raise ToolMissing(f"Kafka's jars could not be fetched ({type(error).__name__}: {error}).") from error


def _command(home: Path, host: str, port: int, controller: int) -> Sequence[str]:
    data = home / "data"
    home.mkdir(parents=True, exist_ok=True)
    properties, log4j = home / "server.properties", home / "log4j2.properties"
    properties.write_text(_PROPERTIES.format(host=host, port=port, controller=controller, data=data))
    log4j.write_text(_LOG4J)
    base = [java(), *JAVA_FLAGS, f"-Dlog4j2.configurationFile={log4j}", "-cp", class_path()]
    if not (data / "meta.properties").exists():
        _format(base, properties)
    return [*base, "kafka.Kafka", str(properties)]


def _format(base: Sequence[str], properties: Path) -> None:
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    # In one word: an id may begin with a dash.
    arguments = ["format", "--standalone", "--ignore-formatted", f"--cluster-id={cluster}", "-c", str(properties)]
    done = subprocess.run(  # noqa: S603
        [*base, "kafka.tools.StorageTool", *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise PartFailed(f"Kafka's storage could not be formatted: {(done.stdout + done.stderr).strip()[-400:]}")
