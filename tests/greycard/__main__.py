"""`python -m greycard` is the command `greycard`."""

from greycard_suite.cli import main

if __name__ == "__main__":
    main()
