"""The contract suite and the `greycard` command; the modules are imported by their names."""

__all__: list[str] = []
