"""What is counted (`facts`) and what an analyst may ask (`sql`): pure, no I/O."""
