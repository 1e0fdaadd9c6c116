"""Works that the report leans on, and their numbers: by the order in which the text cites them.

A text cites with :func:`cite`. The numbers are known only when every section is made, so
:func:`numbered` puts them in last and makes the list of what was cited.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pathgui.core.report.render.document import Document
from pathgui.core.report.render.texts import with_texts


@dataclass(frozen=True)
class Reference:
    """A work: ``short`` where no list can be given, ``full`` in the list."""

    short: str
    full: str


REFERENCES: dict[str, Reference] = {
    "pathorob": Reference(
        "Kömen 2026",
        "Kömen J, de Jong ED, Hense J, et al. Towards robust foundation models for digital "
        "pathology (PathoROB). Nat Commun 2026;17:5218. doi:10.1038/s41467-026-73923-2.",
    ),
    "dejong": Reference(
        "de Jong 2025",
        "de Jong ED, Marcus E, Teuwen J. Current pathology foundation models are unrobust to "
        "medical center differences. arXiv:2501.18055, 2025.",
    ),
    "croma": Reference(
        "Grisi 2026",
        "Grisi C, van der Laak J, Litjens G. A distributional robustness margin for pathology "
        "foundation models (CRoMa). arXiv:2607.25497, 2026.",
    ),
    "holm": Reference(
        "Holm 1979",
        "Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat "
        "1979;6:65–70.",
    ),
    "howard": Reference(
        "Howard 2021",
        "Howard FM, et al. The impact of site-specific digital histology signatures on deep "
        "learning model accuracy and bias. Nat Commun 2021;12:4423. "
        "doi:10.1038/s41467-021-24698-1.",
    ),
    "silhouette": Reference(
        "Rousseeuw 1987",
        "Rousseeuw PJ. Silhouettes: a graphical aid to the interpretation and validation of "
        "cluster analysis. J Comput Appl Math 1987;20:53–65.",
    ),
    "kbet": Reference(
        "Büttner 2019",
        "Büttner M, Miao Z, Wolf FA, et al. A test metric for assessing single-cell RNA-seq batch "
        "correction (kBET). Nat Methods 2019;16:43–49. doi:10.1038/s41592-018-0254-1.",
    ),
    "lisi": Reference(
        "Korsunsky 2019",
        "Korsunsky I, Millard N, Fan J, et al. Fast, sensitive and accurate integration of "
        "single-cell data with Harmony (LISI). Nat Methods 2019;16:1289–1296. "
        "doi:10.1038/s41592-019-0619-0.",
    ),
    "variance": Reference(
        "Luecken 2022",
        "Luecken MD, Büttner M, Chaichoompu K, et al. Benchmarking atlas-level data integration "
        "in single-cell genomics. Nat Methods 2022;19:41–50. doi:10.1038/s41592-021-01336-8.",
    ),
    "tsne": Reference(
        "van der Maaten 2008",
        "van der Maaten L, Hinton G. Visualizing data using t-SNE. J Mach Learn Res "
        "2008;9:2579–2605.",
    ),
    "temperature": Reference(
        "Guo 2017",
        "Guo C, Pleiss G, Sun Y, Weinberger KQ. On calibration of modern neural networks. "
        "arXiv:1706.04599, 2017.",
    ),
    "kappa": Reference(
        "Cohen 1960",
        "Cohen J. A coefficient of agreement for nominal scales. Educ Psychol Meas 1960;20:37–46.",
    ),
    "tripod_ai": Reference(
        "Collins 2024",
        "Collins GS, Moons KGM, Dhiman P, et al. TRIPOD+AI statement: updated guidance for "
        "reporting clinical prediction models that use regression or machine learning methods. "
        "BMJ 2024;385:e078378.",
    ),
    "tripod_cluster": Reference(
        "Debray 2023",
        "Debray TPA, Collins GS, Riley RD, et al. Transparent reporting of multivariable "
        "prediction models developed or validated using clustered data: TRIPOD-Cluster checklist. "
        "BMJ 2023;380:e071018.",
    ),
    "claim": Reference(
        "Mongan 2020",
        "Mongan J, Moy L, Kahn CE Jr. Checklist for artificial intelligence in medical imaging "
        "(CLAIM): a guide for authors and reviewers. Radiol Artif Intell 2020;2:e200029.",
    ),
    "mi_claim": Reference(
        "Norgeot 2020",
        "Norgeot B, Quer G, Beaulieu-Jones BK, et al. Minimum information about clinical "
        "artificial intelligence modeling: the MI-CLAIM checklist. Nat Med 2020;26:1320–1324.",
    ),
    "decide_ai": Reference(
        "Vasey 2022",
        "Vasey B, Nagendran M, Campbell B, et al. Reporting guideline for the early-stage clinical "
        "evaluation of decision support systems driven by artificial intelligence: DECIDE-AI. "
        "Nat Med 2022;28:924–933.",
    ),
    "model_card": Reference(
        "Mitchell 2019",
        "Mitchell M, Wu S, Zaldivar A, et al. Model cards for model reporting. Proceedings of the "
        "Conference on Fairness, Accountability, and Transparency 2019:220–229.",
    ),
    "dpa": Reference(
        "Silberman 2026",
        "Silberman N, Parwani A, McClintock DS, et al. Recommendation statement for the "
        "validation, implementation, and clinical application of artificial intelligence within a "
        "clinical laboratory from the Digital Pathology Association. AI in Precision Oncology "
        "2026. doi:10.1177/2993091X261455975.",
    ),
    "cap": Reference(
        "Hanna 2024",
        "Hanna MG, Olson NH, Zarella M, et al. Recommendations for performance evaluation of "
        "machine learning in pathology: a concept paper from the College of American "
        "Pathologists. Arch Pathol Lab Med 2024;148(10):e335.",
    ),
    "ivdr": Reference(
        "Regulation (EU) 2017/746",
        "Regulation (EU) 2017/746 on in vitro diagnostic medical devices (IVDR), Article 5(5), "
        "with MDCG 2023-1: guidance on the health institution exemption.",
    ),
}

# What stands for a citation until it has its number.
CITED = re.compile(rf"\[@((?:{'|'.join(REFERENCES)})(?:,(?:{'|'.join(REFERENCES)}))*)\]")


def cite(*keys: str) -> str:
    """The words that stand for these works in a text, until :func:`numbered` gives numbers.

    Raises
    ------
    KeyError
        If a work is not among :data:`REFERENCES`.
    """
    for key in keys:
        REFERENCES[key]
    return f"[@{','.join(keys)}]"


def numbered(document: Document, *, listed: bool = True) -> tuple[Document, list[str]]:
    """The document with a number for each citation, and the list that the numbers refer to.

    ``listed=False`` where the report has no list: author and year stand in the number's place.
    """
    order: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        keys = found[1].split(",")
        if not listed:
            return f"({'; '.join(REFERENCES[key].short for key in keys)})"
        numbers = [order.setdefault(key, len(order) + 1) for key in keys]
        return f"(ref{'s' if len(numbers) > 1 else ''}. {', '.join(map(str, numbers))})"

    def change(text: str) -> str:
        return CITED.sub(number, text)

    # In reading order, so that numbers rise through the report.
    cover = with_texts(document.cover, change)
    sections = [with_texts(section, change) for section in document.sections]
    document = replace(document, cover=cover, sections=sections)
    return document, [REFERENCES[key].full for key in order]
