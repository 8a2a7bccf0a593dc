"""Structured logs: one JSON object a line on stderr. Callers pass ids, never addresses, names or texts."""

from __future__ import annotations

import logging
import sys
import traceback

import structlog


def configure(service: str) -> None:
    """Set up structlog and route the standard library's warnings through it."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_exception_text,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(), foreign_pre_chain=shared
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def _without_exception_text(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Replace an exception by its type and place: its message may quote a customer's data."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else (info[1] if isinstance(info, tuple) else info)
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)
        event["at"] = [f"{'/'.join(f.filename.rsplit('/', 2)[-2:])}:{f.lineno}" for f in frames][-6:]
    return event


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; `name` tells the part of the service."""
    return structlog.get_logger(part=name)  # type: ignore[no-any-return]
