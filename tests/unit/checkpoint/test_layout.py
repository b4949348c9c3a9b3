"""Every path of a checkpoint."""

from __future__ import annotations

import pytest

from actorstream.checkpoint import layout


@pytest.mark.rule("CKP-1", "CKP-6")
def test_entries_and_folders_are_where_the_format_says() -> None:
    assert layout.offset_entry(12) == "offsets/12"
    assert layout.commit_entry(12) == "commits/12"
    assert layout.source_folder(1) == "sources/1"
    assert layout.state_folder("aggregate-0") == "state/aggregate-0"
    assert layout.sink_folder("sink") == "sinks/sink"


@pytest.mark.parametrize(
    ("node", "name"),
    [
        ("per minute", "per minute"),
        ("a/b", "a%2Fb"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("100%", "100%25"),
        ("žluť", "%C5%BElu%C5%A5"),
    ],
)
def test_no_node_id_can_leave_its_folder(node: str, name: str) -> None:
    assert layout.file_name(node) == name
    assert layout.state_folder(node) == f"state/{name}"


def test_different_node_ids_never_share_a_folder() -> None:
    nodes = ["a/b", "a%2Fb", "a b", "a+b", "A b", "..", "%2E%2E", "..."]
    assert len({layout.file_name(node) for node in nodes}) == len(nodes)
