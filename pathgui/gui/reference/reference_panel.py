"""Which reference set encoders are measured on, and what is known of the slide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.measurement.measurable import INDEX, SCALE, Measurable
from pathgui.core.reference.given import known_spelling
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.role_columns import Candidate
from pathgui.core.reference.roles import CENTER, USUAL, RoleColumns
from pathgui.core.results.formatting import plural
from pathgui.core.system.endings import REFERENCE_ENDING
from pathgui.gui.kit.boxes import ElidedCombo
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.inside import ask_line
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row
from pathgui.gui.kit.widgets import (
    ElidedLabel,
    add_field,
    form,
    label,
    push_button,
    tool_button,
)
from pathgui.gui.reference.center_column import CenterColumn
from pathgui.gui.reference.tissue_column import TissueColumn

NOT_GIVEN = say("not given")
ANOTHER = say("Another {center}…")
HOW_WIDE = say("How wide they will be: Is it any good?")
_KIND = Qt.ItemDataRole.UserRole + 1  # of a center that the set does not have, see below
_NEW, _ASK = "new", "ask"


@dataclass(frozen=True)
class Given:
    """What the user says of the slide."""

    center: str | None
    new_center: bool  # it is none of the reference set's
    tissue: str | None


NOTHING_GIVEN = Given(None, False, None)


class ReferencePanel(QWidget):
    """Says which reference set is wanted."""

    reference_chosen = Signal(Path)
    open_requested = Signal()
    import_requested = Signal()
    public_requested = Signal()
    demo_requested = Signal()
    own_requested = Signal()  # a set of the slides that are open
    look_requested = Signal()  # at the tiles of the set in use
    judge_requested = Signal()  # whether the set in use is any good
    facts_changed = Signal()  # the user said another center or tissue of the slide
    given_by_hand = Signal(object, object)  # Given, before and after
    columns_chosen = Signal(str, str)  # other columns are to play center and tissue
    beside_changed = Signal()  # whether other columns are measured beside it

    def __init__(self) -> None:
        super().__init__()
        self._reference: ReferenceSet | None = None
        self.box = ElidedCombo(10)
        self.box.setPlaceholderText(say("Choose a reference set"))
        self.box.setAccessibleName(say("Reference set"))
        self.box.activated.connect(self._on_choice)
        self.open_button = tool_button(
            "open", say("Open a reference set (a folder NAME.pgref)"), self.open_requested
        )
        self.import_button = tool_button(
            "import", say("Import labeled tiles from a manifest"), self.import_requested
        )
        told = say("Fetch published tiles of several centers from the Hugging Face hub")
        self.fetch_button = tool_button("down", told, self.public_requested)
        self.public_button = push_button(
            say("Fetch a public set…"), self.public_requested, told, picture=icon("down")
        )
        self.own_button = push_button(
            say("Make one of your slides…"),
            self.own_requested,
            say("Draw tiles from the slides of the table, whose tissue and center you say"),
            picture=icon("import"),
        )
        self._own = False  # whether there are slides
        self.look_button = push_button(
            say("Look at it…"),
            self.look_requested,
            say("The tiles with their labels: find, throw out, mend"),
        )
        self.judge_button = push_button(
            say("Is it any good?"),
            self.judge_requested,
            say("What is wrong with this set, and what helps"),
        )
        self.looks = holder(in_row(self.look_button, self.judge_button, STRETCH, spacing=6))
        self.counts = ElidedLabel("", "muted")
        self.about = label("", "muted", wrap=True)
        self.problem = label("", "caution", wrap=True)
        self.cannot = label("", "caution", wrap=True)
        self.limits = label("", "muted", wrap=True)
        self.rests = label("", "muted", wrap=True)
        self.hint = label(
            say(
                "Tiles whose tissue and center (the hospital or laboratory that "
                "made the slide) are known. The robustness index is measured on "
                "them, and the slide is compared with them."
            ),
            "muted",
            wrap=True,
        )
        self.demo_button = push_button(
            say("Use the demo's"), self.demo_requested, picture=icon("demo")
        )

        self.columns = CenterColumn()
        self.columns.chosen.connect(self._on_column)
        self.columns.beside_changed.connect(self.beside_changed)
        self.tissue_column = TissueColumn()
        self.tissue_column.chosen.connect(self._on_column)
        self.center_box = ElidedCombo()
        self.tissue_box = ElidedCombo()
        self.center_box.activated.connect(self._on_center)
        self.tissue_box.activated.connect(self._on_given)
        self._before = NOTHING_GIVEN  # a hand chooses something else
        given = form(10, 6, margins=(0, 6, 0, 0))
        self._captions = [add_field(given, "", box) for box in (self.center_box, self.tissue_box)]
        self.facts = holder(given)
        self.setLayout(
            in_column(
                label(say("Reference set"), "section"),
                in_row(
                    (self.box, 1),
                    self.open_button,
                    self.import_button,
                    self.fetch_button,
                    spacing=2,
                ),
                self.counts,
                self.about,
                self.problem,
                self.cannot,
                self.limits,
                self.rests,
                self.looks,
                self.hint,
                self.own_button,
                self.public_button,
                self.demo_button,
                self.columns,
                self.tissue_column,
                self.facts,
                spacing=4,
            )
        )
        self.show_reference(None)

    @property
    def center(self) -> str | None:
        """Center of the slide, as given."""
        center: str | None = self.center_box.currentData()
        return center

    @property
    def new_center(self) -> bool:
        """Whether that center is one that the reference set does not have."""
        return bool(self.center_box.currentData(_KIND) == _NEW)

    @property
    def tissue(self) -> str | None:
        """Tissue of the whole slide, as given."""
        tissue: str | None = self.tissue_box.currentData()
        return tissue

    @property
    def nouns(self) -> RoleColumns:
        """What center and tissue are called in the set in use."""
        return USUAL if self._reference is None else self._reference.columns

    @property
    def given(self) -> Given:
        """All that is said of the slide."""
        return Given(self.center, self.new_center, self.tissue)

    def give(self, given: Given) -> None:
        """Fill in what was said of the slide before, as a hand does."""
        self.give_center(given.center, given.new_center)
        self.give_tissue(given.tissue)
        self.facts_changed.emit()

    def set_known(self, folders: Sequence[Path]) -> None:
        """Offer these reference sets, last used first."""
        with QSignalBlocker(self.box):
            self.box.clear()
            for folder in folders:
                self.box.add(folder, folder.name.removesuffix(REFERENCE_ENDING), str(folder))
            self._select()

    def show_reference(
        self,
        reference: ReferenceSet | None,
        can: Measurable | None = None,
        columns: Sequence[Candidate] = (),
    ) -> None:
        """Show what is known of the reference set in use, what it can measure, and its columns."""
        self._reference = reference
        self.columns.show_columns(reference, columns)
        self.tissue_column.show_columns(reference, columns)
        self._name_facts(self.nouns)
        chosen = reference is not None
        for widget in (self.counts, self.about, self.facts, self.fetch_button, self.looks):
            widget.setVisible(chosen)
        for widget in (self.hint, self.public_button, self.demo_button):
            widget.setVisible(not chosen)
        self.own_button.setVisible(self._own and not chosen)
        for widget in (self.problem, self.cannot, self.limits, self.rests):
            widget.hide()
        with QSignalBlocker(self.box):
            self._select()
        if reference is None:
            return
        self.box.setToolTip(f"{reference.info.name}\n{reference.folder}")
        info, labels = reference.info, reference.labels
        slides = len(set(labels.slide.tolist()))
        counts = (
            f"{plural(len(reference), 'tile')} · {plural(slides, 'slide')} · "
            f"{reference.columns.of_center.counted(len(reference.centers))} · "
            f"{reference.columns.of_tissue.counted(len(reference.tissues))}"
        )
        self.counts.setText(counts)
        about = [say("version {version}", version=info.version)]
        if info.edge_um is not None:
            about.append(say("tiles of {edge_um:.4g} µm", edge_um=info.edge_um))
        if info.licence:
            about.append(info.licence)
        self.about.setText(" · ".join(about))
        lines = [info.name, counts, *about, info.description, info.citation]
        for widget in (self.counts, self.about):
            widget.setToolTip("\n".join(line for line in lines if line))
        if info.edge_um is None:
            self.show_problem(
                say(
                    "This set does not say how many µm its tiles show. It can be "
                    "measured, but no slide can be evaluated against it."
                )
            )
        if can is not None:
            self._show_measurable(can)
        center, new, tissue = self.center, self.new_center, self.tissue
        for box, names in (
            (self.center_box, reference.centers),
            (self.tissue_box, reference.tissues),
        ):
            with QSignalBlocker(box):
                box.offer([(None, NOT_GIVEN), *((name, name) for name in names)])
        with QSignalBlocker(self.center_box):
            self.center_box.addItem(reference.columns.say(ANOTHER), None)
            self.center_box.setItemData(self.center_box.count() - 1, _ASK, _KIND)
            self._choose_center(center, new)
        with QSignalBlocker(self.tissue_box):
            self.tissue_box.setCurrentIndex(max(0, self.tissue_box.findData(tissue)))
        self._before = self.given

    def _name_facts(self, columns: RoleColumns) -> None:
        """Call what is asked of the slide by the names of the columns."""
        for caption, noun in zip(
            self._captions, (columns.of_center, columns.of_tissue), strict=True
        ):
            caption.setText(say("{One} of this slide", One=noun.One))
            if (field := caption.buddy()) is not None:
                field.setAccessibleName(caption.text())
        made_it = (
            say(" (hospital or laboratory) that made") if columns.center == CENTER else say(" of")
        )
        self.center_box.setToolTip(
            say(
                "The {of_center}{made_it} this slide, if known. It adds the agreement layer.",
                of_center=columns.of_center,
                made_it=made_it,
            )
        )
        self.tissue_box.setToolTip(
            columns.say(say("The {tissue} of the slide, if all of it is one {tissue}."))
        )

    def _show_measurable(self, found: Measurable) -> None:
        """Say what no encoder can be asked on this set, before time is spent on one."""
        missing = [each for each in found.having("no") if each.what != SCALE]
        lines = [found.sentence, *found.left_out, *(each.text for each in found.abilities)]
        if (why := found.obstacle) is not None:
            self.cannot.setText(why.text)
        self.cannot.setVisible(why is not None)
        names = [retold(each.what) for each in missing if each is not why]
        parts = [*found.left_out]
        if names:
            parts.append(say("Not assessable here: {names}.", names="; ".join(names)))
        for each in found.having("limited"):  # the index in full, the others where one asks
            parts.append(
                each.text if each.what == INDEX else say("{what}: limited.", what=retold(each.what))
            )
        self.rests.setText(f"{found.rests_on} {HOW_WIDE}")
        self.rests.setVisible(bool(found.rests_on))
        self.limits.setText(" ".join(parts))
        self.limits.setVisible(bool(parts))
        for widget in (self.cannot, self.limits):
            widget.setToolTip("\n".join(lines))

    def offer_own(self, there: bool) -> None:
        """Offer a set of the user's slides, where ``there`` are some and no set is in use."""
        self._own = there
        self.own_button.setVisible(there and self._reference is None)

    def show_problem(self, text: str) -> None:
        """Say here what is wrong with the reference set."""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    def give_center(self, center: str | None, new: bool = False) -> None:
        """Fill in the center of the slide; ``new``: also one that the set does not have."""
        self._choose_center(center, new)
        self._before = self.given

    def give_tissue(self, tissue: str | None) -> None:
        """Fill in the tissue of the slide."""
        self.tissue_box.setCurrentIndex(max(0, self.tissue_box.findData(tissue)))
        self._before = self.given

    def set_busy(self, busy: bool) -> None:
        """No changes while an evaluation runs."""
        for widget in (
            self.box, self.open_button, self.import_button, self.fetch_button, self.public_button,
            self.own_button,
            self.columns, self.tissue_column, self.center_box,
            self.tissue_box,
        ):  # fmt: skip
            widget.setDisabled(busy)

    def _select(self) -> None:
        index = -1
        if self._reference is not None:
            for row in range(self.box.count()):
                if self.box.itemData(row) == self._reference.folder:
                    index = row
        self.box.setCurrentIndex(index)

    def _choose_center(self, center: str | None, new: bool) -> None:
        """Make a center the chosen one. One that is new stands at the end of the list, alone."""
        box, last = self.center_box, self.center_box.count() - 1
        if box.itemData(last, _KIND) == _NEW:
            box.removeItem(last)
        if new and center is not None and box.findData(center) < 0 and box.count():
            box.addItem(say("{center} (new)", center=center), center)
            box.setItemData(box.count() - 1, _NEW, _KIND)
        box.setCurrentIndex(max(0, box.findData(center)))

    @Slot(int)
    def _on_center(self, index: int) -> None:
        if self.center_box.itemData(index, _KIND) != _ASK:
            self._on_given()
            return
        before = self._before
        self._choose_center(before.center, before.new_center)
        name, accepted = ask_line(
            self,
            say("{A_center} that the reference set does not have", A_center=self.nouns.of_center.A),
            say("Its name. None of the slide's neighbors can share it."),
        )
        if accepted and name.strip():
            known = [] if self._reference is None else self._reference.centers
            self._choose_center(known_spelling(name, known) or name.strip(), new=True)
            self._on_given()

    @Slot()
    def _on_given(self) -> None:
        """A hand has said something of the slide."""
        before, self._before = self._before, self.given
        if before != self._before:
            self.given_by_hand.emit(before, self._before)
        self.facts_changed.emit()

    @Slot()
    def _on_column(self) -> None:
        columns = self.columns.box.currentData(), self.tissue_column.box.currentData()
        self.columns_chosen.emit(*columns)

    @Slot(int)
    def _on_choice(self, index: int) -> None:
        folder = self.box.itemData(index)
        if self._reference is None or folder != self._reference.folder:
            self.reference_chosen.emit(folder)
