"""Where the program that ``pathgui.spec`` describes begins: as ``pathgui`` elsewhere does."""

import multiprocessing
import os
import sys

if __name__ == "__main__":
    # The window of Windows has no terminal; libraries write to one all the same.
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    # The libraries of this program are for itself, not for what it opens a report or a page with.
    theirs = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    if theirs is not None:
        os.environ["LD_LIBRARY_PATH"] = theirs
    elif sys.platform == "linux":
        os.environ.pop("LD_LIBRARY_PATH", None)
    # A child of this program looks for them anew: what the loader told us of them is gone.
    os.environ["PYINSTALLER_RESET_ENVIRONMENT"] = "1"
    multiprocessing.freeze_support()  # a child of this program is this program again
    from pathgui.start import main

    main()
