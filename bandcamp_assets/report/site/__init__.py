"""The public site: what a home made, as a folder for any web server, with a page that explains it.

It holds the dashboard, the documentation and the data package, as they are. Only the first page, the
page for assistants and the data contract are made here.
"""
