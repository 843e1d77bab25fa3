"""What an answer says: the values that a body template may ask for, and the result pictures.

Every value is a pure function of task, moment and world; a picture is made once, when somebody wants it.
May import `core`, `images` and what stands below.
"""
