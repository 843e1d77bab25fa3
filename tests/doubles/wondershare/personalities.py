"""Ways to be faithful that no line forbids, grouped by what the pages leave open, and states of the account."""

from __future__ import annotations

from typing import Any

from doubles.double import Condition, Personality
from doubles.wondershare.steps import Step, add


def _free(silence: str, **sentences: str) -> dict[str, Personality]:
    return {name: Personality(sentence, silence) for name, sentence in sentences.items()}


_NESTED: dict[str, Any] = {"trace": {"zone": "eu-3", "hops": [1, 2.5, None]}, "links": [], "note": None}

ADDITIONS: dict[str, tuple[str, Step]] = {
    "extra_on_top": ("create read", add("", request_id="c4ca4238a0b92382", timestamp=1733000000123, success=True)),
    "extra_in_data": ("create read", add("data", created_at="2024-03-01 10:00:00", cost=0, app="x", progress=62.5)),
    "extra_in_entries": ("read", add("data.list.*", id=17, width=None, seconds=0.25, task_status=3)),
    "extra_nested": ("create read", add("data", **_NESTED)),
    "create_tells_state": ("create", add("data", status="1", wait_time="1", list=[])),
}
"""Personalities that add fields: the operations they concern and what they do."""

PERSONALITIES: dict[str, Personality] = {
    **_free(
        "No line tells the form of an id.",
        id_digits="Ids are strings of digits.",
        id_long="Ids have 147 characters.",
        id_prefixed="Ids begin with the name of the product.",
        id_short="Ids have two characters.",
        id_symbols="Ids hold the marks that a path may hold unquoted.",
    ),
    **_free(
        "No line says that the listed fields are the only ones.",
        extra_on_top="There are more fields beside code.",
        extra_in_data="There are more fields in data.",
        extra_in_entries="There are more fields in each entry of the list.",
        extra_nested="There are objects, arrays and nulls in data.",
        create_tells_state="The create tells a state already.",
        item_names_source="Entries name the link of the input too.",
        failed_reason_above="A failed task has a reason beside its list.",
    ),
    **_free(
        "No line tells what msg says, or how a number is written.",
        msg_success="Every success says so in msg.",
        msg_chinese="msg is Chinese.",
        msg_long="msg is a long text.",
        code_fraction="The code of a success is written with a fraction of zero.",
    ),
    **_free(
        "No line tells the layout of the JSON or the headers of an answer.",
        keys_reversed="The fields come in the opposite order.",
        json_indented="The JSON is indented.",
        json_with_breaks="There are line breaks around the JSON.",
        json_raw="Messages are Chinese, and not escaped.",
        json_with_charset="Content-Type names a charset.",
        json_as_text="JSON is sent as text/plain.",
        headers_lower="Names of headers are in lower case.",
        new_headers="There are more headers.",
    ),
    **_free(
        "No line tells an HTTP status.",
        create_201="A create is answered with 201.",
        unfinished_202="Reads are answered with 202 until the task has ended.",
        refusals_as_http="Refusals have the HTTP status 400 or 404.",
        unknown_is_404="An unknown task is a 404.",
        credentials_403="Wrong credentials are a 403.",
        credentials_200="Wrong credentials are told by the code only, under HTTP 200.",
        credentials_plain_text="Wrong credentials are told in plain text.",
    ),
    **_free(
        "No line lists a code other than zero, or shows a refusal.",
        codes_from_68="Codes of refusals begin with 68.",
        codes_negative="Codes of refusals are negative.",
        codes_as_http="Codes of refusals are those of HTTP.",
        refusals_chinese="Refusals are told in Chinese.",
        refusal_data_null="A refusal has null as data.",
        refusal_data_absent="A refusal has no data.",
        refusal_details="A refusal has details in data.",
    ),
    **_free(
        "No line tells how long a task takes, or that a client sees every state.",
        task_instant="Tasks are done at the first look.",
        task_slow="Tasks take 20 seconds.",
        task_waits_long="Tasks wait for 5 seconds, then take 5 more.",
        task_uneven="Some tasks take fifteen times as long as others.",
        task_grows_with_batch="Each picture adds half a second.",
        never_waiting="Tasks are in progress from the start.",
        never_in_progress="Tasks go from waiting to their end.",
        create_waits="The create is answered when the task has ended.",
    ),
    **_free(
        "No line tells what the answer holds before the task has ended.",
        list_null_before="The list is null until then.",
        list_absent_before="There is no list until then.",
        list_waits_along="The list has an entry for each picture, not yet done.",
        list_grows="The list grows, picture by picture.",
        unfinished_bare="Data has the status only.",
    ),
    **_free(
        "No line tells how wait_time is reckoned or written.",
        wait_fraction="It is half a second.",
        wait_long="It is much longer than needed.",
        wait_zero="It is always zero.",
        wait_stays="A finished task still advises 3 seconds.",
        wait_counts_down="It is what is left.",
    ),
    **_free(
        "No line tells which state a failure has, when it is told, or what comes with it.",
        failed_bare="A failed task has no list and no wait_time.",
        failed_list_empty="A failed task has an empty list.",
        failed_result_null="A failed picture has null as its link.",
        failed_result_absent="A failed picture has no link field.",
        failed_closed="A task whose pictures have failed is closed.",
        failed_timed_out="A task whose pictures cannot be downloaded has timed out.",
        failed_pictures_complete="A task is complete though all its pictures have failed.",
        part_failure_fails="A task has failed when one of its pictures has.",
        pictures_checked_at_create="A create with a bad picture is refused.",
        pictures_fetched_late="Pictures are fetched when the task is first looked at after its start.",
        refused_later="Wrong parameters are accepted, then the task fails.",
    ),
    **_free(
        "No line lists the statuses of entries or the wording of reasons.",
        item_words="Statuses of entries are words.",
        item_zero_one="Statuses of entries are 0 for good and 1 for bad.",
        reason_ok="A good picture has ok as its reason.",
        reasons_chinese="Reasons are Chinese.",
        reasons_coded="Reasons are codes.",
    ),
    **_free("No line gives the list an order.", list_reversed="The last picture comes first."),
    **_free(
        "No line tells how a link looks, what it sends beside the picture, or how long it lives.",
        link_signed="Links are signed.",
        link_changing="Links change at each read.",
        link_bare="Links have no extension.",
        link_coded_name="Links have a name with quoted letters.",
        link_redirects="Links redirect once.",
        link_expires="Links end after ten minutes; a read gives a new one.",
        link_octets="Results have the media type of any bytes.",
    ),
    **_free(
        "No line tells the size, the format (eraser) or the inner make of a result.",
        factor_by_area="8X is meant for the number of pixels.",
        result_at_most_4096="Sides of an enlarged result end at 4096.",
        result_nearest="Pixels are repeated.",
        result_lanczos="Enlarged with a sharper filter.",
        rw_result_jpg="The eraser gives JPG.",
        rw_result_webp="The eraser gives WebP.",
        rw_result_at_most_1024="The eraser gives at most 1024 a side.",
        rw_result_twice="The eraser doubles each side.",
        jpeg_progressive="JPG is progressive.",
        png_with_alpha="PNG always has an alpha channel.",
    ),
    **_free(
        "No line tells which colour of the mask marks, its size, its limits, which Base64, or how it is filled.",
        mask_black_marks="Black marks what is repaired.",
        mask_limited="The mask is held to the limits of the pictures.",
        mask_bare_refused="Base64 needs the prefix of a data URI.",
        erased_white="The repaired area is white.",
    ),
    **_free(
        "The line on limits can be read in several ways.",
        kilo_binary="1k is 1024.",
        megabyte_decimal="A megabyte is a million bytes.",
        limits_by_area="The smallest and the eraser's largest resolution are numbers of pixels.",
        ratio_wide_only="The ratio is width to height, so tall pictures are free of it.",
        ratio_exclusive="A ratio of exactly 4:1 is not within it.",
    ),
    **_free(
        "No line tells how strictly a request is read.",
        read_wants_content_type="The Content-Type of a read is insisted upon.",
        content_type_ignored="A create is read as JSON whatever its Content-Type is.",
        unknown_fields_refused="Fields that are not on the page are refused.",
        trailing_slash_ignored="A slash at the end of a path does no harm.",
        images_empty_accepted="No images at all is a batch as well.",
        file_ext_mixed_refused="The format is all in upper case or all in lower case.",
        redirects_not_followed="An input link that redirects is not downloadable.",
        any_path_reads="A task can be read under the path of either product.",
    ),
    **_free(
        "No line says that nothing is ever added.",
        rw_takes_file_ext="The eraser takes an optional format.",
    ),
}

CONDITIONS: dict[str, Condition] = {
    "no_balance": Condition("Nothing is left to pay a task with."),
    "balance_for_two": Condition("What is left pays two tasks."),
    "key_expired": Condition("The key was right once."),
    "service_not_opened": Condition("Neither product is opened for the account."),
    "eraser_not_opened": Condition("The eraser is not opened for the account."),
    "rate_used_up": Condition("Another client uses up the rate for the first 8 seconds."),
    "maintenance": Condition("The service is away for the first 8 seconds."),
    "one_task_at_a_time": Condition("The account may have one task going on."),
}
