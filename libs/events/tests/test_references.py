"""What is committed in `docs/reference` is what the code makes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nitka.events import TOPICS
from nitka.events.examples import examples
from nitka.events.schemas import main, reference

FOLDER = Path(__file__).parents[3] / "docs" / "reference"
MADE = reference()


@pytest.mark.parametrize("path", sorted(MADE))
def test_a_committed_reference_is_what_the_code_makes(path: str) -> None:
    assert (FOLDER / path).read_text() == MADE[path], "run: python -m nitka.events.schemas"


def test_there_is_no_schema_of_an_event_that_is_gone() -> None:
    committed = {str(file.relative_to(FOLDER)) for file in (FOLDER / "schemas").glob("*.json")}
    assert committed == {path for path in MADE if path.startswith("schemas/")}


def test_the_command_writes_all_of_it(tmp_path: Path) -> None:
    main([str(tmp_path)])
    assert {str(f.relative_to(tmp_path)) for f in tmp_path.rglob("*") if f.is_file()} == set(MADE)


def test_asyncapi_names_every_topic_and_every_reference_leads_somewhere() -> None:
    document = json.loads(MADE["asyncapi.json"])
    assert set(document["channels"]) == {topic.name for topic in TOPICS}
    for place in _references(document):
        if place.startswith("./"):
            assert place.removeprefix("./") in MADE
            continue
        found: Any = document
        for step in place.removeprefix("#/").split("/"):
            found = found[step]
    shown = [e for m in document["components"]["messages"].values() for e in m["examples"]]
    assert len(shown) == sum(len(examples(topic)) for topic in TOPICS)


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        mine = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return mine + [r for value in node.values() for r in _references(value)]
    return [r for value in node for r in _references(value)] if isinstance(node, list) else []
