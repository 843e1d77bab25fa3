"""The subcommands of `greycard`: options and words for people; the work is done in the rooms below.

One module per subcommand, `lists` for those that list what there is, `options` for what several share.
May import every room of the suite but `cli`.
"""
