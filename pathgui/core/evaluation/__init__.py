"""The main job: embed, measure, judge a slide's tiles, record."""
