"""Starting, watching and showing an evaluation."""
