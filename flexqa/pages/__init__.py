"""The pages that flexqa writes: templates, style and scripts as files of their own, and what all pages share.

`*.jinja` are the templates, `page.css` the look of all pages, `*.js` what a page can do beyond being read. A page is
one file that asks nothing of a network; everything that comes from a run or a leaderboard is escaped.
"""
