"""The page for people below ``/_mock/``: worlds, timelines, reasons, and forms that act as the control plane does.

`blueprint` holds the routes, the other modules make what the templates show; a form does what `control.actions`
does. Texts that came in a request are data here and never markup.
May import `control` and what stands below; knows Flask and Jinja.
"""
