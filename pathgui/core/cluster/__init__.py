"""Engines that carry out commands on many machines."""
