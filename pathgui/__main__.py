"""``python -m pathgui``."""

from pathgui.cli.main import main

if __name__ == "__main__":
    main()
