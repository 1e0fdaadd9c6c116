"""How far the shards of a run are, by what lies in their folder."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.cluster.follow import Counts
from pathgui.core.evaluation.shard_progress import ShardProgress
from pathgui.core.runs.record import SlideOfRun
from pathgui.core.runs.slide_records import write_record


def test_slides_of_all_shards_are_counted_and_what_is_being_written_is_not(tmp_path):
    progress = ShardProgress(tmp_path / "night.pgrun", 4, 2)
    slides = tmp_path / "night.unfinished.pgrun" / "slides"
    first = progress(Counts(2, 0, 0, 0))
    assert (first.run.over, first.run.seconds_left) == (0, None)
    slide = SlideOfRun("S", "slide-1", "done")
    for name, state in (("slide-1", "done"), ("slide-2", "failed"), (".slide-3.draft", "done")):
        (slides / name).mkdir(parents=True)
        write_record(replace(slide, state=state), slides / name)
    (slides / "slide-4").mkdir()
    (slides / "slide-4" / "slide.json").write_text("{")
    found = progress(Counts(0, 1, 1, 0))
    assert (found.run.over, found.run.failed, found.run.total) == (2, 1, 4)
    assert found.run.share == 0.5
    assert found.run.seconds_left is not None
    assert found.run.slide == "2 shards"
    assert found.stage == "1 running, 0 waiting, 1 complete"
