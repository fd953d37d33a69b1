"""The Ray engine on a real cluster, in processes of its own."""
