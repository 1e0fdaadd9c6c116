"""Corrections judged on slides that they were not fitted on, before and after."""
