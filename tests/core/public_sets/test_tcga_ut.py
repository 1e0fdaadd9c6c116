"""Tars of TCGA-UT become a set; what a tar may do to a program it does not do here."""

from __future__ import annotations

import io
import tarfile

import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.public_sets.import_set import import_tiles
from pathgui.core.public_sets.layouts import read_tiles
from pathgui.core.reference.manifest import TooManyRefused
from tests.published import picture, tcga_members, write_tar


def imported(tmp_path, **options):
    found, where = read_tiles([tmp_path / "tars"])
    return import_tiles(found, where, tmp_path / "made.pgref", **options)


def test_site_patient_and_label_are_told_by_key_and_json(tmp_path):
    members = tcga_members(24)
    write_tar(tmp_path / "tars" / "a.tar", members[:20])
    write_tar(tmp_path / "tars" / "b.tar", members[20:])
    made = imported(tmp_path)
    assert made.refused == ()
    reference = made.reference
    assert len(reference) == 24
    assert reference.centers == ["E9", "FS"]
    assert reference.tissues == ["Breast", "Skin"]
    assert reference.labels.slide[0] == "TCGA-FS-A1Z0-06Z-00-DX1"
    assert reference.labels.patient[0] == "TCGA-FS-A1Z0"
    assert (reference.folder / reference.files[23]).read_bytes() == picture(23)
    assert "second field of the slide's barcode" in reference.info.description
    assert reference.info.licence == "CC-BY-NC-SA-4.0"


def test_every_broken_member_is_one_sentence(tmp_path):
    key = "TCGA-FS-A1Z0-06Z-00-DX1"
    bad = [
        (f"{key}/no_json.jpg", picture(90)),
        (f"{key}/no_picture.json", b'{"label": "Skin"}'),
        (f"{key}/bad.jpg", picture(91)),
        (f"{key}/bad.json", b'{"lab'),
        (f"{key}/empty.jpg", picture(92)),
        (f"{key}/empty.json", b'{"label": ""}'),
        ("../../etc/x.jpg", picture(93)),
        ("/root/y.jpg", picture(94)),
        ("other-slide/z.jpg", picture(95)),
        ("other-slide/z.json", b'{"label": "Skin"}'),
    ]
    write_tar(tmp_path / "tars" / "a.tar", [*tcga_members(100), *bad])
    with tarfile.open(tmp_path / "tars" / "a.tar", "a") as tar:
        link = tarfile.TarInfo(f"{key}/link.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link, io.BytesIO())
    made = imported(tmp_path)
    assert [each.reason.partition(": ")[2] or each.reason for each in made.refused] == [
        "there is no .json beside the picture",
        "there is no picture beside the .json",
        "its .json has no label",
        "no tissue",
        "its name leads out of the folder, so it is not read",
        "its name leads out of the folder, so it is not read",
        "other-slide is no TCGA barcode, so the center is not known",
        "it is a link or a device, so it is not read",
    ]
    assert len(made.reference) == 100


def test_a_tar_that_is_cut_off_is_no_silent_loss(tmp_path):
    path = write_tar(tmp_path / "tars" / "a.tar", tcga_members(24))
    path.write_bytes(path.read_bytes()[: 30 * 1024 + 700])
    with pytest.raises(TooManyRefused, match=r"a\.tar is cut off after \d+ tiles"):
        imported(tmp_path)
    made = imported(tmp_path, allow_missing=True)
    assert 0 < len(made.reference) < 24


def test_what_is_no_tar_is_said(tmp_path):
    (tmp_path / "tars").mkdir()
    (tmp_path / "tars" / "a.tar").write_bytes(b"\x1f\x8b" + b"0" * 2000)
    with pytest.raises(ReferenceSetError, match="compressed or no tar"):
        imported(tmp_path)
