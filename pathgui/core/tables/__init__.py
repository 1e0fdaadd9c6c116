"""The one reader of tables: what people and programs write becomes columns of text with one name.

``read`` opens CSV in its many forms, workbooks and Parquet; ``headings`` knows what others call a
column; ``cells`` decides which text is a label, a number, or missing, for embedding files too.
"""
