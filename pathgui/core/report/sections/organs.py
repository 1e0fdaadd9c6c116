"""What "tissue" means in a reference set: an organ, or a class of tissue."""

from __future__ import annotations

import re

from pathgui.core.language.texts import say
from pathgui.core.runs.record import ReferenceFacts

_ORGAN_NAMES = """
    adrenal adrenal_gland anus appendix artery bile_duct bladder bone bone_marrow bowel
    brain breast bronchus cecum cerebellum cervix colon cornea duodenum ear endometrium
    epididymis esophagus eye fallopian_tube gallbladder gut head_and_neck heart hypophysis
    ileum intestine jejunum kidney large_intestine larynx liver lung lymph_node mediastinum
    mouth muscle nose oral_cavity ovary pancreas parathyroid parathyroid_gland penis
    peritoneum pharynx pituitary pituitary_gland placenta pleura prostate rectum retina
    salivary_gland skin small_intestine spinal_cord spleen stomach testis throat thymus
    thyroid thyroid_gland tongue tonsil trachea ureter urethra urinary_bladder uterus vagina
    vulva
"""
_ORGANS = frozenset(_ORGAN_NAMES.split())


def tissue_meaning(reference: ReferenceFacts) -> str:
    """Whether "tissue" is an organ or a class of tissue, as far as names and description say."""
    organs = [_is_organ(name) for name in reference.tissues]
    if organs and all(organs):
        what = say("the organ that a tile is from")
    elif any(organs):
        what = say("the organ, or the class of tissue, that a tile shows")
    elif re.search(r"\borgans?\b", reference.description, re.IGNORECASE):
        what = say("the class that a tile shows; the set’s description speaks of organs")
    else:
        what = say("the class of tissue that a tile shows")
    return say("{what}, by the names of the reference set", what=what)


def _is_organ(name: str) -> bool:
    """Whether a name is that of an organ and of nothing more.

    >>> _is_organ("Lymph node"), _is_organ("lung adenocarcinoma"), _is_organ("Kidneys")
    (True, False, True)
    """
    plain = re.sub(r"[\s_-]+", "_", name.strip().lower())
    return plain in _ORGANS or plain.removesuffix("s") in _ORGANS
