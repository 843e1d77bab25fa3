"""Ways to break the document, by the lines that no longer hold."""

from __future__ import annotations

from doubles.double import Change
from doubles.enhancor.changes_of_answers import OF_ANSWERS

_OF_REQUESTS: dict[str, dict[str, str]] = {
    "19 22 42 71": {
        "key_unchecked": "no key is needed",
        "missing_key_accepted": "a request without a key is let in",
        "wrong_key_accepted": "any key is let in",
    },
    "19 22 42": {"key_unchecked_on_queue": "queueing needs no key"},
    "19 22 71": {
        "key_unchecked_on_status": "reading the status needs no key",
        "wrong_key_accepted_on_status": "any key may read the status",
    },
    "19 22 37 42 57-58 66 71 84-86 153 166 179": {
        "key_in_authorization": "the key is read from Authorization",
        "key_header_renamed": "the key is read from x-enhancor-key",
        "key_in_query": "the key is read from the query",
        "second_header_needed": "a secret is needed in a second header",
    },
    "19 64 66 71 84-86 179": {"key_refused_on_status": "a right key may not read the status"},
    "28 35 37 57-58 64 66 84-86 151 164 177": {
        "base_renamed": "the base has moved from v1 to v2",
        "base_shortened": "the base has lost its first part",
    },
    "35 37 57-58 151 164": {
        "queue_path_renamed": "queueing is called enqueue",
        "queue_path_plural": "queueing is called queues",
        "queue_by_put": "queueing takes PUT only",
    },
    "64 66 84-86 177": {
        "status_path_renamed": "reading the status is called check",
        "status_by_get": "reading the status takes GET only",
        "status_by_put": "reading the status takes PUT only",
    },
    "64 66 76-78 84-86 177 181": {"status_id_in_path": "the id is read from the path of the status request"},
    "37 41 47-51 57-58 152 154-158 165 167-171": {
        "queue_wants_form": "queueing takes a form, no JSON",
        "queue_wants_charset": "queueing takes JSON only with a charset",
    },
    "66 70 76-78 84-86 178 180-182": {"status_wants_form": "the status request takes a form, no JSON"},
    "37 47-51 57-58 131-133 155-157 168-170": {
        "order_nested": "the three parameters are read inside of input",
        "queue_wants_list": "queueing takes a list of requests",
    },
    "37 48 57-58 131 155 168": {
        "img_url_renamed": "the picture is called image_url",
        "img_url_as_list": "the picture is a list of addresses",
        "img_url_base64_only": "the picture is Base64, no address",
    },
    "37 49 57-58 132 156 169": {
        "webhook_renamed": "the address for the delivery is called webhook_url",
        "webhook_as_list": "the address for the delivery is a list",
        "webhook_origin_refused": "addresses for the delivery without a path are refused",
    },
    "37 50 57-58 120 133 157 170": {
        "mode_renamed": "the mode is called processing_mode",
        "mode_as_number": "the mode is a number",
    },
    "37 47-51 57-58 127-133 154-158 167-171": {
        "scale_required": "a scale is required",
        "user_required": "a userId is required",
        "version_required": "a model_version is required",
    },
    "37 57-58 120 125 127-133 167-171": {"professional_needs_scale": "the professional mode needs a scale"},
    "131": {
        "img_url_optional": "a request without a picture is queued and completed",
        "img_url_null_accepted": "a null picture is queued and completed",
        "img_url_empty_accepted": "an empty address of a picture is queued and completed",
        "img_url_number_accepted": "a number as the picture is queued and completed",
        "img_url_any_text": "any text as the address of a picture is queued and completed",
    },
    "131 155 168 37 57-58": {"jpeg_refused": "JPEG is refused"},
    "131 48 37 57-58": {"png_refused": "PNG is refused"},
    "131 48 37 57-58 155": {"img_url_query_refused": "addresses of pictures with a query are refused"},
    "132": {
        "webhook_optional": "a request without an address for the delivery is queued and completed",
        "webhook_null_accepted": "a null address for the delivery is queued and completed",
        "webhook_empty_accepted": "an empty address for the delivery is queued and completed",
        "webhook_number_accepted": "a number as the address for the delivery is queued and completed",
    },
    "120 133": {
        "mode_optional": "a request without a mode is queued as fast",
        "mode_null_accepted": "a null mode is queued as fast",
        "mode_empty_accepted": "an empty mode is queued as fast",
        "mode_number_accepted": "a number as the mode is queued as fast",
        "mode_list_accepted": "a list as the mode is queued as fast",
        "mode_unchecked": "any text as the mode is queued as fast",
        "mode_case_ignored": "modes are taken in any case and with spaces around",
    },
    "37 50 57-58 120 124 133 157": {
        "fast_refused": "the fast mode is refused",
        "fast_respelled": "the fast mode is called quick",
    },
    "37 57-58 120 125 133 170": {
        "professional_refused": "the professional mode is refused",
        "professional_respelled": "the professional mode is called pro",
    },
    "66 76-78 84-86 181": {
        "status_wants_camel_case": "the id is called requestId in the status request",
        "status_wants_id": "the id is called id in the status request",
        "status_wants_list": "the status request takes a list of ids",
    },
    "66 77 84-85": {
        "status_of_latest": "the status is that of the latest request, whatever id is sent",
        "unknown_told_completed": "an unknown id is told as completed",
    },
    "66 77 84-86": {"read_once": "a request can be read once, then it is unknown"},
    "66 77 84-86 99-100": {"forgotten_when_done": "a request is unknown once it has ended"},
    "66 77 84-86 96-98": {"unknown_until_done": "a request is unknown until it has ended"},
    "66 84-86 98": {"progress_read_fails": "reading a request in progress is answered with 500"},
    "66 84-86 97": {"reading_fails_in_queue": "reading a request in the queue is answered with 500"},
}


def _lines(compact: str) -> tuple[str, ...]:
    """The lines that a text like "84-86 92" stands for."""
    numbers: list[int] = []
    for part in compact.split():
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return tuple(f"S4:{number}" for number in sorted(set(numbers)))


CHANGES: dict[str, Change] = {
    name: Change(sentence, _lines(compact))
    for table in (_OF_REQUESTS, OF_ANSWERS)
    for compact, named in table.items()
    for name, sentence in named.items()
}
