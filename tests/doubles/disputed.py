"""Where the doubles' authors and the suite read a document otherwise, and why; decided once, for all to see.

The doubles stay as their authors have read the documents. What stands here is not held against the judge.
"""

from __future__ import annotations

DISPUTED: dict[str, dict[str, str]] = {
    "enhancor": {
        "img_url_empty_accepted": "no line says what is done with an address that is none",
        "img_url_any_text": "no line says what is done with an address that is none",
        "webhook_empty_accepted": "no line says what is done with an address that is none",
        "mode_case_ignored": "taking more spellings of a documented value refuses nobody",
        "broken_told_completed": "a picture that breaks off can be enhanced as far as it goes",
        "result_barred": "no line gives a measure for the picture; only one that shows something else is told",
        "result_mosaic": "no line gives a measure for the picture; only one that shows something else is told",
        "result_blurred": "no line gives a measure for the picture; only one that shows something else is told",
        "professional_blurred": "no line gives a measure for the picture; only one that shows something else is told",
    },
    "picwish": {
        "key_elsewhere": "the right key in another place counts as no key",
        "rate_shared": "to a user, a rate that another client uses up is a stricter rate",
        "overloaded": "a vendor whose every task fails carries out nothing of what it documents",
        "storage_down": "a vendor whose every task fails carries out nothing of what it documents",
        "engine_down": "a vendor whose every task fails carries out nothing of what it documents",
        "factor_empty_refused": "an empty field may be one that is not sent",
        "forced_ten_pixels_fail": "10 belongs to one range and not to the other",
        "binary_accepted_without_sync": "what an unfit combination gives is open",
        "return_type_always_one": "that the field repeats what was sent is one reading of its line",
        "link_expired_answers_404": "nobody waits for an hour in a live run",
        "message_missing_when_refused": "a list of fields binds the finished answer",
    },
    "magictiger": {
        "callback_missing": "whether the address is registered cannot be known: the run ends with 3 and says so",
        "callback_elsewhere": "the address belongs to the account, and the suite is not told it",
        "balance_code": "a code that no document has tells of nothing",
        "type_one_refused": "the table of types is missing, and the sample's figures are fillers",
        "chtaskid_number_too": "a number where text is documented is refused, as any other type",
        "malformed_own_code": "the document has a code for whatever keeps a task from being created",
        "malformed_400": "the document has a code for whatever keeps a task from being created",
    },
    "wondershare": {},
}
"""By vendor and trait: why no verdict on it is wrong."""

ALSO: dict[str, dict[str, tuple[str, ...]]] = {
    "enhancor": dict.fromkeys(
        (
            *(f"result_{how}" for how in ("negative", "stretched", "mirrored", "upside_down", "turned", "grey")),
            *("result_framed", "result_wider_only"),
        ),
        ("S4:109",),  # the link in the delivery is to the picture that was made of the input
    ),
    "picwish": {
        "image_relative": ("S2:25",),  # what comes back is no link
        "face_only_required": ("S2:21",),  # or the value that is refused
        "status_200_when_refused": ("S2:60", "S2:61", "S2:62", "S2:63", "S2:64"),
    },
    "magictiger": {
        "refusal_code_zero": ("S1:17", "S1:18", "S1:19"),  # a success without what it has
        "refusal_plain": ("S1:25",),
        "all_fail": ("S1:7",),  # whatever a plain request consists of
        "get_deletes": ("S1:35",),
        "get_type_text_only": ("S1:35",),  # the request or one of its fields
        "callback_empty": ("S1:98",),
    },
}
"""Lines that a change breaks besides those that its author has listed."""

MISSED: dict[str, dict[str, str]] = {
    "magictiger": dict.fromkeys(
        ("face_width_wrong", "face_ext_wrong", "face_input_dead", "face_link_dead", "output_height_wrong"),
        "what is said of single faces, and of the height that S1:54 calls a width, is not held against the files",
    )
}
"""Changes that the judge is known not to find, each with the reason."""
