"""In which range does the index of a phantom with a known center effect lie?

    python -m tests.benchmarks.known_effects --seeds 21

Each seed draws other patients and tissues. Printed are the lowest, the middle and the highest index
of each size of the effect, for :data:`pathgui.core.phantom.known_effects.RANGES`.
"""

from __future__ import annotations

import argparse

import numpy as np

from pathgui.core.phantom.known_effects import RANGES, known_effect


def main() -> None:
    """Draw and measure, seed by seed; the seed 0 is that of the program itself."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=21)
    seeds = parser.parse_args().seeds
    for effect in RANGES:
        found = [known_effect(effect, seed).index for seed in range(1, seeds + 1)]
        values = np.array([value for value in found if value is not None])
        low, middle, high = np.quantile(values, [0, 0.5, 1])
        print(f"{effect}: {low:.3f} {middle:.3f} {high:.3f} of {len(values)} seeds", flush=True)


if __name__ == "__main__":
    main()
