"""What can be written of a run for other programs: formats, layers, names of files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pathgui.core.language.texts import say
from pathgui.core.pictures.layer_export import ExportError
from pathgui.core.results.tile_layers import KIND_NAMES

FileFormat = Literal["csv", "parquet", "geojson", "ome-tiff", "png", "h5ad"]
SUFFIXES: dict[FileFormat, tuple[str, ...]] = {  # the first is the one that is proposed
    "csv": (".csv",),
    "parquet": (".parquet", ".pq"),
    "geojson": (".geojson", ".json"),
    "ome-tiff": (".ome.tif", ".ome.tiff"),
    "png": (".png",),
    "h5ad": (".h5ad",),
}
REGIONS = "regions"
LAYERS = (*KIND_NAMES, REGIONS)
LAYERED: tuple[FileFormat, ...] = ("geojson", "ome-tiff", "png")  # hold one layer


@dataclass(frozen=True)
class RunExport:
    """What is written of a run."""

    format: FileFormat
    encoder: str = ""  # its name; "": all, or the only one
    layer: str = "tissue"  # of a format in LAYERED: one of LAYERS; png: regions have no layer
    tiles: bool = False  # of csv and parquet: a row for each tile, not for each number
    size_px: tuple[int, int] | None = None  # of png: of a view; None: as sharp as the slide is
    view: str = ""  # of png with a size: "12000, 8000 @ 20x"; "": all of the slide

    def __post_init__(self) -> None:
        if self.layer not in LAYERS:
            raise ExportError(
                say(
                    "There is no layer {layer}. There are {LAYERS}.",
                    layer=self.layer,
                    LAYERS=", ".join(LAYERS),
                )
            )
        if self.format == "ome-tiff" and self.layer == REGIONS:
            raise ExportError(say("Regions are outlines, which OME-TIFF cannot hold. Use geojson."))

    def file_name(self, run: str) -> str:
        """What the file of a run is called where no name is given.

        >>> RunExport("geojson", "uni2-h", "center").file_name("case 7.pgrun")
        'case 7-uni2-h-center.geojson'
        """
        parts = [Path(run).stem, self.encoder]
        if self.format in LAYERED:
            parts = [parts[0], REGIONS] if self.layer == REGIONS else [*parts, self.layer]
            if self.size_px is not None:
                parts.append("view")
        elif self.tiles:
            parts.append("tiles")
        return "-".join(part for part in parts if part) + SUFFIXES[self.format][0]

    def require_suffix(self, path: Path) -> None:
        """Refuse a name that says another format than the one that is written."""
        if not path.name.lower().endswith(SUFFIXES[self.format]):
            raise ExportError(
                say(
                    "The name of a file in the format {format} ends in "
                    "{SUFFIXES}; {path_name} does not.",
                    format=self.format,
                    SUFFIXES=say(" or ").join(SUFFIXES[self.format]),
                    path_name=path.name,
                )
            )
