"""Each action of the table has all its pieces, and none is in the way of another."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from pathgui.assets import asset_path
from pathgui.gui.shell.actions import ACTIONS
from pathgui.gui.shell.menus import BAR, MENUS
from pathgui.gui.viewer.compare import CompareView
from pathgui.gui.viewer.model.keys import Held, KeyTable, Scope
from tests.gui.viewer.slides import MemorySlide, tissue_like

each_action = pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
OF_VIEWS = [action for action in ACTIONS if action.scope is not Scope.WINDOW]


def twice(values):
    return [value for value, count in Counter(values).items() if count > 1]


@pytest.fixture
def compare(qtbot):
    """One view of a slide of which nothing else is known."""
    made = CompareView(KeyTable(ACTIONS))
    qtbot.addWidget(made)
    made.main.navigator.reduced_motion = True
    made.resize(500, 400)
    made.show()
    made.main.set_slide(MemorySlide(tissue_like((1200, 900)), (1.0, 4.0)))
    qtbot.waitUntil(lambda: made.main.sharp)
    yield made
    made.shutdown()


def test_no_two_actions_share_an_id_a_title_or_a_key():
    assert not twice(action.id for action in ACTIONS)
    assert not twice(action.title for action in ACTIONS)  # the palette has nothing else
    assert not twice(key for action in ACTIONS for key in action.keys)


def test_no_action_takes_the_key_that_moves_the_slide_while_it_is_held():
    assert not [action.id for action in ACTIONS if "Space" in action.keys]


@each_action
def test_an_action_has_a_title_a_group_and_a_place_in_a_menu_that_is_there(action):
    assert action.title.strip() == action.title != ""
    assert action.group
    assert action.entry.menu in MENUS
    assert re.sub("&(?!&)", "", action.menu_title).strip()


@each_action
def test_a_tool_has_an_icon_and_each_icon_is_there(action):
    assert bool(action.icon) or not action.tool
    assert not action.icon or asset_path(f"icons/{action.icon}.svg").is_file()


@each_action
def test_what_moves_the_view_or_peeks_is_done_by_the_view(action):
    if action.arrow is not None or action.held is Held.PEEK:
        assert action.scope is Scope.VIEW


@pytest.mark.parametrize("menu", [BAR, *MENUS])
def test_no_two_entries_of_a_menu_are_chosen_by_one_letter(menu):
    titles = [action.menu_title for action in ACTIONS if action.entry.menu == menu]
    titles += [entry.title for entry in MENUS.values() if entry.menu == menu]
    letters = [found[0].lower() for title in titles if (found := re.findall("&([^&])", title))]
    assert not twice(letters), titles


@pytest.mark.parametrize("menu", MENUS)
def test_no_menu_is_empty(menu):
    of_actions = {action.entry.menu for action in ACTIONS}
    assert menu == "Recent" or menu in of_actions  # files opened before are no actions


def test_without_a_slide_an_action_of_a_view_is_offered_only_if_it_needs_none(compare):
    compare.main.set_slide(None)
    offered = {a.id for a in OF_VIEWS if a.scope is Scope.VIEW and a.possible(compare.main)}
    assert offered == {"minimap", "scale_bar", "legend", "grid", "instruments", "help"}


@pytest.mark.qt_log_ignore("This plugin does not support")
@pytest.mark.parametrize("action", OF_VIEWS, ids=lambda action: action.id)
def test_where_there_is_nothing_to_do_an_action_of_a_view_says_so(compare, action):
    target = compare.main if action.scope is Scope.VIEW else compare
    if not action.possible(target):
        compare.main.perform(action.id)
        assert action.needs.otherwise
        assert action.needs.otherwise in compare.main.instruments.facts().notes


@pytest.mark.parametrize("action", ["layer_tissue", "next_tile", "swipe"])
def test_what_an_action_finds_to_do_is_not_said_to_be_nothing(compare, action):
    from tests.gui.viewer.test_slide_view import layer

    view = compare.main
    view.set_layers([layer(0, "one", encoder="one"), layer(1, "two", encoder="two")])
    view.perform(action)
    assert compare.keys[action].needs.otherwise not in view.instruments.facts().notes
