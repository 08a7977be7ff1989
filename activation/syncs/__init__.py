"""Parts of a sync: its mapping, where its rows come from, what is known of them."""
