"""Cohorts: the slides of one study, and what is known of each.

On disk a cohort is a folder ``NAME.pgcohort``, made to be read and edited by people and by git:
``cohort.json`` (:mod:`~pathgui.core.cohort.record`), ``slides.csv`` with one row a slide
(:mod:`~pathgui.core.cohort.slide_table`) and ``regions/SLIDE.geojson`` with labeled regions
(:mod:`~pathgui.core.cohort.labeled_regions`). :mod:`~pathgui.core.cohort.opened` opens one.
"""
