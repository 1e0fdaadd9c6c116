"""What a reference set can measure, told from its labels alone, before anything is embedded.

One list for the window, the terminal and the report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Literal

import numpy as np

from pathgui.core.errors import first_few
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import noted, say
from pathgui.core.measurement import design_limits as limits
from pathgui.core.measurement.shortcut_draws import FEWEST_SLIDES
from pathgui.core.measurement.slide_deletion import ENOUGH_SLIDES
from pathgui.core.metrics import jackknife, permutation
from pathgui.core.metrics.neighbors import tissue_by_center
from pathgui.core.metrics.neighbors.kinds import OS, SO
from pathgui.core.metrics.outside import FEWEST_SLIDES as FEWEST_TO_KNOW_CENTERS
from pathgui.core.reference.labels import TextArray, TileLabels
from pathgui.core.reference.roles import Noun

State = Literal["yes", "limited", "no"]


INDEX = noted("Robustness index and its relatives")
SCALE = noted("Slides against the set")
MOST_LOOKED_AT = 24  # tissues, and centers: 76,176 squares, a fifth of a second


@dataclass(frozen=True)
class Ability:
    """One thing that a set can be asked for: whether it can be told, why, and what would help."""

    what: str
    state: State
    detail: str = ""  # a sentence; why not, or what limits it
    remedy: str = ""  # a sentence

    @property
    def text(self) -> str:
        """All of it in one paragraph.

        >>> Ability("Index", "no", "One center.", "Add a second.").text
        'Index: not assessable. One center. Add a second.'
        """
        head = state_words()[self.state]
        return " ".join(
            part for part in (f"{retold(self.what)}: {head}.", self.detail, self.remedy) if part
        )


def state_words() -> dict[State, str]:
    """How each state is said, in the language of the moment."""
    return {"yes": say("can be measured"), "limited": say("limited"), "no": say("not assessable")}


@dataclass(frozen=True)
class Measurable:
    """What a set of labels can and cannot give."""

    n_tiles: int
    n_used: int  # for what rests on telling tissue from center
    left_out: list[str]  # sentences: how many tiles, and why
    abilities: list[Ability] = field(default_factory=list)
    rests_on: str = ""  # a sentence: on how many slides intervals will rest; absent: not known

    def having(self, state: State) -> list[Ability]:
        """The abilities in that state."""
        return [each for each in self.abilities if each.state == state]

    @property
    def obstacle(self) -> Ability | None:
        """Why there is no robustness index, the one thing that a run cannot do without."""
        return next((each for each in self.having("no") if each.what == INDEX), None)

    @property
    def sentence(self) -> str:
        """All of it in one line."""
        missing, limited = self.having("no"), self.having("limited")
        if not missing and not limited:
            return say("This set can measure everything.")
        if not missing:
            return say("This set can measure everything; limited: {names}.", names=_names(limited))
        rest = say(" Limited: {names}.", names=_names(limited)) if limited else ""
        return say("This set cannot measure: {names}.{rest}", names=_names(missing), rest=rest)


def measurable(
    labels: TileLabels,
    *,
    edge_um: float | None = None,
    single_cells: limits.SingleCells = "drop",
) -> Measurable:
    """What tiles with these labels can measure, whatever the encoder.

    Parameters
    ----------
    labels : TileLabels
        Tiles without tissue, center or slide ("") are counted as left out.
    edge_um : float, optional
        Edge of a tile in µm; without it no slide can be read against the set.
    single_cells : "drop" or "keep"
        As in :func:`pathgui.core.measurement.measure.measure`.
    """
    named = labels.columns.say
    known = (labels.tissue != "") & (labels.center != "") & (labels.slide != "")
    clean = labels.take(known)
    left_out = []
    if not known.all():
        left_out.append(
            say(
                "{count_nonzero} of {n_labels} tiles are left out: ",
                count_nonzero=np.count_nonzero(~known),
                n_labels=len(labels),
            )
            + named(say("{tissue}, {center} or slide is missing."))
        )
    if len(clean) < 2:
        no = Ability(
            say("Everything"),
            "no",
            say(
                "Only {n_clean} tiles have {tissue_center} and slide.",
                n_clean=len(clean),
                tissue_center=named(say("{tissue}, {center}")),
            ),
        )
        return Measurable(len(labels), 0, left_out, [no])
    used, tissues, centers = limits.identifiable(clean, single_cells)
    obstacle = limits.obstacle_to_index(clean, used)
    if obstacle is None and len(used) < len(clean):
        left_out.append(_dropped(clean, tissues, centers))
    kept = clean.take(used) if obstacle is None else clean
    abilities = [
        _index(kept, obstacle),
        _exchange(kept, obstacle, "center"),
        _exchange(kept, obstacle, "tissue"),
        _learned(kept, kept.tissue, labels.columns.of_tissue),
        _learned(kept, kept.center, labels.columns.of_center),
        _elsewhere(kept),
        _squares(kept, obstacle),
        _shortcut(kept),
        _scale(clean, edge_um),
    ]
    if obstacle is not None:
        return Measurable(len(labels), 0, left_out, abilities)
    return Measurable(len(labels), len(kept), left_out, abilities, _rests_on(kept))


def _rests_on(labels: TileLabels) -> str:
    """What an index can find grows with the slides, not with the tiles."""
    n = jackknife.units_of(labels.groups, *limits.codes(labels)).n_groups
    of = say("slides") if labels.patient is None else say("slides or patients")
    return say("Intervals will rest on {n:,} {of}.", n=n, of=of)


def _index(labels: TileLabels, obstacle: limits.Obstacle | None) -> Ability:
    what = INDEX
    said = limits.sizes_to_mention(labels)
    if obstacle is not None:
        return Ability(what, "no", " ".join([_sentence(obstacle.reason), *said]), obstacle.remedy)
    possible = limits.candidates(labels)
    if without := int(np.count_nonzero(possible[:, SO] == 0)):
        said.append(
            say(
                "{without} of {n_labels} tiles can have no SO neighbor, since tiles of their own "
                "slide never count. They pull the index down, and its chance value takes account "
                "of that.",
                without=without,
                n_labels=len(labels),
            )
        )
    if without := int(np.count_nonzero(possible[:, OS] == 0)):
        said.append(
            say(
                "{without} of {n_labels} tiles can have no OS neighbor, since tiles of their own "
                "slide never count. They pull the index up, and its chance value takes account "
                "of that.",
                without=without,
                n_labels=len(labels),
            )
        )
    remedy = ""
    slides = _slides_by_cell(labels)
    cell, fewest = min(slides.items(), key=lambda item: (item[1], item[0]))
    units = jackknife.units_of(labels.groups, *limits.codes(labels))
    if units.df < jackknife.FEWEST_DF:
        said.append(
            say(
                "Its {slides} are too few for an interval, so every index can be chance.",
                slides=_n(units.n_groups, "slide"),
            )
        )
    elif fewest < ENOUGH_SLIDES:
        said.append(
            say(
                "The interval rests on few slides: {cell} at {cell2} has {slides}.",
                cell=cell[0],
                cell2=cell[1],
                slides=_n(fewest, "slide"),
            )
        )
    if fewest < ENOUGH_SLIDES:
        cell_of = labels.columns.say(say("of each {tissue} at each {center}"))
        remedy = say(
            "With {ENOUGH_SLIDES} slides {cell_of} this caution ends.",
            ENOUGH_SLIDES=ENOUGH_SLIDES,
            cell_of=cell_of,
        )
    return Ability(what, "limited" if said else "yes", " ".join(said), remedy)


def _exchange(
    labels: TileLabels, obstacle: limits.Obstacle | None, dealt: Literal["center", "tissue"]
) -> Ability:
    of_tissue, of_center = labels.columns.of_tissue, labels.columns.of_center
    called, other = (of_center, of_tissue) if dealt == "center" else (of_tissue, of_center)
    what = say("Tests by exchanging {called_many}", called_many=called.many)
    if obstacle is not None:
        return Ability(what, "no", say("They need what the index needs."), obstacle.remedy)
    tissue, center = limits.codes(labels)
    pair = (tissue, center) if dealt == "center" else (center, tissue)
    units = permutation.units(*pair, labels.groups)
    if not units.can_exchange:
        return Ability(
            what,
            "no",
            say(
                "No two slides with the same {other_many} differ in {called}.",
                other_many=other.many,
                called=called,
            ),
            say(
                "Add slides with the same {other_many} that differ in {called}.",
                other_many=other.many,
                called=called,
            ),
        )
    if units.least_p > permutation.ALPHA:
        return Ability(
            what,
            "no",
            say(
                "The {called_many} of slides can be exchanged in only "
                "{exchanges} ways, so p cannot be below {least_p:.2g}.",
                called_many=called.many,
                exchanges=units.exchanges,
                least_p=units.least_p,
            ),
            say(
                "Add slides with the same {other_many} that differ in {called}.",
                other_many=other.many,
                called=called,
            ),
        )
    return Ability(what, "yes")


def _learned(labels: TileLabels, names: TextArray, label: Noun) -> Ability:
    """What probes and votes need: each label on two slides, to be learned on one of them."""
    what = say("{One} at new slides", One=label.One)
    groups = labels.groups
    pairs = np.unique(np.stack([np.unique(names, return_inverse=True)[1], groups]), axis=1)
    times = np.bincount(pairs[0])
    lone = np.unique(names)[times < 2].tolist()
    if len(times) - len(lone) < 2:
        return Ability(
            what,
            "no",
            say(
                "Fewer than two {label_many} have two slides or more, so none "
                "can be learned on one slide and asked for on another.",
                label_many=label.many,
            ),
            say("Add a second slide of each {label}.", label=label),
        )
    if lone:
        return Ability(
            what,
            "limited",
            say(
                "Probes do not ask for {lone}: all tiles are of one slide or patient.",
                lone=first_few(lone),
            ),
            say("Add a second slide of each {label}.", label=label),
        )
    return Ability(what, "yes")


def _elsewhere(labels: TileLabels) -> Ability:
    named = labels.columns.say
    what = named(say("{Tissue} at new {centers}"))
    if len(np.unique(labels.center)) < 2:
        return Ability(
            what,
            "no",
            named(say("There is only one {center}.")),
            named(say("Add a second {center}.")),
        )
    lone = limits.single(labels)[0]
    if len(np.unique(labels.tissue)) - len(lone) < 2:
        return Ability(
            what,
            "no",
            named(say("Fewer than two {tissues} are found at two {centers}.")),
            named(say("Add two {tissues} from two {centers}.")),
        )
    if lone:
        center = labels.columns.of_center
        text = say(
            "Only one {center} has {lone}: not asked for.", center=center, lone=first_few(lone)
        )
        return Ability(
            what,
            "limited",
            text,
            say("Add {lone} from a second {center}.", lone=first_few(lone), center=center),
        )
    return Ability(what, "yes")


def _squares(labels: TileLabels, obstacle: limits.Obstacle | None) -> Ability:
    named = labels.columns.say
    what = named(say("Pairs of {tissues} at pairs of {centers}, clusters"))
    if not tissue_by_center.complete_squares(*limits.codes(labels)):
        return Ability(
            what,
            "no",
            named(say("No two {tissues} are both found at the same two {centers}.")),
            _to_complete(labels, 1)
            or named(say("Add the {tissue} that one of two {centers} lacks.")),
        )
    if obstacle is not None:
        return Ability(
            what,
            "limited",
            say("Clusters alone: the index of pairs needs what the index needs."),
            obstacle.remedy,
        )
    return Ability(what, "yes")


def _shortcut(labels: TileLabels) -> Ability:
    tissue, center = labels.columns.of_tissue, labels.columns.of_center
    what = say("Shortcut sweep (APD)")
    slides = _slides_by_cell(labels)
    enough = np.array(
        [
            [
                slides.get((tissue, center), 0) >= FEWEST_SLIDES
                for center in np.unique(labels.center)
            ]
            for tissue in np.unique(labels.tissue)
        ]
    )
    shared = enough.T.astype(int) @ enough.astype(int)  # tissues that two centers both have
    np.fill_diagonal(shared, 0)
    if shared.max(initial=0) >= 2:
        return Ability(what, "yes")
    return Ability(
        what,
        "no",
        say(
            "No two {tissue_many} have {FEWEST_SLIDES} slides each at the same two {center_many}.",
            tissue_many=tissue.many,
            FEWEST_SLIDES=FEWEST_SLIDES,
            center_many=center.many,
        ),
        _to_complete(labels, FEWEST_SLIDES)
        or say(
            "Add slides until two {tissue_many} have {FEWEST_SLIDES} at each of two {center_many}.",
            tissue_many=tissue.many,
            FEWEST_SLIDES=FEWEST_SLIDES,
            center_many=center.many,
        ),
    )


def _to_complete(labels: TileLabels, least: int) -> str:
    """The fewest slides with which two tissues have ``least`` each at the same two centers.

    "" with one tissue or one center: then it is not known which to add.
    """
    slides = _slides_by_cell(labels)
    tissues, centers = (np.unique(names).tolist() for names in (labels.tissue, labels.center))
    best: dict[tuple[str, str], int] = {}
    for pair in combinations(tissues[:MOST_LOOKED_AT], 2):
        for places in combinations(centers[:MOST_LOOKED_AT], 2):
            lacks = {cell: least - slides.get(cell, 0) for cell in product(pair, places)}
            lacks = {cell: n for cell, n in lacks.items() if n > 0}
            if not best or sum(lacks.values()) < sum(best.values()):
                best = lacks
    named = [
        say("{slides} of {tissue} at {center}", slides=_n(n, "slide"), tissue=tissue, center=center)
        for (tissue, center), n in best.items()
    ]
    return say("Add {named}.", named=say(" and ").join(named)) if named else ""


def _scale(labels: TileLabels, edge_um: float | None) -> Ability:
    what = SCALE
    if edge_um is None:
        return Ability(
            what,
            "no",
            say("The set does not say how many µm its tiles show."),
            say("Build it from a manifest with the column mpp."),
        )
    groups = labels.groups
    said, remedy = [], ""
    if len(np.unique(groups)) < 2:
        said.append(
            say(
                "Which tiles lie far from every reference tile cannot be said: "
                "all reference tiles are of one slide or patient."
            )
        )
        remedy = say("Add tiles of another slide.")
    slides = len(set(zip(groups.tolist(), labels.center.tolist(), strict=True)))
    if slides < FEWEST_TO_KNOW_CENTERS:
        of = say("slides") if labels.patient is None else say("slides or patients")
        said.append(
            say(
                "Whether a slide is of no known {of_center} cannot be said: the "
                "set has {slides} {of}, and at least {FEWEST_TO_KNOW_CENTERS} "
                "are needed.",
                of_center=labels.columns.of_center,
                slides=slides,
                of=of,
                FEWEST_TO_KNOW_CENTERS=FEWEST_TO_KNOW_CENTERS,
            )
        )
        remedy = say(
            "Add slides until there are {FEWEST_TO_KNOW_CENTERS}.",
            FEWEST_TO_KNOW_CENTERS=FEWEST_TO_KNOW_CENTERS,
        )
    return Ability(what, "limited" if said else "yes", " ".join(said), remedy)


def _slides_by_cell(labels: TileLabels) -> dict[tuple[str, str], int]:
    """Groups (slides, or patients) of each tissue at each center that has any."""
    columns = (labels.tissue.tolist(), labels.center.tolist(), labels.groups.tolist())
    counts: dict[tuple[str, str], int] = {}
    for tissue, center, _ in set(zip(*columns, strict=True)):
        counts[tissue, center] = counts.get((tissue, center), 0) + 1
    return counts


def _dropped(labels: TileLabels, tissues: Sequence[str], centers: Sequence[str]) -> str:
    """How many tiles the index leaves out, and of what."""
    of_tissue = np.isin(labels.tissue, tissues)
    of_center = np.isin(labels.center, centers) & ~of_tissue
    tissue, center, reasons = labels.columns.of_tissue, labels.columns.of_center, []
    if of_tissue.any():
        named = first_few(tissues)
        reasons.append(
            say(
                "{sum} of {tissue_many} that one {center} alone has ({named})",
                sum=of_tissue.sum(),
                tissue_many=tissue.many,
                center=center,
                named=named,
            )
        )
    if of_center.any():
        reasons.append(
            say(
                "{sum} of {center_many} with one {tissue} ({centers})",
                sum=of_center.sum(),
                center_many=center.many,
                tissue=tissue,
                centers=first_few(centers),
            )
        )
    total = int((of_tissue | of_center).sum())
    return say(
        "{total} of {n_labels} tiles are left out: {reasons}.",
        total=total,
        n_labels=len(labels),
        reasons="; ".join(reasons),
    )


def _names(abilities: Sequence[Ability]) -> str:
    return "; ".join(retold(each.what) for each in abilities)


def _sentence(reason: str) -> str:
    return reason[0].upper() + reason[1:] + "."


def _n(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
