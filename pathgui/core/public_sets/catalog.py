"""Published sets by name: what each is for, its license, and how it is fetched."""

from __future__ import annotations

from dataclasses import dataclass

from pathgui.core.errors import ReferenceSetError
from pathgui.core.language.texts import say
from pathgui.core.public_sets.pathorob import CITATION as _PATHOROB

_HUB = "https://huggingface.co/datasets/"


@dataclass(frozen=True)
class PublicSet:
    """One published set of tiles."""

    name: str
    title: str
    purpose: str  # a phrase
    size: str  # about, in words; the hub says exactly before a download
    licence: str
    citation: str
    page: str
    layout: str = ""
    repository: str = ""  # on the hub; "": it is not there
    files: tuple[str, ...] = ()  # of the repository, as the shell writes names
    why_not: str = ""  # why it cannot be fetched, as a sentence

    @property
    def can_be_fetched(self) -> bool:
        """Whether :func:`~pathgui.core.public_sets.fetch.fetch` can get it."""
        return bool(self.repository)


def _pathorob(name: str, title: str, size: str, licence: str, purpose: str) -> PublicSet:
    repository = f"bifold-pathomics/PathoROB-{name}"
    return PublicSet(
        f"pathorob-{name.replace('_', '-')}",
        say("PathoROB {title}", title=title),
        purpose,
        size,
        licence,
        _PATHOROB,
        _HUB + repository,
        "pathorob",
        repository,
        ("data/*.parquet",),
    )


PUBLIC_SETS: tuple[PublicSet, ...] = (
    _pathorob(
        "camelyon", "Camelyon", "0.5 GB", "CC0-1.0",
        say("the index: 22,402 tiles of lymph nodes, tumor and normal, 97 slides "
            "of 5 centers"),
    ),
    _pathorob(
        "tcga", "TCGA 4x4", say("under 1 GB"), "CC-BY-NC-SA-4.0",
        say("the index: 8,160 tiles, 4 cancers, 272 slides of 8 centers"),
    ),
    _pathorob(
        "tolkach_esca", say("Tolkach ESCA"), say("under 1 GB"), "CC-BY-SA-4.0",
        say("the index: 16,300 tiles of the esophagus, 6 tissues, 77 slides of 4 "
            "centers"),
    ),
    PublicSet(
        "camelyon17-wilds", "Camelyon17-WILDS",
        say("the index: lymph nodes, tumor and normal, 50 slides of 5 centers, "
            "96 pixels a tile"),
        say("the hub says"), "CC0-1.0", say("Koh et al., WILDS, ICML 2021"),
        f"{_HUB}wltjr1007/Camelyon17-WILDS", "wilds", "wltjr1007/Camelyon17-WILDS",
        ("data/*.parquet",),
    ),
    PublicSet(
        "tcga-ut", "TCGA-UT", say("the index over many centers: tumor regions of many cancers"),
        "6 GB", "CC-BY-NC-SA-4.0", say("Komura et al., Cell Rep 38:110424 (2022)"),
        f"{_HUB}dakomura/tcga-ut", "tcga-ut", "dakomura/tcga-ut",
        ("data/dataset_internal_*.tar",),
    ),
    PublicSet(
        "plism", "PLISM",
        say("pairs: the same tissue in 13 stains on 7 scanners; no index, since "
            "no tissue is labeled"),
        say("very large, 1.48 million tiles"), "CC-BY-4.0",
        say("Ochi et al., PLISM, Sci Data 11:330 "
            "(2024)"), f"{_HUB}owkin/plism-dataset-tiles", "plism",
        "owkin/plism-dataset-tiles", ("data/*.parquet",),
    ),
    PublicSet(
        "scorpion", "SCORPION", say("pairs: 480 samples on 5 scanners; no index"),
        say("see its page"), say("see its page"), say("SCORPION, Zenodo 16517924"),
        "https://doi.org/10.5281/zenodo.16517924", "scorpion",
        why_not=say("It is on Zenodo. Get it from its page and take it with pathgui "
            "reference import."),
    ),
    PublicSet(
        "spider", "SPIDER", say("nothing here"), "–", "–", "", "https://huggingface.co/histai",
        why_not=say("It states no institution, so nothing tells center from tissue."),
    ),
    PublicSet(
        "histai", "HISTAI", say("nothing here"), "–", "–", "", "https://huggingface.co/histai",
        why_not=say("It states no institution, so nothing tells center from tissue."),
    ),
)  # fmt: skip


def public_set(name: str) -> PublicSet:
    """The published set called ``name``.

    Raises ReferenceSetError if there is none.
    """
    for each in PUBLIC_SETS:
        if each.name == name.strip().lower().replace("_", "-"):
            return each
    names = ", ".join(each.name for each in PUBLIC_SETS if each.can_be_fetched)
    raise ReferenceSetError(
        say("There is no public set {name}. There are: {names}.", name=name, names=names)
    )
