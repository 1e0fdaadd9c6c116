"""Exploring a run: which tile is looked at, what is selected, which tiles are reviewed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QIcon

from pathgui.core.errors import plural
from pathgui.core.explore.neighborhood import Neighborhood, TileId
from pathgui.core.language.texts import say
from pathgui.core.pictures.palette import center_letter, to_hex
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.results.kind_words import kind_titles
from pathgui.core.runs.record import Evaluation
from pathgui.gui.evaluation.shown_run import Finished
from pathgui.gui.explore.explore_data import ExploreData, Selection
from pathgui.gui.explore.explore_panel import NOTHING, OLD, ExplorePanel
from pathgui.gui.explore.explore_pictures import PictureLoader, Pictures, PicturesWanted
from pathgui.gui.explore.explore_slide import ExploreSlide
from pathgui.gui.explore.map_panel import swatch
from pathgui.gui.explore.neighbor_grid import NeighborCard
from pathgui.gui.explore.neighbor_panel import TileShown
from pathgui.gui.explore.neighbor_strip import SHOWN
from pathgui.gui.viewer.encoder_shown import EncoderShown


class ExploreControl(QObject):
    """Knows which tile is looked at and which are selected, by whatever encoder."""

    wanted = Signal()  # the panel should come to the front

    def __init__(
        self,
        panel: ExplorePanel,
        slide: ExploreSlide,
        loader: PictureLoader,
        hover_loader: PictureLoader,
        open_reference: Callable[[], object],
        reference: Callable[[], ReferenceSet | None],
        encoder_shown: EncoderShown,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._panel = panel
        self._slide = slide
        self._loader = loader
        self._hover_loader = hover_loader  # of its own: what is looked at must not wait
        self._open_reference = open_reference
        self._reference = reference
        self.data: ExploreData | None = None
        self._evaluation: Evaluation | None = None
        self._encoder_shown = encoder_shown
        self.tile: TileId | None = None
        self.selection = Selection()
        self._before: list[Selection] = []  # what Esc goes back to
        self._queue = "slide"
        self._at = -1  # of the queue's tiles
        self._icons: dict[int, QIcon] = {}
        self._hovered_by = ""  # the encoder of the layer under the cursor
        encoder_shown.changed.connect(self._on_encoder)
        panel.built.connect(self._on_built)
        panel.encoder_chosen.connect(self.show_encoder)
        slide.tile_clicked.connect(self._on_slide_tile)
        slide.changed.connect(self._show_tile)
        loader.loaded.connect(self._on_pictures)
        slide.tile_hovered.connect(self._on_hover)
        hover_loader.loaded.connect(self._on_hover_pictures)

    # The run

    @Slot(object)
    def show_run(self, finished: Finished | None) -> None:
        """Explore another run; None: none."""
        evaluation = None if finished is None else finished.evaluation
        if evaluation is not None and evaluation is self._evaluation:
            return  # its folder was renamed
        self._evaluation = evaluation
        self.data = None if finished is None else ExploreData(finished.evaluation)
        self.tile, self._at = None, -1
        self.selection, self._before = Selection(), []
        data = self.data
        if data is not None:
            data.name_by(self._reference())
        self._slide.show_data(data)
        if data is None:
            self._panel.say(NOTHING)
        elif data.explorer is None:
            self._panel.say(OLD)
        else:
            self._panel.set_encoders(data.encoders, self.encoder)
            self._panel.say("")
            self._queue = "slide" if data.explorer.encoders("slide") else "reference"
        self._show_all()

    @Slot()
    def on_reference(self) -> None:
        """Another reference set is open, or none: names and pictures may be known now."""
        if self.data is not None and self.data.name_by(self._reference()):
            self._show_all()  # with the pictures
        else:
            self.load_pictures()

    @property
    def encoder(self) -> str:
        """The one that is looked through, else the run's first; "" where nothing is explored."""
        if self.data is None or self.data.explorer is None:
            return ""
        return self._of_run(self._encoder_shown.name)

    @Slot(str)
    def show_encoder(self, encoder: str) -> None:
        """See tile and selection, and the slide too, as another encoder sees them."""
        self._encoder_shown.choose(encoder)

    @Slot()
    def _on_encoder(self) -> None:
        if self.data is not None and self.data.explorer is not None:
            self._panel.set_encoders(self.data.encoders, self.encoder)
            self._show_all()

    def _of_run(self, encoder: str) -> str:
        """This encoder, if the run has it; else its first."""
        assert self.data is not None
        names = [name for name, _ in self.data.encoders]
        return encoder if encoder in names else names[0]

    # The tile that is looked at

    @Slot(object)
    def show_tile(self, tile: TileId | None) -> None:
        """Look at a tile."""
        self.tile = tile
        tiles = self._panel.neighbors.queue.tiles if self._panel.neighbors is not None else ()
        if tile is not None and tile in tiles:
            self._at = tiles.index(tile)
        elif tile is not None:
            self._at = -1
        self._show_tile()

    @Slot(int)
    def step(self, by: int) -> None:
        """The next (or previous) tile of the queue."""
        panel = self._panel.build()[1]
        tiles = panel.queue.tiles
        if not tiles:
            return
        at = (self._at + by) % len(tiles) if self._at >= 0 else (0 if by > 0 else len(tiles) - 1)
        self._at = at
        self.tile = tiles[at]
        self._show_tile()
        self._bring_into_view()

    @Slot(int)
    def follow_center(self, by: int) -> None:
        """The next tile that follows the center, whatever queue was gone through."""
        data = self.data
        if data is None or data.explorer is None:
            return
        self.wanted.emit()
        self._panel.show_part("neighbors")
        if self._queue == "selected":
            self.choose_queue("slide" if data.explorer.encoders("slide") else "reference")
        self.step(by)

    @Slot(object)
    def _on_slide_tile(self, tile: TileId) -> None:
        if self.data is not None and self.data.explorer is not None:
            self.wanted.emit()
            self.show_tile(tile)

    @Slot(object)
    def _on_tile_wanted(self, tile: TileId) -> None:
        self.show_tile(tile)
        self._bring_into_view()

    @Slot()
    def _locate(self) -> None:
        if self.tile is not None and self.tile.part == "slide":
            self._slide.locate(self.tile.row)

    def _bring_into_view(self) -> None:
        if self.tile is not None and self.tile.part == "slide":
            self._slide.bring_into_view(self.tile.row)

    @Slot(object)
    def _on_opened(self, tile: TileId) -> None:
        self._panel.show_part("neighbors")
        self.show_tile(tile)

    # Queue and selection

    @Slot(str)
    def choose_queue(self, queue: str) -> None:
        """Go through other tiles."""
        self._queue = queue
        self._at = -1
        self._fill_queue()
        if self.tile is None:
            self._show_tile()

    @Slot(object)
    def select(self, selection: Selection) -> None:
        """Select tiles: on the maps, on the slide, in the queue."""
        if selection == self.selection:
            return
        self._before.append(self.selection)
        self._set_selection(selection)

    @Slot()
    def undo_selection(self) -> None:
        """What was selected before."""
        if self._before:
            self._set_selection(self._before.pop())

    def _set_selection(self, selection: Selection) -> None:
        self.selection = selection
        data = self.data
        if selection:
            self._queue = "selected"
        elif self._queue == "selected" and data is not None and data.explorer is not None:
            self._queue = "slide" if data.explorer.encoders("slide") else "reference"
        self._at = -1
        if self._panel.maps is not None:
            self._panel.maps.select(selection)
        self._fill_queue()
        if selection and self._panel.neighbors is not None:
            self._panel.neighbors.show_list()
        self._slide.mark(self.selection, self.tile)

    # Showing

    @Slot()
    def _on_built(self) -> None:
        maps, neighbors = self._panel.build()
        maps.tile_clicked.connect(self.show_tile)
        maps.tile_opened.connect(self._on_opened)
        maps.selected.connect(self.select)
        maps.undo_wanted.connect(self.undo_selection)
        neighbors.queue_chosen.connect(self.choose_queue)
        neighbors.step_wanted.connect(self.step)
        neighbors.tile_wanted.connect(self._on_tile_wanted)
        neighbors.undo_wanted.connect(self.undo_selection)
        neighbors.locate_wanted.connect(self._locate)
        neighbors.slide_wanted.connect(self._slide.go_to_reference_tile)
        neighbors.card_chosen.connect(self._on_card)
        neighbors.reference_wanted.connect(lambda: self._open_reference())
        self._show_all()

    def _show_all(self) -> None:
        """Everything, as the encoder sees it."""
        maps, neighbors, data = self._panel.maps, self._panel.neighbors, self.data
        if maps is None or neighbors is None:
            self._slide.mark(self.selection, self.tile)
            return
        maps.show_data(data, self.encoder)
        maps.select(self.selection)
        if data is None or data.explorer is None:
            neighbors.queue.set_tiles(())
        self._fill_queue()
        self._show_tile()
        self._slide.mark(self.selection, self.tile)

    def _fill_queue(self) -> None:
        panel, data = self._panel.neighbors, self.data
        if panel is None or data is None or data.explorer is None:
            return
        queues = {
            "slide": data.explorer.following(self.encoder, "slide"),
            "reference": data.explorer.following(self.encoder, "reference"),
            "selected": self.selection.tiles,
        }
        panel.set_columns(data.columns)
        panel.queue.describe = partial(data.short, self.encoder)
        panel.queue.explain = partial(data.line, self.encoder)
        panel.queue.icon = self._tissue_icon
        panel.queue.set_tiles(queues[self._queue])
        panel.set_queues({key: len(tiles) for key, tiles in queues.items()}, self._queue)
        tiles = panel.queue.tiles
        self._at = tiles.index(self.tile) if self.tile in tiles else -1
        panel.show_place(self._at)

    def _tissue_icon(self, tile: TileId) -> QIcon:
        data = self.data
        assert data is not None
        tissue = data.words(self.encoder, tile).tissue
        if tissue < 0:
            return QIcon()
        if tissue not in self._icons:
            self._icons[tissue] = swatch(data.colors["tissue"][tissue], tissue)
        return self._icons[tissue]

    def _show_tile(self) -> None:
        self._slide.mark(self.selection, self.tile)
        maps, panel, data, tile = self._panel.maps, self._panel.neighbors, self.data, self.tile
        if maps is None or panel is None or data is None or data.explorer is None:
            return
        panel.show_place(self._at)
        if tile is None:
            maps.show_tile(None, [])
            queue = bool(panel.queue.tiles)
            first = say(" or press an arrow above for the next of these tiles,") if queue else ""
            panel.say(
                say(
                    "Click a tile on the slide or a point on a map,{first} to "
                    "see the reference tiles that this encoder finds most similar.",
                    first=first,
                )
            )
            return
        found = data.explorer.neighborhood(self.encoder, tile)
        if found is None:
            maps.show_tile(tile, [])
            panel.say(say("{line}: it could not be read, so it has no "
                          "neighbors.", line=data.line(self.encoder, tile)))  # fmt: skip
            return
        maps.show_tile(tile, [(each.row, each.kind) for each in found.neighbors if each.counts])
        locatable = tile.part == "slide" and self._slide.path is not None
        panel.show_tile(self._shown(found), self._cards(found), locatable)
        self.load_pictures()

    def _shown(self, found: Neighborhood) -> TileShown:
        data = self.data
        assert data is not None
        words = data.words(self.encoder, found.tile)
        colors = {
            name: to_hex(data.colors[name][index]) if index >= 0 else ""
            for name, index in (("tissue", words.tissue), ("center", words.center))
        }
        return TileShown(
            title=words.title,
            place=words.place,
            tissue=data.name("tissue", words.tissue),
            tissue_color=colors["tissue"],
            center=data.centers[words.center]
            if words.center >= 0
            else say("another {of_center}", of_center=data.columns.of_center),
            center_letter=center_letter(words.center) if words.center >= 0 else "",
            center_color=colors["center"],
            how=words.how,
            counts=found.counts,
            k=sum(each.counts for each in found.neighbors),
        )

    def _cards(self, found: Neighborhood) -> list[NeighborCard]:
        data = self.data
        assert data is not None
        known = data.known
        assert known is not None
        cards, titles = [], kind_titles(data.columns)
        for each in found.neighbors:
            tissue, center = int(known.tissue[each.row]), int(known.center[each.row])
            cards.append(
                NeighborCard(
                    row=each.row,
                    kind=each.kind,
                    kind_title=titles[each.kind],
                    distance=each.distance,
                    counts=each.counts,
                    tissue=data.tissues[tissue],
                    letter=center_letter(center),
                    center=data.centers[center],
                    center_color=data.colors["center"][center],
                    about=data.line(self.encoder, TileId("reference", each.row)),
                )
            )
        return cards

    # Pictures

    @Slot()
    def load_pictures(self) -> None:
        """Get the pictures of the tile that is looked at and of its neighbors."""
        data, tile, panel = self.data, self.tile, self._panel.neighbors
        if data is None or data.known is None or tile is None or panel is None:
            return
        rows = [card.row for card in panel.grid.cards.cards]
        if tile.part == "reference":
            rows.append(tile.row)
        self._loader.load(
            PicturesWanted(
                tile=tile,
                sha256=data.run.reference.sha256,
                files=frozenset(data.known.files[row] for row in rows),
                slide=self._slide.path if tile.part == "slide" else None,
                mpp=self._slide.given_mpp,
                grid=data.grid,
            )
        )

    @Slot(object)
    def _on_pictures(self, read: Pictures) -> None:
        data, tile, panel = self.data, self.tile, self._panel.neighbors
        if data is None or data.known is None or tile is None or panel is None:
            return
        if tile != read.tile or data.run.reference.sha256 != read.sha256:
            return
        files = data.known.files
        shown = [card.row for card in panel.grid.cards.cards]
        there = {row: read.by_file[files[row]] for row in shown if files[row] in read.by_file}
        panel.grid.cards.set_pictures(there)
        gone = len(shown) - len(there)
        if not read.found:
            panel.warn(
                say(
                    "The reference set “{reference_name}” is not here, so its "
                    "pictures cannot be shown.",
                    reference_name=data.run.reference.name,
                ),
                offer_reference=True,
            )
        else:
            lost = say(
                "{pictures} of the reference set cannot be read.", pictures=plural(gone, "picture")
            )
            panel.warn(lost if gone else "")
        if tile.part == "slide":
            panel.set_picture(read.own, say("The slide is\nnot shown"))
        else:
            panel.set_picture(read.by_file.get(files[tile.row]), say("No picture"))

    # The card beside the cursor

    @Slot(object, str)
    def _on_hover(self, tile: TileId, encoder: str) -> None:
        data = self.data
        if data is None or data.explorer is None or data.known is None:
            return
        # In a pane that was not clicked yet, the card is of the layer that it lies over.
        self._hovered_by = self._of_run(encoder or self.encoder)
        found = data.explorer.neighborhood(self._hovered_by, tile)
        if found is not None:
            rows = [each.row for each in found.neighbors[:SHOWN]]
            files = frozenset(data.known.files[row] for row in rows)
            sha256 = data.run.reference.sha256
            self._hover_loader.load(PicturesWanted(tile, sha256, files, None, None, None))

    @Slot(object)
    def _on_hover_pictures(self, read: Pictures) -> None:
        data = self.data
        if data is None or data.explorer is None or data.known is None:
            return
        encoder = self._of_run(self._hovered_by)
        found = data.explorer.neighborhood(encoder, read.tile)
        if found is None or data.run.reference.sha256 != read.sha256:
            return
        files = data.known.files
        pictures = {
            each.row: read.by_file[files[each.row]]
            for each in found.neighbors
            if files[each.row] in read.by_file
        }
        title = say("Nearest reference tiles by {dict}", dict=dict(data.encoders)[encoder])
        self._slide.show_on_card(read.tile, title, self._cards(found), pictures)

    # The slides of neighbors

    @Slot(object)
    def _on_card(self, card: NeighborCard | None) -> None:
        panel, data = self._panel.neighbors, self.data
        if panel is None or data is None or data.known is None or card is None:
            return
        name = data.known.slides[card.row]
        panel.allow_slide(
            self._slide.path_of(name) is not None,
            say(
                "The slide {name} is not among those open or used lately. Open it to go there.",
                name=name,
            ),
        )
