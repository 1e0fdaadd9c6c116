"""What judging slides against a reference set takes, fitted once for all slides that it judges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pathgui.core.explore.neighborhood import kept_depth
from pathgui.core.measurement.slide_level import reference_sharpness
from pathgui.core.metrics.calibration import calibrated_probe
from pathgui.core.metrics.neighbors.search import Neighbors, ReferenceSearch, nearest
from pathgui.core.metrics.outside import Edge, find_edge
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.reference.labels import TileLabels
from pathgui.core.reference.reference_set import ReferenceSet

USUAL_QUANTILE = 0.95  # of the sharpness of the reference slides


class ReferenceFit:
    """Probes, the search for neighbors, and where the reference set ends, for one encoder.

    Nothing in it is of a slide, so it judges all slides whose own tiles, and those of their
    patients, are not among its tiles.
    """

    def __init__(
        self,
        values: NDArray[np.float32],
        labels: TileLabels,
        *,
        reference: ReferenceSet,
        k: int,
        seed: int,
        rows: NDArray[np.intp] | None = None,
        among: Neighbors | None = None,
        device: str = "cpu",
        report: ProgressFn = ignore_progress,
    ) -> None:
        """Fit and calibrate the probes, and find where the reference set ends.

        Parameters
        ----------
        values, labels
            Embeddings (m, d) of the reference tiles that may judge.
        k
            Neighbors that count; the k that the set was measured with, so that slide and set
            are comparable.
        rows
            Which rows of the reference set the m tiles are; by default the first m.
        among
            At least k neighbors of each of the m tiles among each other, where they are known
            already.
        device
            Where neighbors are sought: "cpu", "cuda:0".
        """
        self.labels = labels
        self.dim = values.shape[1]
        self.tissues = np.array(reference.tissues)
        self.centers = np.array(reference.centers)
        self.tissue_probe, self.tissue_reliability = calibrated_probe(
            values, labels.tissue, labels.groups, what="tissue", seed=seed, report=report
        )
        self.center_probe, self.center_reliability = calibrated_probe(
            values, labels.center, labels.groups, what="center", seed=seed, report=report
        )
        self.k = min(k, len(values))
        if among is None:
            among = nearest(values, labels.groups, self.k, device=device)
        among = Neighbors(among.indices[:, : self.k], among.distances[:, : self.k])
        self.tissue_codes = np.searchsorted(self.tissues, labels.tissue)
        self.center_codes = np.searchsorted(self.centers, labels.center)
        self.edge: Edge | None = find_edge(
            values,
            self.tissue_codes,
            self.center_codes,
            labels.groups,
            among.distances[:, 0],
            tissues=self.tissues,
            centers=self.centers,
            seed=seed,
            device=device,
        )
        sharpness = reference_sharpness(among, self.tissue_codes, self.center_codes, labels.groups)
        usual = sharpness[np.isfinite(sharpness)]
        # That 95 % of the reference slides stay below; None: it is known of none.
        self.usual_sharpness = float(np.quantile(usual, USUAL_QUANTILE)) if len(usual) else None
        self.search = ReferenceSearch(values, device=device)
        self.rows = np.arange(len(values)) if rows is None else rows
        self.depth = kept_depth(k, len(values))  # neighbors that a run keeps of each tile
