"""What shows only over time: when something happened, what stays after the end, a task that is lost or never ends.

It judges what calls have seen and sends none. May import `judge` and the modules on the ground floor.
"""
