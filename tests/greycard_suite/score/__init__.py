"""Would the user's own tests notice if a vendor changed? `pytest --greycard-score` and what follows from it.

The parent process has collected the tests and keeps what they import; it never runs one. Children are forked from it:
three with the tests as they are, one in which every answer is broken, then one for each drift. Each runs the tests that
may feel its drift, the shortest first, until one fails, and tells how each is sorted by what the application did.

may feel its drift, the shortest first, until one fails, and tells how each is sorted by what the application did.
* `trial` runs tests in a child (`greycard_mocks.testing.children` forks, listens and ends); `failures` reads why one
  failed; `spawned` does the same in fresh interpreters, where nothing can be forked
* `tapes` has what stands before the engines of a child and the tape of what it saw, in which ids, keys and signatures
  are placeholders
* `choose` leaves out drifts that no test can feel, merges those that come to the same and puts the strongest first
* `sort` compares two tapes; `probes` ask what a field is read for
* `told` gathers what is worth telling, and says it
* `by_command` does the same for a command in any language, `impact` joins a score with what a live run found,
  `switch` is `--greycard-drift`, `deadline` ends pasted tests that would not end
* `score_command` and `impact_command` are `greycard score` and `greycard impact`

A drift that is not run is sorted as it would be if it were: whatever cannot be excluded for certain is run.
May import `reports` and what stands below.
"""
