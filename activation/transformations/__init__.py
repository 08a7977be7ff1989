"""What happens to events on their way to one destination (S-15, S-21).

A transformation is a module in this folder with a function ``transform(event)``: it
returns the event as this destination shall see it, or None to keep it from it. A
connection names its transformations in ``headwater.yml``; they run in that order on a
copy, so that no other destination and nothing in the warehouse sees the change::

    connections:
      product_analytics:
        transformations: [old_event_names]
"""
