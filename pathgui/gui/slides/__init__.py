"""The list of slides and the layers over them."""
