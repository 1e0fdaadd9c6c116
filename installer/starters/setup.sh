#!/bin/sh
# Installs pathgui from this folder, without any network. Words go to installer/bootstrap.py:
#     sh setup.sh                      install
#     sh setup.sh --python DIR demo    with the Python in DIR; then open the demo
here=$(cd "$(dirname "$0")" && pwd)
if [ "$1" = --python ] && [ -x "$2/bin/python3" ]; then
    python=$2/bin/python3
else
    python=$(command -v python3.11 || command -v python3 || command -v python)
fi
if [ -z "$python" ]; then
    echo "pathgui needs Python 3.11, and there is no Python on this computer." >&2
    echo "Ask IT for it: a folder is enough, and needs no administrator. Then type" >&2
    echo "    sh setup.sh --python FOLDER install" >&2
    exit 2
fi
[ $# -gt 0 ] || set -- install
[ $# -gt 2 ] || [ "$1" != --python ] || set -- "$@" install
exec "$python" "$here/installer/bootstrap.py" "$@"
