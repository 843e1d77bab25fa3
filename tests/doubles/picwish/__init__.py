"""An independent double of PicWish's picture scaling service, written from document 002 alone."""

from doubles.picwish.server import PicWish

DOUBLE = PicWish

__all__ = ["DOUBLE"]
