"""Callbacks and webhooks: what is due when, what a message says, who sends it.

`message` is pure, `schedule` keeps what is due, `pump` sends in real time, `receivers` are those in this
process. When a delivery is due follows from the task's plan.
May import `answers` and what stands below.
"""
