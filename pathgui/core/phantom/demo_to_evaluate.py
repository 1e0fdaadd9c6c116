"""The demo: a phantom slide, a phantom reference set, and what to do with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pathgui.core.errors import ReferenceSetError
from pathgui.core.language.texts import noted
from pathgui.core.phantom.demo import make_demo
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.reference.build import build_reference
from pathgui.core.reference.reference_set import ReferenceSet, load_reference
from pathgui.core.system.endings import REFERENCE_ENDING

DEMO_ENCODERS = ("color-statistics", "efficientnet-lite0", "shell")
DEMO_NAME = noted("Virtual centers (demo)")


@dataclass(frozen=True)
class DemoMaterial:
    """All that the main job needs, made by the program itself."""

    slide: Path
    reference: ReferenceSet
    center: str  # of the slide


def prepare_demo(folder: Path, report: ProgressFn = ignore_progress) -> DemoMaterial:
    """Make the demo material in ``folder``, once; later calls find it there.

    Under a minute on two cores. Cancelling leaves nothing half-made.
    """
    phantom = make_demo(folder / "phantom", report=report)
    target = folder / f"demo{REFERENCE_ENDING}"
    try:
        reference = load_reference(target)
        stale = (reference.info.name, reference.info.version) != (DEMO_NAME, phantom.version)
    except ReferenceSetError:
        stale = True  # not made yet, or damaged: made again from the phantom
    if stale:
        reference = build_reference(
            phantom.manifest,
            target,
            name=DEMO_NAME,
            version=phantom.version,
            description=noted(
                "Computed tissue from virtual centers; no patient's tissue is in it."
            ),
            licence="same as pathgui",
            report=report,
        ).reference
    return DemoMaterial(phantom.slide, reference, phantom.center)
