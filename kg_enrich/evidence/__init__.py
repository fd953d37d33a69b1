"""What is on record and what is published: the policy, and everything that follows from it."""
