"""Settings: typed, checked where they are set, and those that a query is pinned to."""

from __future__ import annotations

import pytest

from actorstream.common.config import (
    ENTRIES,
    MIN_BATCHES_TO_RETAIN,
    NO_DATA_BATCHES,
    POLLING_DELAY_MS,
    SHUFFLE_PARTITIONS,
    WATERMARK_POLICY,
    Conf,
)
from actorstream.errors import IllegalArgumentException


def test_every_default_is_a_value_of_its_own_type() -> None:
    for entry in ENTRIES.values():
        Conf().value(entry)
        assert entry.doc


def test_a_value_is_typed_and_a_text_is_given_back_as_it_was_set() -> None:
    conf = Conf()
    conf.set(POLLING_DELAY_MS.key, "2s")
    conf.set(NO_DATA_BATCHES.key, "FALSE")
    assert (conf.value(POLLING_DELAY_MS), conf.value(NO_DATA_BATCHES)) == (2_000, False)
    assert conf.get(POLLING_DELAY_MS.key) == "2s"


@pytest.mark.rule("CKP-75", "STF-8")
@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        (MIN_BATCHES_TO_RETAIN.key, "0", "0 should be positive"),
        (MIN_BATCHES_TO_RETAIN.key, "-3", "-3 should be positive"),
        (MIN_BATCHES_TO_RETAIN.key, "many", "a/an 'int' value"),
        (WATERMARK_POLICY.key, "avg", "avg should be one of min, max"),
        (NO_DATA_BATCHES.key, "yes", "a/an 'boolean' value"),
        (POLLING_DELAY_MS.key, "10 parsecs", "a/an 'time in MILLISECONDS' value"),
    ],
)
def test_a_bad_value_is_refused_where_it_is_set_and_the_old_one_stays(key: str, value: str, why: str) -> None:
    conf = Conf()
    before = conf.get(key)
    with pytest.raises(IllegalArgumentException, match=why) as raised:
        conf.set(key, value)
    kind = "TYPE_MISMATCH" if "a/an" in why else "REQUIREMENT"
    assert raised.value.getCondition() == f"INVALID_CONF_VALUE.{kind}"
    assert key in str(raised.value)
    assert conf.get(key) == before


def test_an_unknown_key_is_kept_and_given_back() -> None:
    conf = Conf()
    conf.set("my.own.key", "7")
    assert conf.get("my.own.key") == "7"
    conf.unset("my.own.key")
    assert conf.get("my.own.key") is None
    assert conf.get("my.own.key", "none") == "none"


@pytest.mark.rule("EXE-17")
def test_a_query_has_settings_of_its_own() -> None:
    conf = Conf()
    of_query = conf.copy()
    conf.set(SHUFFLE_PARTITIONS.key, "7")
    assert (conf.value(SHUFFLE_PARTITIONS), of_query.value(SHUFFLE_PARTITIONS)) == (7, 0)
    assert conf.is_set(SHUFFLE_PARTITIONS.key)
    assert not of_query.is_set(SHUFFLE_PARTITIONS.key)


@pytest.mark.rule("CKP-30")
def test_the_settings_that_change_the_meaning_of_a_checkpoint_are_pinned() -> None:
    assert {entry.key for entry in ENTRIES.values() if entry.pinned} >= {SHUFFLE_PARTITIONS.key, WATERMARK_POLICY.key}
