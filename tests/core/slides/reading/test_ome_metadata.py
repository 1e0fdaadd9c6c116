"""What OME-XML says of an image."""

from __future__ import annotations

from pathgui.core.slides.reading.ome_metadata import color_of, images_of, in_um

XML = """<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">
  <Instrument><Objective ID="Objective:0" NominalMagnification="40.0"/></Instrument>
  <Image ID="Image:0" Name="S1"><ObjectiveSettings ID="Objective:0"/>
    <Pixels ID="Pixels:0" SizeX="30" SizeY="20" SizeZ="3" SizeC="3" SizeT="1" Type="uint16"
      PhysicalSizeX="250" PhysicalSizeXUnit="nm" PhysicalSizeY="0.5" SignificantBits="12">
      <Channel ID="Channel:0:0" SamplesPerPixel="2" Color="-16776961" Name="DAPI"/>
      <Channel ID="Channel:0:1"/></Pixels></Image>
  <Image ID="Image:1" Name="label"/>
</OME>"""


def test_an_image_is_read_with_its_scale_its_channels_and_its_objective():
    image, label = images_of(XML)
    assert (image.name, image.size, image.objective) == ("S1", (30, 20), 40.0)
    assert image.pixel_um == (0.25, 0.5)
    assert image.planes == {"Z": 3}
    assert image.significant_bits == 12
    assert [(each.name, each.rgb) for each in image.channels] == [
        ("DAPI", (255, 0, 0)), ("DAPI", (255, 0, 0)), ("", None),
    ]  # fmt: skip
    assert (label.name, label.size, label.channels) == ("label", (0, 0), ())


def test_what_is_no_xml_says_nothing():
    assert images_of("<OME") == images_of("Aperio|MPP = 0.5") == images_of("") == []


def test_lengths_without_a_unit_of_length_are_none():
    assert in_um("0.5", "reference frame") is in_um("-1", "µm") is in_um("nan", "µm") is None


def test_colors_that_are_no_numbers_are_none():
    assert color_of("red") is None


def test_pixels_in_other_files_are_seen_by_ids_not_by_names():
    def image(root, *ids):
        data = "".join(
            f'<TiffData><UUID FileName="old.tif">{each}</UUID></TiffData>' for each in ids
        )
        return images_of(f"<OME {root}><Image><Pixels>{data}</Pixels></Image></OME>")[0].elsewhere

    assert not image("", "a")
    assert not image('UUID="a"', "a", "a")
    assert image('UUID="a"', "a", "b")
    assert image('UUID="a"', "b")
    assert images_of('<OME><BinaryOnly MetadataFile="a.companion.ome"/></OME>')[0].elsewhere
