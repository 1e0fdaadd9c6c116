"""Labeled embeddings of other programs, measured: one encoder's, or several at one k."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pathgui.core.imported.embeddings_table import LabeledEmbeddings
from pathgui.core.measurement.comparison import Comparison, compare
from pathgui.core.measurement.measure import find_k, measure
from pathgui.core.measurement.results import ReferenceMeasurement
from pathgui.core.measurement.sample import SingleCells
from pathgui.core.measurement.shortcut_draws import SweepEffort
from pathgui.core.metrics.neighbors.shared_k import AskedK, KVote, SharedK, share_k
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.system.devices import product_device, resolve_device


@dataclass(frozen=True)
class MeasuredEncoders:
    """Several encoders by name, measured at one k, and how they compare."""

    k: SharedK
    encoders: dict[str, ReferenceMeasurement]
    comparison: Comparison


@dataclass(frozen=True)
class Measuring:
    """How embeddings are measured; fields as in :mod:`pathgui.core.measurement.measure`."""

    k: AskedK
    seed: int = 0
    single_cells: SingleCells = "drop"
    sweep: SweepEffort = "quick"
    device: str = "auto"

    def one(
        self, given: LabeledEmbeddings, report: ProgressFn = ignore_progress
    ) -> ReferenceMeasurement:
        """Measure one encoder, at its own best k unless one was asked for.

        Raises
        ------
        EmbeddingsError
            If it cannot be measured.
        DeviceError
            If the device is not there.
        """
        return self._measured(given, self.k.shared, report)

    def several(
        self,
        given: Mapping[str, Callable[[], LabeledEmbeddings]],
        report: ProgressFn = ignore_progress,
    ) -> MeasuredEncoders:
        """Measure several encoders at one k.

        ``given`` gives each encoder's embeddings when it is called: twice where k is to be found,
        rather than all being held. Raises as :meth:`one`.
        """
        shared = self.k.shared
        if shared is None:
            votes = [self._vote(name, read(), report) for name, read in given.items()]
            shared = share_k(votes)
        found = {name: self._measured(read(), shared, report) for name, read in given.items()}
        return MeasuredEncoders(shared, found, compare(found))

    def _measured(
        self, given: LabeledEmbeddings, shared: SharedK | None, report: ProgressFn
    ) -> ReferenceMeasurement:
        found = measure(
            given.values,
            given.labels,
            k="auto" if shared is None else shared.k,
            k_rule="" if shared is None else shared.rule,
            seed=self.seed,
            shortcut=self.sweep,
            subsets=given.subsets,
            single_cells=self.single_cells,
            report=report,
            device=self._device_for(given),
            confounders=given.confounders,
        )
        return replace(found, notices=[*given.notices, *found.notices])

    def _vote(self, name: str, given: LabeledEmbeddings, report: ProgressFn) -> KVote:
        found = find_k(
            given.values,
            given.labels,
            seed=self.seed,
            single_cells=self.single_cells,
            report=report,
            device=self._device_for(given),
        )
        return KVote(name, found.own_k, found.least_k, found.most_k)

    def _device_for(self, given: LabeledEmbeddings) -> str:
        return product_device([resolve_device(self.device).name], given.values.nbytes)
