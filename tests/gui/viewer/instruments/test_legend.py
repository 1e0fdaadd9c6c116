"""The legend over the slide."""

import pytest
from PySide6.QtGui import QFont, QFontMetricsF

from pathgui.core.results.tile_layers import KIND_NAMES
from pathgui.gui.viewer.instruments.legend import fitting_title


@pytest.mark.parametrize("layer", KIND_NAMES.values())
def test_a_title_that_is_too_long_loses_of_the_encoder_and_nothing_of_the_layer(qtbot, layer):
    metrics = QFontMetricsF(QFont())
    title = f"EfficientNet-Lite0: our second fine-tune (ImageNet): {layer}"
    room = metrics.horizontalAdvance(f"Efficient...: {layer}")
    cut = fitting_title(title, metrics, room)
    assert cut.startswith("E")
    assert cut.endswith(f": {layer}")
    assert metrics.horizontalAdvance(cut) <= room
    assert fitting_title(title, metrics, 10_000) == title
