"""Elementary functions of columns of doubles, with the same bits on every machine.

numpy's own take whatever vector instructions a processor has, and differ in the last place from machine to machine. These use
nothing but the four operations, square roots and the bits of numbers, all of which IEEE 754 settles, in the order in which Spark
takes them: that of fdlibm 5.3, which Java's StrictMath promises, and for sine, cosine and tangent that of the Java virtual
machine on Intel's and AMD's processors. Not here: null, types and errors (`expr.functions.math`).

`exponentials`, `logarithms`, `powers`, `inverse`, `circular`, `tangent`: the functions; `blocks`, `turns`: what they share.
"""

from actorstream.expr.strict_math.circular import cos, sin
from actorstream.expr.strict_math.exponentials import cosh, exp, expm1, sinh, tanh
from actorstream.expr.strict_math.inverse import acos, asin, atan, atan2
from actorstream.expr.strict_math.logarithms import acosh, asinh, atanh, log, log1p, log2, log10, log_to_base
from actorstream.expr.strict_math.powers import cbrt, hypot, power
from actorstream.expr.strict_math.tangent import tan

__all__ = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "cos",
    "cosh",
    "exp",
    "expm1",
    "hypot",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_to_base",
    "power",
    "sin",
    "sinh",
    "tan",
    "tanh",
]
