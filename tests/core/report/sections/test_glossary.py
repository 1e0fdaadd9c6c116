"""Each term is explained where a reader first meets it, and listed at the end."""

from __future__ import annotations

import re

import pytest

from pathgui.core.report.sections.glossary import TERMS, explain, terms_of, used_in
from tests.core.report.readers import CASES, IDS, RUNS, blocks, page, report, words

# Terms that no report may use before it has said what they mean, as a reader would look for them.
HARD = {
    "Group": r"(?m)^Group$",
    "chance value": r"[Cc]hance value",
    "support": r"[Ss]upport\b(?!s)",
    "k": r"\bk\b",
    "margin": r"[Mm]argin|CRoMa",
    "letters": r"share a letter|letters? in common",
    "APD": r"\bAPD\b",
    "enrichment": r"[Ee]nrichment",
    "probe": r"\b[Pp]robes?\b",
    "kNN": r"\bkNN\b",
    "balanced accuracy": r"[Bb]alanced accurac",
    "fold": r"\bfolds?\b(?!,)",
    "pooling": r"[Pp]ooling",
    "embedding": r"[Ee]mbedding",
    "tile": r"\b[Tt]iles?\b",
    "robustness index": r"[Rr]obustness index",
    "reference set": r"[Rr]eference set",
    "interval": r"[Ii]nterval",
    "nearest reference center": r"[Nn]earest reference (tile[’'])?s? ?center",
}
SAID = {"Group": "group", "letters": "group", "margin": "CRoMa margin",
        "nearest reference center": "nearest reference tile’s center"}  # fmt: skip


def plain(text: str) -> str:
    return " ".join(text.split()).lower()


def first(parts: list[str], pattern: str, flags: int = 0) -> int | None:
    return next((n for n, part in enumerate(parts) if re.search(pattern, part, flags)), None)


def terms(run: str):
    return terms_of(RUNS[run]().run.reference)


@pytest.mark.parametrize(("run", "options"), CASES, ids=IDS)
def test_every_term_is_explained_in_the_block_that_first_uses_it_or_before(run, options):
    titles_of_works = re.compile(r"<h3>References</h3>.*?</ol>", re.DOTALL)
    met = blocks(titles_of_works.sub("", page(run, options)))
    known = terms(run)
    patterns = {name: (term.used, term.exact) for name, term in known.items()}
    patterns |= {name: (pattern, True) for name, pattern in HARD.items()}
    late = {}
    for name, (pattern, exact) in patterns.items():
        used = first(met, pattern, 0 if exact else re.IGNORECASE)
        if used is None:
            continue
        meaning = known[SAID.get(name, name)].meaning
        explained = next((n for n, part in enumerate(met) if plain(meaning) in plain(part)), None)
        if explained is None or explained > used:
            late[name] = met[used][:200]
    assert late == {}


@pytest.mark.parametrize("run", RUNS)
def test_the_glossary_has_the_terms_that_the_report_uses_and_no_others(run):
    source = page(run)
    body, _, rest = source.partition('<h2 id="glossary">')
    listed = re.findall(r"<dt>(.*?)</dt>", rest.partition("<h3>References")[0])
    known = terms(run)
    elsewhere = words(body) + words(rest.partition('<h2 id="approval">')[2])
    drawn = "\n".join(
        words(content.decode())
        for name, content in report(run).files.items()
        if name.endswith(".svg")
    )
    used = used_in(f"{elsewhere}\n{drawn}", known)
    assert {words(each).lower() for each in listed} == {name.lower() for name in used}
    assert listed == sorted(listed, key=str.casefold)


def test_a_report_of_all_there_is_lists_what_the_text_leans_on():
    listed = page("maps").partition('<h2 id="glossary">')[2].lower()
    for name in (
        "neighbors", "SS, SO, OS, OO", "interval", "k", "group", "balanced accuracy",
        "CRoMa margin", "MaRI", "squares", "enrichment", "APD", "nIPD", "Cramér’s V", "iLISI",
        "kBET", "silhouette", "sharpness", "kappa", "cosine distance",
        "outside the reference set", "worst tenth of the margin",
        "chance value", "support", "robustness index", "probe", "kNN",
    ):  # fmt: skip
        assert f"<dt>{name.lower()}</dt>" in listed, name


def test_how_to_read_the_report_stands_before_the_summary_and_after_the_cover():
    order = [section.key for section in report("three encoders").sections]
    assert order[:4] == ["letter", "contents", "reading", "summary"]
    met = "\n".join(blocks(page("three encoders")))
    assert met.index("How to read this report") < met.index("What to look at first")


@pytest.mark.parametrize(("run", "options"), CASES, ids=IDS)
def test_no_term_is_explained_over_and_over(run, options):
    body = page(run, options).partition('<h2 id="summary">')[2].partition('<h2 id="glossary">')[0]
    text = plain(words(body))
    for name, term in terms(run).items():
        assert text.count(plain(term.meaning)) <= 2, name  # in short, and where it is measured


def test_a_term_whose_explanation_uses_another_brings_it_along():
    assert used_in("nIPD", TERMS) == [name for name in TERMS if name in used_in("nIPD", TERMS)]
    assert {"nIPD", "chance value", "neighbors"} <= set(used_in("nIPD", TERMS))


def test_the_same_words_explain_a_term_wherever_it_is_explained():
    said = explain(TERMS, ["tile", "k"])
    assert said == (
        "Tile: a small square cut from a slide. k: how many neighbors of each tile count."
    )
