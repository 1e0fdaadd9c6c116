"""Terms of the report, each explained in the same words where it first occurs and at the end.

:func:`explained` walks a finished report in reading order. A term that no text explains before
or where it is first used gets its explanation put in there, whatever sections a reader left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pathgui.core.language.languages import ENGLISH
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import CHOSEN, say
from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.reference.roles import CENTER, USUAL, RoleColumns
from pathgui.core.report.render.document import (
    Block,
    Cell,
    Document,
    Facts,
    Formula,
    Heading,
    Paragraph,
)
from pathgui.core.report.render.texts import said
from pathgui.core.report.sections.organs import tissue_meaning
from pathgui.core.report.sections.references import CITED, cite
from pathgui.core.results.formatting import within
from pathgui.core.results.measures import IN_ROLES, InReport
from pathgui.core.runs.record import ReferenceFacts
from pathgui.core.runs.tile_columns import FAR, FAR_MEANS, NO_KNOWN_CENTER_MEANS


@dataclass(frozen=True)
class Term:
    """A word that a reader may not know."""

    meaning: str  # stands word for word wherever the term is explained
    used: str  # a pattern that finds it in a text
    source: str = ""  # whose idea it is: a key of the references
    exact: bool = False  # whether small and capital letters count
    name: str = ""  # as a reader sees it, where it is not the key

    def called(self, columns: RoleColumns) -> Term:
        """The same in the words of the columns that play center and tissue."""
        noun = columns.of_center
        word = rf"(?<!\w)({re.escape(noun.one)}|{re.escape(noun.many)})(?!\w)"
        return replace(
            self,
            meaning=columns.say(self.meaning),
            used=self.used.replace("CENTER", word),
            name=columns.say(self.name),
        )


def _of_measure(key: str, used: str, source: str = "") -> Term:
    """A term that the table of measurements explains: "Name: its meaning."."""
    place = next(each.report for each in IN_ROLES if each.key == key)  # with {center}
    assert isinstance(place, InReport)
    meaning = place.words.partition(": ")[2].rstrip(".")
    return Term(within(meaning), used, source)


def _found(name: str, term: Term) -> Term:
    """The term as a text of this language uses it: beyond English, words that begin as its name."""
    if CHOSEN.language == ENGLISH or name not in _SHOWN:
        return term
    return replace(term, used=rf"\b{re.escape(_SHOWN[name])}", exact=False)


FOUR_KINDS = ", ".join(KINDS)
# In the order in which one builds on the other. In meanings and names {center} stands for the word
# of the column that plays it, and CENTER in patterns for a pattern of that word.
_IN_ROLES: dict[str, Term] = {
    "tile": Term(say("a small square cut from a slide"), r"\btiles?\b"),
    "tissue": Term(say("what a tile shows, by the names of the reference set"), r"\btissues?\b"),
    "center": Term(say("the hospital or laboratory that made a slide"), "CENTER"),
    "encoder": Term(
        say("a model that turns each tile into a list of numbers, its embedding"), r"\bencoders?\b"
    ),
    "embedding": Term(
        say("the list of numbers that an encoder makes of a tile"), r"\bembed(ding|ded)s?\b"
    ),
    "reference set": Term(
        say("tiles whose tissue, {center} and slide are known"), r"\breference set\b"
    ),
    "neighbors": Term(
        say("the tiles of other slides whose embeddings are most like that of a tile"),
        r"\bneighbors?\b",
    ),
    FOUR_KINDS: Term(
        say("the four kinds of neighbors, tissue first, {center} second: S the same, O another"),
        rf"\b({'|'.join(KINDS)})\b",
        exact=True,
    ),
    "robustness index": Term(
        say(
            "SO / (SO + OS): of the neighbors that share tissue or {center} with "
            "a tile, but not both, the share with the same tissue. 0: the "
            "encoder follows the {center}; 1: the tissue"
        ),
        r"\brobustness index\b|\bindex\b|\bindices\b",
        "pathorob",
    ),
    "chance value": Term(
        say("what neighbors drawn at random would give. Compare the index with it, not with ½"),
        r"\bchance values?\b",
    ),
    "interval": Term(
        say(
            "the range in which the value would probably (95 %) lie with other "
            "slides of the same {centers}"
        ),
        r"\bintervals?\b",
    ),
    "support": Term(
        say(
            "the share of tiles with at least one SO or OS neighbor. The index rests on these tiles"
        ),
        r"\bsupport\b(?!s)",
    ),
    "k": Term(say("how many neighbors of each tile count"), r"\bk\b", exact=True),
    "probe": Term(
        say("a linear classifier on embeddings, fitted on some slides and tested on others"),
        r"\bprobes?\b",
    ),
    "balanced accuracy": Term(
        say(
            "the share of right answers for each tissue (or {center}) alone, "
            "then averaged. Its chance value is 1 divided by their number"
        ),
        r"\bbalanced accurac(y|ies)\b",
    ),
    "not assessable": Term(
        say(
            "the data cannot give the number, for the reason that stands beside "
            "it. This is neither 0 nor a pass"
        ),
        r"\bnot assessable\b",
    ),
    "group": Term(
        say("encoders that share a letter cannot be told apart on these slides"),
        r"(?m)^Group$|\bletters? of groups\b|\bletters? in common\b|\bshare a letter\b",
        exact=True,
    ),
    "CRoMa margin": Term(
        say(
            "for each tile, how much nearer the same tissue of other {centers} "
            "is than other tissue of its own {center}, from −1 to 1. Above 0 the "
            "same tissue is nearer"
        ),
        r"\bCRoMa\b|\bmargins?\b",
        "croma",
    ),
    "worst tenth of the margin": Term(
        say(
            "how far the worst 10 % of the tiles lean to their {center}: the "
            "mean of their margins. Below 0 they lean to it"
        ),
        r"\b(worst|lowest)\s+tenth\b|\btail\b",
        "croma",
    ),
    "kNN": Term(
        say("the answer that most of the k nearest neighbors give"), r"\bkNN\b", exact=True
    ),
    "fold": Term(
        say(
            "one of the parts that slides are divided into; each is tested by a "
            "probe that was fitted on the others"
        ),
        r"\bfolds?\b(?!,)",
    ),
    "pooling": Term(
        say(
            "how the parts of a tile that a model looks at become one embedding: "
            "their mean, or one part that sums up the others (class token)"
        ),
        r"\bpooling\b",
    ),
    "cosine distance": Term(
        say("how far two embeddings point in different directions. 0: the same direction"),
        r"\bcosine\b",
    ),
    "Cramér’s V": Term(
        say("how far tissue and {center} go together. 0: not at all; 1: one tells the other"),
        r"\bCramér['’]s V\b",
    ),
    "index of 2025": Term(
        say(
            "(SS + SO) / (SS + OS), the earlier definition, from 0 upward. Above "
            "1, neighbors share the tissue more often than the {center}"
        ),
        r"\bindex of 2025\b",
        "dejong",
    ),
    "p": Term(
        say(
            "how often chance alone would give a difference at least as large. A "
            "small p speaks against chance; it does not say how large the "
            "difference is"
        ),
        r"\bp\b",
        exact=True,
    ),
    "z": Term(
        say("how many standard deviations a value lies from its mean by chance"),
        r"(?m)^z$",
        exact=True,
    ),
    "adjusted index": _of_measure("robustness_index_adjusted", r"\badjusted\b"),
    "MaRI": _of_measure("mari", r"\bMaRI\b", "croma"),
    "squares": Term(
        say("every two tissues at two {centers}, taken as a set of their own"),
        r"(?m)^Squares\b",
        "pathorob",
        exact=True,
    ),
    "enrichment": Term(
        say(
            "how many times more often than by chance misleading neighbors come "
            "from the tile’s own {center}. 1: not more often"
        ),
        r"\benrichment\b",
        "dejong",
    ),
    "case": Term(
        say("the tiles of one tissue on one slide, with their mean embedding"),
        r"\bcases\b",
    ),
    "APD": Term(
        say(
            "average performance drop: how much of its accuracy a probe for "
            "tissue loses, on average, when tissue goes together with {center} "
            "in training. Below 0: a loss"
        ),
        r"\bAPD\b|\bperformance drop\b",
        "pathorob",
    ),
    "nIPD": Term(
        say(
            "normalized integrated performance degradation: the same loss as a "
            "share of what the accuracy lies above its chance value. −½: a "
            "straight fall to chance"
        ),
        r"\bnIPD\b",
        "croma",
    ),
    "clustering score": _of_measure("clustering_score", r"\bclustering\s+score\b", "pathorob"),
    "silhouette": Term(
        say(
            "how far tiles of one tissue, or of one {center}, lie apart from the "
            "others, from −1 to 1. High: far apart"
        ),
        r"\bsilhouettes?\b",
        "silhouette",
    ),
    "variance explained": Term(
        say(
            "which share of all differences between embeddings goes with the "
            "tissue, the {center} or the slide"
        ),
        r"\bvariance\b",
        "variance",
    ),
    "iLISI": Term(
        say(
            "how many {centers}, in effect, are found around a tile. Scaled, 0 "
            "is one {center} alone and 1 all alike"
        ),
        r"\biLISI\b",
        "lisi",
    ),
    "kBET": Term(
        say("the share of tiles whose neighbors’ {centers} pass a test for even mixing"),
        r"\bkBET\b",
        "kbet",
    ),
    "t-SNE": Term(
        say("a method that lays out embeddings on a plane so that near ones stay near"),
        r"\bt-SNE\b",
        "tsne",
    ),
    "nearest reference tile’s center": Term(
        say("the {center} of the one reference tile whose embedding is most like that of a tile"),
        r"\bnearest reference (tile['’]s )?CENTER|\bnearest reference tile['’]s\b",
        name=say("nearest reference tile’s {center}"),
    ),
    "far": Term(
        say("said of a tile that lies {FAR_MEANS}", FAR_MEANS=retold(FAR_MEANS)),
        rf"\b{retold(FAR)}\b|\bshare far\b|\bshare\s+of far tiles\b|\bof them far\b",
    ),
    "outside the reference set": Term(
        say("said of a tile that is {FAR}, or of a slide of no known {{center}}", FAR=retold(FAR)),
        r"\boutside (of )?the (reference )?set\b",
    ),
    "no known center": Term(
        say(
            "said of a slide that lies {NO_KNOWN_CENTER_MEANS}",
            NO_KNOWN_CENTER_MEANS=retold(NO_KNOWN_CENTER_MEANS),
        ),
        r"\bno known CENTER",
        name=say("no known {center}"),
    ),
    "calibrated": Term(
        say(
            "said of probabilities that are right as often as they say, on "
            "slides of the set’s own {centers}"
        ),
        r"\b(un)?calibrated\b",
    ),
    "temperature": Term(
        say(
            "the number that a probe’s scores are divided by, so that its "
            "probabilities come near the share of right answers"
        ),
        r"\btemper-?\s?ature\b",
        "temperature",
    ),
    "sharpness": Term(
        say(
            "how strongly the slide is drawn to one {center} beyond what its "
            "tissues explain, from 0 (not) to 1"
        ),
        r"\bsharpness\b",
    ),
    "kappa": Term(
        say("Cohen’s kappa, the agreement beyond chance. 0: as by chance; 1: always"),
        r"\bkappa\b",
        "kappa",
    ),
    "fp32": Term(
        say("how exactly a model computes: with numbers of 32 bits. fp16 and bf16 have 16 bits"),
        r"\b(fp32|fp16|bf16)\b",
    ),
    "level 0": Term(say("the finest resolution of a slide"), r"\blevel 0\b"),
}
# Terms by the names that readers of other languages know them by; the others are called alike.
_SHOWN = {
    "tile": say("tile"),
    "tissue": say("tissue"),
    "center": say("center"),
    "encoder": say("encoder"),
    "embedding": say("embedding"),
    "reference set": say("reference set"),
    "neighbors": say("neighbors"),
    "robustness index": say("robustness index"),
    "chance value": say("chance value"),
    "interval": say("interval"),
    "support": say("support"),
    "probe": say("probe"),
    "balanced accuracy": say("balanced accuracy"),
    "not assessable": say("not assessable"),
    "group": say("group"),
    "CRoMa margin": say("CRoMa margin"),
    "worst tenth of the margin": say("worst tenth of the margin"),
    "fold": say("fold"),
    "pooling": say("pooling"),
    "cosine distance": say("cosine distance"),
    "Cramér’s V": say("Cramér’s V"),
    "index of 2025": say("index of 2025"),
    "adjusted index": say("adjusted index"),
    "squares": say("squares"),
    "enrichment": say("enrichment"),
    "case": say("case"),
    "clustering score": say("clustering score"),
    "silhouette": say("silhouette"),
    "variance explained": say("variance explained"),
    "far": say("far"),
    "outside the reference set": say("outside the reference set"),
    "calibrated": say("calibrated"),
    "temperature": say("temperature"),
    "sharpness": say("sharpness"),
    "level 0": say("level 0"),
}
TERMS = {name: _found(name, term).called(USUAL) for name, term in _IN_ROLES.items()}
# Those that the numbers of the summary cannot be read without.
FIRST = ("tile", "tissue", "center", "encoder", "reference set", "neighbors", FOUR_KINDS)
THEN = (
    "robustness index", "chance value", "interval", "support", "k", "probe", "balanced accuracy",
    "not assessable",
)  # fmt: skip


def terms_of(reference: ReferenceFacts) -> dict[str, Term]:
    """The terms, with what tissue means in this set, in the words of its columns."""
    columns = reference.columns
    terms = {name: _found(name, term).called(columns) for name, term in _IN_ROLES.items()}
    terms["tissue"] = replace(terms["tissue"], meaning=tissue_meaning(reference))
    if columns.center != CENTER:
        plays = say(
            "what the column {of_center} of the reference set says of a "
            "slide, and what an encoder should not follow",
            of_center=columns.of_center,
        )
        terms["center"] = replace(terms["center"], meaning=plays, name=columns.of_center.one)
    return terms


def explain(terms: Mapping[str, Term], names: Iterable[str]) -> str:
    """What these terms mean, one sentence or two each.

    >>> explain(TERMS, ["tile", "k"])
    'Tile: a small square cut from a slide. k: how many neighbors of each tile count.'
    """
    return " ".join(f"{_called(terms, name)}: {meaning(terms, name)}." for name in names)


def meaning(terms: Mapping[str, Term], name: str) -> str:
    """What a term means, with the work that it is from."""
    term = terms[name]
    return f"{term.meaning} {cite(term.source)}" if term.source else term.meaning


def facts(terms: Mapping[str, Term], names: Iterable[str]) -> Facts:
    """The same as names and values."""
    return Facts([(_called(terms, name), Cell(_sentence(meaning(terms, name)))) for name in names])


def _called(terms: Mapping[str, Term], name: str) -> str:
    return _title(terms[name].name or _SHOWN.get(name, name))


def _title(name: str) -> str:
    """As it begins a line: what is written small on purpose stays so.

    >>> _title("tile"), _title("k"), _title("kNN"), _title("t-SNE")
    ('Tile', 'k', 'kNN', 't-SNE')
    """
    kept = len(name) == 1 or name[1:2].isupper() or name[1:2] == "-" or name == "fp32"
    return name if kept else name[:1].upper() + name[1:]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def used_in(text: str, terms: Mapping[str, Term]) -> list[str]:
    """The terms that a text uses, and those that their explanations use."""
    text = CITED.sub("", text)
    new = {name for name, term in terms.items() if _uses(text, term)}
    found: set[str] = set()
    while new:
        found |= new
        meanings = "\n".join(terms[name].meaning for name in new)
        rest = {name: term for name, term in terms.items() if name not in found}
        new = {name for name, term in rest.items() if _uses(meanings, term)}
    return [name for name in terms if name in found]


def _uses(text: str, term: Term) -> bool:
    return re.search(term.used, text, 0 if term.exact else re.IGNORECASE) is not None


def explained(document: Document, terms: Mapping[str, Term]) -> Document:
    """The report with every term explained before or where it is first used."""
    known: set[str] = set()

    def lacking(text: str) -> list[str]:
        """Terms of a text that are unknown so far and not explained in it; known from now on."""
        lower = text.lower()
        known.update(name for name, term in terms.items() if term.meaning.lower() in lower)
        # What the meaning of a known term uses is known, too: it was found with that term.
        new = used_in(text, {name: term for name, term in terms.items() if name not in known})
        known.update(new)
        return new

    on_cover = said(document.cover, document.files)
    cover = replace(document.cover, words=explain(terms, lacking(on_cover)))
    sections = []
    for section in document.sections:
        blocks: list[Block] = []
        waiting: list[Block] = []  # headings and formulas go with what comes next
        for block in section.blocks:
            if isinstance(block, (Heading, Formula)):
                waiting.append(block)
                continue
            new = lacking("\n".join(said(each, document.files) for each in [*waiting, block]))
            titles = [each for each in waiting if isinstance(each, Heading)]
            blocks += titles
            if new:
                blocks.append(Paragraph(explain(terms, new), "small", sticky=True))
            blocks += [*waiting[len(titles) :], block]
            waiting = []
        sections.append(replace(section, blocks=[*blocks, *waiting]))
    return replace(document, cover=cover, sections=sections)


def glossary(document: Document, terms: Mapping[str, Term]) -> Facts:
    """The terms that the report uses, by name."""
    texts = [said(document.cover, document.files)]
    texts += [said(section.blocks, document.files) for section in document.sections]
    names = used_in("\n".join(texts), terms)
    return facts(terms, sorted(names, key=lambda name: (terms[name].name or name).casefold()))
