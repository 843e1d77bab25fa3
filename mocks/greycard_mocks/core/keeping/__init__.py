"""Where a world keeps what it holds: `kept` says what is needed, `in_memory` keeps it in this process."""
