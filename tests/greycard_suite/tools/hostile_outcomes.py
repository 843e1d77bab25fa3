"""What client and commands make of each misbehaviour of the hostile vendor, for the tests and the documentation.

Data only: the tests of client and commands hold it to the truth, and a table of it is generated into the docs.
"""

from __future__ import annotations

from dataclasses import dataclass

NEVER_ENDING = frozenset({"silent", "endless_trailer", "dripping_head", "dripping_body", "dripping_chunks"})
"""What sends too little to reach any limit but the deadline."""

REACHED = "1, violated"
NOT_REACHED = "3, not reached"

_COMPARED = {REACHED: "1, breaking", NOT_REACHED: "3, nothing checked"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one misbehaviour: the errors of `greycard_client`, and exit status and finding of each command.

    `call` is a call of PicWish's client; `wait`, `save` and the commands meet a vendor with Enhancor's API. Where two
    outcomes are right, " or " stands between them.
    """

    call: str
    wait: str
    save: str
    enhance: str
    verify: str

    @property
    def replay(self) -> str:
        """Of `verify --replay`: the evidence says what the run said."""
        return self.verify

    @property
    def compare(self) -> str:
        """Of `compare`, from a run that found nothing to one against this vendor."""
        return _COMPARED[self.verify]

    @property
    def calibrate(self) -> str:
        """Of `calibrate`: whatever was recorded, a profile is what was seen."""
        return "0, a profile"


def _all(error: str, verify: str = NOT_REACHED, *, call: str = "", save: str = "") -> Outcome:
    """The same error for each use of the client, but where another is named."""
    return Outcome(call or error, error, save or error, f"1, {error}", verify)


_LONG = "UnexpectedResponse or TimedOut"
"""PicWish's answers may have 128 MiB, which take their time."""

OUTCOMES: dict[str, Outcome] = {
    **{name: _all("TimedOut") for name in NEVER_ENDING},
    "endless_head": _all("TransportError"),
    "endless_line_in_head": _all("TransportError"),
    "large_head": _all("TransportError"),
    "endless_continue": _all("TransportError"),
    "endless_body": _all("UnexpectedResponse", call=_LONG),
    "endless_chunk_size": _all("TransportError"),
    "negative_chunk_size": _all("UnexpectedResponse", call=_LONG),
    "gzip_bomb": _all("UnexpectedResponse", call=_LONG),
    "gzip_bomb_in_gzip": _all("UnexpectedResponse", call=_LONG),
    "gzip_broken": _all("TransportError"),
    "redirect_with_endless_body": _all("UnexpectedResponse"),
    "redirect_with_dripping_body": _all("UnexpectedResponse"),
    "redirect_with_gzip_bomb": _all("UnexpectedResponse"),
    "redirect_elsewhere": _all("UnexpectedResponse", REACHED),
    "redirect_for_ever": _all("UnexpectedResponse", REACHED),
    "redirect_to_no_link": _all("UnexpectedResponse", REACHED),
    "key_echoed": _all("InvalidRequest", REACHED),
    "html_in_every_field": _all("UnexpectedResponse", REACHED, call="ScaleTask"),
    "html_in_every_field_of_a_refusal": _all("InvalidRequest", REACHED),
    "ansi_in_every_field": _all("UnexpectedResponse", REACHED, call="ScaleTask"),
    "ansi_in_every_field_of_a_refusal": _all("InvalidRequest", REACHED),
    "control_characters_in_every_field": _all("UnexpectedResponse", REACHED, call="ScaleTask"),
    "control_characters_in_every_field_of_a_refusal": _all("InvalidRequest", REACHED),
    "control_characters_in_head": _all("UnexpectedResponse", REACHED),
    "no_colon_in_head": _all("UnexpectedResponse", REACHED),
    "nul": _all("UnexpectedResponse", REACHED),
    "invalid_utf8": _all("UnexpectedResponse", REACHED),
    "json_of_ten_megabytes": _all("UnexpectedResponse"),
    "json_of_eight_megabytes": _all("UnexpectedResponse", REACHED),
    "eight_megabytes_in_a_field": _all("UnexpectedResponse", REACHED, call="ScaleTask"),
    "eight_megabytes_in_many_fields": _all("UnexpectedResponse", REACHED),
    "json_of_a_million_values": _all("UnexpectedResponse", REACHED),
    "json_too_deep": _all("UnexpectedResponse", REACHED),
    "page_instead": _all("UnexpectedResponse", REACHED),
    "json_instead": _all("UnexpectedResponse", REACHED),
    "no_http": _all("TransportError"),
    "cut_before_head": _all("TransportError"),
    "cut_in_head": _all("UnexpectedResponse", REACHED),
    "cut_in_body": _all("TransportError", save="UnexpectedResponse"),  # no picture, as is seen before the cut
    "cut_in_chunk": _all("TransportError"),
}
"""By the name of the misbehaviour."""
