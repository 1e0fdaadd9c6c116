"""The window: docks, menus, actions."""
