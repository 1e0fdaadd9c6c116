"""Finished runs, made up for tests: numbers that agree with each other, no slide and no encoder.

Whatever shows a run (panel, report, terminal) is tested on these. ``make_evaluation`` gives one
object of each kind the record holds; :data:`LONG_CENTERS` are names as hospitals have them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pathgui.core.explore.maps import MapFacts, TileMap
from pathgui.core.explore.neighborhood import KnownTiles
from pathgui.core.measurement.comparison import ComparedEncoders, Comparison, Difference
from pathgui.core.measurement.results import (
    INTERVALS,
    BalancedAccuracies,
    NeighborCounts,
    ReferenceMeasurement,
    RobustnessIndex,
    RobustnessIndex2025,
)
from pathgui.core.measurement.slide_level import Agreement, CenterDraw
from pathgui.core.metrics.calibration import BINS, Reliability, ReliabilityBin
from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.metrics.neighbors.shared_k import KVote, SharedK, share_k
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.outside import Detection, OutsideRule, SlideOutside
from pathgui.core.runs.options import RunSettings
from pathgui.core.runs.record import (
    Composition,
    EncoderAgreement,
    EncoderFacts,
    EncoderFailure,
    EncoderResult,
    Evaluation,
    ReferenceFacts,
    Run,
    RunEvent,
    SlideFacts,
    SlideMeasurement,
    TileTable,
)
from pathgui.core.runs.run_files import FORMAT
from tests.measurement_factory import in_depth as measured_in_depth

TISSUES = ["adipose tissue", "collagenous stroma", "glandular epithelium", "lymphoid tissue"]
CENTERS = ["Alder Hospital", "Birch Clinic", "Cedar Institute", "Dogwood Center"]

_PLACES = [
    "Universitätsklinikum Schleswig-Holstein, Campus Lübeck, Institut für Pathologie",
    "Hôpitaux Universitaires Pitié-Salpêtrière – Charles-Foix (AP-HP), Paris",
    "国立がん研究センター中央病院 病理診断科",
    "Uniwersyteckie Centrum Kliniczne w Gdańsku, Zakład Patomorfologii",
    "中国医学科学院肿瘤医院病理科",
    "Fakultní nemocnice Královské Vinohrady, Ústav patologie, Praha",
    "서울대학교병원 병리과",
    "Þjóðarsjúkrahús Íslands – Landspítali, meinafræðideild",
]
LONG_CENTERS = [f"{_PLACES[i % len(_PLACES)]} ({i + 1:02d})" for i in range(40)]

TITLES = [
    "Color statistics",
    "EfficientNet-Lite0",
    "SHELL",
    "UNI2-h",
    "Virchow2",
    "H-optimus-0",
    "Phikon-v2",
    "Prov-GigaPath",
    "CONCH v1.5",
    "Hibou-L",
    "Kaiko ViT-B/8",
    "Midnight-12k",
]


def _reference(tissues: list[str], centers: list[str]) -> ReferenceFacts:
    per_cell = [
        [
            0 if (t + 3 * c) % 17 == 5 else 48 + 7 * ((t * 5 + c * 3) % 9)
            for c in range(len(centers))
        ]
        for t in range(len(tissues))
    ]
    slides = [[0 if not n else 4 for n in row] for row in per_cell]
    return ReferenceFacts(
        name="Phantom reference",
        version="1.2",
        description="Tiles of four virtual hospitals, drawn and stained by arithmetic.",
        licence="CC0-1.0",
        citation="pathgui demo material",
        sha256="3f5a" * 16,
        n_tiles=sum(map(sum, per_cell)),
        n_slides=sum(map(sum, slides)),
        n_patients=None,
        tissues=list(tissues),
        centers=list(centers),
        tissue_by_center=per_cell,
        slides_by_cell=slides,
        edge_um=112.0,
        refused=3,
    )


def _measurement(facts: ReferenceFacts, strength: float, n: int) -> ReferenceMeasurement:
    """Of an encoder that follows tissue with ``strength`` (0..1)."""
    k = 11
    pairs = facts.n_tiles * k
    so, os = round(0.31 * strength * pairs), round(0.31 * (1 - strength) * pairs)
    ss = round(0.42 * pairs)
    counts = NeighborCounts(SS=ss, SO=so, OS=os, OO=pairs - so - os - ss)
    index = so / (so + os)
    centers, tissues = len(facts.centers), len(facts.tissues)
    return ReferenceMeasurement(
        n_tiles=facts.n_tiles,
        n_slides=facts.n_slides,
        n_patients=facts.n_patients,
        tissues={
            name: sum(row) for name, row in zip(facts.tissues, facts.tissue_by_center, strict=True)
        },
        centers={
            name: sum(row[j] for row in facts.tissue_by_center)
            for j, name in enumerate(facts.centers)
        },
        robustness_index=RobustnessIndex(
            value=index,
            low=max(0.0, index - 0.041 - 0.003 * n),
            high=min(1.0, index + 0.037 + 0.002 * n),
            null=(centers - 1) / (centers + tissues - 2),
            support=0.873 - 0.05 * n,
            k=k,
            n_anchors=facts.n_tiles,
            definition="PathoROB 2025: SO / (SO + OS), all pairs pooled",
        ),
        robustness_index_2025=RobustnessIndex2025(
            value=(ss + so) / (ss + os), null=centers / tissues
        ),
        counts=counts,
        knn=BalancedAccuracies(
            tissue_balanced_accuracy=0.55 + 0.4 * strength,
            center_balanced_accuracy=0.95 - 0.5 * strength,
            tissue_chance=1 / tissues,
            center_chance=1 / centers,
        ),
        probe=BalancedAccuracies(
            tissue_balanced_accuracy=0.6 + 0.37 * strength,
            center_balanced_accuracy=0.981 - 0.4 * strength,
            tissue_chance=1 / tissues,
            center_chance=1 / centers,
        ),
        k=k,
        notices=["12 tiles have no neighbor of another center."] if n == 1 else [],
        intervals=INTERVALS,
    )


def _one_center(facts: ReferenceFacts) -> ReferenceMeasurement:
    reason = "every tile comes from one center, so nothing tells tissue from center"
    refused = NotAssessable(reason)
    accuracies = BalancedAccuracies(
        tissue_balanced_accuracy=0.912,
        center_balanced_accuracy=NotAssessable("there is only one center"),
        tissue_chance=1 / len(facts.tissues),
        center_chance=1.0,
    )
    return ReferenceMeasurement(
        n_tiles=facts.n_tiles,
        n_slides=facts.n_slides,
        n_patients=facts.n_patients,
        tissues={
            name: sum(row) for name, row in zip(facts.tissues, facts.tissue_by_center, strict=True)
        },
        centers={facts.centers[0]: facts.n_tiles},
        robustness_index=refused,
        robustness_index_2025=refused,
        counts=refused,
        knn=accuracies,
        probe=accuracies,
        k=11,
        notices=["The reference set has one center."],
        intervals=INTERVALS,
    )


def _reliability(error: float) -> Reliability:
    bins = [
        ReliabilityBin(
            b / BINS, (b + 1) / BINS, 0 if b < 5 else 64, (b + 0.5) / BINS, (b + 0.4) / BINS
        )
        for b in range(BINS)
    ]
    return Reliability(1.31, 640, 48, 0.881, 0.874, error, 3 * error, bins)


def _outside(facts: ReferenceFacts, threshold: float, far_share: float) -> SlideOutside:
    left_out = [Detection(name, 480, 0.21, 12, 0.583) for name in facts.centers]
    rule = OutsideRule(
        false_alarms=0.05,
        far_threshold=threshold,
        tissues_left_out=[Detection(name, 480, 0.62) for name in facts.tissues],
        centers_left_out=left_out if len(left_out) > 1 else [],
        slide_threshold=41.7,
    )
    return SlideOutside(rule, far_share, 12.3, False)


def earlier(evaluation: Evaluation) -> Evaluation:
    """The same as a version before calibration left it."""
    tiles = evaluation.tiles
    assert tiles is not None
    sure = {name: np.full(len(tiles.cells), 0.9, np.float32) for name in tiles.tissue}
    return replace(
        evaluation,
        tiles=replace(
            tiles, tissue_probability=sure, nearest_center={}, far={}, no_known_center={}
        ),
        run=replace(
            evaluation.run,
            encoders=[
                replace(
                    result,
                    slide=replace(
                        result.slide,
                        tissue_reliability=None,
                        center_reliability=None,
                        nearest_center=None,
                        outside=None,
                    )
                    if result.slide is not None
                    else None,
                )
                for result in evaluation.run.encoders
            ],
        ),
    )


def _draw(n_centers: int) -> CenterDraw:
    observed = [0.5, *[0.5 / (n_centers - 1)] * (n_centers - 1)]
    expected = [1 / n_centers] * n_centers
    return CenterDraw(
        observed=observed,
        expected=expected,
        low=None,
        high=None,
        strongest=0,
        excess=observed[0] - expected[0],
        sharpness=observed[0] - expected[0],
    )


def _comparison(results: list[EncoderResult]) -> Comparison:
    values = {}
    for result in results:
        index = result.reference.robustness_index
        assert isinstance(index, RobustnessIndex)
        values[result.encoder.name] = index.value
    names = list(values)
    pairs = [
        Difference(
            one=one,
            other=other,
            difference=values[one] - values[other],
            low=values[one] - values[other] - 0.052,
            high=values[one] - values[other] + 0.049,
            z=-4.2,
            p=0.0021,
            p_holm=0.0123,
        )
        for i, one in enumerate(names)
        for other in names[i + 1 :]
    ]
    given = {name: "abcdefghijkl"[len(names) - 1 - i] for i, name in enumerate(names)}
    return Comparison([ComparedEncoders(names, given, pairs)], [])


def _encoder(name: str, title: str, n: int) -> EncoderFacts:
    return EncoderFacts(
        name=name,
        title=title,
        dim=(96, 1280, 384, 1536)[n % 4],
        licence=("Apache-2.0", "MIT", "CC-BY-NC-ND-4.0")[n % 3],
        source=f"package {name}",
        weights_sha256="" if n == 0 else f"{n:02x}" * 32,
        transform="resize 224 px bicubic, scale to 0..1, ImageNet mean and deviation",
        pooling="class token" if n % 2 else "mean of the feature map",
        params_m=0.0 if n == 0 else 3.4 * n,
        mpp_expected=0.5,
        mpp_used=0.5 if n != 2 else 0.875,
        input_px=224 if n != 2 else 128,
        precision="fp32",
        device="cpu",
        batch_size=32,
    )


def _composition(names: list[str], answers: np.ndarray, intervals: bool) -> Composition:
    counts = np.bincount(answers[answers >= 0], minlength=len(names))
    total = max(1, int(counts.sum()))
    shares = [int(c) / total for c in counts]
    return Composition(
        names=list(names),
        counts=[int(c) for c in counts],
        mean_probability=[round(share, 4) for share in shares],
        low=[max(0.0, share - 0.041) for share in shares] if intervals else None,
        high=[min(1.0, share + 0.053) for share in shares] if intervals else None,
    )


def make_evaluation(
    n_encoders: int = 3,
    *,
    tissues: list[str] | None = None,
    centers: list[str] | None = None,
    assessable: bool = True,
    slide: bool = True,
    given_center: bool = False,
    failure: bool = False,
    in_depth: bool = False,
) -> Evaluation:
    """A run of ``n_encoders`` (at most 12) on a lattice of 61 x 47 tiles.

    ``given_center`` tells the slide's center and tissue, so that each tile has kinds of
    neighbors. ``assessable=False`` leaves one center in the reference set. ``in_depth`` fills
    every measurement that a run can hold.
    """
    tissues = tissues or TISSUES
    centers = (centers or CENTERS) if assessable else CENTERS[:1]
    facts = _reference(tissues, centers)
    rng = np.random.default_rng(7)
    columns, rows = 61, 47  # of the lattice
    y, x = np.mgrid[0:rows, 0:columns]
    inside = ((x - 29) / 27) ** 2 + ((y - 23) / 20) ** 2 < 1 + 0.15 * np.sin(x / 3.0)
    cells = np.stack([x[inside], y[inside]], axis=1).astype(np.int32)
    n = len(cells)
    readable = np.ones(n, bool)
    readable[[5, 6]] = False
    truth = ((cells[:, 0] // 11) + (cells[:, 1] // 13)) % len(tissues)
    names = [title.lower().replace(" ", "-") for title in TITLES[:n_encoders]]
    table = TileTable(cells, readable, {}, {}, {}, {}, {}, {}, {})
    results = []
    for i, name in enumerate(names):
        strength = (0.31 + 0.63 * i / max(1, n_encoders - 1)) if n_encoders > 1 else 0.62
        tissue = np.where(rng.random(n) < 0.5 + 0.5 * strength, truth, rng.integers(len(tissues)))
        center = np.where(rng.random(n) < 0.8 - 0.5 * strength, 0, rng.integers(0, len(centers), n))
        tissue[~readable] = center[~readable] = -1
        table.tissue[name] = tissue.astype(np.int16)
        table.center[name] = center.astype(np.int16)
        table.tissue_probability[name] = rng.uniform(0.4, 1, n).astype(np.float32)
        table.center_probability[name] = rng.uniform(0.4, 1, n).astype(np.float32)
        table.distance[name] = rng.uniform(0.01, 0.3, n).astype(np.float32)
        table.outside[name] = readable & (cells[:, 0] > 50 - 2 * i)
        table.far[name] = table.outside[name].copy()
        table.no_known_center[name] = np.zeros(n, bool)
        table.tissue_probability[name][table.far[name]] = np.nan
        table.nearest_center[name] = np.where(cells[:, 0] % 5 == 0, 0, center).astype(np.int16)
        table.nearest_center[name][~readable] = -1
        kinds = rng.multinomial(11, [0.3, 0.35 * strength, 0.35 * (1 - strength), 0.35], n)
        kinds[~readable] = 0
        if given_center:
            table.kinds[name] = kinds.astype(np.int16)
        totals = kinds.sum(axis=0)
        measured = _measurement(facts, strength, i) if assessable else _one_center(facts)
        if in_depth and assessable:
            measured = measured_in_depth(measured, facts)
        results.append(
            EncoderResult(
                encoder=_encoder(name, TITLES[i], i),
                reference=measured,
                slide=SlideMeasurement(
                    n_tiles=int(readable.sum()),
                    tissue=_composition(tissues, tissue, in_depth),
                    center=_composition(centers, center, in_depth),
                    outside_share=float(table.outside[name][readable].mean()),
                    outside_threshold=0.2113 + 0.01 * i,
                    tissue_reliability=_reliability(0.021 + 0.004 * i),
                    center_reliability=_reliability(0.017 + 0.004 * i)
                    if len(centers) > 1
                    else NotAssessable("Not calibrated: there is one center."),
                    nearest_center=_composition(centers, table.nearest_center[name], in_depth),
                    outside=_outside(
                        facts, 0.2113 + 0.01 * i, float(table.far[name][readable].mean())
                    ),
                    center_draw=_draw(len(centers)) if in_depth else None,
                    sharpness_of_reference=0.311 if in_depth else None,
                    counts={k: int(v) for k, v in zip(KINDS, totals, strict=True)}
                    if given_center
                    else None,
                    counts_basis=f"center {centers[0]}; tissue: each tile's predicted tissue"
                    if given_center
                    else "the slide's center is not given",
                )
                if slide
                else None,
                seconds={"reference": 12.34 + i, "slide": 48.2 + 3 * i, "measurement": 0.91},
                tiles_per_second=118.4 / (i + 1),
                warnings=["The weights expect 0.5 µm/px, the tiles have 0.875."] if i == 2 else [],
            )
        )
    run = Run(
        format=FORMAT,
        id="8f14e45f-ceea-467f-a6b1-0c3a5b1d2e9f",
        pathgui="0.1.0",
        started="2026-11-23T09:30:00+01:00",
        finished="2026-11-23T09:34:12+01:00",
        command="pathgui evaluate slide.tif --reference phantom.pgref --out demo.pgrun",
        settings=RunSettings(
            k="auto", device="cpu", precision="fp32", seed=0, max_tiles=None, offline=False
        ),
        reference=facts,
        slide=_slide(columns, rows, n, readable, given_center) if slide else None,
        encoders=results,
        failures=[EncoderFailure("uni2-h", "UNI2-h", "The weights are not on this machine.")]
        if failure
        else [],
        events=[
            RunEvent("2026-11-23T09:30:01+01:00", "2 tiles of the slide cannot be read."),
            RunEvent("2026-11-23T09:31:40+01:00", "Went on from 1,024 embeddings in the store."),
        ],
        comparison=_comparison(results) if in_depth and assessable else None,
        agreement=[
            EncoderAgreement(
                one=one, other=other, tissue=Agreement(0.713, 0.622), center=Agreement(0.418, 0.127)
            )
            for i, one in enumerate(names)
            for other in names[i + 1 :]
        ]
        if in_depth and slide
        else [],
        environment={
            "python": "3.11.9",
            "system": "Linux-6.1-x86_64",
            "processor": "x86-64, 2 cores",
            "torch": "2.9.0",
            "timm": "1.0.20",
            "openslide": "4.0.0",
        },
    )
    return Evaluation(replace(run, k=_shared_k(results)), table if slide else None)


def _shared_k(results: list[EncoderResult]) -> SharedK | None:
    """As in a run whose encoders chose their k; the first is a control."""
    if not results:
        return None
    votes = [
        KVote(each.encoder.name, each.reference.own_k or 11, 1, 201, control=number == 0)
        for number, each in enumerate(results)
    ]
    rule = share_k(votes).rule
    return SharedK(results[0].reference.k, "encoders", rule, 1, votes)


def _slide(columns: int, rows: int, n: int, readable: np.ndarray, given_center: bool) -> SlideFacts:
    return SlideFacts(
        pseudonym="slide-7c2f91",
        file_name="Meyer_Anna_1961.svs",
        content_id="9d" * 32,
        format="aperio",
        vendor="Aperio",
        size_l0=(columns * 448 + 200, rows * 448 + 120),
        levels=3,
        mpp=0.25,
        mpp_source="file",
        objective=40.0,
        has_icc_profile=True,
        reader="OpenSlide 4.0.0",
        given_center=CENTERS[0] if given_center else None,
        given_tissue=None,
        tissue_mask_method="saturation and darkness, v1",
        tissue_area_mm2=21.37,
        tile_size_l0=448,
        tile_stride_l0=448,
        tile_origin_l0=(0, 0),
        lattice=(columns, rows),
        tile_edge_um=112.0,
        tiles_tissue=n,
        tiles_used=n,
        tiles_unreadable=int((~readable).sum()),
        thumbnail="thumbnail.png",
    )


def thumbnail() -> np.ndarray:
    """A picture of the made-up slide, (h, w, 3) uint8: pink tissue on white glass."""
    h, w = 790, 1024
    y, x = np.mgrid[0:h, 0:w].astype(np.float64)
    u, v = x / w * 61.4, y / h * 47.3
    inside = ((u - 29.5) / 27) ** 2 + ((v - 23.5) / 20) ** 2 < 1 + 0.15 * np.sin(u / 3.0)
    grain = np.sin(u * 3.1 + np.sin(v * 1.7) * 2) * np.cos(v * 2.3 + np.sin(u) * 1.5)
    picture = np.full((h, w, 3), 246.0)
    tissue = np.stack([208 + 16 * grain, 158 + 26 * grain, 190 + 14 * grain], axis=2)
    picture[inside] = tissue[inside]
    return np.asarray(picture.clip(0, 255), np.uint8)


def with_maps(evaluation: Evaluation, n: int = 900) -> Evaluation:
    """The same with reference tiles that are known and a map of them for each encoder."""
    rng = np.random.default_rng(3)
    reference = evaluation.run.reference
    tissue = rng.integers(0, len(reference.tissues), n).astype(np.int16)
    center = rng.integers(0, len(reference.centers), n).astype(np.int16)
    known = KnownTiles(
        names=tuple(f"tile {i}" for i in range(n)),
        files=tuple(f"images/{i}.png" for i in range(n)),
        slides=tuple(f"slide {i // 12}" for i in range(n)),
        tissue=tissue,
        center=center,
        places_l0=np.full((n, 2), np.nan),
    )
    maps = {}
    for number, result in enumerate(evaluation.run.encoders):
        angle = 2 * np.pi * tissue / len(reference.tissues)
        pull = 6.0 - number
        middle = np.column_stack([np.cos(angle), np.sin(angle)]) * pull
        shift = np.column_stack([center, -center]) * 0.6 * (number + 1)
        points = (middle + shift + rng.normal(0, 1, (n, 2))).astype(np.float32)
        maps[result.encoder.name] = TileMap(
            np.arange(n, dtype=np.int32),
            points,
            np.zeros(0, np.int32),
            np.zeros((0, 2), np.float32),
        )
    facts = MapFacts("t-SNE", n, 0, 50, 0.91, 30.0, 0, 0.43, 1.2)
    encoders = [replace(result, map=facts) for result in evaluation.run.encoders]
    return replace(
        evaluation, run=replace(evaluation.run, encoders=encoders), known=known, maps=maps
    )


def of_an_earlier_version(evaluation: Evaluation) -> Evaluation:
    """The same run as a version would have kept it that resampled slides for its intervals."""
    encoders = [
        replace(result, reference=replace(result.reference, intervals="bootstrap"))
        for result in evaluation.run.encoders
    ]
    return replace(evaluation, run=replace(evaluation.run, encoders=encoders))
