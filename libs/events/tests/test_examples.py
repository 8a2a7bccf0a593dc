"""Every event has examples, every example is an event, and nothing that is none gets through."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nitka.events import TOPICS, Envelope, InvalidEvent, Payload, Topic, headers, parse, serialize
from nitka.events.examples import FOLDER, Example, examples

ALL = [(topic, example) for topic in TOPICS for example in examples(topic)]
PAYLOADS = [(topic, payload) for topic in TOPICS for payload in topic.payloads]


def said(written: Any, example: Any) -> Any:
    """What is written, without the fields that are younger than the example: those have their default."""
    if isinstance(written, dict) and isinstance(example, dict):
        return {key: said(value, example[key]) for key, value in written.items() if key in example}
    if isinstance(written, list) and isinstance(example, list) and len(written) == len(example):
        return [said(*pair) for pair in zip(written, example, strict=True)]
    return written


@pytest.mark.parametrize(("topic", "example"), ALL, ids=lambda value: getattr(value, "name", None))
def test_an_example_is_understood_and_written_again_as_it_was(topic: Topic, example: Example) -> None:
    event = parse(topic, example.raw)
    assert event.payload is not None, "no type of its topic"
    again = event.envelope.model_copy(update={"payload": event.payload})
    raw = json.loads(example.raw)
    assert said(json.loads(serialize(again)), raw) == raw
    assert parse(topic, serialize(again)).payload == event.payload


@pytest.mark.parametrize(("topic", "example"), ALL, ids=lambda value: getattr(value, "name", None))
def test_an_example_lies_where_its_type_and_version_say(topic: Topic, example: Example) -> None:
    envelope = parse(topic, example.raw).envelope
    place = PurePath(example.name)
    assert place.parts[:2] == (topic.name, f"v{envelope.version}")
    variant = place.name.removeprefix(f"{envelope.type}.").removesuffix("json").rstrip(".")
    assert place.name.startswith(f"{envelope.type}.")
    assert "." not in variant


@pytest.mark.parametrize(("topic", "payload"), PAYLOADS, ids=lambda value: getattr(value, "TYPE", None))
def test_every_type_has_an_example(topic: Topic, payload: type[Payload]) -> None:
    assert any(type(parse(topic, e.raw).payload) is payload for e in examples(topic))


def test_no_file_among_the_examples_is_forgotten() -> None:
    assert {str(file.relative_to(FOLDER)) for file in FOLDER.rglob("*.json")} == {e.name for _, e in ALL}


def test_every_example_is_another_fact() -> None:
    ids = [json.loads(example.raw)["event_id"] for _, example in ALL]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(("_topic", "payload"), PAYLOADS, ids=lambda value: getattr(value, "TYPE", None))
def test_what_may_be_none_may_be_absent(_topic: Topic, payload: type[Payload]) -> None:
    """A None is left out on the wire, so a field that may be None must not be required."""
    for name, field in payload.model_fields.items():
        takes_none = "None" in str(field.annotation)
        assert not (takes_none and field.is_required()), name


@pytest.mark.parametrize(("topic", "example"), ALL, ids=lambda value: getattr(value, "name", None))
def test_headers_are_cloudevents(topic: Topic, example: Example) -> None:
    envelope = parse(topic, example.raw).envelope
    found = headers(envelope)
    assert found["ce_specversion"] == "1.0"
    assert found["ce_id"] == str(envelope.event_id)
    assert found["ce_type"] == f"{envelope.type}.v{envelope.version}"
    assert found.get("traceparent") == envelope.traceparent


def test_a_field_and_a_type_of_the_future_are_let_through() -> None:
    topic, example = ALL[0]
    event = json.loads(example.raw)
    newer = {**event, "colour": "blue", "payload": {**event["payload"], "colour": "blue"}}
    assert parse(topic, json.dumps(newer).encode()).payload == parse(topic, example.raw).payload
    assert parse(topic, json.dumps({**event, "type": "conversation.painted"}).encode()).payload is None
    assert parse(topic, json.dumps({**event, "version": 99}).encode()).payload is None


@given(st.sampled_from(TOPICS), st.none() | st.binary(max_size=300))
def test_bytes_that_are_no_event_are_refused_and_nothing_else_happens(topic: Topic, raw: bytes | None) -> None:
    with pytest.raises(InvalidEvent):
        parse(topic, raw)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(ALL), st.data())
def test_a_damaged_example_is_an_event_or_refused_without_quoting_it(
    chosen: tuple[Topic, Example], data: st.DataObject
) -> None:
    topic, example = chosen
    event: dict[str, Any] = json.loads(example.raw)
    target = data.draw(st.sampled_from([event, event["payload"]]))
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(_JSON | st.just("anna.kowalska@poczta.example"))
    try:
        found = parse(topic, json.dumps(event).encode())
    except InvalidEvent as refused:
        assert "anna.kowalska" not in str(refused)
    else:
        assert isinstance(found.envelope, Envelope)
