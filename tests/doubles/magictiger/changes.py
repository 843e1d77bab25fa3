"""Ways in which Magic Tiger could stop keeping its document: changes of behaviour. `edits` holds those of one field."""

from __future__ import annotations

from doubles.double import Change
from doubles.magictiger.edits import EDITS

_CREATED = "14 15 16 17 18 19"
_READ = " ".join(map(str, range(39, 73)))
_DELIVERED = " ".join(map(str, range(106, 142)))

_BY_LINES: dict[str, dict[str, str]] = {
    # what the requests look like
    f"2 3 {_CREATED}": {"create_renamed": "createtask is called create_task."},
    f"30 31 {_READ}": {"get_renamed": "gettask is called get_task."},
    "79 80 87 88 89 90": {"delete_renamed": "deletetask is called delete_task."},
    "5 7": {"picurl_renamed": "createtask wants image_url in place of picurl."},
    "5 8": {
        "type_text_only": "createtask refuses a type that is an integer.",
        "type_one_refused": "createtask no longer knows type 1.",
    },
    "5 9": {
        "chtaskid_required": "createtask refuses requests without a chtaskid.",
        "chtaskid_null_refused": "createtask refuses null as chtaskid.",
        "chtaskid_number_only": "createtask refuses a chtaskid that is a string.",
        "chtaskid_short_only": "createtask refuses a chtaskid of more than three characters.",
    },
    "5 7 8 9": {"create_needs_more": "createtask refuses requests without a project number."},
    "5 11": {"create_needs_signature": "createtask refuses requests without a signature."},
    f"11 {_CREATED}": {"create_encrypted": "The answer of createtask is encrypted."},
    "33 35": {
        "get_taskid_renamed": "gettask wants id in place of taskid.",
        "get_needs_chtaskid": "gettask refuses requests without a chtaskid.",
    },
    "33 36": {"get_type_text_only": "gettask refuses a type that is an integer."},
    "82 84": {
        "delete_taskid_renamed": "deletetask wants id in place of taskid.",
        "delete_needs_type": "deletetask refuses requests without a type.",
    },
    # what is refused
    "7 26": {"redirect_followed": "createtask follows redirects of picurl."},
    "26": {
        "dead_link_done": "A picurl that cannot be read is accepted, and the task completed.",
        "no_link_done": "A picurl that is no URL is accepted, and the task completed.",
        "dead_link_code": "A picurl that is not valid is refused with 1001102.",
        "dead_link_as_large": "A picurl that is not valid is refused as a picture that is too large.",
    },
    "1 27": {
        "large_file_served": "Files of any size are served.",
        "large_sides_served": "Pictures of any number of pixels are served.",
    },
    "27": {
        "large_code": "A picture that is too large is refused with 1001103.",
        "large_as_type": "A picture that is too large is refused as one of another type.",
    },
    "1": {
        "small_served": "Pictures of less than 64 pixels are served.",
        "limit_file_small": "Files over 5 MB are refused.",
        "limit_from_65": "Sides of 64 pixels are refused.",
        "limit_from_128": "Sides under 128 pixels are refused.",
        "limit_to_9215": "Sides of 9216 pixels are refused.",
        "limit_to_4096": "Sides over 4096 pixels are refused.",
    },
    "28": {
        "text_done": "Files that are no picture are accepted, and the task completed.",
        "type_code": "A file of a type that is not served is refused with 1001104.",
        "type_as_large": "A file of a type that is not served is refused as a picture that is too large.",
    },
    "27 28": {"codes_swapped": "The codes for too large and for a wrong type are swapped."},
    "28 51 55": {"jpeg_refused": "JPEG pictures are refused."},
    "14 26 27 28": {"refusal_code_zero": "createtask refuses with code 0 and only a message."},
    "14 15 26 27 28": {"refusal_plain": "createtask refuses with HTTP 500 and a line of text."},
    "26 27 28": {"refused_waits": "What createtask should refuse is accepted and waits without end."},
    "26 27 28 43 56 98": {"refused_done": "What createtask should refuse is accepted and told as completed."},
    "29": {"balance_code": "From the fourth task on there is no balance, refused with 1003102."},
    # ids
    "17 35 42 77": {"create_id_unknown": "createtask answers with an id that gettask does not know."},
    "17 35 42": {"create_id_shared": "Every two tasks get the same id."},
    "17": {"create_id_empty": "createtask answers with an empty id."},
    # tasks
    "43 56 98": {
        "never_ends": "Tasks never leave processing.",
        "all_fail": "Every task fails.",
        "third_fails": "Every third task fails without a reason.",
    },
    "43": {"done_regresses": "A completed task is every other time told as processing."},
    "43 45 56": {"done_then_fails": "A completed task is told as failed when it is read again."},
    "35 42 47 56 58": {"get_newest": "gettask answers for the newest task, whatever the id."},
    "31 35 77": {
        "get_once": "gettask knows a completed task for one read only.",
        "get_forgets": "gettask no longer knows a task one second after it was completed.",
    },
    "43 78": {"get_deletes": "gettask calls a task deleted once its result was read."},
    "77": {
        "unknown_waits": "gettask calls an unknown task waiting.",
        "unknown_code": "gettask refuses an unknown task with 1002101.",
        "unknown_as_deleted": "gettask calls an unknown task deleted.",
    },
    "39 40 77 78": {"get_refusal_plain": "gettask refuses with HTTP 500 and a line of text."},
    "77 78": {"get_codes_swapped": "gettask swaps the codes for unknown and deleted tasks."},
    "78": {
        "deleted_read": "gettask still answers for a deleted task.",
        "deleted_code": "gettask refuses a deleted task with 1002102.",
    },
    "79 84 90 78 96": {"delete_nothing": "deletetask says that it succeeded and deletes nothing."},
    "84 78 96": {"delete_newest": "deletetask deletes the newest task, whatever the id."},
    "84 87 90 95": {"delete_refuses": "deletetask does not know tasks that are there."},
    "90": {"delete_says_false": "deletetask deletes and says that it did not succeed."},
    "95": {
        "delete_unknown_done": "deletetask says that it deleted an unknown task.",
        "delete_unknown_code": "deletetask refuses an unknown task with 1002101.",
        "delete_unknown_as_deleted": "deletetask calls an unknown task deleted.",
    },
    "96": {
        "delete_again_done": "deletetask says that it deleted a task a second time.",
        "delete_again_code": "deletetask refuses a deleted task with 1002102.",
    },
    # what is told about a task
    "58 127": {
        "chtaskid_other": "chtaskid is not the one that was sent.",
        "chtaskid_lost": "chtaskid is null, whatever was sent.",
    },
    "47 116": {"inputurl_output": "inputurl leads to the output."},
    "48 50 117 119": {"input_sides_swapped": "Width and height of the input are swapped."},
    "48 117": {"input_width_wrong": "inpathwidth is three times the width of the input."},
    "50 119": {"input_height_wrong": "inpathheight is always 7."},
    "51 120": {"input_ext_wrong": "inpathext is always gif."},
    "52 121": {"output_width_wrong": "outpathwidth is 10 more than the width of the output."},
    "54 123": {"output_height_wrong": "outpathheight is always 7."},
    "55 124": {"output_ext_wrong": "outpathext is always gif."},
    "56 125": {
        "output_link_dead": "There is nothing behind outputurl.",
        "output_link_relative": "outputurl is a path without a host.",
        "output_link_page": "outputurl leads to a page of HTML.",
        "output_link_input": "outputurl is the link that was sent as picurl.",
        "output_link_empty": "outputurl of a completed task is empty.",
        "output_grey": "The output is a grey area.",
        "output_first": "The output is that of the first task.",
        "output_cut": "The file of the output ends halfway.",
    },
    "52 53 54 56 121 122 123 125": {"output_tiny": "The output has one pixel."},
    "57 72 126 141": {
        "facenum_more": "facenum is one more than facelist has entries.",
        "faces_empty": "facelist is empty while facenum counts faces.",
        "faces_missing_one": "facelist lacks its last entry.",
    },
    "66 135": {"face_width_wrong": "outpathwidth of faces is 10 more than the width of the picture."},
    "69 138": {"face_ext_wrong": "outpathext of faces is always gif."},
    "61 130": {"face_input_dead": "There is nothing behind inputurl of faces."},
    "70 139": {"face_link_dead": "There is nothing behind outputurl of faces."},
    # deliveries
    "98": {
        "callback_missing": "Nothing is delivered.",
        "callback_half": "Every other delivery is left out.",
        "callback_elsewhere": "Deliveries go to a path below the address that was given.",
    },
    "98 112 123 125": {"callback_early": "The one delivery comes at the start, with the task processing."},
    "99": {
        "callback_once": "A failed delivery is not tried again.",
        "callback_repeats": "A delivery that was received comes twice more.",
        "callback_ten": "A failed delivery is tried ten times.",
    },
    "99 147 150": {"callback_other_ack": "Only an answer with code 200 counts as received."},
    "103": {
        "callback_token_missing": "Deliveries have no token header.",
        "callback_token_other": "Deliveries carry another token.",
        "callback_token_masked": "Deliveries carry the token with all but its first letters masked.",
    },
    "104": {
        "callback_md5_missing": "Deliveries have no md5 header.",
        "callback_md5_empty": "The md5 header of deliveries is empty.",
        "callback_md5_sha256": "The md5 header of deliveries holds a SHA-256.",
        "callback_md5_renamed": "The md5 header is called signature.",
    },
    _DELIVERED: {
        "callback_form": "Deliveries are forms.",
        "callback_empty": "Deliveries have no body.",
    },
    "108 109 110": {"callback_bare": "A delivery is the inner object, without code, msg and data."},
    "112 98": {
        "callback_says_failed": "Deliveries of completed tasks say that they failed.",
        "callback_says_running": "Deliveries of completed tasks say that they are running.",
    },
    "111": {"callback_other_task": "Deliveries name a task that does not exist."},
}

CHANGES: dict[str, Change] = {
    name: Change(sentence, tuple(f"S1:{line}" for line in lines.split()))
    for lines, sentences in _BY_LINES.items()
    for name, sentence in sentences.items()
} | {name: edit.change for name, edit in EDITS.items()}
