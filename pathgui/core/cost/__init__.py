"""What an evaluation will cost: tiles, time, disk."""
