"""What an action is, and which key does which. Without Qt.

Keys are written as Qt writes them ("Ctrl+Shift+S", "Alt+Left", "?").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, ClassVar, Generic, TypeVar

from pathgui.core.language.texts import say

C = TypeVar("C")  # what an action acts on


class Scope(Enum):
    """What an action acts on: one view, the views side by side, or the window around them."""

    VIEW = auto()
    PANES = auto()
    WINDOW = auto()


class Held(Enum):
    """What a key does while it is held."""

    AGAIN = auto()  # the action, again and again
    ONCE = auto()  # nothing more
    PEEK = auto()  # the action; it is undone when the key comes up


@dataclass(frozen=True)
class Entry:
    """Where a menu shows an action: by ``at``, with a line between the tens.

    Without a ``title``, under that of the action.
    """

    menu: str
    at: int
    title: str = ""


@dataclass(frozen=True)
class Arrow:
    """What an arrow key moves by: ``share`` of a view in a direction (x, y); held, on and on."""

    direction: tuple[float, float]
    share: float


@dataclass(frozen=True)
class Need(Generic[C]):
    """When an action has something to do, and what its key says where it has not."""

    holds: Callable[[C], object]
    otherwise: str = ""


@dataclass(frozen=True)
class Action(Generic[C]):
    """One thing that the user can do; menus, palette, keys, tools and guide read it here."""

    scope: ClassVar[Scope]
    id: str
    title: str
    group: str  # its section in the table of keys
    keys: tuple[str, ...]
    entry: Entry
    does: Callable[[C], object]  # may return False where there was nothing to do
    needs: Need[C] = Need(lambda _: True)  # else menus and palette do not offer it
    on: Callable[[C], bool] | None = None  # whether what it switches is on, if it switches
    icon: str = ""
    tool: int = 0  # its place beside the slide, with a line between the tens; 0: none
    held: Held = Held.AGAIN
    arrow: Arrow | None = None

    def possible(self, target: C) -> bool:
        """Whether it would do something now."""
        return bool(self.needs.holds(target))

    def act(self, target: C, tell: Callable[[str], None]) -> None:
        """Do it; where there is nothing to do, say so."""
        possible = self.possible(target)
        done = self.does(target)
        if self.needs.otherwise and (done is False or not possible):
            tell(self.needs.otherwise)

    @property
    def menu_title(self) -> str:
        """What menus call it; ``&`` stands before the letter that chooses it."""
        return self.entry.title or self.title


@dataclass(frozen=True)
class Called:
    """What an action is called for a while; where "" stands, it keeps its own words."""

    title: str = ""
    menu: str = ""
    nothing: str = ""  # what its key says where there is nothing to do

    def on(self, action: Action[Any]) -> Action[Any]:
        """The action under these words."""
        entry = replace(action.entry, title=self.menu or action.entry.title)
        needs = replace(action.needs, otherwise=self.nothing or action.needs.otherwise)
        return replace(action, title=self.title or action.title, entry=entry, needs=needs)


MOUSE: tuple[tuple[str, str], ...] = (
    (say("Left drag, middle drag, Space + drag"), say("Move")),
    (say("Wheel, pinch"), say("Zoom at the cursor")),
    (say("Double-click"), say("Zoom in twice")),
    (say("Two fingers on a trackpad"), say("Move")),
    (say("Ctrl + wheel"), say("Opacity of the overlay")),
    (say("Drag with the region tool (Shift: one more)"), say("Outline a region")),
    (say("Right-click a region"), say("Its class, or remove it")),
    (say("Click a tile"), say("Its nearest reference tiles, after an evaluation")),
    (say("Rest over a tile"), say("What every encoder says of it")),
    (say("Click in the legend"), say("Show or hide a class; double-click: only this one")),
    (say("Drag in the minimap"), say("Move there")),
)


class KeyTable:
    """The actions there are, and their keys: the defaults, and what the user changed."""

    def __init__(
        self,
        actions: Sequence[Action[Any]] = (),
        changed: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self._own = self.actions = tuple(actions)
        self._by_id = {action.id: action for action in actions}
        self._changed = {id: tuple(k) for id, k in (changed or {}).items() if id in self._by_id}
        self._by_key: dict[str, Action[Any]] = {}
        self._index()

    def call(self, called: Mapping[str, Called]) -> None:
        """Give actions other words, by their id; those not named have their own again."""
        self.actions = tuple(called.get(each.id, Called()).on(each) for each in self._own)
        self._by_id = {action.id: action for action in self.actions}
        self._index()

    @property
    def changed(self) -> dict[str, tuple[str, ...]]:
        """What differs from the defaults; to be kept in the settings."""
        return dict(self._changed)

    def __getitem__(self, action: str) -> Action[Any]:
        return self._by_id[action]

    def keys(self, action: str) -> tuple[str, ...]:
        """The keys of an action."""
        return self._changed.get(action, self._by_id[action].keys)

    def action(self, key: str) -> Action[Any] | None:
        """What a key does."""
        return self._by_key.get(key)

    def said(self, text: str, *actions: str) -> str:
        """``text`` with the keys of actions behind it, as a tooltip says them."""
        keys = ", ".join(key for action in actions for key in self.keys(action))
        return f"{text} ({keys})" if keys else text

    def tip(self, action: str) -> str:
        """Title and keys of an action, for whoever rests over its button."""
        return self.said(self._by_id[action].title, action)

    def set_keys(self, action: str, keys: tuple[str, ...]) -> list[str]:
        """Give an action other keys. Returns the titles of the actions that lost one by it."""
        lost = []
        for other in self.actions:
            taken = set(self.keys(other.id)) & set(keys)
            if other.id != action and taken:
                kept = tuple(key for key in self.keys(other.id) if key not in taken)
                self._changed[other.id] = kept
                lost.append(other.title)
        if keys == self._by_id[action].keys:
            self._changed.pop(action, None)
        else:
            self._changed[action] = keys
        self._index()
        return lost

    def reset(self) -> None:
        """All defaults again."""
        self._changed.clear()
        self._index()

    def _index(self) -> None:
        self._by_key = {key: each for each in self.actions for key in self.keys(each.id)}
