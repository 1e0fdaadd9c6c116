"""``python -m pathgui``."""

from pathgui.start import main

if __name__ == "__main__":
    main()
