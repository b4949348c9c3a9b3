"""The benchmarks run and report; what they measure is no test's business."""

from __future__ import annotations

import json

import pytest

from benchmarks import expressions, growth, startup, trigger


def last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    result: dict[str, object] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return result


@pytest.mark.slow
def test_trigger(capsys: pytest.CaptureFixture[str]) -> None:
    trigger.main(triggers=3)
    assert {"p50_ratio", "p99_ratio", "goal"} <= last_line(capsys).keys()


@pytest.mark.slow
def test_growth(capsys: pytest.CaptureFixture[str]) -> None:
    growth.main(triggers=3, sizes=(2_000, 4_000))
    assert {"p50_ratio", "goal"} <= last_line(capsys).keys()


@pytest.mark.slow
def test_startup(capsys: pytest.CaptureFixture[str]) -> None:
    startup.main(runs=2)
    assert {"p50_ratio", "goal"} <= last_line(capsys).keys()


def test_expressions_compute_what_the_hand_written_kernels_compute(capsys: pytest.CaptureFixture[str]) -> None:
    expressions.main(small_rounds=1, large_rounds=1, large_rows=2_000)
    assert {"overhead_ms_1000_rows", "ratio_1000000_rows", "goal"} <= last_line(capsys).keys()
