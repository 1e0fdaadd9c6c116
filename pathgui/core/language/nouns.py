"""Nouns that columns of labels are called by, for sentences about what is in them."""

from __future__ import annotations

from pathgui.core.language.texts import noted

# Words that a sentence can use as they are, their plurals, and one of them. Any other name is
# quoted, since nobody knows its plural, its language or whether it is a word.
NOUNS = {
    one: (one, many, a)
    for one, many, a in (
        (noted("batch"), noted("batches"), noted("a batch")),
        (noted("center"), noted("centers"), noted("a center")),
        (noted("class"), noted("classes"), noted("a class")),
        (noted("clinic"), noted("clinics"), noted("a clinic")),
        (noted("cohort"), noted("cohorts"), noted("a cohort")),
        (noted("country"), noted("countries"), noted("a country")),
        (noted("department"), noted("departments"), noted("a department")),
        (noted("device"), noted("devices"), noted("a device")),
        (noted("diagnosis"), noted("diagnoses"), noted("a diagnosis")),
        (noted("grade"), noted("grades"), noted("a grade")),
        (noted("hospital"), noted("hospitals"), noted("a hospital")),
        (noted("institute"), noted("institutes"), noted("an institute")),
        (noted("institution"), noted("institutions"), noted("an institution")),
        (noted("lab"), noted("labs"), noted("a lab")),
        (noted("laboratory"), noted("laboratories"), noted("a laboratory")),
        (noted("manufacturer"), noted("manufacturers"), noted("a manufacturer")),
        (noted("month"), noted("months"), noted("a month")),
        (noted("operator"), noted("operators"), noted("an operator")),
        (noted("organ"), noted("organs"), noted("an organ")),
        (noted("pathologist"), noted("pathologists"), noted("a pathologist")),
        (noted("protocol"), noted("protocols"), noted("a protocol")),
        (noted("scanner"), noted("scanners"), noted("a scanner")),
        (noted("site"), noted("sites"), noted("a site")),
        (noted("source"), noted("sources"), noted("a source")),
        (noted("stain"), noted("stains"), noted("a stain")),
        (noted("stainer"), noted("stainers"), noted("a stainer")),
        (noted("study"), noted("studies"), noted("a study")),
        (noted("subtype"), noted("subtypes"), noted("a subtype")),
        (noted("technician"), noted("technicians"), noted("a technician")),
        (noted("tissue"), noted("tissues"), noted("a tissue")),
        (noted("vendor"), noted("vendors"), noted("a vendor")),
        (noted("year"), noted("years"), noted("a year")),
    )
}
