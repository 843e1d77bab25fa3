"""The page for people below ``/_mock/``: worlds, timelines, reasons, and forms that act as the control plane does.

`blueprint` holds the routes, `forms` carries out what is asked for, the other modules make what the templates
show. Texts that came in a request are data here and never markup.
May import `engine` and what stands below; knows Flask and Jinja.
"""
