#!/usr/bin/env python3
"""LazySlide with a simulated GPU, for embedding.py: runs in an environment that has LazySlide.

    python lazyslide_child.py SLIDE RATE WORKERS

Prints one line of JSON, the number of tiles and the seconds they took. pathgui is not needed.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

TILE, INPUT = 256, 224  # as in embedding.py
BATCH = 32
MPP = 0.5


def main(path: str, rate: float, workers: int) -> None:
    # A file of this folder is called like the package coverage, which numba imports.
    sys.path[:] = [folder for folder in sys.path if Path(folder) != Path(__file__).parent]
    # Here, so that the file can be imported where there is no LazySlide.
    import lazyslide
    import torch
    from torchvision.transforms import v2
    from wsidata import open_wsi

    class Simulated(torch.nn.Module):
        """A GPU of ``rate`` tiles per second: it sleeps, and takes no CPU."""

        seen = 0

        def forward(self, tiles: torch.Tensor) -> torch.Tensor:
            time.sleep(len(tiles) / rate)
            self.seen += len(tiles)
            return torch.ones(len(tiles), 384)

    transform = v2.Compose(
        [
            v2.ToImage(),
            v2.Resize(INPUT, interpolation=v2.InterpolationMode.BICUBIC, antialias=True),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ]
    )
    model = Simulated().eval()
    slide = open_wsi(path, store=None)
    lazyslide.pp.tile_tissues(slide, TILE, mpp=MPP, slide_mpp=MPP, tissue_key=None)
    start = time.perf_counter()
    lazyslide.tl.feature_extraction(
        slide,
        model,
        transform=transform,
        batch_size=BATCH,
        device="cpu",
        pbar=False,
        amp=False,
        num_workers=workers,
        key_added="features",
    )
    print(json.dumps({"tiles": model.seen, "seconds": time.perf_counter() - start}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
