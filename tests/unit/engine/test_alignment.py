"""Epochs of an actor with several inputs: one after the other, whatever the inputs do."""

from __future__ import annotations

import itertools
import random

import pyarrow as pa
import pytest

from actorstream.common.ids import Epoch, PartitionId
from actorstream.dataflow.protocols import EpochInfo
from actorstream.engine.alignment import Alignment
from actorstream.engine.messages import Data, Marker

EMPTY = pa.table({"v": [1]})


class Log:
    """An actor that writes down what it is told."""

    def __init__(self, markers: int) -> None:
        self.events: list[str] = []
        self.alignment = Alignment(
            markers,
            lambda info: self.events.append(f"begin {info.epoch}"),
            lambda data: self.events.append(f"data {data.info.epoch}"),
            lambda info: self.events.append(f"end {info.epoch}"),
        )


def info(epoch: int) -> EpochInfo:
    return EpochInfo(Epoch(epoch), 0)


def data(epoch: int) -> Data:
    return Data(info(epoch), 0, PartitionId(0), EMPTY)


def marker(epoch: int) -> Marker:
    return Marker(info(epoch), 0)


def test_an_epoch_ends_with_the_last_of_its_markers() -> None:
    log = Log(2)
    for message in (data(0), marker(0), data(0), marker(0)):
        log.alignment.receive(message)
    assert log.events == ["begin 0", "data 0", "data 0", "end 0"]


def test_an_epoch_without_rows_begins_and_ends() -> None:
    log = Log(1)
    log.alignment.receive(marker(0))
    assert log.events == ["begin 0", "end 0"]


def test_what_belongs_to_the_next_epoch_waits_for_this_one() -> None:
    log = Log(2)
    for message in (marker(0), data(1), marker(1), data(0), marker(0), marker(1)):
        log.alignment.receive(message)
    assert log.events == ["begin 0", "data 0", "end 0", "begin 1", "data 1", "end 1"]


@pytest.mark.parametrize("seed", range(6))
def test_inputs_may_run_epochs_ahead_of_each_other(seed: int) -> None:
    rng = random.Random(seed)
    inputs: list[list[Data | Marker]] = [[], [], []]
    for epoch, one in itertools.product(range(5), inputs):
        one += [data(epoch)] * rng.randint(0, 2)
        one.append(marker(epoch))
    rows = [sum(isinstance(m, Data) and m.info.epoch == epoch for one in inputs for m in one) for epoch in range(5)]
    log = Log(3)
    while any(inputs):
        log.alignment.receive(rng.choice([one for one in inputs if one]).pop(0))
    expected = [[f"begin {epoch}", *[f"data {epoch}"] * rows[epoch], f"end {epoch}"] for epoch in range(5)]
    assert log.events == list(itertools.chain(*expected)), f"seed {seed}"
