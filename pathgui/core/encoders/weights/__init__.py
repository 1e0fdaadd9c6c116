"""Files of weights: found, downloaded, checked."""
