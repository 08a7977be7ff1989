"""The simulated company: its people, what they do, and what its tools note.

company       what is the same for everybody: season, catalogue, campaigns
people        who somebody is and what drives them
visits        when they come, and whether they mean to buy
shoppers      a visit: logins, sign-ups, checkouts (strolls: click by click)
payments, sales, subscriptions, support, email_campaigns
              what follows, in events and in the documents of the tools
dirt          what real senders get wrong
lives         all of it for one person
truth         what no platform may read
"""
