"""What readers call the facts of a record, whose names in run.json are those of the code."""

from __future__ import annotations

from pathgui.core.language.texts import say
from pathgui.core.reference.roles import RoleColumns

# By the field of ReferenceFacts, SlideFacts or EncoderFacts. Fields of one name mean one thing.
_WORDS = {
    "name": "name",
    "version": "version",
    "description": "description",
    "licence": "license",
    "citation": "citation",
    "sha256": say("checksum of the set"),
    "n_tiles": "tiles",
    "n_slides": "slides",
    "n_patients": "patients",
    "tissues": "{tissues}",
    "centers": "{centers}",
    "tissue_by_center": say("tiles of each {tissue} (row) at each {center}"),
    "slides_by_cell": say("slides of each {tissue} (row) at each {center}"),
    "edge_um": say("field of view, µm"),
    "refused": say("rows of the manifest that were refused"),
    "measurable": say("what the set can measure"),
    "columns": say("columns that play tissue and center"),
    "left_out": say("what was not compared"),
    "confounders": say("further columns in the center's place"),
    "associations": say("how far columns go together"),
    "appraisal": say("what was found of the set"),
    "pseudonym": "pseudonym",
    "file_name": "file",
    "content_id": say("checksum of the content"),
    "format": "format",
    "vendor": "vendor",
    "size_l0": say("size, pixels of level 0"),
    "levels": "levels",
    "mpp": say("scale, µm/px"),
    "mpp_source": say("who gave the scale"),
    "objective": "objective",
    "has_icc_profile": say("color profile in the file"),
    "reader": say("read with"),
    "given_center": say("{center} as given"),
    "given_tissue": say("{tissue} as given"),
    "tissue_mask_method": say("tissue mask made by"),
    "tissue_area_mm2": say("area of tissue, mm²"),
    "tile_size_l0": say("edge of a tile, pixels of level 0"),
    "tile_stride_l0": say("from tile to tile, pixels of level 0"),
    "tile_origin_l0": say("where tiles begin, pixels of level 0"),
    "lattice": say("columns and rows of tiles"),
    "tile_edge_um": say("edge of a tile, µm"),
    "tiles_tissue": say("tiles with tissue"),
    "tiles_used": say("tiles evaluated"),
    "tiles_unreadable": say("tiles that could not be read"),
    "tiles_region": say("tiles in the region"),
    "new_center": say("{center} that the set lacks"),
    "file_stamp": say("size and time of the file"),
    "bounds_l0": say("what was scanned, pixels of level 0"),
    "tissue_threshold": say("threshold of tissue"),
    "region_classes": say("classes of the regions"),
    "own_region_l0": say("region of the slide, pixels of level 0"),
    "title": "title",
    "dim": say("embedding size"),
    "source": "source",
    "weights_sha256": say("checksum of the weights"),
    "transform": say("preparation of tiles, as published"),
    "pooling": "pooling",
    "params_m": say("parameters, millions"),
    "mpp_expected": say("scale that it was made for, µm/px"),
    "mpp_used": say("scale that it saw, µm/px"),
    "input_px": say("edge of its input, pixels"),
    "precision": "precision",
    "device": say("computed on"),
    "batch_size": say("tiles at a time, reference set"),
    "slide_batch_size": say("tiles at a time, slide"),
    "precision_check": say("compared with full precision"),
    "preparation": say("how tiles were resized"),
}


def fact_title(field: str, columns: RoleColumns) -> str:
    """What readers call a fact; a name that is not one of the record's fields says itself."""
    words = _WORDS.get(field)
    return field.replace("_", " ") if words is None else columns.say(words)
