"""`make bench`: the engine's works W1 to W5 and a run through the queue."""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.pop(name, None)

import argparse  # noqa: E402
import statistics  # noqa: E402
import tempfile  # noqa: E402
from pathlib import Path  # noqa: E402

from benchmarks import works  # noqa: E402
from benchmarks.measure import (  # noqa: E402
    Line,
    absolute,
    alternate,
    compared,
    in_child,
    median_peak,
    median_seconds,
    write,
)
from benchmarks.queue import through_the_queue  # noqa: E402
from benchmarks.warm import Warm  # noqa: E402

DATA = Path(tempfile.gettempdir()) / "flowza-bench-data"


def made_csv(name: str, rows: int) -> Path:
    """Made in a process of its own, whose memory the measured ones do not inherit."""
    path = DATA / name
    in_child(lambda: str(works.make_csv(path, rows)))
    return path


def w1_w5(warm: Warm, repeats: int) -> list[Line]:
    csv = made_csv("w1.csv", 50_000)
    graph, changed = works.graph_w1(), works.graph_w1()
    changed["nodes"][-1]["params"] = {"by": "c0"}
    with tempfile.TemporaryDirectory(prefix="flowza-bench-") as store:
        warm.measure("fill", graph=graph, csv=str(csv), store=store)
        found = alternate(
            {
                "ours": lambda: warm.measure("cold", graph=graph, csv=str(csv)),
                "hand": lambda: in_child(lambda: works.by_hand(csv)),
                "hand, one BLAS thread": lambda: in_child(lambda: works.by_hand_one_blas_thread(csv)),
                "hand, get_dummies": lambda: in_child(lambda: works.by_hand(csv, dummies=True)),
                "again": lambda: warm.measure("again", graph=changed, csv=str(csv), store=store),
            },
            repeats,
        )
    ours, hand = found["ours"], found["hand"]
    check_scores(ours[0].result, hand[0].result)
    again_seconds = statistics.median(measured.result for measured in found.pop("again"))
    seconds = {name: median_seconds(measured) for name, measured in found.items()}
    return [
        compared("W1 cold, every output stored: time", seconds["ours"], seconds["hand"], "s", 1.0),
        compared("W1 cold: peak memory", median_peak(ours), median_peak(hand), "MB", 1.3),
        compared(
            "W1 against one BLAS thread (for information)", seconds["ours"], seconds["hand, one BLAS thread"], "s", 99
        ),
        compared("W1 against get_dummies (for information)", seconds["ours"], seconds["hand, get_dummies"], "s", 99),
        compared("W5 last step changed, new process: time against W1 cold", again_seconds, seconds["ours"], "s", 0.1),
    ]


def check_scores(ours: dict[str, float], hand: dict[str, float]) -> None:
    """Both ways must have found the same. Raises RuntimeError when they differ by more than column order explains."""
    for name, value in hand.items():
        if abs(ours[f"evaluate_{name}"] - value) > 0.01:
            raise RuntimeError(f"{name}: ours {ours[f'evaluate_{name}']}, by hand {value}")


def w2(warm: Warm, repeats: int, rows: int) -> list[Line]:
    csv = made_csv(f"w2-{rows}.csv", rows)
    graph = works.graph_w1(boosted_only=True)
    found = alternate(
        {
            "ours": lambda: warm.measure("cold", graph=graph, csv=str(csv)),
            "hand": lambda: in_child(lambda: works.by_hand(csv, boosted_only=True)),
        },
        repeats,
    )
    return [
        compared(f"W2 {rows:,} rows: time", median_seconds(found["ours"]), median_seconds(found["hand"]), "s", 1.1),
        compared(f"W2 {rows:,} rows: peak memory", median_peak(found["ours"]), median_peak(found["hand"]), "MB", 0.9),
    ]


def w3(warm: Warm, repeats: int) -> list[Line]:
    found = [warm.measure("milliseconds_per_node").result for _ in range(repeats)]
    return [absolute("W3 chain of 100 trivial steps: engine, per step", statistics.median(found), "ms", 0.1)]


def w4(repeats: int) -> list[Line]:
    found = alternate(
        {
            "ours": lambda: in_child(lambda: works.cold(works.graph_w4(), None)),
            "hand": lambda: in_child(works.fork_pool),
        },
        repeats,
    )
    ours, hand = median_seconds(found["ours"]), median_seconds(found["hand"])
    return [compared("W4 eight branches of pure Python: time", ours, hand, "s", 1.1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--rows", type=int, default=2_000_000, help="rows of W2")
    parser.add_argument("--only", nargs="*", default=["w1", "w2", "w3", "w4", "queue"])
    options = parser.parse_args()
    DATA.mkdir(exist_ok=True)
    works.add_kinds()
    works.preload()
    lines: list[Line] = []
    with Warm() as warm:
        if "w3" in options.only:
            lines += w3(warm, options.repeats)
        if "w1" in options.only:
            lines += w1_w5(warm, options.repeats)
        if "w4" in options.only:
            lines += w4(max(1, options.repeats // 2))
        if "w2" in options.only:
            lines += w2(warm, max(1, options.repeats // 2), options.rows)
    if "queue" in options.only:
        lines += through_the_queue(options.repeats)
    write("engine", lines)


if __name__ == "__main__":
    main()
