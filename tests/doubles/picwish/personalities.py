"""The ways of PicWish to be faithful, grouped by the silence of the document that leaves room for them."""

from __future__ import annotations

from doubles.double import Personality

_GROUPS: dict[str, dict[str, str]] = {
    "A task id is only said to be text.": {
        "id_numeric": "Task ids are texts of digits with leading zeros.",
        "id_long": "Task ids are 128 hexadecimal digits.",
        "id_upper_case": "Task ids are upper-case letters and digits.",
        "id_short": "Task ids are three to five characters long.",
        "id_punctuated": "Task ids hold dots, hyphens, underscores and a tilde.",
    },
    "The list of answer fields is not said to be complete.": {
        "extra_data_fields": "The task carries the fields of newer answers: sides, durations, the state in words.",
        "extra_top_fields": "A request id and a time stand beside the status.",
        "extra_null_fields": "The task carries further fields that are null or empty.",
        "extra_nested_fields": "The task carries an object with fields named as those of the task itself.",
    },
    "The message is free text in any language.": {
        "message_chinese": "Messages are Chinese.",
        "message_empty": "Messages are empty texts.",
        "message_long": "Messages are long and hold line breaks and quotation marks.",
    },
    "No line says which fields an unfinished or failed task has beyond its id and state.": {
        "running_bare": "A running task tells its id and state only.",
        "running_nulls": "A running task tells null for the picture and the end.",
        "running_empties": "A running task tells an empty picture and 0 as its end.",
        "running_without_progress": "A running task tells everything but its progress.",
        "failed_bare": "A failed task tells its id, state and progress only.",
        "failed_nulls": "A failed task tells null for the picture and the end.",
        "failed_empties": "A failed task tells an empty text as its picture.",
        "created_whole": "The answer to a create already describes the task.",
        "created_with_state": "The answer to a create tells the state beside the id.",
        "refusal_data_null": "Refusals carry null as data.",
        "refusal_data_empty": "Refusals carry an empty object as data.",
        "refusal_extra": "Refusals carry a link to help and a number of their own.",
    },
    "No line says how the JSON is laid out.": {
        "json_indented": "Bodies are indented and end with a line break.",
        "keys_reversed": "The keys of every object are in the opposite order.",
        "keys_sorted": "The keys of every object are sorted.",
        "ampersand_escaped": "Ampersands are written as escapes in the JSON.",
        "slashes_escaped": "Slashes are written with a backslash in the JSON.",
        "json_utf8": "Chinese messages are written in UTF-8 instead of as escapes.",
    },
    "No line speaks of response headers.": {
        "headers_upper_case": "Names of headers are upper case.",
        "headers_lower_case": "Names of headers are lower case.",
        "media_type_with_charset": "The media type of the JSON names a charset.",
        "media_type_text": "JSON is sent as text/html.",
        "headers_many": "Answers carry request ids, cache rules, CORS and deprecation headers.",
        "retry_after": "Answers over the rate tell when to try again.",
    },
    "A failure may be told by HTTP status or JSON status.": {
        "refusals_in_envelope": "Refusals come with HTTP 200 and tell their code in the JSON only.",
        "refusals_by_gateway": "Refusals for key and rate come by HTTP status, the others with HTTP 200.",
    },
    "The states of a running task have no order.": {
        "states_processing_only": "A running task is processing from the first moment.",
        "states_queued_only": "A running task is queued until it ends.",
        "states_waiting_first": "A task waits before it is prepared.",
        "requeued": "A task goes back to the queue once before it succeeds.",
    },
    "Progress is documented for the end only.": {
        "progress_uneven": "Progress jumps to 97 at once and stays there.",
        "progress_zero_until_done": "Progress is 0 until the task is done.",
        "progress_hundred_early": "Progress reaches 100 while the picture is still being stored.",
        "progress_backwards": "Progress goes back once.",
    },
    "Only the longest time is fixed, at 30 s.": {
        "instant": "Tasks are done when they are created.",
        "slow": "Tasks take 20 s.",
        "near_limit": "Tasks take 28.5 s.",
        "every_third_slow": "Every third task takes 12 s.",
        "failures_at_once": "Failures are known at the first look.",
        "failures_late": "Failures are known after 9 s.",
        "fetch_late": "Linked pictures are fetched some time after the create was answered.",
        "task_forgotten": "A task is unknown one hour after its end.",
    },
    "Timestamps have no unit.": {
        "timestamps_milliseconds": "Timestamps are milliseconds.",
    },
    "Only the hour is said of result links, not their form.": {
        "link_plain": "Links have no query.",
        "link_extensionless": "Links end in a hash without a file extension.",
        "link_changes": "Every read gives another link, and all of them work.",
        "link_renewed": "Every read gives a link that lasts an hour from then.",
        "link_newer_signature": "Links are signed with x-oss parameters.",
        "link_encoded": "Paths of links hold percent-encoded Chinese.",
        "link_redirects": "Links redirect once to the file.",
        "download_octet_stream": "Results are sent as octet streams and attachments.",
    },
    "The format of the result is not fixed.": {
        "result_png": "Results are PNG.",
        "result_jpeg": "Results are JPEG.",
        "result_webp": "Results are WEBP.",
        "result_like_input": "Results have the format of the input.",
        "orientation_kept": "The orientation tag of the input is not applied to the result.",
        "base64_in_lines": "Base64 is broken into lines of 76 characters.",
        "binary_octet_stream": "The binary stream is sent without naming the picture format.",
    },
    "Several codes fit, or no line names one.": {
        "format_refused_at_once": "GIF is refused with 400 at the create.",
        "sides_refused_at_once": "A picture with too long a side is refused with 400 at the create.",
        "sides_fail_plainly": "A picture with too long a side ends as a repair that failed.",
        "tiny_accepted": "Pictures under 10 pixels are done in their own size.",
        "tiny_refused_at_once": "Pictures under 10 pixels are refused with 400 at the create.",
        "no_picture_fails_later": "A create without a picture is accepted and fails as an invalid picture.",
        "wrong_method_405": "A known address with another method answers 405.",
        "key_checked_last": "Parameters and ids are checked before the key.",
    },
    "The rules about factors leave readings open.": {
        "forced_too_large_automatic": "A factor without effect falls back to the automatic one.",
        "ten_pixels_kept": "Pictures of exactly 10 pixels without a factor keep their size.",
        "ten_pixels_fail": "Pictures of exactly 10 pixels without a factor are invalid.",
    },
    "MB has two readings.": {
        "megabyte_decimal": "The limit is 15,000,000 bytes.",
    },
    "The way of sending and of leaving out is not described.": {
        "sync_by_default": "Creates without sync wait for the result.",
        "sync_zero_refused": "The value 0 of sync is refused.",
        "both_pictures_refused": "A create with a file and a link is refused.",
        "link_beats_file": "Of a file and a link the link is taken.",
        "multipart_only": "URL-encoded forms are refused.",
        "strict_paths": "Doubled and trailing slashes lead to unknown addresses.",
        "redirects_not_followed": "A linked picture behind a redirect counts as not downloadable.",
        "face_only_with_clean_refused": "Face-only with the general type is refused.",
        "unknown_parameters_refused": "Parameters that nobody documents are refused.",
    },
    "The table calls the type a number, its meaning is that of the line above it.": {
        "type_number": "The type in the answer is the number of the return type.",
    },
    "Only the number per second is fixed.": {
        "rate_fixed_window": "The rate is counted per second of the clock.",
        "rate_token_bucket": "The rate is a bucket of two tokens, refilled at two a second.",
        "rate_spaced": "The rate is a pause of half a second between two requests.",
        "rate_refused_count": "Requests over the rate count as well.",
        "rate_creates_only": "Only creates count.",
        "rate_separate": "Creates and reads are counted apart, two a second each.",
    },
    "Additions break nothing that is written.": {
        "key_elsewhere": "The key is also taken from the query and from a bearer token.",
        "json_bodies": "Creates are also taken as JSON.",
        "base64_input": "A new parameter takes the picture as base64.",
        "callback_parameter": "A new parameter names an address to which the end of the task is posted twice.",
        "format_parameter": "A new parameter chooses the format of the result.",
        "new_endpoints": "A new address tells the remaining credits.",
    },
}

PERSONALITIES: dict[str, Personality] = {
    name: Personality(sentence, silence) for silence, group in _GROUPS.items() for name, sentence in group.items()
}
