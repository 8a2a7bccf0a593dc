"""OpenTelemetry: off unless an OTLP address is set (OTEL_EXPORTER_OTLP_ENDPOINT), then everywhere.

The trace context travels in the envelope (`traceparent`), because a batch of messages has many parents and an
outbox outlives the request that filled it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("nitka")


def configure(service: str, exporter: SpanExporter | None = None) -> None:
    """Switch tracing on for this process if an OTLP address is set (or an exporter is given, for tests)."""
    if exporter is None and not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return
    if exporter is None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - slow import, rarely on
            OTLPSpanExporter,
        )

        exporter = OTLPSpanExporter()
    provider = TracerProvider(resource=Resource.create({"service.name": f"nitka-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=500))
    trace.set_tracer_provider(provider)
    from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor  # noqa: PLC0415

    PsycopgInstrumentor().instrument(skip_dep_check=True)


def enabled() -> bool:
    """Whether this process records spans."""
    return isinstance(trace.get_tracer_provider(), TracerProvider)


def instrument_app(app: FastAPI) -> None:
    """Server spans for every route; URLs are recorded without their query, which may hold personal data."""
    if enabled():
        from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor  # noqa: PLC0415

        FastAPIInstrumentor.instrument_app(app, excluded_urls="healthz,readyz", server_request_hook=_strip_query)


def _strip_query(span: Span, _scope: dict[str, Any]) -> None:
    for name in ("http.url", "http.target", "url.query", "url.full"):
        span.set_attribute(name, "")


def instrument_client(client: httpx.AsyncClient) -> None:
    """Client spans and the traceparent header on every internal call; URLs without their query here, too."""
    if enabled():
        from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor, RequestInfo  # noqa: PLC0415

        async def strip_query(span: Span, request: RequestInfo) -> None:
            url = str(httpx.URL(str(request.url)).copy_with(query=None))
            for name in ("http.url", "url.full"):
                span.set_attribute(name, url)

        HTTPXClientInstrumentor.instrument_client(client, request_hook=strip_query)


def broker_middlewares() -> tuple[Any, ...]:
    """FastStream's tracing middleware when tracing is on."""
    if not enabled():
        return ()
    from faststream.kafka.opentelemetry import KafkaTelemetryMiddleware  # noqa: PLC0415

    return (KafkaTelemetryMiddleware(tracer_provider=trace.get_tracer_provider()),)


def current_traceparent() -> str | None:
    """The W3C traceparent of the current span, None when nothing is recorded."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")


def traceparent_of(span: Span) -> str | None:
    """The W3C traceparent that makes `span` the parent."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier, trace.set_span_in_context(span, Context()))
    return carrier.get("traceparent")


def context_of(traceparent: str | None) -> Context:
    """The context that a traceparent names; an empty one for None."""
    return _propagator.extract({"traceparent": traceparent} if traceparent else {}, Context())


@contextmanager
def span(
    name: str, *, parent: str | None = None, kind: SpanKind = SpanKind.INTERNAL, **attributes: str | int
) -> Iterator[Span]:
    """Record a span. `parent` is a traceparent; without it the current span is the parent."""
    context = context_of(parent) if parent else None
    with _tracer.start_as_current_span(name, context=context, kind=kind, attributes=attributes) as current:
        yield current


@contextmanager
def spans(name: str, parents: Sequence[str | None]) -> Iterator[list[str | None]]:
    """One span per traceparent over the time of a batch: a batch has many parents, a trace tells one story.

    Yields the traceparents of the spans, or `parents` when nothing is recorded. What the block itself records,
    such as database spans, is told in the story of the first.
    """
    if not enabled() or not parents:
        yield list(parents)
        return
    recorded = [_tracer.start_span(name, context=context_of(parent)) for parent in parents]
    try:
        with trace.use_span(recorded[0], end_on_exit=False):
            yield [traceparent_of(one) for one in recorded]
    finally:
        for one in recorded:
            one.end()


def flush() -> None:
    """Send what is buffered; called at shutdown."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.force_flush(2000)
