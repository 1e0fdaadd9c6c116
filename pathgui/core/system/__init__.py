"""The machine: files, devices, times, work in the background."""
