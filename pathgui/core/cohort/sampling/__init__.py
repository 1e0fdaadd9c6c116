"""Drawing the tiles of a reference set from the slides of a cohort."""
