"""The robustness summary: tables, sentences, charts."""
