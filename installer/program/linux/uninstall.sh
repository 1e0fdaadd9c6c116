#!/bin/sh
# Lies in the folder of the program, and removes it. Runs, settings and what else is the user's stay.
set -eu
into=$(cd "$(dirname "$0")" && pwd)
if [ ! -x "$into/pathgui" ] || [ ! -d "$into/_internal" ]; then
    echo "$into is not the folder of pathgui; nothing was removed." >&2
    exit 2
fi
data=${XDG_DATA_HOME:-$HOME/.local/share}
link=$HOME/.local/bin/pathgui
if [ -L "$link" ] && [ "$(readlink "$link")" = "$into/pathgui" ]; then
    rm -f "$link"
fi
rm -f "$data/applications/pathgui.desktop" "$data/mime/packages/pathgui.xml" \
    "$data/icons/hicolor/scalable/apps/pathgui.svg"
update-mime-database "$data/mime" >/dev/null 2>&1 || true
update-desktop-database "$data/applications" >/dev/null 2>&1 || true
rm -rf "$into"
echo "pathgui is gone. What is yours stays: settings, cache, log, runs. Delete these folders too, if"
echo "nobody needs them: ~/.config/pathgui ~/.cache/pathgui ~/.local/state/pathgui ~/Documents/pathgui"
