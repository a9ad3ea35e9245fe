"""What can be done with requests; each layer of the life of one in a module of its own."""
