"""Background work, messages, and what controls share."""
