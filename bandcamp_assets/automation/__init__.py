"""What happens without a click: sensors that see what is new, schedules that look after the rest.

`drops` lands what people drop, `building` builds just the days that something changed, `feed` polls, `archive` and
`upkeep` archive, clean up and count again. Alerts stand in `bandcamp_assets.alerts`, crashed runs in
`bandcamp_assets.instance.crashes`. All times are UTC.
"""
