"""Which test module guards which module of the library.

    python -m tests.guards

prints one line for each core module: the module, and the test module that guards it. That is the
one of its name, or, for the few in :data:`ELSEWHERE`, another one, which is marked with a star.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.contracts import House, guards

ROOT = Path(__file__).resolve().parents[1]

# A list that may only shrink: tests/test_architecture.py fails where an entry is not needed.
ELSEWHERE: Mapping[str, str] = {
    "core.embedding.encoder_pass": "core/embedding/test_embed.py",
    "core.embedding.shared_rows": "core/embedding/test_embed.py",
    "core.encoders.networks.heads": "core/encoders/networks/test_renames.py",
    "core.encoders.networks.onnx_file": "core/encoders/test_own_encoders.py",
    "core.encoders.networks.shell_encoder": "core/encoders/test_bundled.py",
    "core.encoders.networks.timm_encoder": "core/encoders/networks/test_renames.py",
    "core.encoders.recognition": "core/encoders/weights/test_weights_files.py",
    "core.encoders.weights.hub_worker": "core/encoders/weights/test_hub.py",
    "core.evaluation.encoder_work": "core/evaluation/test_encoder_runs.py",
    "core.evaluation.slide_judge": "core/evaluation/test_evaluate.py",
    "core.evaluation.slide_plan": "core/evaluation/test_evaluate.py",
    "core.evaluation.tile_table": "core/evaluation/test_evaluate.py",
    "core.evaluation.trident_export": "core/imported/test_as_encoders.py",
    "core.imported.hdf5_files": "core/imported/test_embeddings_file.py",
    "core.imported.readers": "core/imported/test_matching.py",
    "core.measurement.exchanged": "core/measurement/test_measure.py",
    "core.measurement.index": "core/measurement/test_measure.py",
    "core.measurement.prediction": "core/measurement/test_measure.py",
    "core.measurement.results": "core/measurement/test_measure.py",
    "core.measurement.sample": "core/measurement/test_measure.py",
    "core.measurement.slide_deletion": "core/measurement/test_comparison.py",
    "core.measurement.squares": "core/measurement/test_measure.py",
    "core.phantom.demo_to_evaluate": "core/phantom/test_demo.py",
    "core.report.render.figures": "core/report/test_form.py",
    "core.report.render.fonts": "core/report/test_form.py",
    "core.report.render.pdf": "core/report/test_form.py",
    "core.report.sections.cases": "core/report/test_report.py",
    "core.report.sections.cover_and_summary": "core/report/test_report.py",
    "core.report.sections.detail": "core/report/test_numbers.py",
    "core.report.sections.materials": "core/report/test_report.py",
    "core.report.sections.results": "core/report/test_numbers.py",
    "core.report.sections.trust": "core/report/test_numbers.py",
    "core.report.sections.worst_tiles": "core/report/test_form.py",
    "core.runs.private_names": "cli/test_privacy.py",
    "core.runs.repeat_command": "cli/test_repeat_command.py",
    "core.slides.reading.slide_child": "core/slides/reading/test_slide_process.py",
}


def main() -> None:
    """Print the list."""
    for name, guard in sorted(guards(House(ROOT), ELSEWHERE).items()):
        print(f"{name:44} tests/{guard}{' *' if name in ELSEWHERE else ''}")  # noqa: T201


if __name__ == "__main__":
    main()
