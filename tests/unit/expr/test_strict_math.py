"""Elementary functions: near the truth, and the same for a number whatever stands beside it. PySpark's bits: tests/oracle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from actorstream.expr import strict_math
from actorstream.expr.strict_math.blocks import BLOCK_ROWS

#: (numpy's function, least and greatest argument)
PEERS: dict[str, tuple[Callable[..., Any], float, float]] = {
    "exp": (np.exp, -700.0, 700.0),
    "expm1": (np.expm1, -50.0, 50.0),
    "sinh": (np.sinh, -30.0, 30.0),
    "cosh": (np.cosh, -30.0, 30.0),
    "tanh": (np.tanh, -25.0, 25.0),
    "log": (np.log, 1e-5, 20.0),
    "log2": (np.log2, 1e-5, 20.0),
    "log10": (np.log10, 1e-5, 20.0),
    "log1p": (np.log1p, -0.99, 20.0),
    "asinh": (np.arcsinh, -9.0, 9.0),
    "acosh": (np.arccosh, 1.0, 9.0),
    "atanh": (np.arctanh, -0.99, 0.99),
    "asin": (np.arcsin, -1.0, 1.0),
    "acos": (np.arccos, -1.0, 1.0),
    "atan": (np.arctan, -9.0, 9.0),
    "cbrt": (np.cbrt, -9.0, 9.0),
    "sin": (np.sin, 0.1, 3.0),
    "cos": (np.cos, -1.5, 1.5),
    "tan": (np.tan, -1.5, 1.5),
}
TWO = {"power": np.power, "atan2": np.arctan2, "hypot": np.hypot}
ODD = np.array(
    [
        0.0,
        -0.0,
        5e-324,
        -1e-310,
        1e-300,
        2.0**-54,
        0.5,
        1.0,
        -1.0,
        700.0,
        -745.0,
        91234.5,
        -1e22,
        1e308,
        np.inf,
        -np.inf,
        np.nan,
    ]
)


def numbers(low: float, high: float, rows: int = 2000) -> Any:
    return np.random.default_rng(11).uniform(low, high, rows)


@pytest.mark.parametrize("name", PEERS)
def test_a_function_of_one_number_is_within_a_few_places_of_the_truth(name: str) -> None:
    peer, low, high = PEERS[name]
    x = numbers(low, high)
    np.testing.assert_allclose(getattr(strict_math, name)(x), peer(x), rtol=2e-14, atol=0.0)


@pytest.mark.parametrize("name", TWO)
def test_a_function_of_two_numbers_is_within_a_few_places_of_the_truth(name: str) -> None:
    x, y = numbers(0.01, 9.0), np.flip(numbers(-9.0, 9.0))
    np.testing.assert_allclose(getattr(strict_math, name)(x, y), TWO[name](x, y), rtol=2e-15, atol=0.0)


@pytest.mark.parametrize("name", [*PEERS, *TWO])
def test_a_result_does_not_depend_on_the_rows_beside_it(name: str) -> None:
    function = getattr(strict_math, name)
    _, low, high = PEERS.get(name, (None, -9.0, 9.0))
    x = np.concatenate([numbers(low, high, 200), ODD])
    columns = (x,) if name in PEERS else (x, np.roll(x, 7))
    alone = np.concatenate([function(*(column[row : row + 1] for column in columns)) for row in range(len(x))])
    np.testing.assert_array_equal(function(*columns).view(np.int64), alone.view(np.int64))


def test_a_long_column_is_the_sum_of_its_blocks() -> None:
    x = numbers(-5.0, 5.0, 2 * BLOCK_ROWS + 7)
    parts = [strict_math.exp(part) for part in np.array_split(x, 5)]
    np.testing.assert_array_equal(strict_math.exp(x), np.concatenate(parts))
    assert len(strict_math.exp(x[:0])) == 0


def test_a_single_number_holds_for_every_row() -> None:
    x = numbers(0.0, 5.0, 3)
    np.testing.assert_array_equal(strict_math.power(x, 3.0), strict_math.power(x, np.full(3, 3.0)))
