"""Demo material made by the program itself: virtual hospitals whose truth is known.

Also the instrument's test object: how far the centers differ is one number.
"""
