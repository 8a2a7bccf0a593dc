"""`python -m nitka.events.schemas [folder]`: the generated references of the public language.

- `schemas/<type>.v<version>.json`: JSON Schema of every event, envelope and payload together
- `asyncapi.json`: AsyncAPI 3.0, which topic carries what, from whom, to whom
- `events.md`: the same for reading

A test compares what is committed in `docs/reference` with what this makes.
"""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import Any, Literal

from pydantic import create_model

from nitka.events.envelope import Envelope, Payload
from nitka.events.examples import examples
from nitka.events.topics import DAY_MS, TOPICS, Topic
from nitka.events.wire import headers, parse

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_INTRODUCTION = """\
# Events

Made by `python -m nitka.events.schemas`; do not edit. For tools: [asyncapi.json](asyncapi.json) and a JSON Schema
for each event below. To subscribe, see the [tutorial](../tutorial/subscribe.md).

Every record is one JSON event in an envelope: `event_id`, `type`, `version`, `occurred_at` (the source's time),
`recorded_at` (ours), `correlation_id`, `causation_id`, `traceparent`, `actor`, `payload`. The record's headers are
the attributes of CloudEvents 1.0. Fields without a value are left out.

- Delivery is at least once: the same fact has the same `event_id`, so a duplicate can be told.
- Order holds per record key.
- Ignore fields and types that you do not know: new ones come without a new version. A structural change is a new
  version of the type.
- `customer.erased` asks you to forget a person.
"""


def reference() -> dict[str, str]:
    """All generated files: path below `docs/reference` → content."""
    files = {
        f"schemas/{_name(payload)}.json": _json(schema(payload)) for topic in TOPICS for payload in topic.payloads
    }
    return {**files, "asyncapi.json": _json(asyncapi()), "events.md": _page()}


def schema(payload: type[Payload]) -> dict[str, Any]:
    """JSON Schema of one event type: the envelope with this payload."""
    fields: dict[str, Any] = {
        "type": (Literal[payload.TYPE], ...),
        "version": (Literal[payload.VERSION], ...),
        "payload": (payload, ...),
    }
    event = create_model(f"{payload.__name__}Event", __base__=Envelope, __doc__=payload.__doc__, **fields)
    return {"$schema": DIALECT, "title": _name(payload), **event.model_json_schema()}


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document; the server's address is a matter of the deployment."""
    operations: dict[str, Any] = {}
    for topic in TOPICS:
        channel = {"$ref": f"#/channels/{topic.name}"}
        for action, services in (("send", topic.producers), ("receive", topic.consumers)):
            for service in services:
                operations[f"{service}.{action}.{topic.name}"] = {"action": action, "channel": channel}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Nitka",
            "version": "1",
            "description": "The events of a shared inbox. Records are keyed as `x-key` says; order holds per key.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": operations,
        "components": {"messages": {_name(p): _message(topic, p) for topic in TOPICS for p in topic.payloads}},
    }


def _channel(topic: Topic) -> dict[str, Any]:
    kafka: dict[str, Any] = {"topic": topic.name, "partitions": topic.partitions, "bindingVersion": "0.5.0"}
    if "retention.ms" in topic.config:
        kafka["topicConfiguration"] = {"retention.ms": int(topic.config["retention.ms"])}
    return {
        "address": topic.name,
        "messages": {_name(p): {"$ref": f"#/components/messages/{_name(p)}"} for p in topic.payloads},
        "bindings": {"kafka": kafka},
        "x-key": topic.key,
    }


def _message(topic: Topic, payload: type[Payload]) -> dict[str, Any]:
    shown = [(e, parse(topic, e.raw)) for e in examples(topic)]
    mine = [(e, p.envelope) for e, p in shown if type(p.payload) is payload]
    return {
        "name": _name(payload),
        "summary": _summary(payload),
        "contentType": "application/json",
        "payload": {"schemaFormat": f"application/schema+json;version={DIALECT}", "schema": _schema_ref(payload)},
        "bindings": {"kafka": {"key": {"type": "string", "description": topic.key}, "bindingVersion": "0.5.0"}},
        "examples": [
            {"name": e.name, "headers": headers(envelope), "payload": json.loads(e.raw)} for e, envelope in mine
        ],
    }


def _schema_ref(payload: type[Payload]) -> dict[str, str]:
    return {"$ref": f"./schemas/{_name(payload)}.json"}


def _page() -> str:
    return "\n".join([_INTRODUCTION, *(_section(topic) for topic in TOPICS)])


def _section(topic: Topic) -> str:
    kept = topic.config.get("retention.ms")
    lines = [
        f"## {topic.name}\n",
        f"- key: {topic.key}",
        f"- from: {', '.join(topic.producers)}",
        f"- to: {', '.join(topic.consumers)}",
        f"- kept: {f'{int(kept) // DAY_MS} days' if kept else 'as the broker is set'}\n",
        "| event | meaning | payload |\n|---|---|---|",
        *(_row(payload) for payload in topic.payloads),
    ]
    return "\n".join(lines) + "\n"


def _row(payload: type[Payload]) -> str:
    fields = ", ".join(
        f"`{name}`" if field.is_required() else f"`{name}`?" for name, field in payload.model_fields.items()
    )
    return f"| [{_name(payload)}](schemas/{_name(payload)}.json) | {_summary(payload)} | {fields} |"


def _name(payload: type[Payload]) -> str:
    return f"{payload.TYPE}.v{payload.VERSION}"


def _summary(payload: type[Payload]) -> str:
    """The first paragraph of the model's own documentation, in one line."""
    own = payload.__doc__ or payload.TYPE.rpartition(".")[2].replace("_", " ").capitalize() + "."
    return " ".join(inspect.cleandoc(own).split("\n\n")[0].split())


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> None:
    """Write the references below the folder, `docs/reference` unless another one is named."""
    folder = Path(arguments[0] if arguments else "docs/reference")
    for path, content in reference().items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)


if __name__ == "__main__":
    main(sys.argv[1:])
