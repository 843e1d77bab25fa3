"""`python -m greycard_schemas.lint`: see `layers`."""

from __future__ import annotations

import sys

from greycard_schemas.lint.layers import main

sys.exit(main())
