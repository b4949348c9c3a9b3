"""Process start to the first row visible in a memory table, for the rate example, against importing pyarrow.

The rate source makes its first rows one second after it starts; a manual clock lets that second pass at once, as a test would,
so that what is measured is the start. Both are whole processes, started in turns. Goal: at most 4 times
``python -c "import pyarrow"``.
Run: ``python -m benchmarks.startup [--runs 15]``
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from benchmarks.measure import percentile, report, timed_ms

BARE = "import pyarrow"
RATE = """
from actorstream.common.clock import ManualClock
from actorstream.sql import SparkSession
clock = ManualClock()
spark = SparkSession.builder.master("local[2]").clock(clock).getOrCreate()
rates = spark.readStream.format("rate").option("rowsPerSecond", 1000).load()
query = rates.writeStream.format("memory").queryName("rates").start()
query.processAllAvailable()
clock.advance(1000)
query.processAllAvailable()
assert spark.table("rates").limit(1).collect()
query.stop()
"""


def main(runs: int) -> None:
    """Measure and print."""

    # an installed package has its bytecode; a clone gets it in the warm-up, unless the environment forbids that
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}

    def process(script: str) -> float:
        return timed_ms(lambda: subprocess.run([sys.executable, "-c", script], check=True, env=environment))

    process(BARE)
    process(RATE)
    pairs = [(process(BARE), process(RATE)) for _ in range(runs)]
    bare, rate = (percentile([pair[side] for pair in pairs], 0.5) for side in (0, 1))
    report(
        "startup",
        {
            "runs": runs,
            "import_pyarrow_p50_ms": round(bare, 1),
            "first_row_p50_ms": round(rate, 1),
            "p50_ratio": round(rate / bare, 2),
            "goal": {"p50_ratio": 4.0},
        },
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    main(parser.parse_args().runs)
