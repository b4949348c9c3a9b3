"""Mathematical functions to the last bit: hashes of the results, since the suite compares floats to twelve digits.

Each function is hashed for every odd double by itself, and for thousands of doubles along a stretch of its domain at once.
"""

from __future__ import annotations

from tests.oracle.suite import Table, aggregate, select
from tests.oracle.tables import INF, NAN, ONE

#: where the algorithms change their ways, and beyond their domains
_ODD = (
    0.0, -0.0, 5e-324, -1.1e-308, 2.2250738585072014e-308, 1e-300, -1e-20, 1e-16, 2.0**-54, -(2.0**-53), 3 * 2.0**-54,
    2.0**-29, -(2.0**-28), 1e-5, 0.1, -0.25, 0.292, 0.34657, 0.3466, -0.4142, 0.4375, 0.5, -0.5, 0.6875, 0.7071067811865476,
    0.975, -0.9999999, 1.0 - 2.0**-53, 1.0, -1.0, 1.0 + 2.0**-52, 1.0397, 1.0398, -1.1875, 1.38, 1.41, 1.5, 2.0, -2.4375, 2.5,
    2.718281828459045, -3.0, 3.141592653589793, 7.25, 10.0, 21.9, -22.0, 36.04365338911715, 38.8, -38.9, 100.3, 708.5, 709.78,
    709.79, -710.4, 710.5, -740.0, -745.2, 123456.789, -3e9, 2.0**28, 2.0**53, 2.0**66, -1e100, 1e160, 1.7976931348623157e308,
    INF, -INF, NAN, None,
)  # fmt: skip

DOUBLES = Table("d double, e double", list(zip(_ODD, _ODD[3:] + _ODD[:3], strict=True)))

#: stretches of numbers over which a function has values
_STRETCHES = {
    "exp": "i * 0.373D - 747", "expm1": "i * 0.0137D - 30", "sinh": "i * 0.0231D - 46", "cosh": "i * 0.0231D - 46",
    "tanh": "i * 0.0137D - 27", "ln": "i * 0.0173D", "log2": "i * 0.0173D", "log10": "i * i * 0.173D", "log1p": "i * 0.0173D - 0.99D",
    "asinh": "i * 0.173D - 300", "acosh": "i * 0.0173D + 1", "atanh": "i * 0.0005D - 1", "asin": "i * 0.0005D - 1",
    "acos": "i * 0.0005D - 1", "atan": "i * 0.0031D - 6", "cbrt": "i * 0.731D - 999", "sqrt": "i * 0.731D",
    "degrees": "i * 0.0137D", "radians": "i * 0.137D", "rint": "i * 0.1D - 99",
    **dict.fromkeys(("sin", "cos", "tan", "cot", "sec", "csc"), "i * 0.0173D - 30"),
}  # fmt: skip
#: angles of which only the rest after many turns counts, and expressions of two numbers
_OTHERS = {
    "sin(x * 1e17D)": "i * 0.173D",
    "cos(x * 1e200D)": "i * 0.173D",
    "tan(x * 1e17D)": "i * 0.173D",
    "tan(x * 1e200D)": "i * 0.173D",
    "pow(x, 3.3D)": "i * 0.0173D",
    "pow(x, -0.7D)": "i * 0.0173D",
    "pow(1.0173D, x)": "i * 0.0731D - 99",
    "pow(x, x)": "i * 0.0173D",
    "pow(x, 2)": "i * 0.173D",
    "pow(x, 0.5D)": "i * 0.173D",
    "pow(-x, 7)": "i * 0.173D",
    "log(3D, x)": "i * 0.0173D",
    "log(x, 3D)": "i * 0.0173D",
    "atan2(x, 0.3D)": "i * 0.0031D - 6",
    "atan2(0.3D, x)": "i * 0.0031D - 6",
    "hypot(x, 0.3D)": "i * 0.0017D",
    "hypot(x, x * 0.7D)": "i * 0.17D",
    "x % 0.3D": "i * 0.17D",
    "pmod(-x, 0.3D)": "i * 0.17D",
}


def _over(expression: str, stretch: str) -> str:
    return f"xxhash64(transform(transform(sequence(1, 4000), i -> {stretch}), x -> {expression}))"


def _vector(length: int, function: str) -> str:
    return f"transform(sequence(1, {length}), i -> cast(3 * {function}(i) as float))"


GROUPS = [
    select("odd doubles", DOUBLES, *(f"xxhash64({function}(d))" for function in _STRETCHES)),
    select(
        "two odd doubles",
        DOUBLES,
        *(
            f"xxhash64({call})"
            for call in (
                "pow(d, e)", "pow(abs(d), e)", "pow(e, d)", "pow(d, 0.5D)", "pow(d, 2D)", "pow(d, -1D)", "pow(d, 3D)", "pow(d, 0D)",
                "pow(-0.5D, e)", "pow(1.000000001D, e * 1e9D)", "atan2(d, e)", "atan2(e, d)", "atan2(d, 1D)", "hypot(d, e)",
                "hypot(e, d * 0.3D)", "hypot(d, d)", "log(d, e)", "log(e, d)", "log(10D, d)", "d % 0.3D", "d % nullif(e, 0)",
            )
        ),
        ansi="false",
    ),
    select("stretches", ONE, *(_over(f"{function}(x)", stretch) for function, stretch in _STRETCHES.items())),
    select("other stretches", ONE, *(_over(call, stretch) for call, stretch in _OTHERS.items())),
    select(
        "rounding",
        DOUBLES,
        *(
            f"xxhash64({function}({number}, {places}))"
            for function in ("round", "bround")
            for number in ("d", "cast(d / 7 as float)")
            for places in (0, 1, 2, -1, 17, 400, -400)
        ),
    ),
    select(
        "stretches, rounded",
        ONE,
        *(
            _over(call, "i * 0.005D - 10")
            for call in ("round(x)", "round(x, 1)", "round(x, 2)", "bround(x, 1)", "bround(x, 2)", "round(cast(x as float), 2)")
        ),
    ),
    select(
        "vectors",
        ONE,
        *(
            f"xxhash64(vector_{call.format(_vector(length, 'sin'), _vector(length, 'cos'))})"
            for length in (1, 7, 8, 37, 256)
            for call in (
                "norm({0}, 1.0f)", "norm({0})", "norm({0}, float('infinity'))", "normalize({0})", "normalize({0}, 1.0f)",
                "inner_product({0}, {1})", "l2_distance({0}, {1})", "cosine_similarity({0}, {1})",
            )
        ),
    ),
    aggregate(
        "percentiles",
        DOUBLES,
        [],
        *(f"xxhash64({call})" for call in ("percentile(atan(d), 0.3)", "percentile(atan(d), array(0.1, 0.37, 0.9))", "median(sin(e))")),
    ),
]  # fmt: skip
