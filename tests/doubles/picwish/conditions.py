"""The states in which a PicWish account can be, and in which less works than usual."""

from __future__ import annotations

from doubles.double import Condition

CONDITIONS: dict[str, Condition] = {
    "no_balance": Condition("The credits are used up, creates answer 402."),
    "balance_for_two": Condition("The credits last for two tasks, then creates answer 401.", ("S2:61",)),
    "key_expired": Condition("The key has expired, everything answers 401.", ("S2:61",)),
    "service_not_opened": Condition("Scaling is not opened for the account, creates answer 401.", ("S2:61",)),
    "rate_used_up": Condition("Another client uses the whole rate for 30 s.", ("S2:64", "S2:89")),
    "rate_shared": Condition("Another client makes one request in every second.", ("S2:64", "S2:89")),
    "maintenance": Condition("Everything answers 503 for the first 20 s."),
    "server_errors": Condition("Every request of the first 10 s answers 500.", ("S2:65",)),
    "base64_not_opened": Condition("Base64 and binary results are not opened and answer 400.", ("S2:25",)),
    "asynchronous_not_opened": Condition("Creates without sync are not opened and answer 400.", ("S2:26",)),
    "overloaded": Condition("Every task runs into the time limit.", ("S2:70", "S2:86")),
    "storage_down": Condition("Results cannot be stored, linked results end so.", ("S2:75",)),
    "engine_down": Condition("Every repair fails.", ("S2:76",)),
}
