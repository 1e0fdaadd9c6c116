"""How the embeddings of one device compare with those of the CPU: what is found, and recorded."""

from __future__ import annotations

from dataclasses import dataclass

from pathgui.core.language.texts import say

TOLERANCE = 0.9999  # least cosine of a tile's embedding on a device with that on the CPU


@dataclass(frozen=True)
class DeviceCheck:
    """How embeddings of one device compare with those of the CPU, both in fp32."""

    device: str  # as torch calls it: "cuda:1", "mps"
    title: str  # "NVIDIA H200, 140 GB"
    system: str  # build of the operating system when it was looked at
    torch: str  # version of it then
    n_tiles: int
    cosine_min: float  # of the tile that moved most
    tolerance: float  # the cosine had to be that at least

    @property
    def agrees(self) -> bool:
        """Whether the device gives the embeddings of the CPU."""
        return self.cosine_min >= self.tolerance

    @property
    def notice(self) -> str:
        """What the user should know; "" where the two agree."""
        if self.agrees:
            return ""
        return say(
            "On {title} ({device}) the embeddings are not those of the CPU: cosine "
            "{cosine_min:.5f} at worst over {n_tiles} tiles, where {tolerance} is tolerated. "
            "Update its driver, or evaluate on the CPU.",
            title=self.title,
            device=self.device,
            cosine_min=self.cosine_min,
            n_tiles=self.n_tiles,
            tolerance=self.tolerance,
        )
