"""Figures as static SVG: scales, rows of marks or bars, lines with their labels at the end.

A figure is drawn in Python for a width in pixels, so a page needs no plotting script, prints as it is shown, and the same
drawing is a file of its own (`barewire report --format svg`). plotly's smallest bundle is 1.1 MB per page and is not on
PyPI; its Python package takes 65 MB and has only the 4.8 MB bundle.
"""
