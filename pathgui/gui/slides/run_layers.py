"""The layers of one evaluation, and the card that says what its encoders say of a tile."""

from __future__ import annotations

import numpy as np

from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import filled, say
from pathgui.core.pictures.palette import center_colors, center_letter, tissue_colors
from pathgui.core.results.tile_layers import TileLayers
from pathgui.core.runs.record import Evaluation
from pathgui.core.runs.tile_columns import FAR_MEANS
from pathgui.gui.viewer.instruments.hover_card import Card, CardRow


class RunLayers(TileLayers):
    """The layers of one evaluation of one slide, with cards for its tiles."""

    def card(self, row: int) -> Card | None:
        """What all encoders say of a tile; None where none has said anything."""
        rows = []
        for name, title in self.encoders:
            said = self._answers[name]
            tissue, center = int(said.tissue[row]), int(said.center[row])
            if tissue < 0:
                continue
            nearest, why = int(said.nearest_center[row]), said.why_outside(row, self.called)
            cells = [
                self._said(self.plan.tissues[tissue], said.tissue_probability[row], tissue, True),
                self._said(self._center(center), said.center_probability[row], center, False),
            ]
            if nearest >= 0:
                color = center_colors(len(self.plan.centers))[nearest]
                cells.append((self._center(nearest), color))
            if why:
                cells.append((why, None))
            rows.append(CardRow(title, tuple(cells)))
        if not rows:
            return None
        x, y = self.grid.origins_l0[row]
        tissue_word, center_word = self.called.of_tissue, self.called.of_center
        heads = [say("{One}, probe", One=tissue_word.One), say("{One}, probe", One=center_word.One)]
        if self.with_nearest_center:
            heads.append(say("Nearest tile's {center_word}", center_word=center_word))
        return Card(
            say(
                "Tile at x {x:,}, y {y:,} px, {edge_um:.4g} µm", x=x, y=y, edge_um=self.grid.edge_um
            ),
            (CardRow("", tuple((head, None) for head in heads)), *rows),
            self._note(row),
        )

    def _note(self, row: int) -> str:
        note = say("Numbers are probabilities, ") + (
            say("calibrated on reference slides that the probe had not seen.")
            if self.calibrated
            else say("not calibrated: an earlier version made this run. They are mostly too high.")
        )
        outside = [said for said in self._answers.values() if said.outside[row]]
        if outside and self.calibrated:
            note += say(" None is given for tissue outside the reference set.")
        elif outside:
            note += say(" Outside: {FAR_MEANS}.", FAR_MEANS=retold(FAR_MEANS))
        return note

    def _center(self, index: int) -> str:
        return f"{center_letter(index)} {self.plan.centers[index]}"

    def _said(
        self, name: str, probability: float, index: int, tissue: bool
    ) -> tuple[str, tuple[int, int, int] | None]:
        colors = (
            tissue_colors(len(self.plan.tissues))
            if tissue
            else center_colors(len(self.plan.centers))
        )
        number = (
            "" if np.isnan(probability) else filled(" {probability:.2f}", probability=probability)
        )
        return f"{name}{number}", colors[index]


def layers_of(evaluation: Evaluation) -> RunLayers | None:
    """The layers of a finished evaluation; None if it had no slide."""
    return RunLayers.of(evaluation)
