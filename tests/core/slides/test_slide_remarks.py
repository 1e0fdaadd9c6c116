"""What was done to a slide is said, and nothing of a plain one."""

from __future__ import annotations

from pathgui.core.slides.slide_remarks import remarks_of


def test_nothing_is_said_of_a_plain_slide():
    assert remarks_of({"openslide.vendor": "aperio"}) == ()


def test_gray_16_bits_square_pixels_and_missing_chunks_are_said():
    said = remarks_of(
        {
            "pathgui.gray": "1",
            "pathgui.bits": "16",
            "pathgui.highest": "4095",
            "pathgui.highest-from": "file",
            "pathgui.stored-um": "0.25 0.5",
            "pathgui.missing-tiles": "3",
            "pathgui.tiles": "4000",
        }
    )
    assert len(said) == 4
    text = " ".join(said)
    for part in ("shown in gray", "0 to 4,095 become 0 to 255", "0.25 × 0.5 µm", "3 of 4,000"):
        assert part in text
    values = {"pathgui.bits": "16", "pathgui.highest": "1023", "pathgui.highest-from": "values"}
    assert "fewest bits that hold the values" in remarks_of(values)[0]
