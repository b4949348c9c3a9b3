"""Variance, skewness, kurtosis, covariance, correlation and regression, from mergeable central moments.

Moments are updated row by row and merged pair by pair in the order of Spark's operations, so that the bits are Spark's; all
groups take each step at once, and the last few groups that still have rows one after the other. That takes as many steps as the
largest group has rows, so groups of more than `STEPS_MAX` rows in a batch (and as many partials in a merge) go another way: two
passes over the rows, and for partials the formulas of Chan, Golub and LeVeque (and Pebay for the third and fourth moments) over
all of a group at once. That is at least as exact, but its last digits are not Spark's; nor can they be where Spark has more
partitions or merges in another order than we do.
Source: Spark CentralMomentAgg, Covariance, Corr, linearRegression.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from actorstream.expr.functions import aggregate_kernels as kernels
from actorstream.expr.functions.aggregate_function import AggregateFunction
from actorstream.expr.functions.aggregate_kernels import Floats, Mask
from actorstream.expr.grouping import Groups

_DOUBLE = pa.float64()

#: rows of a group up to which each is a step of its own: some 15 ms
STEPS_MAX = 1024
#: with so few groups left, a step of plain floats is quicker than one of arrays
_FEW_GROUPS = 6

Columns = Sequence[Floats]
#: a number per group: in arrays side by side, or of one group alone
Numbers = Sequence[Any]
Step = Callable[[int, Numbers, Numbers], Numbers]


def _field(name: str) -> pa.Field:
    return pa.field(name, _DOUBLE, nullable=False)


def _sum(values: Floats, groups: Groups) -> Floats:
    return np.bincount(groups.ids, weights=values, minlength=groups.count).astype(np.float64)


def _mean(total: Floats, n: Floats) -> Floats:
    return np.divide(total, n, out=np.zeros_like(total), where=n > 0)


def _floats(array: pa.Array) -> Floats:
    values: Floats = array.to_numpy(zero_copy_only=False)
    return values


def _by_steps(columns: Columns, groups: Groups, states: int, step: Step) -> list[Floats]:
    """Take each group's rows one after the other, all groups side by side.

    Args:
        columns: of the rows.
        states: columns of what is accumulated per group; all start at zero.
        step: from the number of the row in its group, counted from 1, what is accumulated and the columns of the row to what
            is accumulated then, for arrays of groups as for a single one.

    Shape: out `states` columns of `groups.count` rows.
    """
    counts = kernels.row_counts(groups)
    rows = kernels.stable_order(groups)
    first = np.cumsum(counts) - counts
    # largest groups first: those that still have a row are then a slice
    smaller = -counts.astype(np.int16)  # sorted by radix
    by_size = np.argsort(smaller, kind="stable")
    smaller = smaller[by_size]
    state = [np.zeros(groups.count) for _ in range(states)]
    steps, number = int(counts.max(initial=0)), 0
    while number < steps and (still := int(np.searchsorted(smaller, -number))) > _FEW_GROUPS:
        these = rows[first[by_size[:still]] + number]
        number += 1
        found = step(number, [column[:still] for column in state], [column[these] for column in columns])
        for column, values in zip(state, found, strict=True):
            column[:still] = values
    if number < steps:
        for place, group in enumerate(by_size[:still]):
            these = rows[first[group] + number : first[group] + counts[group]]
            alone: Numbers = [float(column[place]) for column in state]
            for at, row in enumerate(zip(*(column[these].tolist() for column in columns), strict=True), number + 1):
                alone = step(at, alone, row)
            for column, value in zip(state, alone, strict=True):
                column[place] = value
    result = [np.empty(groups.count) for _ in range(states)]
    for column, ordered in zip(result, state, strict=True):
        column[by_size] = ordered
    return result


def _reduced(
    columns: Columns,
    groups: Groups,
    stepwise: Callable[[Columns, Groups], list[Floats]],
    at_once: Callable[[Columns, Groups], list[Floats]],
) -> list[Floats]:
    """Reduce groups of few rows by the one way and of many by the other."""
    many = kernels.row_counts(groups) > STEPS_MAX
    if not many.any():
        return stepwise(columns, groups)
    whole = at_once(columns, groups)
    if not many.all():
        few = ~many[groups.ids]
        parts = stepwise([column[few] for column in columns], groups.of_rows(few))
        whole = [np.where(many, large, small) for large, small in zip(whole, parts, strict=True)]
    return whole


def _pair_by_pair(merge: Callable[[Numbers, Numbers], Numbers]) -> Callable[[Columns, Groups], list[Floats]]:
    """A merge of whole groups from `merge`, which puts partial moments, all but the numbers of rows, to those so far."""

    def step(number: int, state: Numbers, partial: Numbers) -> Numbers:
        return partial if number == 1 else (state[0] + partial[0], *merge(state, partial))

    return lambda columns, groups: _by_steps(columns, groups, len(columns), step)


def _merged(
    columns: Columns,
    groups: Groups,
    merge: Callable[[Numbers, Numbers], Numbers],
    at_once: Callable[[Columns, Groups], list[Floats]],
) -> list[Floats]:
    """Put partial moments together."""
    some = columns[0] > 0
    if not some.all():
        columns, groups = [column[some] for column in columns], groups.of_rows(some)
    return _reduced(columns, groups, _pair_by_pair(merge), at_once)


class Moments(AggregateFunction):
    """A statistic of one column.

    Args:
        order: highest moment needed: 2, 3 or 4.
        statistic: from n and the moments to the results and whether each is not null.
    """

    result = _DOUBLE

    def __init__(self, order: int, statistic: Callable[..., tuple[Floats, Mask]]) -> None:
        self.buffers = tuple(_field(name) for name in ("n", "avg", "m2", "m3", "m4")[: order + 1])
        self._order = order
        self._statistic = statistic

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        values, groups = kernels.numbers(inputs[0], groups, np.float64)
        with np.errstate(all="ignore"):
            n = kernels.row_counts(groups).astype(np.float64)
            moments = _reduced([values], groups, self._row_by_row, self._in_two_passes)
        return [pa.array(column) for column in (n, *moments)]

    def _row_by_row(self, columns: Columns, groups: Groups) -> list[Floats]:
        return _by_steps(columns, groups, self._order, _add_value)

    def _in_two_passes(self, columns: Columns, groups: Groups) -> list[Floats]:
        (values,) = columns
        mean = _mean(_sum(values, groups), kernels.row_counts(groups).astype(np.float64))
        delta = values - mean[groups.ids]
        powers = [delta * delta]
        for _ in range(self._order - 2):
            powers.append(powers[-1] * delta)
        return [mean, *(_sum(power, groups) for power in powers)]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        with np.errstate(all="ignore"):
            merged = _merged([_floats(column) for column in buffers], groups, _merge_moments, _moments_at_once)
        return [pa.array(column) for column in merged]

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        with np.errstate(all="ignore"):
            values, has = self._statistic(*(_floats(column) for column in buffers))
        return kernels.masked(values, has, _DOUBLE)


def _add_value(n: int, state: Numbers, row: Numbers) -> Numbers:
    mean, m2, *rest = state
    delta = row[0] - mean
    share = delta / n
    m2 = m2 + delta * (delta - share)
    if not rest:
        return mean + share, m2
    square, share_square = delta * delta, share * share
    m3 = rest[0] - 3.0 * share * m2 + delta * (square - share_square)
    if len(rest) == 1:
        return mean + share, m2, m3
    m4 = rest[1] - 4.0 * share * m3 - 6.0 * share_square * m2 + delta * (delta * square - share * share_square)
    return mean + share, m2, m3, m4


def _merge_moments(state: Numbers, partial: Numbers) -> Numbers:
    n, mean, m2, *rest = state
    n_2, mean_2, m2_2, *rest_2 = partial
    delta = mean_2 - mean
    share = delta / (n + n_2)
    merged = [mean + share * n_2, m2 + m2_2 + delta * share * n * n_2]
    if rest:
        m3, m3_2 = rest[0], rest_2[0]
        merged.append(
            m3 + m3_2 + share * share * delta * n * n_2 * (n - n_2) + 3.0 * share * (n * m2_2 - n_2 * m2)
        )  # fmt: skip
        if len(rest) > 1:
            merged.append(
                rest[1] + rest_2[1]
                + share * share * share * delta * n * n_2 * (n * n - n * n_2 + n_2 * n_2)
                + 6.0 * share * share * (n * n * m2_2 + n_2 * n_2 * m2)
                + 4.0 * share * (n * m3_2 - n_2 * m3)
            )  # fmt: skip
    return merged


def _moments_at_once(columns: Columns, groups: Groups) -> list[Floats]:
    n, mean, m2, *rest = columns
    count = _sum(n, groups)
    total = _mean(_sum(n * mean, groups), count)
    d = mean - total[groups.ids]
    merged = [count, total, _sum(m2 + n * d**2, groups)]
    if rest:
        m3 = rest[0]
        merged.append(_sum(m3 + 3 * d * m2 + n * d**3, groups))
        if len(rest) > 1:
            merged.append(_sum(rest[1] + 4 * d * m3 + 6 * d**2 * m2 + n * d**4, groups))
    return merged


def _variance_pop(n: Floats, mean: Floats, m2: Floats) -> tuple[Floats, Mask]:
    return m2 / n, n > 0


def _variance_samp(n: Floats, mean: Floats, m2: Floats) -> tuple[Floats, Mask]:
    return m2 / (n - 1), n > 1


def _stddev_pop(n: Floats, mean: Floats, m2: Floats) -> tuple[Floats, Mask]:
    return np.sqrt(m2 / n), n > 0


def _stddev_samp(n: Floats, mean: Floats, m2: Floats) -> tuple[Floats, Mask]:
    return np.sqrt(m2 / (n - 1)), n > 1


def _skewness(n: Floats, mean: Floats, m2: Floats, m3: Floats) -> tuple[Floats, Mask]:
    return np.sqrt(n) * m3 / np.sqrt(m2 * m2 * m2), (n > 0) & (m2 != 0)


def _kurtosis(n: Floats, mean: Floats, m2: Floats, m3: Floats, m4: Floats) -> tuple[Floats, Mask]:
    return n * m4 / (m2 * m2) - 3.0, (n > 0) & (m2 != 0)


MOMENTS: dict[str, tuple[int, Callable[..., tuple[Floats, Mask]]]] = {
    "var_pop": (2, _variance_pop),
    "var_samp": (2, _variance_samp),
    "variance": (2, _variance_samp),
    "stddev_pop": (2, _stddev_pop),
    "stddev_samp": (2, _stddev_samp),
    "stddev": (2, _stddev_samp),
    "std": (2, _stddev_samp),
    "skewness": (3, _skewness),
    "kurtosis": (4, _kurtosis),
}
"""Statistics of one column, by Spark name: highest moment and formula."""


Form = Literal["covariance", "slope", "means"]
"""How the moments of two columns are accumulated, which differs in the last digits alone.

covariance: the first column's deviation from the mean so far times the second's from the new mean.
slope: the other way round, and squares as for the variance of one column.
means: plain sums divided by their number.
"""


class Comoments(AggregateFunction):
    """A statistic of two columns, over the rows in which neither is null."""

    result = _DOUBLE
    buffers = tuple(_field(name) for name in ("n", "xAvg", "yAvg", "ck", "xMk", "yMk"))

    def __init__(self, statistic: Callable[..., tuple[Floats, Mask]], form: Form) -> None:
        self._statistic = statistic
        self._form = form

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        both = [kernels.valid_rows(column) for column in inputs]
        masks = [mask for mask in both if mask is not None]
        x, y = inputs
        if masks:
            mask = np.logical_and.reduce(masks)
            x, y, groups = x.filter(pa.array(mask)), y.filter(pa.array(mask)), groups.of_rows(mask)
        columns = [kernels.numbers(column, groups, np.float64)[0] for column in (x, y)]
        with np.errstate(all="ignore"):
            n = kernels.row_counts(groups).astype(np.float64)
            stepwise = _comoments_in_two_passes if self._form == "means" else self._row_by_row
            moments = _reduced(columns, groups, stepwise, _comoments_in_two_passes)
        return [pa.array(column) for column in (n, *moments)]

    def _row_by_row(self, columns: Columns, groups: Groups) -> list[Floats]:
        return _by_steps(columns, groups, 5, _add_covariance if self._form == "covariance" else _add_slope)

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        merge = _MERGES[self._form]
        with np.errstate(all="ignore"):
            merged = _merged([_floats(column) for column in buffers], groups, merge, _comoments_at_once)
        return [pa.array(column) for column in merged]

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        with np.errstate(all="ignore"):
            values, has = self._statistic(*(_floats(column) for column in buffers))
        return kernels.masked(values, has, _DOUBLE)


def _add_covariance(n: int, state: Numbers, row: Numbers) -> Numbers:
    x_mean, y_mean, ck, x_mk, y_mk = state
    x, y = row
    dx, dy = x - x_mean, y - y_mean
    x_mean, y_mean = x_mean + dx / n, y_mean + dy / n
    return x_mean, y_mean, ck + dx * (y - y_mean), x_mk + dx * (x - x_mean), y_mk + dy * (y - y_mean)


def _add_slope(n: int, state: Numbers, row: Numbers) -> Numbers:
    x_mean, y_mean, ck, x_mk, y_mk = state
    x, y = row
    dx, dy = x - x_mean, y - y_mean
    x_share, y_share = dx / n, dy / n
    x_mean, y_mean = x_mean + x_share, y_mean + y_share
    return x_mean, y_mean, ck + dy * (x - x_mean), x_mk + dx * (dx - x_share), y_mk + dy * (dy - y_share)


def _merge_covariance(state: Numbers, partial: Numbers) -> Numbers:
    return _merge_comoments(state, partial, second_leads=False)


def _merge_slope(state: Numbers, partial: Numbers) -> Numbers:
    return _merge_comoments(state, partial, second_leads=True)


def _merge_comoments(state: Numbers, partial: Numbers, *, second_leads: bool) -> Numbers:
    n, x_mean, y_mean, ck, x_mk, y_mk = state
    n_2, x_mean_2, y_mean_2, ck_2, x_mk_2, y_mk_2 = partial
    count = n + n_2
    dx, dy = x_mean_2 - x_mean, y_mean_2 - y_mean
    x_share, y_share = dx / count, dy / count
    return (
        x_mean + x_share * n_2,
        y_mean + y_share * n_2,
        ck + ck_2 + (dy * x_share if second_leads else dx * y_share) * n * n_2,
        x_mk + x_mk_2 + dx * x_share * n * n_2,
        y_mk + y_mk_2 + dy * y_share * n * n_2,
    )


def _merge_means(state: Numbers, partial: Numbers) -> Numbers:
    n, n_2 = state[0], partial[0]
    means = [(n * mean + n_2 * mean_2) / (n + n_2) for mean, mean_2 in zip(state[1:3], partial[1:3], strict=True)]
    return *means, *state[3:]  # products and squares are not asked for


_MERGES = {"covariance": _merge_covariance, "slope": _merge_slope, "means": _merge_means}


def _comoments_in_two_passes(columns: Columns, groups: Groups) -> list[Floats]:
    x, y = columns
    n = kernels.row_counts(groups).astype(np.float64)
    x_mean, y_mean = _mean(_sum(x, groups), n), _mean(_sum(y, groups), n)
    dx, dy = x - x_mean[groups.ids], y - y_mean[groups.ids]
    return [x_mean, y_mean, _sum(dx * dy, groups), _sum(dx * dx, groups), _sum(dy * dy, groups)]


def _comoments_at_once(columns: Columns, groups: Groups) -> list[Floats]:
    n, x_mean, y_mean, ck, x_mk, y_mk = columns
    count = _sum(n, groups)
    x_total, y_total = _mean(_sum(n * x_mean, groups), count), _mean(_sum(n * y_mean, groups), count)
    dx, dy = x_mean - x_total[groups.ids], y_mean - y_total[groups.ids]
    sums = (ck + n * dx * dy, x_mk + n * dx * dx, y_mk + n * dy * dy)
    return [count, x_total, y_total, *(_sum(column, groups) for column in sums)]


# regr_*(y, x): the first argument is the dependent variable, so `x*` below are the moments of y


def _r2(n: Floats, x_avg: Floats, y_avg: Floats, ck: Floats, x_mk: Floats, y_mk: Floats) -> tuple[Floats, Mask]:
    correlation = ck / np.sqrt(x_mk * y_mk)
    return np.where(x_mk == 0, 1.0, correlation * correlation), (n > 0) & (y_mk != 0)


COMOMENTS: dict[str, tuple[Callable[..., tuple[Floats, Mask]], Form]] = {
    "covar_pop": (lambda n, xa, ya, ck, xm, ym: (ck / n, n > 0), "covariance"),
    "covar_samp": (lambda n, xa, ya, ck, xm, ym: (ck / (n - 1), n > 1), "covariance"),
    "corr": (lambda n, xa, ya, ck, xm, ym: (ck / np.sqrt(xm * ym), (n > 1) & (xm * ym != 0)), "covariance"),
    "regr_avgx": (lambda n, xa, ya, ck, xm, ym: (ya, n > 0), "means"),
    "regr_avgy": (lambda n, xa, ya, ck, xm, ym: (xa, n > 0), "means"),
    "regr_sxx": (lambda n, xa, ya, ck, xm, ym: (ym, n > 0), "slope"),
    "regr_syy": (lambda n, xa, ya, ck, xm, ym: (xm, n > 0), "slope"),
    "regr_sxy": (lambda n, xa, ya, ck, xm, ym: (ck, n > 0), "covariance"),
    "regr_slope": (lambda n, xa, ya, ck, xm, ym: (ck / ym, (n > 0) & (ym != 0)), "slope"),
    "regr_intercept": (lambda n, xa, ya, ck, xm, ym: (xa - ck / ym * ya, (n > 0) & (ym != 0)), "slope"),
    "regr_r2": (_r2, "covariance"),
}
"""Statistics of two columns, by Spark name: formula, and how its moments are accumulated."""
