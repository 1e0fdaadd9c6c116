#!/bin/sh
# Runs inside the .run file: puts the program into the user's own folders. Asks nothing.
#     sh NAME.run                   into ~/.local/lib/pathgui
#     sh NAME.run -- --into DIR     into DIR/pathgui; the entries of the menu still into ~/.local
# The exit code is 0, or 2 with a sentence that says what is wrong.
set -eu
stop() {
    echo "$1" >&2
    exit 2
}

into=$HOME/.local/lib/pathgui
if [ $# -eq 2 ] && [ "$1" = --into ]; then
    mkdir -p "$2" 2>/dev/null || stop "The folder $2 cannot be made: name another one."
    into=$(cd "$2" && pwd)/pathgui
elif [ $# -gt 0 ]; then
    stop "The set-up of pathgui does not know '$*'. It knows --into DIR."
fi
case $into in
*[\"\`\$\\%\|\&]*) stop "The menu cannot start what lies in $into: name a folder without \" \` \$ \\ % | & with -- --into DIR." ;;
esac
data=${XDG_DATA_HOME:-$HOME/.local/share}
bin=$HOME/.local/bin

# 1. This computer can run it.
[ "$(uname -sm)" = "Linux x86_64" ] ||
    stop "This program is for Linux (x86_64), and this computer is $(uname -sm)."
needed=$(cat needs-glibc)
there=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed 's/^glibc //') || true
if [ -n "$there" ] && [ "$(printf '%s\n%s\n' "$needed" "$there" | sort -t. -k1,1n -k2,2n | head -n 1)" != "$needed" ]; then
    stop "This program needs glibc $needed or newer, and this computer has $there."
fi

# 2. There is room, and nothing of another kind is in the way.
parent=$(dirname "$into")
mkdir -p "$parent" 2>/dev/null || stop "The folder $parent cannot be made: name another one with -- --into DIR."
[ -w "$parent" ] || stop "Nothing can be written into $parent: name another folder with -- --into DIR."
if [ -e "$into" ] && [ ! -e "$into/uninstall" ]; then
    stop "$into is there already and is not pathgui: name another folder with -- --into DIR."
fi
size=$(du -sk program | cut -f1)
free=$(df -Pk "$parent" | awk 'NR == 2 { print $4 }')
if [ "$(stat -c %d program)" != "$(stat -c %d "$parent")" ] && [ "$free" -lt "$size" ]; then
    stop "pathgui needs $((size / 1000)) MB in $parent, which has $((free / 1000)) MB free: make room, or name another folder with -- --into DIR."
fi

# 3. The new one is whole before an earlier one goes.
rm -rf "$into.new"
mv program "$into.new" || stop "The program could not be put into $parent."
cp uninstall.sh "$into.new/uninstall"
chmod 755 "$into.new/uninstall"
rm -rf "$into"
mv "$into.new" "$into"

# 4. The terminal, the menu, the file types.
mkdir -p "$bin" "$data/applications" "$data/mime/packages" "$data/icons/hicolor/scalable/apps"
started=$into/pathgui
if [ -e "$bin/pathgui" ] && [ ! -L "$bin/pathgui" ]; then
    echo "$bin/pathgui is another program and stays."
else
    ln -sfn "$into/pathgui" "$bin/pathgui"
    started=$bin/pathgui
fi
folders=$(xdg-mime query default inode/directory 2>/dev/null || true)
sed "s|@PROGRAM@|$into/pathgui|" share/pathgui.desktop > "$data/applications/pathgui.desktop"
cp share/pathgui.xml "$data/mime/packages/pathgui.xml"
cp share/pathgui.svg "$data/icons/hicolor/scalable/apps/pathgui.svg"
update-mime-database "$data/mime" >/dev/null 2>&1 || true
update-desktop-database "$data/applications" >/dev/null 2>&1 || true
# pathgui opens folders on request; by default they are opened as before.
if [ -n "$folders" ] && [ "$folders" != pathgui.desktop ]; then
    xdg-mime default "$folders" inode/directory >/dev/null 2>&1 || true
fi
echo "pathgui is in $into. Start it from the menu, or type $started"
echo "To uninstall: $into/uninstall"
