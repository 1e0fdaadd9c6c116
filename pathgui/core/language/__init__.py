"""The language that the user reads: texts by gettext catalogs, numbers as the language has them."""
