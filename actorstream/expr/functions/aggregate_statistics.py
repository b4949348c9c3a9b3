"""Variance, skewness, kurtosis, covariance, correlation and regression, from mergeable central moments.

Partial moments are put together by the formulas of Chan, Golub and LeVeque (and Pebay for the third and fourth), all
partials of a group at once, so that no precision is lost to differences of large sums.
Source: Spark CentralMomentAgg, Covariance, Corr, linearRegression.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from actorstream.expr.functions import aggregate_kernels as kernels
from actorstream.expr.functions.aggregate_function import AggregateFunction
from actorstream.expr.functions.aggregate_kernels import Floats, Mask
from actorstream.expr.grouping import Groups

_DOUBLE = pa.float64()


def _field(name: str) -> pa.Field:
    return pa.field(name, _DOUBLE, nullable=False)


def _sum(values: Floats, groups: Groups) -> Floats:
    return np.bincount(groups.ids, weights=values, minlength=groups.count).astype(np.float64)


def _mean(total: Floats, n: Floats) -> Floats:
    return np.divide(total, n, out=np.zeros_like(total), where=n > 0)


def _floats(array: pa.Array) -> Floats:
    values: Floats = array.to_numpy(zero_copy_only=False)
    return values


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
            mean = _mean(_sum(values, groups), n)
            delta = values - mean[groups.ids]
            powers = [_sum(delta**power, groups) for power in range(2, self._order + 1)]
        return [pa.array(column) for column in (n, mean, *powers)]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        n, mean, m2, *rest = (_floats(column) for column in buffers)
        with np.errstate(all="ignore"):
            count = _sum(n, groups)
            total = _mean(_sum(n * np.where(n > 0, mean, 0.0), groups), count)
            d = np.where(n > 0, mean - total[groups.ids], 0.0)
            merged = [_sum(m2 + n * d**2, groups)]
            if rest:
                m3 = rest[0]
                merged.append(_sum(m3 + 3 * d * m2 + n * d**3, groups))
                if len(rest) > 1:
                    merged.append(_sum(rest[1] + 4 * d * m3 + 6 * d**2 * m2 + n * d**4, groups))
        return [pa.array(column) for column in (count, total, *merged)]

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        with np.errstate(all="ignore"):
            values, has = self._statistic(*(_floats(column) for column in buffers))
        return kernels.masked(values, has, _DOUBLE)


def _variance_pop(n: Floats, mean: Floats, m2: Floats) -> tuple[Floats, Mask]:
    return m2 / n, n > 0


def _variance_samp(n: Floats, mean: Floats, m2: Floats) -> tuple[Floats, Mask]:
    return m2 / (n - 1), n > 1


def _stddev_pop(n: Floats, mean: Floats, m2: Floats) -> tuple[Floats, Mask]:
    return np.sqrt(m2 / n), n > 0


def _stddev_samp(n: Floats, mean: Floats, m2: Floats) -> tuple[Floats, Mask]:
    return np.sqrt(m2 / (n - 1)), n > 1


def _skewness(n: Floats, mean: Floats, m2: Floats, m3: Floats) -> tuple[Floats, Mask]:
    return np.sqrt(n) * m3 / np.sqrt(m2**3), (n > 0) & (m2 != 0)


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


class Comoments(AggregateFunction):
    """A statistic of two columns, over the rows in which neither is null."""

    result = _DOUBLE
    buffers = tuple(_field(name) for name in ("n", "xAvg", "yAvg", "ck", "xMk", "yMk"))

    def __init__(self, statistic: Callable[..., tuple[Floats, Mask]]) -> None:
        self._statistic = statistic

    def update(self, inputs: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        both = [kernels.valid_rows(column) for column in inputs]
        masks = [mask for mask in both if mask is not None]
        x, y = inputs
        if masks:
            mask = np.logical_and.reduce(masks)
            x, y, groups = x.filter(pa.array(mask)), y.filter(pa.array(mask)), groups.of_rows(mask)
        xs, _ = kernels.numbers(x, groups, np.float64)
        ys, _ = kernels.numbers(y, groups, np.float64)
        with np.errstate(all="ignore"):
            n = kernels.row_counts(groups).astype(np.float64)
            x_mean, y_mean = _mean(_sum(xs, groups), n), _mean(_sum(ys, groups), n)
            dx, dy = xs - x_mean[groups.ids], ys - y_mean[groups.ids]
            sums = (_sum(dx * dy, groups), _sum(dx * dx, groups), _sum(dy * dy, groups))
        return [pa.array(column) for column in (n, x_mean, y_mean, *sums)]

    def merge(self, buffers: Sequence[pa.Array], groups: Groups) -> list[pa.Array]:
        n, x_mean, y_mean, ck, x_mk, y_mk = (_floats(column) for column in buffers)
        with np.errstate(all="ignore"):
            count = _sum(n, groups)
            x_total, y_total = _mean(_sum(n * x_mean, groups), count), _mean(_sum(n * y_mean, groups), count)
            dx = np.where(n > 0, x_mean - x_total[groups.ids], 0.0)
            dy = np.where(n > 0, y_mean - y_total[groups.ids], 0.0)
            sums = (
                _sum(ck + n * dx * dy, groups),
                _sum(x_mk + n * dx * dx, groups),
                _sum(y_mk + n * dy * dy, groups),
            )
        return [pa.array(column) for column in (count, x_total, y_total, *sums)]

    def finish(self, buffers: Sequence[pa.Array]) -> pa.Array:
        with np.errstate(all="ignore"):
            values, has = self._statistic(*(_floats(column) for column in buffers))
        return kernels.masked(values, has, _DOUBLE)


# regr_*(y, x): the first argument is the dependent variable, so `x*` below are the moments of y


def _r2(n: Floats, x_avg: Floats, y_avg: Floats, ck: Floats, x_mk: Floats, y_mk: Floats) -> tuple[Floats, Mask]:
    flat = x_mk == 0
    return np.where(flat, 1.0, ck * ck / (x_mk * y_mk)), (n > 0) & (y_mk != 0)


COMOMENTS: dict[str, Callable[..., tuple[Floats, Mask]]] = {
    "covar_pop": lambda n, xa, ya, ck, xm, ym: (ck / n, n > 0),
    "covar_samp": lambda n, xa, ya, ck, xm, ym: (ck / (n - 1), n > 1),
    "corr": lambda n, xa, ya, ck, xm, ym: (ck / np.sqrt(xm * ym), n > 1),
    "regr_avgx": lambda n, xa, ya, ck, xm, ym: (ya, n > 0),
    "regr_avgy": lambda n, xa, ya, ck, xm, ym: (xa, n > 0),
    "regr_sxx": lambda n, xa, ya, ck, xm, ym: (ym, n > 0),
    "regr_syy": lambda n, xa, ya, ck, xm, ym: (xm, n > 0),
    "regr_sxy": lambda n, xa, ya, ck, xm, ym: (ck, n > 0),
    "regr_slope": lambda n, xa, ya, ck, xm, ym: (ck / ym, (n > 0) & (ym != 0)),
    "regr_intercept": lambda n, xa, ya, ck, xm, ym: (xa - ck / ym * ya, (n > 0) & (ym != 0)),
    "regr_r2": _r2,
}
"""Statistics of two columns, by Spark name."""
