"""Slides of a real archive: Orthanc, with a scanned slide in eight files."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest

from pathgui.cli.main import EXIT_DONE, EXIT_INPUT, run
from pathgui.core.archives.links import write_link
from pathgui.core.archives.logins import Login, logins
from pathgui.core.archives.search import Wanted, find_studies, list_series
from pathgui.core.errors import ArchiveError
from pathgui.core.slides.slide import open_slide
from tests.material import make_reference
from tests.services.orthanc import PASSWORD, PLUGIN, PROGRAM, USER, orthanc
from tests.shared_data import shared

pytestmark = pytest.mark.service("Orthanc (Debian: sudo apt install orthanc orthanc-dicomweb)")


@pytest.fixture(scope="module")
def files():
    folder = shared("slides/CMU-1-Small-Region-dicom")
    return sorted(folder.glob("*.dcm"))


@pytest.fixture
def archive(tmp_path, files, monkeypatch):
    if PROGRAM is None or not PLUGIN.exists():
        pytest.skip("needs Orthanc: sudo apt install orthanc orthanc-dicomweb")
    folder = tmp_path / "orthanc"
    folder.mkdir()
    with orthanc(folder) as found:
        for file in files:
            found.store(file)
        monkeypatch.setenv("PATHGUI_ARCHIVE", found.base)
        monkeypatch.setenv("PATHGUI_ARCHIVE_USER", USER)
        monkeypatch.setenv("PATHGUI_ARCHIVE_PASSWORD", PASSWORD)
        yield found
        logins.forget(found.base)


def slide_of(archive) -> str:
    (study,) = find_studies(archive.base, Wanted())
    (series,) = list_series(archive.base, study.uid)
    assert series.instances == 8
    return series.address.url


def test_a_slide_is_found_and_has_the_pixels_scale_and_profile_of_its_files(
    archive, tmp_path, files
):
    link = write_link(slide_of(archive), tmp_path)
    with open_slide(link) as there, open_slide(files[0].parent) as here:
        assert there.size_l0 == here.size_l0 == (2220, 2967)
        assert [level.size for level in there.levels] == [level.size for level in here.levels]
        assert there.mpp == pytest.approx(here.mpp)
        assert there.icc_profile == here.icc_profile
        for place in ((0, 0), (700, 900), (1900, 2700), (-50, -50)):
            size = (400, 400)
            assert np.array_equal(there.read(place, 0, size), here.read(place, 0, size))
        for picture in ("label", "macro"):
            one, other = there.associated_image(picture), here.associated_image(picture)
            assert one is not None
            assert one.shape == other.shape


def test_a_slide_is_evaluated_frame_by_frame_with_the_numbers_of_its_files(
    archive, tmp_path, files
):
    reference = make_reference(tmp_path / "made").folder
    words = ["--reference", str(reference), "--encoder", "color-statistics", "--device", "cpu"]
    words += ["--sweep", "none", "--no-maps", "--max-tiles", "12"]
    found = []
    for name, slide in (("there", slide_of(archive)), ("here", str(files[0].parent))):
        out = tmp_path / f"{name}.pgrun"
        assert run(["evaluate", slide, *words, "--out", str(out)]) == EXIT_DONE
        kept = json.loads((out / "run.json").read_text(encoding="utf-8"))
        assert PASSWORD not in json.dumps(kept)
        found.append(kept["encoders"][0]["slide"])
    # OpenSlide places a coarse level between two pixels; regions of an archive begin at one.
    there, here = found
    assert there["n_tiles"] == here["n_tiles"] == 12
    assert there["tissue"]["counts"] == here["tissue"]["counts"]
    shares = [each["tissue"]["mean_probability"] for each in found]
    assert shares[0] == pytest.approx(shares[1], abs=0.01)


def test_wrong_logins_missing_studies_and_other_addresses_are_told_apart(archive, tmp_path):
    def refused(base, login=None):
        with pytest.raises(ArchiveError) as error:
            find_studies(base, Wanted(), login)
        return str(error.value)

    root = archive.base.removesuffix("/dicom-web")
    right = Login(USER, PASSWORD)
    assert "does not accept this user" in refused(archive.base, Login(USER, "wrong"))
    assert "not as DICOMweb does" in refused(f"{root}/app", right)
    with pytest.raises(ArchiveError, match=r"no study 9\.9"):
        list_series(archive.base, "9.9")
    link = write_link(f"{archive.base}/studies/9.9/series/9.9.9", tmp_path)
    with pytest.raises(ArchiveError, match="no slide under series"):
        open_slide(link)


def test_an_archive_that_dies_in_the_middle_costs_nothing_that_was_done(
    archive, tmp_path, files, capsys
):
    reference = make_reference(tmp_path / "made").folder
    words = ["evaluate", slide_of(archive), "--reference", str(reference), "--device", "cpu"]
    words += ["--encoder", "color-statistics", "--out", str(tmp_path / "a.pgrun")]
    words += ["--sweep", "none", "--no-maps", "--max-tiles", "12"]
    killer = threading.Timer(0, archive.stop)
    with open_slide(write_link(slide_of(archive), tmp_path)) as slide:
        slide.read((0, 0), 0, (10, 10))
        killer.start()
        killer.join()
        with pytest.raises(ArchiveError, match="cannot be reached"):
            slide.read((1500, 1500), 0, (600, 600))
    assert run(words) == EXIT_INPUT
    told = capsys.readouterr().err
    assert "cannot be reached" in told
    assert "Traceback" not in told
    assert not (tmp_path / "a.pgrun").exists()
