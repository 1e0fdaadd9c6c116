"""The options of an evaluation, each described once.

A field of :class:`RunSettings` with its :class:`Option` is all there is to an option: request,
record, terminal, settings file, window, repeated command, cost, report and comparison of runs read
it from here. ``tests/core/runs/test_options.py`` follows every option through all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any, Literal, get_type_hints

from pathgui.core.corrections.registry import CORRECTIONS, TILE_CORRECTIONS
from pathgui.core.encoders.facts.registry import Preparation
from pathgui.core.errors import plural
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import localized, say
from pathgui.core.measurement.design_limits import SingleCells
from pathgui.core.measurement.shortcut_draws import SweepEffort
from pathgui.core.metrics.neighbors.k_rule import PRESETS, KRule, k_choices
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.slides.region import Region
from pathgui.core.slides.tissue import LEAST_THRESHOLD, MOST_THRESHOLD

# auto: what an encoder's authors use on a GPU, fp32 on a CPU
PrecisionChoice = Literal["auto", "fp32", "bf16", "fp16"]
ReaderChoice = Literal["direct", "openslide"]


@dataclass(frozen=True, kw_only=True)
class Option:
    """What every place that offers, keeps or says an option needs to know of it."""

    title: str  # before the value: "Seed"
    caption: str = ""  # in the window, where the title is a word of programs
    in_roles: str = ""  # the same, with {center} and {tissue} for the words of a run's columns
    flag: str  # in the terminal
    help: str  # in the terminal, and in the window over the box
    default: Any  # of a new evaluation
    name: str = ""  # of its field in RunSettings, in records and in settings files
    kind: Any = None  # the type of that field
    choices: tuple[tuple[Any, str], ...] = ()  # values, and how each is said
    switch: Any = None  # the value that the flag alone stands for, if it takes none
    least: float | None = None  # of a number
    most: float | None = None
    step: float = 1  # of the box in the window
    offers: str = ""  # what may be given, where neither choices nor bounds say all
    unset: str = ""  # how None is said
    say: Callable[[Any], str] | None = None  # where neither choices nor the number say it
    box: str = ""  # beside the check box
    of_slide: bool = False  # means nothing where no slide is evaluated
    in_window: bool = True  # has a box in the window, and is kept in the user's settings
    repeats: bool = False  # a tuple: the terminal takes the flag several times
    several: tuple[tuple[str, str], ...] = ()  # what such a tuple may hold, and how each is said
    from_file: bool = False  # the terminal takes it from a file, or from a run that holds it
    costs: bool = False  # tiles, time or disk depend on it
    cuts: bool = False  # which tiles a slide has depends on it, not only which of them are taken

    @property
    def argument(self) -> str:
        """The flag as an argument in Python: ``keep_single``."""
        return self.flag.removeprefix("--").replace("-", "_")

    @property
    def no_flag(self) -> str:
        """Takes back the flag of a switch that is on by default."""
        return self.flag.replace("--", "--no-", 1)

    def said(self, value: Any) -> str:
        """A value in words, as window, report and comparison of runs say it."""
        if value is None:
            return self.unset
        if self.say is not None:
            return self.say(value)
        for choice, words in self.choices:
            if choice == value:
                return words
        return localized(value, "," if isinstance(value, int) else "")

    def words(self, value: Any) -> list[str]:
        """The words that ask for a value in the terminal; none where it is the default."""
        if value == self.default:
            return []
        if self.repeats:
            return [word for each in value for word in (self.flag, each)]
        if self.switch is None:
            return [self.flag, str(value)]
        return [self.flag if value == self.switch else self.no_flag]

    def problem(self, value: Any, most: int) -> str:
        """Why a value cannot be taken; "" if it can. ``most`` is what the caller can hold."""
        if value == self.default or value in [choice for choice, _ in self.choices]:
            return ""
        if self.several:
            unknown = [str(each) for each in value if each not in dict(self.several)]
            return (
                say(
                    "{name} holds {unknown}. There are: {offers}.",
                    name=self.name,
                    unknown=", ".join(unknown),
                    offers=", ".join(name for name, _ in self.several),
                )
                if unknown
                else ""
            )
        if self.kind is str and not self.choices:
            return (
                ""
                if isinstance(value, str)
                else say("{name} must be a name, not {value!r}.", name=self.name, value=value)
            )
        offers = self.offers or ", ".join(str(choice) for choice, _ in self.choices)
        if isinstance(value, str):
            return say(
                "{name} must be {offers}; it is {value!r}.",
                name=self.name,
                offers=offers,
                value=value,
            )
        if self.least is not None and not value >= self.least:  # nor not a number
            return say(
                "{name} must be {offers}, not {value}.",
                name=self.name,
                offers=offers or say("at least {least}", least=self.least),
                value=value,
            )
        if value > min(most, self.most or most):
            return say(
                "{name} must be at most {most}, not {value}.",
                name=self.name,
                most=min(most, self.most or most),
                value=value,
            )
        return ""


def _option(
    title: str, flag: str, default: Any, help_: str, *, absent: Any = MISSING, **others: Any
) -> Any:
    """A field with its description. ``absent``: what a record means that does not hold it.

    An evaluation of before the option was there took ``absent``, which need not be the default of
    today. Without it, every record has the field.
    """
    usual = USUAL.say(title)
    option = Option(title=usual, in_roles=title, flag=flag, help=help_, default=default, **others)
    return field(default=absent, metadata={"option": option})


def _columns(names: tuple[str, ...]) -> str:
    return ", ".join(names) or say("the set's own")


def _corrections(names: tuple[str, ...]) -> str:
    return ", ".join(names) or say("none")


def _areas(region: Region) -> str:
    return plural(len(region), "area") if region else say("whole slide")


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """What the user chose of an evaluation: the request holds it, and so does the record.

    :func:`new_settings` gives those of a new evaluation.
    """

    k: KRule = _option(  # what was asked for; Run.k says what it came to
        say("Neighbors (k)"), "--k", "auto",
        say("How many nearest neighbors count. All encoders of a run share one "
            "k. Automatic takes the median of what suits each encoder best, "
            "controls left out. A name takes the k of a paper. Acceptance "
            "criteria may fix k."),
        least=1, offers=k_choices(),
        choices=(
            ("auto", say("automatic")),
            *((each.name, f"{each.k} ({retold(each.title)})") for each in PRESETS.values()),
        ),
    )  # fmt: skip
    # Names of columns of the reference set; () and "": those that it has of its own.
    center_columns: tuple[str, ...] = _option(
        say("Center column"), "--center-column", (),
        say("Column of the reference set that plays the center, as scanner. "
            "Repeat it to measure several columns side by side. The first one is "
            "the main one, which all numbers are of."),
        say=_columns, repeats=True, in_window=False, costs=True, absent=(),
    )  # fmt: skip
    tissue_column: str = _option(
        say("Tissue column"), "--tissue-column", "",
        say("Column of the reference set that plays the tissue. An encoder "
            "should see it."),
        say=lambda name: name or say("the set's own"), in_window=False, costs=True, absent="",
    )  # fmt: skip
    single_cells: SingleCells = _option(
        say("{Tissues} of one {center}, {centers} of one {tissue}"), "--keep-single", "drop",
        say("Also use tissues of one center and centers of one tissue; they bias "
            "the index."),
        choices=(("drop", say("left out")), ("keep", "used")), switch="keep",
        in_window=False, absent="drop",
    )  # fmt: skip
    device: str = _option(  # in a record as it was found: "cuda:0 (NVIDIA ...)"
        say("Device"), "--device", "auto",
        say("Device that runs encoders and seeks neighbors. A graphics card (GPU) is "
            "many times as fast as the processor (CPU). Automatic takes a GPU where "
            "there is one."), costs=True,
        choices=(
            ("auto", say("automatic")), ("cpu", say("CPU")), ("cuda", say("GPU (CUDA)")), ("mps",
                say("GPU (Apple)")),
        ),
    )  # fmt: skip
    precision: PrecisionChoice = _option(
        say("Precision"), "--precision", "fp32",
        say("How many digits the encoder computes with. Half as many are faster on "
            "a GPU. As published (auto) takes what its authors use on a GPU, and the "
            "exact numbers (fp32) on a CPU. Others are compared with the exact ones "
            "on 64 tiles."),
        choices=(
            ("fp32", say("exact (fp32)")), ("auto", say("as published")),
            ("bf16", say("half (bf16)")), ("fp16", say("half (fp16)")),
        ),
        costs=True,
    )  # fmt: skip
    preparation: Preparation = _option(
        say("Preparation of tiles"), "--preparation", "exact",
        say("How tiles are resized for an encoder. fast takes a fifth of the "
            "time and stays within two gray levels; 64 tiles are compared with "
            "exact. It pays only where a GPU waits for tiles of a reference set. "
            "Tiles of a slide are resized by the GPU itself."),
        choices=(("exact", "exact"), ("fast", "fast")),
        in_window=False, costs=True, absent="exact",
    )  # fmt: skip
    max_tiles: int | None = _option(
        say("Tiles at most"), "--max-tiles", None,
        say("How many tiles of the slide are evaluated at most, drawn at random. "
            "All takes every tile with tissue."),
        least=1, step=500, unset="all", of_slide=True, costs=True,
    )  # fmt: skip
    region_l0: Region = _option(  # polygons of (x, y): tiles with their center in any; empty: all
        say("Region"), "--region", (),
        say("Evaluate only tiles whose middle lies in these areas: a GeoJSON "
            "file of QuPath, or an earlier run. Classes that end in * (Ignore*) "
            "are left out, and cut out of the others."),
        say=_areas, of_slide=True, in_window=False, from_file=True, costs=True, absent=(),
    )  # fmt: skip
    tissue_threshold: float | None = _option(
        say("Tissue threshold"), "--tissue-threshold", None,
        say("What tissue has to exceed: on glass the difference between the "
            "optical densities of two colors, on a dark slide the brightness "
            "over the background (1 is white). Lower it for pale tissue. "
            "Automatic takes what suits the slide, and the run says which it was."),
        least=LEAST_THRESHOLD, most=MOST_THRESHOLD, step=0.005, unset=say("automatic"),
        of_slide=True, in_window=False, costs=True, cuts=True, absent=None,
    )  # fmt: skip
    tissue_from_region: bool = _option(
        say("Tissue mask"), "--tissue-from-region", False,
        say("Take the region as the tissue mask, where tissue is not found: "
            "pale, fat, silver. Tiles are those at least half in the region. Of "
            "a cohort, the labeled regions of each slide; of a slide without "
            "any, tissue is sought."),
        choices=((True, say("the region")), (False, say("found on the slide"))), switch=True,
        of_slide=True, in_window=False, costs=True, cuts=True, absent=False,
    )  # fmt: skip
    # What may be used; SlideFacts.reader says what was. Of earlier records the command says it.
    reader: ReaderChoice = _option(
        say("Reader"), "--reader", "direct",
        say("Which part of the program decodes tiles. direct is its own reader, "
            "several times as fast; it is taken where its pixels equal those of "
            "OpenSlide. openslide always takes OpenSlide."),
        choices=(("direct", say("fast if identical")), ("openslide",
            say("OpenSlide always"))),
        caption=say("Slide reader"), of_slide=True, absent="direct",
    )  # fmt: skip
    seed: int = _option(
        say("Seed"), "--seed", 0,
        say("Number that random draws start from, as which tiles are taken. The "
            "same one gives the same results; another shows what chance does."),
        caption=say("Random seed"), least=0, most=2**32 - 1,  # of scikit-learn
        costs=True,
    )  # fmt: skip
    shortcut: SweepEffort = _option(
        say("Shortcut sweep"), "--sweep", "quick",
        say("Effort of the shortcut sweep: none, quick, or full (PathoROB's "
            "procedure, minutes for each encoder)."),
        choices=(("none", "none"), ("quick", "quick"), ("full", "full")),
        in_window=False, costs=True, absent="none",
    )  # fmt: skip
    corrections: tuple[str, ...] = _option(
        say("Corrections"), "--correct", (),
        say("Also say what a correction of embeddings or of tiles would do to slides that it "
            "was not fitted on, as pathgui correct does. There can be several."),
        say=_corrections, repeats=True, costs=True, absent=(),
        several=(
            *((each.name, each.title) for each in CORRECTIONS),
            *(
                (each.name, say("{title} (embeds tiles again)", title=each.title))
                for each in TILE_CORRECTIONS
            ),
        ),
    )  # fmt: skip
    # 2 CPU seconds an encoder for 1,000 reference tiles, 16 for 5,000 and more
    # (core/explore/maps.py draws a sample), half a second for 1,000 tiles of the slide.
    maps: bool = _option(
        say("Maps"), "--maps", True,
        say("Draw each tile as a point, with alike ones near each other (t-SNE). "
            "For each encoder it takes 2 s for 1,000 reference tiles, 16 s for "
            "5,000. Larger sets are sampled."),
        choices=((True, "made"), (False, say("not made"))), switch=True,
        box=say("Make maps of the tiles"),
        costs=True, absent=False,
    )  # fmt: skip
    offline: bool = _option(
        say("Network"), "--offline", False,
        say("Forbid network use. Weights that are not on this computer are then "
            "not fetched."),
        choices=((True, "forbidden"), (False, "allowed")), switch=True,
        box=say("Forbid network use"),
    )  # fmt: skip
    # Else the run holds pseudonyms, made by a key of the user's: core/reference/pseudonyms.py.
    keep_names: bool = _option(
        say("Names of slides"), "--keep-names", False,
        say("Keep the names of slides and tiles in the run, its report and its "
            "exports. By default they hold pseudonyms of slides and patients."),
        choices=((True, "kept"), (False, "pseudonyms")), switch=True,
        box=say("Keep names of slides in runs"), absent=True,
    )  # fmt: skip


def _described() -> tuple[Option, ...]:
    kinds = get_type_hints(RunSettings)
    return tuple(
        replace(each.metadata["option"], name=each.name, kind=kinds[each.name])
        for each in fields(RunSettings)
    )


OPTIONS = _described()


def new_settings(**chosen: Any) -> RunSettings:
    """The settings of a new evaluation: the defaults, but for what is ``chosen``.

    >>> new_settings(k=11).k, new_settings().maps
    (11, True)
    """
    return RunSettings(**{option.name: option.default for option in OPTIONS} | chosen)


def without_slide(settings: RunSettings) -> RunSettings:
    """The settings without what means nothing where no slide is evaluated."""
    of_slide = {option.name: option.default for option in OPTIONS if option.of_slide}
    return replace(settings, **of_slide)


def cost_key(settings: RunSettings) -> tuple[object, ...]:
    """All settings that tiles, time or disk depend on."""
    return tuple(getattr(settings, option.name) for option in OPTIONS if option.costs)


def cut_key(settings: RunSettings) -> tuple[object, ...]:
    """All settings that the tiles of a slide depend on, of which an evaluation takes some."""
    chosen = tuple(getattr(settings, option.name) for option in OPTIONS if option.cuts)
    return (*chosen, settings.region_l0) if settings.tissue_from_region else chosen


def said(
    settings: RunSettings, *, slide: bool = True, columns: RoleColumns = USUAL
) -> dict[str, str]:
    """Every option and its value in words, by title; without ``slide`` those of none.

    ``columns`` are those of the run, which titles name.
    """
    return {
        columns.say(option.in_roles or option.title): option.said(getattr(settings, option.name))
        for option in OPTIONS
        if slide or not option.of_slide
    }
