"""The way of one request, from the path that it names to the answer.

`steps` is the list, to be read from top to bottom; every other module is one step or what one step needs. A step
takes a `Services` record and an `Exchange`, never the engine.
May import `delivery`, `answers` and what stands below.
"""
