"""Write the files of results and test cards: rows of pixels in, blocks of a file of a known length out.

May import `_strips` and `sizes`; opens no picture.
"""
