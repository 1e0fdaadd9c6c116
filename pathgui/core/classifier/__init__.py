"""The lab's own classifier: its errors by center, what is behind them, how far it is calibrated."""
