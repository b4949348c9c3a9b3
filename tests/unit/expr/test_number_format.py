"""Number formats apart from queries; what they give is among the recorded cases."""

from __future__ import annotations

from decimal import Decimal

import pytest

from actorstream.expr.functions.number_format import number_format


@pytest.mark.parametrize("value", ["0.00", "-1.50", "1234.56", "-999999.99", "0.01"])
@pytest.mark.parametrize("pattern", ["S999,999.99", "MI000,000.00", "999,999.99PR", "S$999,999.99"])
def test_what_a_format_writes_it_reads_again(value: str, pattern: str) -> None:
    layout = number_format(pattern)
    assert layout.parse(layout.format(Decimal(value)).strip()) == Decimal(value)


def test_digits_beyond_what_a_float_holds_are_kept() -> None:
    value = Decimal("12345678901234567890123456789012345678")
    assert number_format("9" * 38).format(value) == str(value)
