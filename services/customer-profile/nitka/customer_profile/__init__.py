"""One customer record per person: contact points, orders, activity segments."""
