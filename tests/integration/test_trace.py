"""One trace tells the way of a mail from SMTP to a browser's live stream, and nothing that was written."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from tests.people import Agent, mail, new_address, send, until

from nitka.local.testing import LocalStack

pytestmark = pytest.mark.stack


@dataclass(frozen=True)
class Recorded:
    """A span as the collector got it; `said` is everything in it that is text."""

    trace_id: str
    span_id: str
    parent_id: str
    service: str
    name: str
    attributes: dict[str, str]
    said: str


@dataclass
class Collector:
    """An OpenTelemetry collector: OTLP over HTTP, protobuf."""

    url: str = ""
    spans: list[Recorded] = field(default_factory=list)

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = next(a.value.string_value for a in resource.resource.attributes if a.key == "service.name")
            for scope in resource.scope_spans:
                self.spans += [
                    Recorded(
                        trace_id=span.trace_id.hex(),
                        span_id=span.span_id.hex(),
                        parent_id=span.parent_span_id.hex(),
                        service=service,
                        name=span.name,
                        attributes={a.key: str(a.value) for a in span.attributes},
                        said=str(span),
                    )
                    for span in scope.spans
                ]

    def named(self, name: str) -> list[Recorded]:
        return [s for s in self.spans if s.name == name]


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    found = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.take(self.rfile.read(int(self.headers["content-length"])))
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    server.server_close()
    serving.join()


@pytest.fixture(scope="module")
def traced(collector: Collector, services: LocalStack) -> LocalStack:
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    services.start("ingest_email", "conversation", "gateway", env=env)
    return services


def test_one_trace_from_smtp_to_the_live_stream(traced: LocalStack, collector: Collector) -> None:
    sender, subject, text = new_address("secretive"), "Confidential subject", "Unspeakable text"
    agent = Agent(traced)
    with agent.http.stream("GET", "/live", timeout=60) as live:
        lines = live.iter_lines()
        next(line for line in lines if line == "event: ready")
        send(traced, mail(sender, subject, text))
        told = (json.loads(line.removeprefix("data: ")) for line in lines if line.startswith('data: {"'))
        arrived = next(event for event in told if event["type"] == "conversation.message_received")
    conversation = agent.conversation(sender)
    assert arrived["conversation_id"] == conversation["id"]

    until(lambda: collector.named("live.deliver") and collector.named("conversation.publish"), "the last spans")
    [received] = until(lambda: collector.named("smtp.receive"), "the first span")
    story = [s for s in collector.spans if s.trace_id == received.trace_id]
    names = {(s.service, s.name) for s in story}
    assert {
        ("nitka-ingest-email", "smtp.receive"),
        ("nitka-conversation", "conversation.store"),
        ("nitka-conversation", "conversation.publish"),
        ("nitka-gateway", "live.deliver"),
    } <= names
    assert [s.name for s in story if s.attributes.get("db.system", "").count("postgresql")]
    # Everything but the first span hangs on a span of the same story: nothing broke on the way.
    assert [s.name for s in story if s.parent_id not in {other.span_id for other in story}] == ["smtp.receive"]
    told_types = {s.attributes["type"] for s in story if s.name == "live.deliver"}
    assert any("conversation.message_received" in t for t in told_types)


def test_no_span_says_who_wrote_or_what(traced: LocalStack, collector: Collector) -> None:
    sender, subject, text = new_address("whisper"), "Hushed subject", "Murmured text"
    agent = Agent(traced)
    send(traced, mail(f"Wendy Whisper <{sender}>", subject, text))
    conversation = agent.conversation(sender)  # searches for the address: it stands in the query
    agent.messages(conversation["id"])
    agent.do(conversation["id"], "reply", text="Muttered answer")
    until(lambda: collector.named("smtp.send"), "the span of the answer")
    said = "\n".join(s.said for s in collector.spans)
    assert "conversation.store" in said
    for private in (sender, sender.replace("@", "%40"), "Wendy", "Hushed", "Murmured", "Muttered"):
        assert private not in said
