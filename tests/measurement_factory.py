"""Everything that can be measured beside the index, made up to go with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from msgspec import structs

from pathgui.core.measurement.results import (
    Croma,
    Curve,
    LabelScores,
    Mari,
    NeighborCounts,
    Part,
    PermutationTest,
    PermutationTests,
    Prediction,
    ReferenceMeasurement,
    RobustnessIndex,
    SameCenterErrors,
    Squares,
)
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import (
    Cases,
    ClusteringScore,
    Distances,
    Explained,
    Geometry,
    GeometryIndex,
    Mixing,
    PerformanceDrop,
    Sensitivity,
    ShortcutSplit,
    ShortcutSweep,
    Silhouettes,
    SlideGap,
    Variance,
)
from pathgui.core.runs.record import ReferenceFacts


def in_depth(base: ReferenceMeasurement, facts: ReferenceFacts) -> ReferenceMeasurement:
    """The same with everything that can be measured beside the index."""
    index = base.robustness_index
    assert isinstance(index, RobustnessIndex)
    value = index.value
    ks = [1, 3, 5, 7, 9, 11, 21, 31, 41, 51, 61, 71, 81, 91]
    values = [min(0.99, value + 0.05 - 0.04 * float(np.log10(k))) for k in ks]
    tests = PermutationTests(
        permutations=200,
        robustness_index=PermutationTest(
            mean=index.null, sd=0.021, z=(value - index.null) / 0.021, p=0.005
        ),
        robustness_index_2025=PermutationTest(mean=1.0, sd=0.1, z=1.2, p=0.2),
        same_tissue_share=PermutationTest(mean=0.3, sd=0.01, z=8.0, p=0.005),
        same_center_share=PermutationTest(mean=0.3, sd=0.01, z=9.0, p=0.005),
    )

    def part(tissue: str | None, center: str | None, n: int, shift: float) -> Part:
        here = min(0.97, max(0.03, value + shift))
        return Part(
            tissue=tissue,
            center=center,
            n_anchors=n,
            n_slides=16,
            counts=NeighborCounts(
                SS=3 * n, SO=round(4 * n * here), OS=round(4 * n * (1 - here)), OO=4 * n
            ),
            value=here,
            low=here - 0.061,
            high=here + 0.058,
            null=index.null,
            adjusted=here,
            support=0.8,
        )

    tissues, n = len(facts.tissues), facts.n_tiles
    confusion = [
        [
            round(n / tissues * (value if i == j else (1 - value) / max(1, tissues - 1)))
            for j in range(tissues)
        ]
        for i in range(tissues)
    ]
    return replace(
        base,
        n_used=n,
        k_rule="median of the own best k of the encoders",
        own_k=21,
        cramers_v=0.112,
        robustness_index=structs.replace(
            index,
            adjusted=value * 0.97,
            adjusted_low=value * 0.97 - 0.05,
            adjusted_high=value * 0.97 + 0.03,
        ),
        mari=Mari(value=value + 0.012, low=value - 0.04, high=value + 0.03, tau=0.31, k=11),
        croma=[
            Croma(
                m=5,
                value=value / 2 - 0.26,
                low=value / 2 - 0.3,
                high=value / 2 - 0.2,
                q10=value / 2 - 0.5,
                ltm10=value / 2 - 0.6,
                f0=1 - value,
                histogram=[0] * 8 + [n // 4] * 4 + [0] * 8,
                n_anchors=n,
                n_unsupported=7,
                worst_rows=[3, 5],
            )
        ],
        centers_exchanged=tests,
        tissues_exchanged=tests,
        by_tissue=[
            part(name, None, base.tissues[name], 0.03 * (i % 5) - 0.06)
            for i, name in enumerate(facts.tissues)
        ],
        by_center=[
            part(None, name, base.centers[name], 0.04 * (i % 4) - 0.06)
            for i, name in enumerate(facts.centers)
        ],
        curve=Curve(
            k=ks,
            robustness_index=[*values],
            low=[v - 0.04 for v in values],
            high=[v + 0.04 for v in values],
            robustness_index_2025=[1.0 for _ in ks],
            mari=[v + 0.01 for v in values],
            support=[0.9 for _ in ks],
            tissue_accuracy=[0.8 for _ in ks],
            center_accuracy=[0.8 for _ in ks],
            confounder_insensitivity=[1.0 for _ in ks],
            generalization_index=[1.0 for _ in ks],
            same_center_among_misleading=[0.5 for _ in ks],
            expected_among_misleading=[0.4 for _ in ks],
        ),
        squares=Squares(
            n_squares=36,
            of=36,
            k=11,
            pooled=value - 0.008,
            mean=value - 0.01,
            sd=0.09,
            croma_median=0.05,
            tissue_accuracy=0.9,
        ),
        same_center_errors=SameCenterErrors(
            k=11,
            n_errors=143,
            misleading=812,
            same_center=431,
            fraction=431 / 812,
            expected=0.271,
            enrichment=431 / 812 / 0.271,
            low=1.72,
            high=2.19,
            probe_error_if_right=0.04,
            probe_error_if_center=0.31,
            probe_error_if_other=0.22,
        ),
        prediction=Prediction(
            grouped=0.84,
            random=0.91,
            random_minus_grouped=0.071,
            site_preserved=0.77,
            random_minus_site_preserved=0.14,
            left_center_out=0.74,
            tissues=list(facts.tissues),
            confusion_probe=confusion,
            confusion_knn=confusion,
            by_center=[
                LabelScores(
                    center=name,
                    n_tiles=base.centers[name],
                    balanced_accuracy=0.8,
                    left_out_accuracy=0.7,
                    calibration_error=0.05,
                    confidence=0.9,
                    accuracy=0.85,
                    brier=0.2,
                    confusion=confusion,
                )
                for name in facts.centers
            ],
        ),
        shortcut=_shortcut(value, facts),
        geometry=_geometry(value),
        cases=Cases(
            n_cases=96, n_slides=48, k=[1, 5, 10],
            same_tissue=[value, value - 0.013, value - 0.04], same_center=[0.47, 0.437, 0.41],
            tissue_by_chance=0.162, center_by_chance=0.234,
            tissue_probe=0.873, center_probe=0.814, tissue_chance=1 / 6, center_chance=1 / 4,
        ),
        sensitivity=Sensitivity(
            11,
            [
                GeometryIndex("cosine", value, 0.8),
                GeometryIndex("centered", value - 0.021, 0.81),
                GeometryIndex("standardized", value - 0.043, 0.82),
                GeometryIndex("PCA-50", value - 0.017, 0.83),
                GeometryIndex("whitened", value * 0.7, 0.94),
            ],
        ),
    )  # fmt: skip


def _shortcut(value: float, facts: ReferenceFacts) -> ShortcutSweep:
    steps = [0.0, 0.25, 0.5, 0.75, 1.0]
    drop = 0.31 * (1 - value)
    return ShortcutSweep(
        design="2 tissues at pairs of centers, in turn",
        tissues=facts.tissues[:2],
        centers=facts.centers[:2],
        other_centers=facts.centers[2:],
        probe="logistic regression, L2, C chosen on validation slides",
        repetitions=20,
        slides_per_cell=4,
        tiles_per_slide=12,
        n_train=192,
        chance=0.5,
        splits=[
            ShortcutSplit(v, 0.94 - drop * v, 0.021, 0.88 - 0.5 * drop * v, 0.034) for v in steps
        ],
        in_domain=PerformanceDrop(-0.66 * drop, -0.66 * drop - 0.012, -0.66 * drop + 0.013, -drop),
        out_of_domain=PerformanceDrop(-0.4 * drop, -0.4 * drop - 0.02, -0.4 * drop + 0.021, None),
    )


def _geometry(value: float) -> Geometry:
    return Geometry(
        clustering=ClusteringScore(
            value=value - 0.52, sd=0.043, ari_tissue=value / 2, ari_center=0.52 - value / 2,
            n_squares=36, of=36, trials=10, clusters_median=6.0, most_tiles=240,
        ),
        silhouettes=Silhouettes(0.112 * value, 0.071, None, 1091),
        variance=Variance(
            components=50, covered=0.913,
            tissue=Explained(0.3 * value, 0.012, 0.001),
            center=Explained(0.287, 0.034, 0.001),
            slide=Explained(0.461, None, None),
        ),
        components=NotAssessable("too few slides"),
        mixing=Mixing(
            k=30, ilisi=2.41, ilisi_by_chance=3.52, ilisi_scaled=0.47, clisi=1.32, kbet=0.214,
            kbet_by_chance=0.931, kbet_given_tissue=0.3, kbet_given_tissue_by_chance=0.9,
        ),
        slide_gap=SlideGap(k=11, within=0.97, across=0.91, gap=0.061, own_slide_share=0.42),
        distances=Distances(0.12, 0.21, 0.24, 0.31, 0.36),
    )  # fmt: skip
